/**
 * `npm run bench:slow`: 50,000 events at once with a handler of 25 µs, on a page that is seen, on one that is hidden, and
 * without slices; five rounds, one after the other in each. It prints the times, which say most on a machine that does
 * nothing else.
 */
import { describe, expect, it } from 'vitest'
import { useSlowPages } from './slow-pages.ts'
import type { BurstResult } from './slow-page-script.ts'

const pages = useSlowPages()

const ROUNDS = 5
const SETUP = { count: 50_000, busyUs: 25 }
const KINDS = [
  ['slices', { hasSlices: true }],
  ['hidden', { hasSlices: true, isHidden: true }],
  ['no slices', { hasSlices: false }],
] as const

const COLUMNS: [name: string, value: (result: BurstResult) => number][] = [
  ['ms in all', ({ elapsedMs }) => elapsedMs],
  ['blocked ms', ({ blockedMs }) => blockedMs],
  ['long tasks', ({ longTasks }) => longTasks.length],
  ['longest frame ms', ({ longestFrameMs }) => longestFrameMs],
  ['frames', ({ frames }) => frames],
  ['turns', ({ turns }) => turns],
  ['longest stretch ms', ({ longestMs }) => longestMs],
  ['calls in it', ({ longestCalls }) => longestCalls],
]

const median = (values: number[]): number =>
  // oxlint-disable-next-line unicorn/no-array-sort -- of a copy
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

/** A table with each round, and the medians. */
function print(kind: string, results: BurstResult[]): void {
  const rows = COLUMNS.map(([name, value]) => {
    const values = results.map(value).map(Math.round)
    return `  ${name.padEnd(20)}${String(median(values)).padStart(8)}   ${values.join(' ')}`
  })
  const tasks = results.flatMap(({ longTasks }) => longTasks.map(({ at, ms }) => `${ms} at ${at}`))
  console.info(`${kind}: median, rounds\n${rows.join('\n')}\n  long tasks: ${tasks.join(', ')}`)
}

describe('50,000 events at once, with a handler of 25 µs', () => {
  it('are all handled in order, in every round', async () => {
    const results: Record<string, BurstResult[]> = {}
    for (let round = 0; round < ROUNDS; round++) {
      for (const [kind, more] of KINDS) {
        const result = await pages.measure({ ...SETUP, ...more })
        expect(result).toMatchObject({ calls: SETUP.count, misplaced: 0 })
        ;(results[kind] ??= []).push(result)
      }
    }
    for (const [kind] of KINDS) print(kind, results[kind]!)
  })
})
