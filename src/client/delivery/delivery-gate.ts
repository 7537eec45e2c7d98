/**
 * Stands between the parser and the app. While a reason holds it, nothing passes: what has been parsed waits in
 * order, and the reader waits too.
 */

/** Why delivery stands still: the app's `pause()`, or one of the consumers that are full. */
export type HoldReason = 'user' | symbol

export interface DeliveryGate {
  /** Whether this reason, or any, holds. */
  isHeld(reason?: HoldReason): boolean
  hold(reason: HoldReason): void
  /** Takes a reason away. With the last one, all that waited passes, as long as nothing holds it again. */
  release(reason: HoldReason): void
  /** Runs the step now, or in its turn: never inside another one. */
  pass(step: () => void): void
  /** Resolves when nothing holds; undefined when that is now. */
  whenOpen(): Promise<void> | undefined
  /** Drops what waits. */
  clear(): void
}

export function createDeliveryGate(): DeliveryGate {
  const reasons = new Set<HoldReason>()
  const waiting: (() => void)[] = []
  /** How many of those that wait have passed. (Taking them out one by one is quadratic.) */
  let passed = 0
  let isPassing = false
  let wake: (() => void) | undefined

  function drain(): void {
    if (isPassing) return
    isPassing = true
    try {
      while (reasons.size === 0 && passed < waiting.length) waiting[passed++]!()
    } finally {
      waiting.splice(0, passed)
      passed = 0
      isPassing = false
    }
    if (reasons.size === 0) wake?.()
  }

  return {
    isHeld: (reason) => (reason ? reasons.has(reason) : reasons.size > 0),
    hold: (reason) => void reasons.add(reason),
    release(reason) {
      reasons.delete(reason)
      drain()
    },
    pass(step) {
      waiting.push(step)
      drain()
    },
    whenOpen: () => (reasons.size > 0 ? new Promise((resolve) => (wake = resolve)) : undefined),
    clear() {
      waiting.length = passed = 0
      wake?.()
    },
  }
}
