/** Waits for what is due now: all promises that are settled, and what follows from them. No time passes. */
import { setImmediate } from 'node:timers'

/** A turn of the event loop runs every microtask, however many of them follow each other. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => resolve())
  })
}
