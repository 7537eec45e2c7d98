import { describe, expect, it } from 'vitest'
import { quantile } from '../../../bench/support/quantile.ts'

describe('quantile', () => {
  it('is the value that this share of them does not exceed', () => {
    const values = [5, 1, 4, 2, 3, 10, 9, 6, 8, 7]
    expect(quantile(values, 0.5)).toBe(5)
    expect(quantile(values, 0.95)).toBe(10)
    expect(quantile(values, 0.9)).toBe(9)
    expect(quantile(values, 0)).toBe(1)
    expect(quantile(values, 1)).toBe(10)
  })

  it('sorts numbers as numbers, and leaves them as they are', () => {
    const values = [100, 20, 3]
    expect(quantile(values, 0.5)).toBe(20)
    expect(values).toEqual([100, 20, 3])
  })

  it('is NaN of nothing', () => {
    expect(quantile([], 0.5)).toBeNaN()
  })
})
