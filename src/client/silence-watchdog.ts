/**
 * Notices a connection that is dead without saying so: no byte for too long. (Measured: Chromium sees a half-open
 * TCP connection after 451 s, and a hung server never.)
 */
import type { Environment, TimerHandle } from './environment.ts'

/** `'auto'` never acts sooner than this. */
const MIN_AUTO_TIMEOUT_MS = 45_000
const HEARTBEATS_MISSED = 3
/** A timer this late means that the page itself stood still: bytes may be waiting to be read. */
const LATE_MS = 1000
/** What such a page gets to read them. */
const GRACE_MS = 2000

export interface SilenceWatchdog {
  /** A read is pending from now on. */
  start(): void
  /** Nothing is being read: silence says nothing. */
  stop(): void
  /** A byte has come. */
  activity(): void
  /** The server has shown that it sends heartbeats. */
  heartbeat(): void
}

export function createSilenceWatchdog(
  environment: Environment,
  timeout: 'auto' | number,
  onSilence: (silentMs: number) => void,
): SilenceWatchdog {
  let limit = timeout === 'auto' ? 0 : timeout
  let running = false
  let timer: TimerHandle
  let lastByteAt = 0
  let lastHeartbeatAt: number | undefined
  let longestGap = 0

  /** One timer for many bytes: it looks at the time of the last one, rather than being set anew for each. */
  function arm(delay: number): void {
    if (!running || limit <= 0) return
    const dueAt = environment.now() + delay
    environment.clearTimeout(timer)
    timer = environment.setTimeout(() => {
      const now = environment.now()
      const silentMs = now - lastByteAt
      if (silentMs < limit) arm(limit - silentMs)
      else if (now - dueAt > LATE_MS) arm(GRACE_MS)
      else onSilence(silentMs)
    }, delay)
  }

  function stop(): void {
    running = false
    environment.clearTimeout(timer)
  }

  return {
    start() {
      running = true
      lastByteAt = environment.now()
      lastHeartbeatAt = undefined
      arm(limit)
    },
    stop,
    activity() {
      lastByteAt = environment.now()
    },
    heartbeat() {
      if (timeout !== 'auto') return
      const now = environment.now()
      if (lastHeartbeatAt !== undefined) longestGap = Math.max(longestGap, now - lastHeartbeatAt)
      lastHeartbeatAt = now
      const wasArmed = limit > 0
      limit = Math.max(MIN_AUTO_TIMEOUT_MS, HEARTBEATS_MISSED * longestGap)
      if (!wasArmed) arm(limit)
    },
  }
}
