/**
 * One connection and its life: connecting, open, reconnecting, closed, failed. It knows nothing of payloads and
 * handlers; what it hears goes to its listener. The verbs are the standard's: announce, reestablish, fail.
 */
import { EventStreamError } from '../protocol/errors.ts'
import { createEventStreamParser } from '../protocol/parse-event-stream.ts'
import { reconnectionTime } from './reconnection-time.ts'
import { createRequest, isSafeMethod } from './request.ts'
import { judgeResponse, readBody } from './response.ts'
import { createSilenceWatchdog } from './silence-watchdog.ts'
import type { EventStreamErrorCode } from '../protocol/errors.ts'
import type { EventStreamMessage, EventStreamParser } from '../protocol/types.ts'
import type { DeliveryGate, HoldReason } from './delivery-gate.ts'
import type { Cancel, Environment } from './environment.ts'
import type {
  AttemptContext,
  ConnectionCallbacks,
  ConnectionOptions,
  EventStreamReason,
  EventStreamState,
  EventStreamStatus,
  UrlSource,
} from './types.ts'

/** `reconnect()` and a network that is back cut a wait short, at most this often. */
const MIN_HURRY_INTERVAL_MS = 1000
/** What the status says of an error; `network` of the others. */
const REASONS: { [Code in EventStreamErrorCode]?: EventStreamReason } = {
  'connect-timeout': 'timeout',
  silence: 'silence',
  'http-status': 'http',
  'content-type': 'content-type',
  'attempts-exhausted': 'exhausted',
}

/** What a connection needs of the one that listens. */
export interface ConnectionListener {
  onMessage(message: EventStreamMessage): void
  onError(error: EventStreamError): void
  /** The state has changed. */
  onStatus(): void
  /** Calls a function of the app and survives it. */
  call<Args extends unknown[]>(fn: ((...args: Args) => unknown) | undefined, ...args: Args): void
}

export interface Connection {
  open(): void
  /** Ends the connection on purpose: nothing is delivered after it. */
  end(status: 'idle' | 'closed', reason: EventStreamReason): void
  /** Ends it without a word, because another one takes its place. */
  dispose(): void
  reconnect(): void
  hold(reason: HoldReason): void
  release(reason: HoldReason): void
}

/** The state, as the connection sees it: its to write. */
export type ConnectionState = { -readonly [Name in keyof EventStreamState]: EventStreamState[Name] }

/** Creates a connection that waits for `open()`; without a source it waits for ever. */
export function createConnection(
  source: UrlSource | null,
  options: ConnectionOptions & ConnectionCallbacks,
  environment: Environment,
  state: ConnectionState,
  gate: DeliveryGate,
  { onMessage, onError, onStatus, call }: ConnectionListener,
): Connection {
  const isSafe = isSafeMethod(options.method)
  const { connectTimeout = 15_000, reconnect: mayRepeat = isSafe } = options
  const policy = mayRepeat === true ? {} : mayRepeat || undefined
  const { now } = environment
  const watchdog = createSilenceWatchdog(environment, options.silenceTimeout, (silentMs) =>
    lose('silence', `No byte in ${silentMs} ms.`),
  )

  /** The attempt or connection under way. Aborting it silences it. */
  let controller: AbortController | undefined
  /** Ends the page's events; there from `open()` to the end of the stream. */
  let unsubscribe: Cancel | undefined
  let isOpen = false
  /** Since `open()`. */
  let wasOpen = false
  /** The connection has shown that it works: a failure after it is the first of its row. */
  let hasProgressed = false
  /** Of the attempt under way, once the app's functions have made its request. */
  let url: string | undefined
  let reason: EventStreamReason = null
  let serverDelay: number | undefined
  let hurriedAt = -Infinity
  /** One at a time: until the head is there, then until the stream is stable; or until the next attempt. */
  let cancelTimer: Cancel | undefined

  /** A pause lies over whatever the connection does. */
  function update(nextReason: EventStreamReason): void {
    reason = nextReason
    if (!unsubscribe) return
    const isPaused = gate.isHeld('user')
    state.reason = isPaused ? 'user' : reason
    state.status = isPaused ? 'paused' : liveStatus()
    onStatus()
  }

  function liveStatus(): EventStreamStatus {
    if (isOpen) return 'open'
    return wasOpen || state.attempt > 0 ? 'reconnecting' : 'connecting'
  }

  // Connecting.

  function open(): void {
    if (!unsubscribe && begin()) connect(null)
  }

  function begin(): boolean {
    if (source === null) return false
    wasOpen = false
    state.attempt = 0
    state.error = null
    state.disconnectedSince = now()
    unsubscribe = environment.onPageEvent(onGoodNews)
    return true
  }

  /** Connects after the delay, at once when there is none. */
  function connectIn(delay: number, nextReason: EventStreamReason): void {
    if (delay <= 0) return connect(nextReason)
    startTimer(delay, () => connect(nextReason))
    state.retryAt = now() + delay
    update(nextReason)
  }

  function connect(nextReason: EventStreamReason): void {
    drop()
    hasProgressed = false
    const onTimeout = (): void => lose('connect-timeout', `No answer in ${connectTimeout} ms.`)
    if (connectTimeout > 0) startTimer(connectTimeout, onTimeout)
    controller = new AbortController()
    void attempt(controller.signal)
    update(nextReason)
  }

  /** After every wait the attempt looks whether it is still wanted. */
  async function attempt(signal: AbortSignal): Promise<void> {
    const context = { lastEventId: state.lastEventId, attempt: state.attempt, signal }
    url = undefined
    try {
      await Promise.resolve() // the app's functions run outside of the effect that asked for the connection
      if (signal.aborted) return
      const request = await createRequest(source!, options, environment, context)
      if (signal.aborted) return
      url = request.url.href.replace(/[?#].*/, '')
      const response = await (options.fetch ?? environment.fetch)(request.url.href, request.init)
      if (!signal.aborted) onHead(response)
      const parser = createParser(context)
      await readBody(response, signal, gate.whenOpen, (bytes) => {
        state.lastActivityAt = now()
        watchdog.activity()
        parser.feed(bytes)
        if (!signal.aborted) call(options.onActivity)
      })
      if (!signal.aborted) onEndOfStream()
    } catch (cause) {
      if (signal.aborted) return
      if (cause instanceof EventStreamError) reestablish(cause)
      else lose(url ? 'network' : 'request', 'Request failed.', cause)
    }
  }

  function createParser({ lastEventId, signal }: AttemptContext): EventStreamParser {
    const parser = createEventStreamParser(
      {
        onMessage(message) {
          if (message.type === 'heartbeat' || message.type === 'ping') watchdog.heartbeat()
          gate.pass(() => deliver(message))
        },
        onLastEventId: (id) => gate.pass(() => moveCursor(id, lastEventId)),
        onComment: watchdog.heartbeat,
        onRetry: (delay) => (serverDelay = delay),
        onError: (error) => gate.pass(() => signal.aborted || reestablish(error)),
      },
      { maxMessageSize: options.maxMessageSize, lastEventId },
    )
    // A handler may end the attempt in the middle of a chunk: the rest of it is dropped.
    signal.addEventListener('abort', parser.reset)
    return parser
  }

  /** Every outcome but `announce` ends the attempt. */
  function onHead(response: Response): void {
    const error = judgeResponse(response, wasOpen)
    if (response.status === 204) end('closed', 'no-content')
    else if (error) reestablish(error)
    else announce(response)
  }

  function announce({ status, headers }: Response): void {
    const { signal } = controller!
    const { attempt: failed, disconnectedSince } = state
    const downMs = now() - disconnectedSince!
    const details = { first: !wasOpen, attempt: failed, downMs, status, headers }
    startTimer(policy?.stableAfter ?? 5000, progress)
    if (!gate.isHeld()) watchdog.start()
    isOpen = wasOpen = true
    state.error = state.disconnectedSince = null
    update(null)
    if (!signal.aborted) call(options.onOpen, details)
  }

  // Losing it.

  function lose(code: EventStreamErrorCode, text: string, cause?: unknown): void {
    reestablish(new EventStreamError(code, text, { cause }))
  }

  /** The attempt or the connection is lost: tries again if it may. */
  function reestablish(error: EventStreamError): void {
    drop()
    // The app may have ended the stream just now, as the attempt was aborted.
    if (!unsubscribe) return
    if (!hasProgressed) state.attempt++
    state.disconnectedSince ??= now()
    const { attempt: failed } = state
    Object.assign(error, { attempt: failed, url })
    if (!policy || error.fatal) return fail(error)
    if (failed >= (policy.maxAttempts ?? Infinity)) {
      const text = `${failed} attempts failed.`
      return fail(new EventStreamError('attempts-exhausted', text, { ...error, cause: error }))
    }
    state.error = error
    // A connection that fell silent is replaced at once; every other way to lose one waits.
    const delay =
      error.code === 'silence' && failed === 0
        ? 0
        : reconnectionTime(policy, failed, serverDelay, environment.random())
    connectIn(delay, REASONS[error.code] ?? 'network')
    if (state.error === error) onError(error)
  }

  function fail(error: EventStreamError): void {
    finish('failed', REASONS[error.code] ?? 'network', Object.assign(error, { fatal: true }))
  }

  function end(status: 'idle' | 'closed', nextReason: EventStreamReason): void {
    if (state.status !== status || reason !== nextReason) finish(status, nextReason, null)
  }

  function finish(
    status: 'idle' | 'closed' | 'failed',
    nextReason: EventStreamReason,
    error: EventStreamError | null,
  ): void {
    const wasLive = unsubscribe
    dispose()
    if (status !== 'idle') gate.release('user')
    if (!error) state.disconnectedSince = null
    reason = nextReason
    Object.assign(state, { status, reason, error })
    onStatus()
    if (error && state.error === error) onError(error)
    if (wasLive && status !== 'idle') call(options.onClose, nextReason)
  }

  function dispose(): void {
    drop()
    gate.clear()
    unsubscribe?.()
    unsubscribe = undefined
  }

  /** Leaves the attempt, or the wait for one: whatever it still does is not heard. */
  function drop(): void {
    isOpen = false
    controller?.abort()
    watchdog.stop()
    cancelTimer?.()
    state.retryAt = null
  }

  function startTimer(delay: number, callback: () => void): void {
    cancelTimer?.()
    cancelTimer = environment.after(delay, callback)
  }

  function onEndOfStream(): void {
    if (isSafe && policy) lose('network', 'Stream ended.')
    else end('closed', 'complete')
  }

  function deliver(message: EventStreamMessage): void {
    state.received++
    onMessage(message)
  }

  function moveCursor(id: string, sentId: string): void {
    state.lastEventId = id
    if (id !== sentId) progress()
  }

  function progress(): void {
    hasProgressed = true
    if (state.attempt === 0) return
    state.attempt = 0
    onStatus()
  }

  /** The network is back: no reason to sit out a long wait. */
  function onGoodNews(): void {
    if ((state.retryAt ?? 0) > nextHurryAt()) hurry(reason)
  }

  function reconnect(): void {
    const wasLive = unsubscribe
    drop()
    gate.release('user')
    // What waited has been delivered, and a handler may have closed the stream.
    if (!unsubscribe && (wasLive || !begin())) return
    state.disconnectedSince ??= now()
    hurry('user')
  }

  function nextHurryAt(): number {
    // `min`: the clock may have been set back.
    if (hurriedAt > now()) return Math.min(hurriedAt, now() + MIN_HURRY_INTERVAL_MS)
    return Math.max(now(), hurriedAt + MIN_HURRY_INTERVAL_MS)
  }

  /** Brings the next attempt forward: to now, unless that was done less than a second ago. */
  function hurry(nextReason: EventStreamReason): void {
    hurriedAt = nextHurryAt()
    connectIn(hurriedAt - now(), nextReason)
  }

  function hold(holdReason: HoldReason): void {
    if (gate.isHeld(holdReason)) return
    gate.hold(holdReason)
    watchdog.stop()
    if (holdReason === 'user') update(reason)
  }

  function release(holdReason: HoldReason): void {
    if (!gate.isHeld(holdReason)) return
    gate.release(holdReason)
    if (isOpen && !gate.isHeld()) watchdog.start()
    if (holdReason === 'user') update(reason)
  }

  return { open, end, dispose, reconnect, hold, release }
}
