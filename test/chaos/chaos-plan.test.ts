/** The plan of a chaos run: by chance, but every kind of cut in its share. */
import { describe, expect, it } from 'vitest'
import { CUTS, planRequest } from './chaos-plan.ts'

const STRETCH = 40

describe('planRequest', () => {
  it('deals each cut as often in every stretch of requests, in another order', () => {
    const dealt = (start: number): string[] =>
      Array.from({ length: STRETCH }, (_, offset) => planRequest(1, start + offset).cut)
    const count = (cuts: string[]): number[] =>
      CUTS.map((cut) => cuts.filter((dealtCut) => dealtCut === cut).length)
    expect(Math.min(...count(dealt(0)))).toBeGreaterThan(0)
    expect(count(dealt(STRETCH))).toEqual(count(dealt(0)))
    expect(dealt(STRETCH)).not.toEqual(dealt(0))
  })

  it('is the same for the same seed and number, and another one for others', () => {
    expect(planRequest(1, 5)).toEqual(planRequest(1, 5))
    expect(planRequest(1, 5)).not.toEqual(planRequest(2, 5))
    expect(planRequest(1, 5)).not.toEqual(planRequest(1, 6))
  })
})
