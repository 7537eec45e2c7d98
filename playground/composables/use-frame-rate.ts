/** How many frames a second the page shows, and the longest wait for one: measured here, not promised. */
import { useEventListener, useRafFn } from '@vueuse/core'

const WINDOW_MS = 1000

export interface FrameRate {
  readonly perSecond: number
  readonly longestMs: number
}

/** @returns Reads it, of the last second; null before there was one. */
export function useFrameRate(): () => FrameRate | null {
  let times: number[] = []

  useRafFn(({ timestamp }) => {
    times.push(timestamp)
    // One from before the window stays: a gap may reach into it.
    while (times[1] !== undefined && times[1] <= timestamp - WINDOW_MS) times.shift()
  })
  // A page that nobody sees shows nothing.
  useEventListener(document, 'visibilitychange', () => (times = []))

  return () => {
    const last = times.at(-1) ?? 0
    const elapsed = last - (times[0] ?? 0)
    if (elapsed < WINDOW_MS / 2) return null
    let longestMs = 0
    for (let index = 1; index < times.length; index++) {
      longestMs = Math.max(longestMs, times[index]! - times[index - 1]!)
    }
    return { perSecond: ((times.length - 1) * 1000) / elapsed, longestMs }
  }
}
