import { describe, expect, it } from 'vitest'
import { countBeat, NO_BEATS } from '../../../playground/composables/beat-tally.ts'

const count = (...numbers: number[]) => numbers.reduce(countBeat, NO_BEATS)

describe('countBeat', () => {
  it('counts from the first number that comes, wherever that is', () => {
    expect(count(7)).toEqual({ first: 7, last: 7, received: 1, missed: 0, twice: 0 })
    expect(count(7, 8, 9)).toEqual({ first: 7, last: 9, received: 3, missed: 0, twice: 0 })
  })

  it('counts every number that is left out', () => {
    expect(count(1, 2, 5, 9)).toMatchObject({ last: 9, received: 4, missed: 5, twice: 0 })
  })

  it('counts what comes again, and goes on from the highest', () => {
    expect(count(1, 2, 3, 2, 3, 4)).toMatchObject({ last: 4, received: 6, missed: 0, twice: 2 })
  })

  it('changes nothing that it is given', () => {
    const tally = Object.freeze(count(1, 2))
    countBeat(tally, 3)
    expect(tally.last).toBe(2)
    expect(NO_BEATS.received).toBe(0)
  })
})
