/** `reconnect()`, a network that is back and a page that is seen cut a wait short, but only so often. */

const MIN_INTERVAL_MS = 1000

export interface HurryLimit {
  /** When the next attempt may be brought forward to, in milliseconds since 1970: now or later. */
  nextAt(): number
  /** The same, and takes it. */
  take(): number
}

export function createHurryLimit(now: () => number): HurryLimit {
  let takenAt = -Infinity

  function nextAt(): number {
    // `min`: the clock may have been set back.
    if (takenAt > now()) return Math.min(takenAt, now() + MIN_INTERVAL_MS)
    return Math.max(now(), takenAt + MIN_INTERVAL_MS)
  }

  return { nextAt, take: () => (takenAt = nextAt()) }
}
