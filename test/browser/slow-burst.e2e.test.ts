/**
 * 50,000 events at once, and a handler that takes 25 µs for each: the page stays usable. What is asserted are counts,
 * which hold on a busy machine as well; `npm run bench:slow` prints the times.
 */
import { describe, expect, it } from 'vitest'
import { useSlowPages } from './slow-pages.ts'
import type { BurstResult } from './slow-page-script.ts'

const pages = useSlowPages()

const COUNT = 50_000
const BUSY_US = 25
/** Of a handler's own time, without a task of the browser between the calls; a long task is 50 ms. */
const MAX_CALLS = 50_000 / BUSY_US

function print(what: string, result: BurstResult): void {
  const { turns, longestCalls, elapsedMs, blockedMs, longestFrameMs, frames } = result
  console.info(
    `${what}: ${Math.round(elapsedMs)} ms, ${turns} turns, at most ${longestCalls} calls in a task, ` +
      `blocked for ${Math.round(blockedMs)} ms, ${frames} frames, the longest ${Math.round(longestFrameMs)} ms`,
  )
}

const measure = (hasSlices: boolean, isHidden?: boolean): Promise<BurstResult> =>
  pages.measure({ count: COUNT, busyUs: BUSY_US, hasSlices, isHidden })

describe('50,000 events at once, with a handler of 25 µs', () => {
  it('are all handled in order, in slices that leave the page its frames', async () => {
    const result = await measure(true)
    print('with slices', result)
    expect(result).toMatchObject({ calls: COUNT, misplaced: 0, visibility: 'visible' })
    expect(result.longestCalls).toBeLessThan(MAX_CALLS)
    // A slice is 12 ms: so many of them are needed at least, and each was followed by a frame.
    expect(result.turns).toBeGreaterThan(COUNT / MAX_CALLS)
    expect(result.frames).toBeGreaterThan(result.turns / 2)
  })

  it('would block the page without slices', async () => {
    const result = await measure(false)
    print('without slices', result)
    expect(result).toMatchObject({ calls: COUNT, misplaced: 0 })
    expect(result.longestCalls).toBeGreaterThan(MAX_CALLS)
  })

  it('are all handled on a page that nobody sees, without a frame and without waiting', async () => {
    const result = await measure(true, true)
    print('hidden', result)
    expect(result).toMatchObject({ calls: COUNT, misplaced: 0, visibility: 'hidden' })
    expect(result.longestCalls).toBeLessThan(MAX_CALLS)
    expect(result.frames).toBeLessThanOrEqual(1)
    // Timers fire once a second there: with them it would take as many seconds as there are turns.
    expect(result.turns).toBeGreaterThan(COUNT / MAX_CALLS)
    expect(result.elapsedMs).toBeLessThan((result.turns * 1000) / 4)
  })
})
