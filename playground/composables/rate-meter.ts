/** How fast a counter grows: over the last two seconds, so that the number is calm but honest. */

const WINDOW_MS = 2000

export interface RateMeter {
  /** Takes the counter and the time in milliseconds; gives units per second. */
  measure(count: number, time: number): number
  reset(): void
}

export function createRateMeter(): RateMeter {
  let samples: { count: number; time: number }[] = []
  return {
    measure(count, time) {
      samples.push({ count, time })
      while (samples.length > 2 && samples[1]!.time <= time - WINDOW_MS) samples.shift()
      const first = samples[0]!
      return time > first.time ? ((count - first.count) * 1000) / (time - first.time) : 0
    },
    reset() {
      samples = []
    },
  }
}
