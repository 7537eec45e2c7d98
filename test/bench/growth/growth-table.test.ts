import { describe, expect, it } from 'vitest'
import { MAX_SLOPE, tableOf } from '../../../bench/growth/growth-table.ts'
import type { GrowthSample } from '../../../bench/growth/growth-line.ts'

const trials = [1, 10, 100].map((size) => ({ size, count: 5, warmUp: 0 }))
const line = { title: 'Things', note: 'So it was done.', sizes: 'things' }

/** Three rounds of each trial, of which the middle one costs this for each event. */
function samplesOf(...costs: number[]): GrowthSample[][] {
  return costs.map((cost) => [0.5, 1, 4].map((noise) => ({ cost: cost * noise * 5, count: 5 })))
}

describe('tableOf', () => {
  it('finds a slope of 1 where each of ten times as many events costs the same', () => {
    const { slope, table } = tableOf({ ...line, grows: 'count' }, trials, samplesOf(2, 2, 2))
    expect(slope).toBeCloseTo(1)
    expect(table.columns).toEqual(['things', 'cost of each event', 'cost of all'])
    expect(table.rows).toEqual([
      ['1', 1, 1],
      ['10', 1, 10],
      ['100', 1, 100],
    ])
  })

  it('finds a slope of 2 where ten times as many events cost ten times as much each', () => {
    const { slope } = tableOf({ ...line, grows: 'count' }, trials, samplesOf(1, 10, 100))
    expect(slope).toBeCloseTo(2)
  })

  it('finds a slope of 1 where an event is ten times the work, and says what each part costs', () => {
    const described = { ...line, grows: 'work', unit: 'thing' } as const
    const { slope, table } = tableOf(described, trials, samplesOf(3, 30, 300))
    expect(slope).toBeCloseTo(1)
    expect(table.columns).toEqual(['things', 'cost of each event', 'and for each thing'])
    expect(table.rows).toEqual([
      ['1', 1, 1],
      ['10', 10, 1],
      ['100', 100, 1],
    ])
  })

  it('counts something else than events where the line does', () => {
    const { table } = tableOf(
      { ...line, grows: 'work', counts: 'visit' },
      trials,
      samplesOf(1, 1, 1),
    )
    expect(table.columns).toEqual(['things', 'cost of each visit'])
  })

  it('says what the first size costs, and what is asked of the slope', () => {
    const { table, target } = tableOf({ ...line, grows: 'work' }, trials, samplesOf(3, 3, 3))
    expect(table.note).toBe(
      'So it was done. 1 = 3 µs of the processor. Slope of the whole cost: 0.00.',
    )
    expect(target).toEqual({ what: 'growth: Things', atMost: MAX_SLOPE, measured: 0 })
  })
})
