/**
 * Whether the leader still answers. Nothing but a message says so: timers of hidden tabs come late, so a timer only looks
 * how long it has been quiet, and asks.
 */
import type { Cancel, Environment } from '../environment.ts'
import type { Leadership } from './leadership.ts'

/** So long a leader may say nothing before it is asked. */
const QUIET_MS = 2000
/** So long an answer may take. */
const ANSWER_MS = 1000
/** The second time it is asked. */
const LAST_ANSWER_MS = 500
/** A timer that is later than this belongs to a tab that hung itself: what was said to it is still to come. */
const MAX_LATENESS_MS = 500
/** So long no other tab steals, for the new leader to be heard. */
const SETTLE_MS = 500

export interface LeaderWatch {
  /** Somebody should lead. */
  start(): void
  /** The leader has said something. */
  heard(): void
  /** The leader was asked for something, and has to answer soon. */
  asked(): void
  /** This tab leads, or nobody can. */
  stop(): void
  /** Nothing is left of it. */
  end(): void
}

/**
 * @param hasNothing Whether this tab has still to get the stream's position: one that has it is to lead rather.
 */
export function createLeaderWatch(
  { after, now }: Environment,
  leadership: Leadership,
  ping: () => void,
  hasNothing: () => boolean,
): LeaderWatch {
  let isOn = false
  let quietSince = 0
  let limit = QUIET_MS
  let isAnswered = false
  /** From the question until there is an answer, or none. */
  let isAsking = false
  let hasDeferred = false
  let cancelTimer: Cancel | undefined
  /** Ends the wait of who steals. */
  let endWait: (() => void) | undefined

  function arm(delay: number, onTime: () => void): void {
    cancelTimer?.()
    cancelTimer = after(delay, onTime)
  }

  function look(): void {
    const left = quietSince + limit - now()
    // `limit`: the clock may have been set back.
    if (left > 0) arm(Math.min(left, limit), look)
    else ask()
  }

  function ask(): void {
    const askedAt = now()
    isAnswered = false
    isAsking = true
    ping()
    arm(ANSWER_MS, () => {
      isAsking = false
      if (isAnswered) look()
      else if (now() - askedAt > ANSWER_MS + MAX_LATENESS_MS) ask()
      else void takeOver()
    })
  }

  async function takeOver(): Promise<void> {
    cancelTimer = undefined
    isAsking = true
    if (hasNothing() && !hasDeferred) {
      hasDeferred = true
      const waiting = await leadership.countWaiting()
      if (waiting > 0 && isOn) return restart()
    }
    if (!isOn) return
    await leadership.runAlone(async () => {
      if (!isOn || isAnswered) return
      ping()
      await wait(LAST_ANSWER_MS)
      if (!isOn || isAnswered) return
      leadership.steal()
      await wait(SETTLE_MS)
    })
    if (isOn) restart()
  }

  function wait(time: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(time, end)
      endWait = end
      function end(): void {
        cancel()
        endWait = undefined
        resolve()
      }
    })
  }

  function restart(): void {
    isAsking = false
    quietSince = now()
    limit = QUIET_MS
    arm(limit, look)
  }

  function stop(): void {
    isOn = false
    cancelTimer?.()
    cancelTimer = undefined
  }

  return {
    start() {
      if (isOn) return
      isOn = true
      hasDeferred = false
      restart()
    },
    heard() {
      isAnswered = true
      quietSince = now()
      limit = QUIET_MS
    },
    asked() {
      if (!isOn || isAsking || limit === ANSWER_MS) return
      quietSince = now()
      limit = ANSWER_MS
      arm(limit, look)
    },
    stop,
    end() {
      stop()
      endWait?.()
    },
  }
}
