/** The benchmark of the page with few events: that all of it works, and what is delivered. No time is asserted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPage } from '../../../bench/support/build-page.ts'
import { FETCH_FRAMES, NATIVE_FRAMES, OURS } from '../../../bench/page/contenders.ts'
import { startEventServer } from '../../../bench/page/event-server.ts'
import { openPages } from '../../../bench/page/measure-pages.ts'
import { findLosses, measureRun } from '../../../bench/page/measure-runs.ts'
import { createTable, createTargets } from '../../../bench/page/page-tables.ts'
import { QUICK_RUNS } from '../../../bench/page/runs.ts'
import type { Pages } from '../../../bench/page/measure-pages.ts'
import type { MeasuredRun } from '../../../bench/page/measure-runs.ts'
import type { RunName } from '../../../bench/page/runs.ts'

let pages: Pages

beforeAll(async () => {
  pages = await openPages(await buildPage('bench/page/page-script.ts'), startEventServer)
})
afterAll(() => pages?.close())

/** @param among Who takes part, if not all. */
function measure(name: RunName, among = ''): Promise<MeasuredRun> {
  const run = QUICK_RUNS.find((one) => one.name === name)!
  const contenders = run.contenders.filter((contender) => contender.includes(among))
  return measureRun(pages, { ...run, contenders }, 1)
}

describe('a burst', () => {
  it('runs every contender; the library and the floor deliver all of it in order', async () => {
    const measured = await measure('burst-10k')
    expect(findLosses(measured)).toEqual([])
    for (const [name, [result]] of measured.samples) {
      const { delivered, misplaced, ms, elapsedMs, wasHidden } = result!
      expect({ name, ms, wasHidden }).toEqual({ name, ms: expect.any(Number), wasHidden: false })
      expect(elapsedMs).toBeGreaterThanOrEqual(ms!)
      if (name.startsWith(OURS))
        expect({ name, delivered, misplaced }).toEqual({ name, delivered: 500, misplaced: 0 })
    }
    const { renders, heapBytes } = measured.samples.get(OURS)![0]!
    expect(renders).toBeGreaterThan(0)
    expect(renders).toBeLessThan(500)
    expect(Math.abs(heapBytes!)).toBeGreaterThan(0)
    for (const name of [NATIVE_FRAMES, FETCH_FRAMES]) {
      const [byHand] = measured.samples.get(name)!
      expect([name, byHand!.delivered, byHand!.misplaced]).toEqual([name, 500, 0])
      expect(byHand!.renders).toBeLessThanOrEqual(byHand!.frameMs.length)
    }
    expect(createTable(measured).rows).toHaveLength(measured.run.contenders.length)
    expect(createTargets([measured]).length).toBeGreaterThan(0)
  })
})

describe('a paced stream', () => {
  it('is shown while it comes, to its end', async () => {
    const measured = await measure('paced-5k', OURS)
    expect(findLosses(measured)).toEqual([])
    expect(measured.run.rate).toBe(2500)
    const { renders, elapsedMs, delivered } = measured.samples.get(OURS)![0]!
    expect(renders).toBeGreaterThan(2)
    expect(delivered).toBe(500)
    // The server needs 200 ms: it cannot be over before.
    expect(elapsedMs).toBeGreaterThan(199)
  })
})

describe('a page that is stopped', () => {
  it('says what it had delivered, and nothing of its heap', async () => {
    const paced = { count: 500, rate: 100, capMs: 300, settlingFrames: 2 }
    const result = await pages.measure({ component: 'Ours' }, paced)
    expect(result).toMatchObject({ ms: null, hasLast: false, misplaced: 0, heapBytes: null })
    expect(result.delivered).toBeLessThan(500)
    expect(result.frameMs.length).toBeGreaterThan(0)
  })
})

describe('equal neighbours', () => {
  it('are all delivered by the library', async () => {
    const measured = await measure('equal', OURS)
    expect(findLosses(measured)).toEqual([])
    expect(measured.samples.size).toBe(5)
    for (const [name, [result]] of measured.samples)
      expect([name, result!.delivered]).toEqual([name, 51])
  })
})

describe('a page that fails', () => {
  it('says why', async () => {
    const failing = pages.measure({ component: 'Nobody' }, { count: 1, capMs: 1000 })
    await expect(failing).rejects.toThrow('TypeError')
  })
})
