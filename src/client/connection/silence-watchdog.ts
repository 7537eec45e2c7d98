/**
 * Notices a connection that is dead without saying so: no byte for too long. (Measured: Chromium sees a half-open
 * TCP connection after 451 s, and a hung server never.)
 */
import { warn } from '../diagnostics.ts'
import type { Cancel, Environment } from '../environment.ts'

/** `'auto'` never acts sooner than this. */
const MIN_AUTO_TIMEOUT_MS = 45_000
const HEARTBEATS_MISSED = 3
/** How long a connection that may have died is given to show a byte. */
const DOUBT_MS = 2000
/** A connection that is silent for so long deserves a heartbeat. */
const LONG_SILENCE_MS = 60_000

export interface SilenceWatchdog {
  /** A read is pending from now on. */
  start(): void
  /** Nothing is being read for now: silence says nothing. */
  pause(): void
  /** The connection is over. */
  stop(): void
  /** The connection is lost: perhaps long since, without a sign. */
  lost(): void
  /** A byte has come. */
  activity(): void
  /** The server has shown that it sends heartbeats. */
  heartbeat(): void
  /**
   * The connection may have died, or time has passed that nobody heard: what comes is no measure of heartbeats.
   * @param isSerious Whether silence counts from now on, heartbeat or not.
   */
  doubt(isSerious: boolean): void
}

export function createSilenceWatchdog(
  environment: Environment,
  timeout: 'auto' | number = 'auto',
  onSilence: (silentMs: number) => void,
): SilenceWatchdog {
  let limit = timeout === 'auto' ? 0 : timeout
  let running = false
  /** Until a byte comes; a pause does not answer it. */
  let isDoubted = false
  let cancel: Cancel | undefined
  let cancelDoubt: Cancel | undefined
  let lastByteAt = 0
  /** Or the start: a first heartbeat after 20 s tells as much as the next one. */
  let lastHeartbeatAt = 0
  let pausedAt: number | undefined

  /** One timer for many bytes: it looks at the time of the last one, rather than being set anew for each. */
  function arm(delay: number): void {
    if (!running || limit <= 0) return
    cancel?.()
    cancel = environment.after(delay, () => {
      const silentMs = environment.now() - lastByteAt
      if (silentMs < limit) arm(Math.min(limit, limit - silentMs))
      else onSilence(silentMs)
    })
  }

  function pause(): void {
    if (running) pausedAt = environment.now()
    running = false
    cancel?.()
    cancelDoubt?.()
    cancelDoubt = undefined
  }

  function trust(): void {
    isDoubted = false
    cancelDoubt?.()
    cancelDoubt = undefined
  }

  function armDoubt(): void {
    if (!running || !isDoubted) return
    cancelDoubt ??= environment.after(DOUBT_MS, () => onSilence(environment.now() - lastByteAt))
  }

  return {
    start() {
      running = true
      lastByteAt = environment.now()
      // A heartbeat that came meanwhile has not been read: the pause is no part of its gap.
      if (pausedAt === undefined) lastHeartbeatAt = lastByteAt
      else lastHeartbeatAt += lastByteAt - pausedAt
      pausedAt = undefined
      arm(limit)
      armDoubt()
    },
    pause,
    stop() {
      pause()
      pausedAt = undefined
      trust()
    },
    lost() {
      const isBlind = (): boolean => running && timeout === 'auto' && limit === 0
      const isOverdue = (): boolean => environment.now() - lastByteAt > LONG_SILENCE_MS
      warn(environment, 'no-heartbeat', 'auto', () => isBlind() && isOverdue())
    },
    activity() {
      lastByteAt = environment.now()
      trust()
    },
    heartbeat() {
      if (timeout !== 'auto') return
      const isFirst = limit === 0
      const gap = environment.now() - lastHeartbeatAt
      lastHeartbeatAt += gap
      // A longer gap is not the server's: the machine slept.
      if (isFirst || gap < limit)
        limit = Math.max(limit, MIN_AUTO_TIMEOUT_MS, HEARTBEATS_MISSED * gap)
      if (isFirst) arm(limit)
    },
    doubt(isSerious) {
      lastHeartbeatAt = environment.now()
      isDoubted ||= isSerious
      armDoubt()
    },
  }
}
