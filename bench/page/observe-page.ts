/** What the page feels while it is measured: frames, long tasks, and its heap. */

const LONG_TASK_MS = 50

export interface PageFeel {
  /** From each frame to the next, up to the first one after the end: all of them whole. */
  frameMs: number[]
  /** What long tasks took over 50 ms between start and end, in all. */
  blockedMs: number
}

/**
 * What the tasks took over 50 ms each. One that began before the start or ended after the end counts as if it were only what is
 * between the two.
 */
export function sumBlocked(
  tasks: readonly Pick<PerformanceEntry, 'startTime' | 'duration'>[],
  startedAt: number,
  endedAt: number,
): number {
  return tasks.reduce((sum, { startTime, duration }) => {
    const inside = Math.min(startTime + duration, endedAt) - Math.max(startTime, startedAt)
    return sum + Math.max(inside - LONG_TASK_MS, 0)
  }, 0)
}

export const nextFrame = (): Promise<number> =>
  new Promise((resolve) => requestAnimationFrame(resolve))
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** Watches from now on. */
export function observePage(): { stop(): Promise<PageFeel> } {
  const startedAt = performance.now()
  const frameMs: number[] = []
  let frameAt = startedAt
  let onLastFrame: (() => void) | undefined
  requestAnimationFrame(function tick() {
    const now = performance.now()
    frameMs.push(now - frameAt)
    frameAt = now
    if (onLastFrame) onLastFrame()
    else requestAnimationFrame(tick)
  })

  const tasks: PerformanceEntry[] = []
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()))
  observer.observe({ type: 'longtask' })

  return {
    async stop() {
      const endedAt = performance.now()
      // The gap that has not ended counts as well: it may be the longest.
      await new Promise<void>((resolve) => (onLastFrame = resolve))
      // The task in hand is known when it is over.
      for (let count = 0; count < 3; count++) await nextTask()
      await nextFrame()
      tasks.push(...observer.takeRecords())
      observer.disconnect()
      return { frameMs, blockedMs: sumBlocked(tasks, startedAt, endedAt) }
    },
  }
}

/** Bytes that are in use once all is collected that can be: buffers of a stream take several turns. */
export async function measureHeap(): Promise<number> {
  const { gc, performance } = globalThis as unknown as {
    gc?: () => void
    performance: { memory?: { usedJSHeapSize: number } }
  }
  for (let count = 0; count < 5; count++) {
    gc?.()
    await nextTask()
    await nextFrame()
  }
  return performance.memory?.usedJSHeapSize ?? NaN
}
