/**
 * Stands between a transport and the app. While a reason holds it, nothing passes: what has come waits in order, and
 * the transport reads no further. It holds itself when the app's functions take long: so that the page can show a frame.
 */
import { isThenable } from './survive.ts'
import type { Cancel, Environment } from '../environment.ts'

/** Why delivery stands still: the app's `pause()`, or one of the consumers that are full. */
export type HoldReason = 'user' | symbol

/** Handlers may take so long before the page gets its turn. (Measured: no long task, 1.4 to 1.6 times as long in all.) */
const MAX_SLICE_MS = 12
/** What comes so soon after the last delivery may be the same task of the browser. */
const MAX_GAP_MS = 1
const SLICE = Symbol()
const NOTHING: [] = []

export interface DeliveryGate {
  /** Whether this reason, or any, holds. */
  isHeld(reason?: HoldReason): boolean
  /** Whether something else holds than the page's turn. */
  isStuck(): boolean
  hold(reason: HoldReason): void
  /** Takes a reason away. With the last one, all that waited passes, as long as nothing holds it again. */
  release(reason: HoldReason): void
  /** Takes the page's turn away: another slice of what waits passes now. Gives whether only that had held it. */
  hurry(): boolean
  /** Something has come: the work on it may be a new task. */
  begin(): void
  /** Whether nothing waits. */
  isEmpty(): boolean
  /**
   * Runs the step now, or in its turn: never inside another one. One that gives a promise (which must not reject) runs once
   * more when that is fulfilled, before all others.
   * @param details What it is called with. (Measured: a function made for each message costs a tenth.)
   */
  pass<Details extends unknown[]>(step: (...details: Details) => unknown, ...details: Details): void
  /** Resolves when nothing holds; undefined when that is now. */
  whenOpen(): Promise<void> | undefined
  /** Drops what waits. */
  clear(): void
}

/** @param onChange A reason holds now, or does not any more; then all that may pass has passed. */
export function createDeliveryGate(
  { now, nextTurn }: Environment,
  onChange: (reason: HoldReason) => void,
): DeliveryGate {
  const reasons = new Set<HoldReason>()
  const waiting: (() => unknown)[] = []
  /** How many of those that wait have passed. (Taking them out one by one is quadratic.) */
  let passed = 0
  let isPassing = false
  let sliceStartedAt = Infinity
  let lastAt = 0
  let cancelTurn: Cancel | undefined
  let opened: Promise<void> | undefined
  let wake: (() => void) | undefined

  function begin(): void {
    const time = now()
    // Or the clock was set back, or nothing of before counts any more.
    if (time - lastAt > MAX_GAP_MS || time < lastAt || time < sliceStartedAt) sliceStartedAt = time
  }

  function run<Details extends unknown[]>(
    step: (...details: Details) => unknown,
    details: Details,
  ): void {
    let result
    isPassing = true
    try {
      result = step(...details)
    } finally {
      isPassing = false
    }
    if (isThenable(result)) {
      waiting.splice(passed, 0, () => step(...details))
      // Not for long, as in a break: the connection is kept. (Too early is not too bad: the step says so once more.)
      hold(SLICE)
      void result.then(() => release(SLICE))
    }
    lastAt = now()
    if (lastAt - sliceStartedAt >= MAX_SLICE_MS) takeBreak()
  }

  function drain(): void {
    if (isPassing) return
    try {
      while (reasons.size === 0 && passed < waiting.length) run(waiting[passed++]!, NOTHING)
    } finally {
      waiting.splice(0, passed)
      passed = 0
    }
    if (reasons.size === 0) tellOpen()
  }

  function tellOpen(): void {
    wake?.()
    wake = opened = undefined
  }

  function takeBreak(): void {
    hold(SLICE)
    cancelTurn = nextTurn(endBreak)
  }

  function endBreak(): void {
    sliceStartedAt = Infinity
    release(SLICE)
  }

  function hold(reason: HoldReason): void {
    if (reasons.has(reason)) return
    reasons.add(reason)
    onChange(reason)
  }

  function release(reason: HoldReason): void {
    if (!reasons.delete(reason)) return
    if (!isPassing) begin()
    drain()
    onChange(reason)
  }

  return {
    isHeld: (reason) => (reason ? reasons.has(reason) : reasons.size > 0),
    isStuck: () => reasons.size > (reasons.has(SLICE) ? 1 : 0),
    hold,
    release,
    hurry() {
      if (!reasons.has(SLICE) || reasons.size > 1) return false
      cancelTurn?.()
      endBreak()
      return true
    },
    begin,
    isEmpty: () => waiting.length === passed,
    pass(step, ...details) {
      // Almost always nothing is in the way. (Measured: by way of the list a message costs a fifth more.)
      if (reasons.size === 0 && !isPassing && waiting.length === 0) run(step, details)
      else waiting.push(() => step(...details))
      if (waiting.length > 0 || wake) drain()
    },
    whenOpen() {
      if (reasons.size > 0) opened ??= new Promise((resolve) => (wake = resolve))
      return opened
    },
    clear() {
      waiting.length = passed = 0
      sliceStartedAt = Infinity
      cancelTurn?.()
      reasons.delete(SLICE)
      tellOpen()
    },
  }
}
