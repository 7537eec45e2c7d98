/** Which transport is in use: the stream's own, or the fallback while that one does not get through. */
import type { EventStreamError } from '../../protocol/errors.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { ConnectionOptions } from '../options.ts'
import type { Attempt } from './attempt.ts'
import type { Transport } from '../transports/transport.ts'

/** The longest time between two more tries of the first transport. */
const MAX_RETRY_MS = 3_600_000
/** One more try of it must not keep a fallback that works away for long. */
const MAX_TRIAL_MS = 5000

export interface TransportChoice {
  /** From the start: the app asks for it. */
  reset(): void
  /** Gives the fallback's transport where the next attempt is its: after some time the first one gets one more try. */
  choose(): Transport | undefined
  /** The first transport gets one more try with the next attempt. */
  tryFirst(): void
  /** Whether it is time for that. */
  isDue(): boolean
  /** How long to wait for the first sign of the transport in use. @param time Of an ordinary attempt. */
  limit(time: number): number
  /**
   * The stream is open: the time of a fallback is limited, and that of a first transport that stays mute.
   * @param onMute Undefined when the stream may not be opened again.
   */
  opened(onMute: ((muteMs: number) => void) | undefined, onTryFirst: () => void): void
  /** Something has come. @param isFlowing Not only with the head. */
  heard(isFlowing: boolean): void
  /** The connection is left. */
  stop(): void
  /** Messages get through. */
  progressed(): void
  /**
   * An attempt has failed: gives when to go on, as `decide` says it, or at once with the other transport.
   */
  failed(
    error: EventStreamError,
    attempt: Pick<Attempt, 'headers' | 'isFlowing'>,
    decide: () => number | EventStreamError,
  ): number | EventStreamError
}

export function createTransportChoice(
  { fallback }: ConnectionOptions,
  { after, now }: Environment,
  gate: DeliveryGate,
): TransportChoice {
  const { afterAttempts = 3, muteAfter = 15_000, retryAfter = 300_000 } = fallback || {}
  let isUsable = !!fallback
  let isFallback = false
  /** The fallback has still to be used: its time begins with that. */
  let isNew = false
  /** The first transport is tried once more. */
  let isTrial = false
  /** Of the transport in use, since it got through. */
  let failures = 0
  /** Connections in a row that fell silent after their first bytes: progress, but none that goes on. */
  let stuck = 0
  /** The server was there, and yet nothing came: it is the way that is bad. */
  let isWayBad = false
  let retryDelay = 0
  let retryAt = 0
  let cancelTimer: Cancel | undefined

  const isDue = (): boolean => isFallback && now() >= retryAt
  const limit = (time: number): number =>
    isTrial ? Math.min(time || Infinity, MAX_TRIAL_MS) : time

  function reset(): void {
    isFallback = isTrial = isNew = isWayBad = false
    failures = stuck = 0
  }

  /** A server that was down says nothing about the way to it: that is looked at again soon. */
  function fallBack(): void {
    if (!isTrial) retryDelay = Math.min(retryAfter, isWayBad ? Infinity : MAX_TRIAL_MS)
    else if (isWayBad) retryDelay = Math.max(retryAfter, retryDelay)
    isFallback = true
    isTrial = isWayBad = false
    isNew = true
    failures = stuck = 0
  }

  function stop(): void {
    cancelTimer?.()
    cancelTimer = undefined
  }

  /** The transport in use has failed often enough. */
  function isEnough(
    { code, url, attempt: failed }: EventStreamError,
    { headers, isFlowing }: Pick<Attempt, 'headers' | 'isFlowing'>,
  ): boolean {
    stuck = code === 'silence' && !isFlowing ? stuck + 1 : 0
    // Behind a proxy that waits for the end of the answer not even the head comes.
    const isMute = code === 'connect-timeout' && url !== undefined && !isFallback
    // The loss of a stream that was well is no failure.
    if (failed) failures++
    isWayBad ||= isMute || stuck > 0 || !!(failed && headers)
    return Math.max(failures, stuck) >= afterAttempts || isMute || isTrial
  }

  return {
    reset,
    choose() {
      if (isNew) {
        isNew = false
        retryAt = now() + (retryDelay || Infinity)
        retryDelay = Math.min(retryDelay * 2, Math.max(retryAfter, MAX_RETRY_MS))
      } else if (isDue()) {
        isFallback = false
        isTrial = true
      }
      return isFallback && fallback ? fallback.transport : undefined
    },
    tryFirst: () => void (retryAt = 0),
    isDue,
    limit,
    opened(onMute, onTryFirst) {
      if (isFallback) {
        cancelTimer = after(Math.max(0, retryAt - now()), onTryFirst)
        return
      }
      const muteMs = limit(muteAfter)
      const listen = (): void => {
        cancelTimer = after(muteMs, () => {
          // What is not read cannot be heard.
          if (gate.isHeld()) return listen()
          failures = afterAttempts
          onMute!(muteMs)
        })
      }
      if (isUsable && onMute && muteAfter > 0) listen()
    },
    heard(isFlowing) {
      if (isFlowing) isTrial = false
      if (!isFallback) stop()
    },
    stop,
    progressed() {
      failures = 0
      isWayBad = false
    },
    failed(error, attempt, decide) {
      const isRefused = error.status === 401 || error.status === 403
      if (isFallback && error.fatal && !isRefused) {
        // It will not do better the next time: the first one is all there is.
        isUsable = isFallback = false
        Object.assign(error, { fatal: false })
        return decide()
      }
      const next = decide()
      const isOver = typeof next !== 'number'
      const isForOther = isOver
        ? !isFallback && /unsupported|exhausted/.test(next.code)
        : isEnough(error, attempt)
      if (!isUsable || !isForOther) return next
      Object.assign(error, { fatal: false })
      if (isFallback) {
        retryAt = 0
        return next
      }
      fallBack()
      // Who has waited for nothing does not wait once more, unless the server asks for it.
      const hasWaited = isOver || /timeout|silence/.test(error.code)
      return hasWaited ? (error.retryAfter ?? 0) : next
    },
  }
}
