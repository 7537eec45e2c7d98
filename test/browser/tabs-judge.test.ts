import { describe, expect, it } from 'vitest'
import { FLAWLESS, judge, longestPause, quantile } from './tabs-judge.ts'

describe('the judgement of what a tab has received', () => {
  it('finds nothing in a log that came whole', () => {
    expect(judge([3, 4, 5, 6], 3, 6)).toEqual(FLAWLESS)
    expect(judge([], 1, 0)).toEqual(FLAWLESS)
  })

  it.each([
    ['the first', [2, 3, 4], { lost: '1' }],
    ['one in the middle', [1, 2, 4], { lost: '3' }],
    ['the last', [1, 2, 3], { lost: '4' }],
    ['all', [], { lost: '1-4' }],
  ])('notices a lost message: %s', (_, received, flaw) => {
    expect(judge(received, 1, 4)).toEqual({ ...FLAWLESS, ...flaw })
  })

  it.each([
    ['at once', [1, 2, 2, 3], '2'],
    ['later', [1, 2, 3, 1], '1'],
    ['twice', [1, 2, 3, 2, 2], '2, 2'],
    ['with all that followed', [1, 2, 3, 2, 3], '2-3'],
  ])('notices a doubled message: %s', (_, received, doubled) => {
    expect(judge(received, 1, 3)).toEqual({ ...FLAWLESS, doubled })
  })

  it('notices two that were swapped', () => {
    expect(judge([1, 3, 2, 4], 1, 4)).toEqual({ ...FLAWLESS, misplaced: '2' })
    expect(judge([2, 3, 4, 1], 1, 4)).toEqual({ ...FLAWLESS, misplaced: '1' })
  })

  it('notices what should not have come', () => {
    expect(judge([1, 2, 3, 4, Number.NaN], 2, 3)).toEqual({
      ...FLAWLESS,
      foreign: '1, 4, NaN',
    })
  })
})

describe('the longest pause', () => {
  it('is one that ended in the time, wherever it began', () => {
    expect(longestPause([0, 10, 20, 90, 100], 30)).toBe(70)
    expect(longestPause([0, 50, 60, 75, 80], 55)).toBe(15)
  })

  it('leaves out those before and after the time', () => {
    expect(longestPause([0, 100, 110, 130, 300], 105, 140)).toBe(20)
  })

  it('is one that has not ended when the time is over', () => {
    expect(longestPause([0, 10], 5, 105)).toBe(95)
    expect(longestPause([], 5, 105)).toBe(100)
  })
})

describe('a quantile', () => {
  it('is the value that so many are below', () => {
    expect([0, 0.5, 0.99, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1, 3, 4, 4])
  })
})
