/**
 * Stands between the parser and the app. While a reason holds it, nothing passes: what has been parsed waits in
 * order, and the reader waits too.
 */

/** Why delivery stands still: the app's `pause()`, or one of the consumers that are full. */
export type HoldReason = 'user' | symbol

export interface DeliveryGate {
  readonly isHeld: boolean
  has(reason: HoldReason): boolean
  hold(reason: HoldReason): void
  /** Takes a reason away. With the last one, all that waited passes, as long as nothing holds it again. */
  release(reason: HoldReason): void
  /** Runs the step now, or in its turn. */
  pass(step: () => void): void
  /** Resolves when nothing holds; undefined when that is now. */
  whenOpen(): Promise<void> | undefined
  /** Drops what waits. */
  clear(): void
}

export function createDeliveryGate(): DeliveryGate {
  const reasons = new Set<HoldReason>()
  let waiting: (() => void)[] = []
  /** A step is under way: what it releases passes after it, not inside it. */
  let isPassing = false
  let wake: (() => void) | undefined

  function drain(): void {
    let passed = 0
    isPassing = true
    const steps = waiting
    while (passed < steps.length && reasons.size === 0 && steps === waiting) steps[passed++]!()
    isPassing = false
    if (steps === waiting) waiting = steps.slice(passed)
    if (reasons.size === 0) wake?.()
  }

  return {
    get isHeld() {
      return reasons.size > 0
    },
    has: (reason) => reasons.has(reason),
    hold: (reason) => void reasons.add(reason),
    release(reason) {
      if (reasons.delete(reason) && reasons.size === 0 && !isPassing) drain()
    },
    pass(step) {
      if (reasons.size > 0 || isPassing || waiting.length > 0) {
        waiting.push(step)
        return
      }
      isPassing = true
      step()
      isPassing = false
      if (waiting.length > 0) drain()
    },
    whenOpen() {
      return reasons.size === 0 ? undefined : new Promise((resolve) => (wake = resolve))
    },
    clear() {
      waiting = []
      wake?.()
    },
  }
}
