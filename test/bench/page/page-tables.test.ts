import { describe, expect, it } from 'vitest'
import { FETCH, FLOOR, NATIVE, OURS, VUEUSE } from '../../../bench/page/contenders.ts'
import { findLosses } from '../../../bench/page/measure-runs.ts'
import { createTable, createTargets, speedOf } from '../../../bench/page/page-tables.ts'
import { README_COLUMNS } from '../../../bench/support/report.ts'
import { QUICK_RUNS, RUNS, selectRuns } from '../../../bench/page/runs.ts'
import type { MeasuredRun } from '../../../bench/page/measure-runs.ts'
import type { PageResult } from '../../../bench/page/page-script.ts'
import type { RunName } from '../../../bench/page/runs.ts'

function result(more: Partial<PageResult>): PageResult {
  return {
    ...{ delivered: 10_000, misplaced: 0, hasLast: true, ms: 100, elapsedMs: 100 },
    ...{ renders: 4, frameMs: [16, 17, 20, 16, 17, 16, 30, 16, 17], blockedMs: 0 },
    ...{ heapBytes: 500_000, wasHidden: false },
    ...more,
  }
}

function measured(name: RunName, samples: Record<string, Partial<PageResult>[]>): MeasuredRun {
  const run = RUNS.find((one) => one.name === name)!
  const entries = Object.entries(samples).map(([key, all]) => [key, all.map(result)] as const)
  return { run, samples: new Map(entries) }
}

describe('speeds of pages', () => {
  it('are medians over the rounds in which both took part', () => {
    const run = measured('burst-10k', {
      [VUEUSE]: [{ ms: 1000 }, { ms: 3000 }],
      [OURS]: [{ ms: 100 }, { ms: 100 }, { ms: 1 }],
    })
    expect(speedOf(OURS, VUEUSE, run)).toBeCloseTo(20)
    expect(speedOf(OURS, FLOOR, run)).toBeNull()
  })

  it('take those that were stopped at what they had delivered', () => {
    const run = measured('burst-10k', {
      [NATIVE]: [{ ms: null, elapsedMs: 2000, delivered: 5000 }],
      [OURS]: [{ ms: 100 }],
    })
    expect(speedOf(OURS, NATIVE, run)).toBeCloseTo(40)
  })

  it('take floors that know no events at the whole', () => {
    const run = measured('burst-10k', {
      'floor: read': [{ ms: 10, delivered: 0 }],
      [OURS]: [{ ms: 100 }],
    })
    expect(speedOf('floor: read', OURS, run)).toBeCloseTo(10)
  })
})

describe('frames', () => {
  const frames = (worst: number) => ({ frameMs: [worst, ...Array.from({ length: 9 }, () => 16)] })
  const run = measured('burst-10k', { [OURS]: [frames(80), frames(26), frames(18)] })

  it('of all rounds together have a worst one and a 95th percentile, which are never the other way round', () => {
    const { columns, rows } = createTable(run)
    const cell = (name: string) => rows[0]![columns.indexOf(name)]
    expect([cell('worst frame, ms'), cell('p95 frame, ms')]).toEqual([80, 26])
    const target = createTargets([run]).find(({ what }) => what.includes('p95'))
    expect(target!.measured).toBe(26)
  })

  it('of each round are counted, and the late ones among them', () => {
    const { columns, rows } = createTable(run)
    const cell = (name: string) => rows[0]![columns.indexOf(name)]
    expect([cell('frames'), cell('late frames')]).toEqual([10, 1])
  })
})

describe('tables of pages', () => {
  it('say of a burst who delivered what, how fast, and how the page felt', () => {
    const { columns, rows } = createTable(
      measured('burst-10k', {
        [NATIVE]: [{ ms: 2000, renders: 10_000 }],
        [OURS]: [{ blockedMs: 4 }, { delivered: 9999 }],
        [FLOOR]: [{ ms: 50 }],
      }),
    )
    const ours = Object.fromEntries(columns.map((name, index) => [name, rows[1]![index]]))
    expect(ours).toMatchObject({
      ...{ contender: OURS, rounds: 2, delivered: 9999, renders: 4, frames: 9, 'heap, MB': 0.5 },
      ...{ 'worst frame, ms': 30, 'p95 frame, ms': 30, 'late frames': 1 },
      'over 50 ms in long tasks, ms': 2,
      ...{ 'speed, EventSource + ref = 1': 20, 'speed, floor = 1': 0.5 },
    })
    for (const row of rows) expect(row).toHaveLength(columns.length)
  })

  it('say of a paced stream who kept up, and whom they stopped', () => {
    const { columns, rows } = createTable(
      measured('paced-50k', {
        [NATIVE]: [{ ms: null, heapBytes: null }, {}],
        [OURS]: [{ ms: 5050 }],
      }),
    )
    const time = columns.indexOf('time')
    expect(rows.map((row) => row[time])).toEqual(['> 3', 1.01])
    expect(rows.map((row) => row.at(-1))).toEqual([null, 0.5])
    for (const row of rows) expect(row).toHaveLength(columns.length)
  })

  it('say of equal events how many were delivered, and how many at the wrong place', () => {
    const run = measured('equal', {
      [VUEUSE]: [{ delivered: 2 }],
      [OURS]: [{ delivered: 1001 }, { delivered: 1100, misplaced: 3 }],
      [NATIVE]: [{ delivered: 1001, misplaced: 2 }, { delivered: 900 }],
    })
    expect(createTable(run).rows).toEqual([
      [VUEUSE, 1, 2],
      [OURS, 2, '1100, 3 misplaced'],
      [NATIVE, 2, 900],
    ])
  })
})

describe('the table of the README', () => {
  it('is made of columns that the tables have', () => {
    const tables = RUNS.map(({ name }) => createTable(measured(name, { [OURS]: [{}] })))
    for (const [title, column] of README_COLUMNS)
      expect(tables.find((table) => table.title === title)!.columns).toContain(column)
  })
})

describe('targets of pages', () => {
  it('are those whose contenders took part', () => {
    expect(createTargets([])).toEqual([])
    const targets = createTargets([
      measured('burst-100k', {
        [OURS]: [{ ms: 200, delivered: 100_000 }],
        [FETCH]: [{ ms: 800, delivered: 100_000 }],
        [FLOOR]: [{ ms: 100, delivered: 100_000 }],
      }),
      measured('paced-50k', { [OURS]: [{ heapBytes: 3e6 }] }),
    ])
    const byName = Object.fromEntries(targets.map(({ what, ...target }) => [what, target]))
    expect(byName).toMatchObject({
      [`burst-100k: times as fast as ${FETCH}`]: { atLeast: 3.5, measured: 4 },
      [`burst-100k: ${OURS}, times the floor's time`]: { atMost: 2.6, measured: 2 },
      'burst-100k: renders per frame': { atMost: 1, measured: 0.5 },
      'paced-50k: heap growth, MB': { atMost: 2, measured: 3 },
    })
    expect(targets.map(({ what }) => what).join()).not.toContain(VUEUSE)
  })
})

describe('losses', () => {
  it('are of the library and of the floor; what others lose is shown and is no failure', () => {
    const lost = { delivered: 9999 }
    const runs = measured('burst-10k', {
      [OURS]: [{}, lost, { misplaced: 1 }, { ms: null }],
      [FLOOR]: [lost],
      'floor: read': [{ delivered: 0 }],
      [VUEUSE]: [lost],
    })
    expect(findLosses(runs)).toHaveLength(4)
  })
})

describe('runs', () => {
  it('have a quick form each, of a few events', () => {
    expect(QUICK_RUNS.map(({ name }) => name)).toEqual(RUNS.map(({ name }) => name))
    for (const { count, maxRounds } of QUICK_RUNS) {
      expect(count).toBeLessThanOrEqual(500)
      expect(maxRounds).toBe(1)
    }
  })

  it('are chosen by their name or that of a contender', () => {
    expect(selectRuns(RUNS).length).toBe(RUNS.length)
    expect(selectRuns(RUNS, 'paced').map(({ name }) => name)).toEqual(['paced-5k', 'paced-50k'])
    const floors = selectRuns(RUNS, 'floor: read + decode + parse + JSON')
    expect(floors.map(({ contenders }) => contenders)).toEqual([[FLOOR], [FLOOR], [FLOOR]])
  })
})
