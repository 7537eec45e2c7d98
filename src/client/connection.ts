/**
 * One connection and its life: connecting, open, reconnecting, closed, failed. It knows nothing of payloads and
 * handlers; what it hears goes to its sink.
 */
import { EventStreamError } from '../protocol/errors.ts'
import { runAttempt } from './attempt.ts'
import { createDeliveryGate } from './delivery-gate.ts'
import { reasonOf } from './failure.ts'
import { DEFAULT_RECONNECT_POLICY, reconnectionTime } from './reconnection-time.ts'
import { createReplayFilter } from './replay-filter.ts'
import { judgeResponse } from './response.ts'
import { createSilenceWatchdog } from './silence-watchdog.ts'
import type { EventStreamMessage } from '../protocol/types.ts'
import type { HoldReason } from './delivery-gate.ts'
import type { Environment, TimerHandle } from './environment.ts'
import type { Failure } from './failure.ts'
import type { ReconnectPolicy } from './reconnection-time.ts'
import type {
  ConnectionOptions,
  EventStreamReason,
  EventStreamStatus,
  OpenDetails,
  UrlSource,
} from './types.ts'

const DEFAULT_CONNECT_TIMEOUT_MS = 15_000
/** A connection that nobody reads is given back after this long. */
const MAX_HOLD_MS = 30_000
/** `reconnect()` and good news from the page cut a wait short, at most this often. */
const MIN_HURRY_INTERVAL_MS = 1000
const HEARTBEAT_TYPES: readonly string[] = ['heartbeat', 'ping']

/** What a connection tells. */
export interface ConnectionSink {
  /** One of the properties of the connection's state has changed. */
  onStatus(): void
  onOpen(details: OpenDetails): void
  /** Bytes have come and are dealt with. */
  onActivity(): void
  onMessage(message: EventStreamMessage): void
  /** A message came again and was dropped. */
  onDuplicate(): void
  onError(error: EventStreamError): void
  onClose(reason: EventStreamReason): void
}

/** What a connection is at this moment. A pause is not in it: it lies over whatever the connection does. */
export interface ConnectionState {
  status: Exclude<EventStreamStatus, 'paused'>
  reason: EventStreamReason
  error: EventStreamError | null
  attempt: number
  retryAt: number | null
  disconnectedSince: number | null
  lastActivityAt: number | null
  lastEventId: string
}

export interface Connection {
  readonly state: Readonly<ConnectionState>
  readonly isLive: boolean
  readonly isPaused: boolean
  open(): void
  /** Ends the connection on purpose: nothing is delivered after it. */
  end(status: 'idle' | 'closed', reason: EventStreamReason): void
  reconnect(): void
  hold(reason: HoldReason): void
  release(reason: HoldReason): void
}

/**
 * Creates a connection that waits for `open()`; without a source it waits for ever.
 * @param hasOwnEnd Whether the app knows when the stream is complete: an end that comes by itself is too early.
 */
export function createConnection(
  source: UrlSource | null,
  options: ConnectionOptions,
  environment: Environment,
  hasOwnEnd: boolean,
  sink: ConnectionSink,
): Connection {
  const isSafeMethod = /^(GET|HEAD)$/i.test(options.method ?? 'GET')
  const policy = reconnectPolicy(options.reconnect ?? isSafeMethod)
  const connectTimeout = options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT_MS
  const replayFilter = createReplayFilter(environment)
  const gate = createDeliveryGate()
  const watchdog = createSilenceWatchdog(environment, options.silenceTimeout ?? 'auto', onSilence)

  const state: ConnectionState = {
    status: 'idle',
    reason: null,
    error: null,
    attempt: 0,
    retryAt: null,
    disconnectedSince: null,
    lastActivityAt: null,
    lastEventId: options.initialLastEventId ?? '',
  }

  /** The attempt under way. Aborting it silences it. */
  let controller: AbortController | undefined
  let requestUrl: string | undefined
  let wasOpen = false
  /** The attempt under way has shown that the stream works: a failure after it is the first of its row. */
  let hasProgressed = false
  /** A 401 or 403 has been answered with a new request already. */
  let hasAskedAgain = false
  /** The connection was given up while held: the release opens the next one. */
  let isParked = false
  let serverDelay: number | undefined
  let hurriedAt = -Infinity

  let connectTimer: TimerHandle
  let stableTimer: TimerHandle
  let retryTimer: TimerHandle
  let holdTimer: TimerHandle
  let unsubscribe: (() => void) | undefined

  function isLive(): boolean {
    return ['connecting', 'open', 'reconnecting'].includes(state.status)
  }

  function set(status: ConnectionState['status'], reason: EventStreamReason): void {
    state.status = status
    state.reason = reason
    environment.debug?.(
      `[vue-event-stream] ${requestUrl ?? ''} ${status} reason=${reason} attempt=${state.attempt}`,
    )
    sink.onStatus()
  }

  // Connecting. The verbs are the standard's: announce, reestablish, fail.

  function open(): void {
    if (isLive() || source === null) return
    begin()
    isParked = gate.isHeld
    if (isParked) set('connecting', null)
    else connect('connecting', null)
  }

  function begin(): void {
    state.attempt = 0
    state.error = null
    state.disconnectedSince = environment.now()
    hasAskedAgain = false
    unsubscribe = environment.onPageEvent(onGoodNews)
  }

  function connect(status: 'connecting' | 'reconnecting', reason: EventStreamReason): void {
    environment.clearTimeout(retryTimer)
    state.retryAt = null
    hasProgressed = false
    if (connectTimeout > 0) connectTimer = environment.setTimeout(onConnectTimeout, connectTimeout)
    controller = new AbortController()
    const { lastEventId, attempt } = state
    const context = { lastEventId, attempt, signal: controller.signal }
    void runAttempt(source!, options, environment, context, {
      onRequest: (url) => (requestUrl = url),
      onHead,
      onChunk,
      onMessage: (message, hasOwnId) => gate.pass(() => deliver(message, hasOwnId)),
      onLastEventId: (id) => gate.pass(() => moveCursor(id, lastEventId)),
      onComment: watchdog.heartbeat,
      onRetry: (delay) => (serverDelay = delay),
      onEnd: (failure) => (failure ? reestablish(failure) : onEndOfStream()),
      whenReady: gate.whenOpen,
    })
    set(status, reason)
  }

  /** Connects after the delay; at once when there is none. */
  function connectIn(
    delay: number,
    status: 'connecting' | 'reconnecting',
    reason: EventStreamReason,
  ): void {
    environment.clearTimeout(retryTimer)
    if (delay <= 0) return connect(status, reason)
    state.retryAt = environment.now() + delay
    retryTimer = environment.setTimeout(() => connect(status, reason), delay)
    set(status, reason)
  }

  function onHead(response: Response): boolean {
    const verdict = judgeResponse(response, wasOpen)
    if (verdict.kind === 'open') announce(response)
    else if (verdict.kind === 'no-content') end('closed', 'no-content')
    else if (verdict.kind === 'unauthorized' && mayAskAgain()) askAgain()
    else reestablish(verdict.failure)
    return verdict.kind === 'open'
  }

  /** A token may have run out: a function of the app gets one chance to bring another. */
  function mayAskAgain(): boolean {
    const mayDiffer = typeof options.headers === 'function' || options.request !== undefined
    return mayDiffer && policy !== undefined && !hasAskedAgain
  }

  function askAgain(): void {
    hasAskedAgain = true
    drop()
    connect(state.status === 'connecting' ? 'connecting' : 'reconnecting', state.reason)
  }

  function announce({ status, headers }: Response): void {
    const { signal } = controller!
    const { attempt, disconnectedSince } = state
    const downMs = disconnectedSince === null ? 0 : environment.now() - disconnectedSince
    const details = { first: !wasOpen, attempt, downMs, status, headers }
    environment.clearTimeout(connectTimer)
    if (wasOpen) replayFilter.expectReplay()
    wasOpen = true
    hasAskedAgain = false
    state.error = state.disconnectedSince = null
    if (policy) stableTimer = environment.setTimeout(progress, policy.stableAfter)
    if (!gate.isHeld) watchdog.start()
    set('open', null)
    if (!signal.aborted) sink.onOpen(details)
  }

  /** The attempt or the connection is lost: tries again if it may. */
  function reestablish(failure: Failure): void {
    if (!hasProgressed) state.attempt++
    drop()
    const { attempt } = state
    const error = toError(failure, false)
    if (!policy || failure.isFinal || !mayReconnect(policy, error)) return fail(failure)
    if (attempt >= policy.maxAttempts) {
      const text = `${attempt} attempts in a row have failed (maxAttempts); the cause says how the last one did.`
      return fail({ code: 'attempts-exhausted', text, status: failure.status, cause: error })
    }
    state.error = error
    state.disconnectedSince ??= environment.now()
    const isOffline = failure.code === 'network' && !environment.isOnline()
    const reason = isOffline ? 'offline' : reasonOf(failure.code)
    isParked = gate.isHeld
    if (isParked) set('reconnecting', reason)
    else connectIn(delayAfter(failure, policy), 'reconnecting', reason)
    if (state.error === error) sink.onError(error)
  }

  function mayReconnect({ shouldReconnect }: ReconnectPolicy, error: EventStreamError): boolean {
    try {
      return shouldReconnect?.(error) !== false
    } catch (cause) {
      environment.reportError(cause)
      return true
    }
  }

  /** A connection that fell silent is replaced at once; every other way to lose one waits. */
  function delayAfter(failure: Failure, timing: ReconnectPolicy): number {
    const { attempt } = state
    if (failure.code === 'silence' && attempt === 0) return 0
    return reconnectionTime(timing, { attempt, serverDelay, random: environment.random() })
  }

  function fail(failure: Failure): void {
    stop()
    const error = (state.error = toError(failure, true))
    set('failed', reasonOf(failure.code))
    sink.onError(error)
    sink.onClose(reasonOf(failure.code))
  }

  function end(status: 'idle' | 'closed', reason: EventStreamReason): void {
    if (state.status === status && state.reason === reason) return
    const hasEnded = state.status === 'closed' || state.status === 'failed'
    stop()
    state.error = state.disconnectedSince = null
    set(status, reason)
    if (status === 'closed' && !hasEnded) sink.onClose(reason)
  }

  function onEndOfStream(): void {
    const ended = 'The server ended the stream'
    if (hasOwnEnd) {
      reestablish({ code: 'truncated', text: `${ended} before it was complete (until).` })
    } else if (isSafeMethod && policy) {
      reestablish({ code: 'network', text: `${ended}.` })
    } else {
      end('closed', 'complete')
    }
  }

  // Reading and delivering.

  function onChunk(): void {
    state.lastActivityAt = environment.now()
    watchdog.activity()
    sink.onActivity()
  }

  function deliver(message: EventStreamMessage, hasOwnId: boolean): void {
    if (hasOwnId && options.dedupe !== false && replayFilter.isDuplicate(message)) {
      return sink.onDuplicate()
    }
    if (HEARTBEAT_TYPES.includes(message.type)) watchdog.heartbeat()
    sink.onMessage(message)
  }

  function moveCursor(id: string, sentId: string): void {
    state.lastEventId = id
    if (id !== sentId) progress()
  }

  function progress(): void {
    hasProgressed = true
    if (state.attempt === 0) return
    state.attempt = 0
    sink.onStatus()
  }

  // What time, the page and the app bring.

  function onConnectTimeout(): void {
    const text = `The server did not answer within ${connectTimeout} ms (connectTimeout).`
    reestablish({ code: 'connect-timeout', text })
  }

  function onSilence(silentMs: number): void {
    const text = `Not one byte came for ${silentMs} ms (silenceTimeout): the connection is taken for dead.`
    reestablish({ code: 'silence', text })
  }

  /** The network or the user is back: no reason to sit out a long wait. */
  function onGoodNews(): void {
    const { retryAt, reason } = state
    const delay = hurryDelay()
    if (retryAt !== null && retryAt - environment.now() > delay)
      hurry(delay, 'reconnecting', reason)
  }

  function reconnect(): void {
    if (source === null) return
    gate.release('user')
    drop()
    if (!isLive()) begin()
    state.disconnectedSince ??= environment.now()
    const isFirst = !wasOpen && state.attempt === 0
    hurry(hurryDelay(), isFirst ? 'connecting' : 'reconnecting', 'user')
  }

  /** What is left of the second that must lie between two hurried attempts. */
  function hurryDelay(): number {
    return Math.max(0, hurriedAt + MIN_HURRY_INTERVAL_MS - environment.now())
  }

  function hurry(
    delay: number,
    ...next: [status: 'connecting' | 'reconnecting', EventStreamReason]
  ): void {
    hurriedAt = environment.now() + delay
    connectIn(delay, ...next)
  }

  // Holding.

  function hold(reason: HoldReason): void {
    const wasHeld = gate.isHeld
    gate.hold(reason)
    if (wasHeld || !isLive()) return
    watchdog.stop()
    if (state.retryAt !== null) park()
    else if (policy) holdTimer = environment.setTimeout(park, MAX_HOLD_MS)
  }

  function park(): void {
    drop()
    isParked = true
    state.disconnectedSince ??= environment.now()
    set(state.status === 'open' ? 'reconnecting' : state.status, state.reason)
  }

  function release(reason: HoldReason): void {
    gate.release(reason)
    if (gate.isHeld || !isLive()) return
    environment.clearTimeout(holdTimer)
    if (isParked) {
      isParked = false
      connect(wasOpen ? 'reconnecting' : 'connecting', state.reason)
    } else if (state.status === 'open') {
      watchdog.start()
    }
  }

  // Letting go.

  /** Leaves the attempt, or the wait for one: whatever it still does is not heard. */
  function drop(): void {
    controller?.abort()
    watchdog.stop()
    state.retryAt = null
    for (const timer of [connectTimer, stableTimer, retryTimer, holdTimer]) {
      environment.clearTimeout(timer)
    }
  }

  function stop(): void {
    drop()
    gate.clear()
    isParked = false
    unsubscribe?.()
  }

  function toError({ code, text, status, cause }: Failure, fatal: boolean): EventStreamError {
    const { attempt } = state
    return new EventStreamError(code, text, { fatal, status, attempt, url: requestUrl, cause })
  }

  return {
    state,
    get isLive() {
      return isLive()
    },
    get isPaused() {
      return isLive() && gate.has('user')
    },
    open,
    end,
    reconnect,
    hold,
    release,
  }
}

function reconnectPolicy(option: ConnectionOptions['reconnect']): ReconnectPolicy | undefined {
  if (!option) return undefined
  return { ...DEFAULT_RECONNECT_POLICY, ...(option === true ? {} : option) }
}
