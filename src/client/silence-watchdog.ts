/**
 * Notices a connection that is dead without saying so: no byte for too long. (Measured: Chromium sees a half-open
 * TCP connection after 451 s, and a hung server never.)
 */
import type { Cancel, Environment } from './environment.ts'

/** `'auto'` never acts sooner than this. */
const MIN_AUTO_TIMEOUT_MS = 45_000
const HEARTBEATS_MISSED = 3

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
  timeout: 'auto' | number = 'auto',
  onSilence: (silentMs: number) => void,
): SilenceWatchdog {
  let limit = timeout === 'auto' ? 0 : timeout
  let running = false
  let cancel: Cancel | undefined
  let lastByteAt = 0
  /** Or the start: a first heartbeat after 20 s tells as much as the next one. */
  let lastHeartbeatAt = 0

  /** One timer for many bytes: it looks at the time of the last one, rather than being set anew for each. */
  function arm(delay: number): void {
    if (!running || limit <= 0) return
    cancel?.()
    cancel = environment.after(delay, () => {
      const silentMs = environment.now() - lastByteAt
      if (silentMs < limit) arm(limit - silentMs)
      else onSilence(silentMs)
    })
  }

  function stop(): void {
    running = false
    cancel?.()
  }

  return {
    start() {
      running = true
      lastByteAt = lastHeartbeatAt = environment.now()
      arm(limit)
    },
    stop,
    activity() {
      lastByteAt = environment.now()
    },
    heartbeat() {
      if (timeout !== 'auto') return
      const isFirst = limit === 0
      const gap = environment.now() - lastHeartbeatAt
      lastHeartbeatAt += gap
      limit = Math.max(limit, MIN_AUTO_TIMEOUT_MS, HEARTBEATS_MISSED * gap)
      if (isFirst) arm(limit)
    },
  }
}
