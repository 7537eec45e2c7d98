/** The platform as it is, with everything counted that costs something until it is over or taken back. */
import { defaultEnvironment } from '../../src/client/environment.ts'
import type { Cancel, Environment } from '../../src/client/environment.ts'

export interface CountedEnvironment extends Environment {
  /** How many timers have been set, of these how many fired, and how many were taken back before they did. */
  readonly timers: { set: number; fired: number; cancelled: number }
  readonly frames: { set: number; fired: number; cancelled: number }
  readonly listeners: { added: number; removed: number }
  /** What is not over: all 0 when nothing is left behind. */
  pending(): { timers: number; frames: number; listeners: number }
}

export function createCountedEnvironment(): CountedEnvironment {
  const timers = { set: 0, fired: 0, cancelled: 0 }
  const frames = { set: 0, fired: 0, cancelled: 0 }
  const listeners = { added: 0, removed: 0 }

  return {
    ...defaultEnvironment,
    after: (delay, callback) =>
      count(timers, callback, (run) => defaultEnvironment.after(delay, run)),
    nextFrame: (callback) => count(frames, callback, defaultEnvironment.nextFrame),
    onPageEvent(listener) {
      const cancel = defaultEnvironment.onPageEvent(listener)
      let isThere = true
      listeners.added++
      return () => {
        if (isThere) listeners.removed++
        isThere = false
        cancel()
      }
    },
    ...{ timers, frames, listeners },
    pending: () => ({
      timers: timers.set - timers.fired - timers.cancelled,
      frames: frames.set - frames.fired - frames.cancelled,
      listeners: listeners.added - listeners.removed,
    }),
  }
}

/** Each is over once: it fires, or it is taken back. */
function count(
  counts: { set: number; fired: number; cancelled: number },
  callback: () => void,
  start: (run: () => void) => Cancel,
): Cancel {
  let isOver = false
  counts.set++
  const cancel = start(() => {
    if (!isOver) counts.fired++
    isOver = true
    callback()
  })
  return () => {
    if (!isOver) counts.cancelled++
    isOver = true
    cancel()
  }
}
