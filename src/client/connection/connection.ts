/**
 * One connection and its life: connecting, open, reconnecting, closed, failed. It knows nothing of payloads and
 * handlers; what it hears goes to its listener. `connection-table.ts` says what happens when, this is how.
 */
import { EventStreamError } from '../../protocol/errors.ts'
import { createAttempts } from './attempt.ts'
import { createConnectionTable, Phase } from './connection-table.ts'
import { createHurryLimit } from './hurry-limit.ts'
import { createPageLife } from './page-life.ts'
import { createReconnectionPolicy } from './reconnection-policy.ts'
import { createSilenceWatchdog } from './silence-watchdog.ts'
import { liveStatus, statusReason } from './status.ts'
import { createStreamReader } from './stream-reader.ts'
import type { Connection, ConnectionListener, ConnectionState } from './connection-types.ts'
import type { EventStreamErrorCode } from '../../protocol/errors.ts'
import type { Signal } from './connection-table.ts'
import type { DeliveryGate, HoldReason } from '../delivery/delivery-gate.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { PageLife } from './page-life.ts'
import type { EventStreamGapReason, EventStreamReason } from '../types.ts'
import type { ConnectionCallbacks, ConnectionOptions, UrlSource } from '../options.ts'

/** Creates a connection that waits for `open()`; without a source it waits for ever. */
export function createConnection(
  source: UrlSource | null,
  options: ConnectionOptions & ConnectionCallbacks,
  environment: Environment,
  state: ConnectionState,
  gate: DeliveryGate,
  listener: ConnectionListener,
  /** Whether something says that the stream is complete, so that an end alone does not. */
  hasCompletion: boolean,
): Connection {
  const { onError, onStatus, call } = listener
  const { connectTimeout = 15_000 } = options
  const policy = createReconnectionPolicy(options, environment, call)
  const { now } = environment
  const attempts =
    source === null ? undefined : createAttempts(source, options, environment, gate.whenOpen)
  const watchdog = createSilenceWatchdog(environment, options.silenceTimeout, (silentMs) =>
    lose('silence', `No byte in ${silentMs} ms.`),
  )
  const hurryLimit = createHurryLimit(now)
  const mayLeave = options.whenHidden === 'disconnect' ? () => policy.mayReopen : undefined

  let phase: Phase = Phase.RESTING
  /** The attempt or connection under way. Aborting it silences it. */
  let controller: AbortController | undefined
  /** There while the connection is not at rest. */
  let page: PageLife | undefined
  /** Since `open()`. */
  let wasOpen = false
  /** The connection has shown that it works: a failure after it is the first of its row. */
  let hasProgressed = false
  /** Of the attempt under way, without its query, once the app's functions have made the request. */
  let url: string | undefined
  /** The cursor that the attempt under way goes on from. */
  let sentId = ''
  /** When the page left a stream that was open, or should have been. */
  let leftAt: number | undefined
  let reason: EventStreamReason = null
  /** One at a time: until the head is there, then until the stream is stable; or until the next attempt. */
  let cancelTimer: Cancel | undefined

  const table = createConnectionTable({
    begin: () => start() && connectIn(0, null),
    connect: () => connect(reason),
    reopen,
    restart,
    hurry,
    announce,
    progress,
    doubt,
    reestablish,
    finish: onEndOfStream,
    suspend,
    end,
  })

  /** Done as the table says. */
  function hear(signal: Signal, ...details: unknown[]): void {
    table[signal][phase](...(details as never[]))
  }

  /** A pause lies over whatever the connection does. */
  function update(nextReason: EventStreamReason): void {
    reason = nextReason
    if (phase === Phase.RESTING) return
    const isPaused = gate.isHeld('user')
    state.reason = isPaused ? 'user' : reason
    state.status = isPaused ? 'paused' : liveStatus(phase, wasOpen || state.attempt > 0)
    onStatus()
  }

  // Connecting.

  function start(): boolean {
    if (!attempts) return false
    wasOpen = false
    policy.mayAskAgain = true
    leftAt = undefined
    Object.assign(state, { attempt: 0, error: null, disconnectedSince: now() })
    page = createPageLife(environment, mayLeave, hear)
    return true
  }

  /** Connects after the delay, at once when there is none. */
  function connectIn(delay: number, nextReason: EventStreamReason): void {
    delay = Math.max(delay, attempts!.delay())
    if (delay <= 0) return connect(nextReason)
    startTimer(delay, () => hear('due'))
    phase = Phase.WAITING
    state.retryAt = now() + delay
    update(nextReason)
  }

  function connect(nextReason: EventStreamReason): void {
    drop()
    hasProgressed = false
    url = undefined
    state.disconnectedSince ??= now()
    const onTimeout = (): void => lose('connect-timeout', `No answer in ${connectTimeout} ms.`)
    if (connectTimeout > 0) startTimer(connectTimeout, onTimeout)
    controller = new AbortController()
    const { signal } = controller
    let read: ((bytes: Uint8Array) => void) | undefined
    void attempts!.start(signal, {
      // Awaiting takes the app's functions out of the effect that asked for the connection, too.
      async prepare() {
        await listener.whenKnown()
        if (!signal.aborted) sentId = state.lastEventId
        return { lastEventId: sentId, attempt: state.attempt, wasOpen, signal }
      },
      onRequest(requested, method) {
        url = requested
        policy.method = method
        listener.onRequest(url)
      },
      onHead: () => cancelTimer?.(),
      onBytes(bytes) {
        state.lastActivityAt = now()
        watchdog.activity()
        read ??= createReader(signal)
        read(bytes)
        if (!signal.aborted) call(options.onActivity)
      },
      hear,
    })
    phase = Phase.CONNECTING
    update(nextReason)
  }

  function createReader(signal: AbortSignal): (bytes: Uint8Array) => void {
    return createStreamReader(sentId, signal, options.maxMessageSize, gate, watchdog, {
      ...listener,
      onLastEventId: (id) => (state.lastEventId = id),
      onNews() {
        if (!signal.aborted && state.lastEventId !== sentId) progress()
      },
      onRetry: (delay) => (policy.serverDelay = delay),
      onError: (error) => hear('lost', error),
    })
  }

  function announce({ status, headers }: Response, gap?: EventStreamGapReason): void {
    const { signal } = controller!
    const { attempt: failed, disconnectedSince } = state
    const downMs = now() - (leftAt ?? disconnectedSince!)
    leftAt = undefined
    const details = { first: !wasOpen, attempt: failed, downMs, status, headers }
    startTimer(policy.stableAfter, () => hear('stable'))
    if (!gate.isHeld()) watchdog.start()
    phase = Phase.OPEN
    wasOpen = policy.mayAskAgain = true
    state.error = state.disconnectedSince = null
    update(null)
    if (!signal.aborted) listener.onOpen(details, gap)
  }

  // Losing it.

  function lose(code: EventStreamErrorCode, text: string): void {
    hear('lost', new EventStreamError(code, text))
  }

  /** The attempt or the connection is lost: tries again if it may. */
  function reestablish(error: EventStreamError, minDelay = 0): void {
    const { signal } = controller!
    const failed = state.attempt + (hasProgressed ? 0 : 1)
    Object.assign(error, { attempt: failed, url })
    const next = policy.decide(error, minDelay)
    watchdog.lost()
    if (!signal.aborted) drop()
    // The app may have done something else just now: it was asked, and it may listen to the signal.
    if (signal !== controller!.signal || phase === Phase.RESTING || phase === Phase.WAITING) return
    state.attempt = failed
    state.disconnectedSince ??= now()
    if (typeof next !== 'number') return fail(next)
    state.error = error
    connectIn(next, statusReason(error, page?.isOffline))
    if (state.error === error) onError(error)
  }

  function fail(error: EventStreamError): void {
    rest('failed', statusReason(error, page?.isOffline), Object.assign(error, { fatal: true }))
  }

  function end(status: 'idle' | 'closed', nextReason: EventStreamReason): void {
    if (state.status !== status || reason !== nextReason) rest(status, nextReason, null)
  }

  function rest(
    status: 'idle' | 'closed' | 'failed',
    nextReason: EventStreamReason,
    error: EventStreamError | null,
  ): void {
    const wasLive = phase !== Phase.RESTING
    drop()
    if (wasLive && phase === Phase.RESTING) return // the app has ended it, as the attempt was aborted
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
    page?.stop()
    page = undefined
    phase = Phase.RESTING
    listener.onLeave()
  }

  /** Leaves the attempt, or the wait for one: whatever it still does is not heard. */
  function drop(): void {
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
    if (hasCompletion) lose('truncated', 'The stream ended before it was complete.')
    else if (policy.goesOnAfterEnd) lose('network', 'Stream ended.')
    else end('closed', 'complete')
  }

  function progress(): void {
    hasProgressed = true
    if (state.attempt === 0) return
    state.attempt = 0
    onStatus()
  }

  // The page, and the app.

  function suspend(awayReason: EventStreamReason): void {
    if (phase === Phase.AWAY && reason === awayReason) return
    listener.onLeave()
    if (!policy.mayReopen) {
      state.disconnectedSince ??= now()
      const details = { attempt: state.attempt + 1, url }
      return fail(new EventStreamError('network', 'The page was left.', details))
    }
    drop()
    if (phase === Phase.RESTING) return
    phase = Phase.AWAY
    leftAt ??= state.disconnectedSince ?? now()
    state.attempt = 0
    state.error = state.disconnectedSince = null
    update(awayReason)
  }

  /** The connection may have died. What has come of one that is not read says nothing. */
  function doubt(): void {
    const { signal } = controller!
    if (policy.isOn) progress()
    if (signal.aborted) return
    if (gate.isHeld('user')) restart()
    else watchdog.doubt(policy.isOn)
  }

  /** An attempt from before a sleep may wait for an answer that never comes. */
  function restart(): void {
    if (!policy.isOn) return
    drop()
    state.disconnectedSince ??= now()
    if (phase !== Phase.RESTING) bringForward(reason)
  }

  /** The network is back, or somebody looks: no reason to sit out a long wait. */
  function hurry(): void {
    const soonest = hurryLimit.nextAt()
    // Or it should have been made already: the machine slept.
    if (state.retryAt! > soonest || state.retryAt! <= now()) bringForward(reason)
  }

  function reopen(): void {
    const wasLive = phase !== Phase.RESTING
    const left = controller
    drop()
    if (phase !== Phase.RESTING) phase = Phase.WAITING
    gate.release('user')
    // What waited has been delivered, and a handler may have closed the stream, or opened it anew.
    if (controller !== left || state.retryAt !== null) return
    if (phase === Phase.RESTING && (wasLive || !start())) return
    state.disconnectedSince ??= now()
    bringForward('user')
  }

  /** The next attempt is made now, or as soon as the last one that was brought forward is long enough ago. */
  function bringForward(nextReason: EventStreamReason): void {
    connectIn(hurryLimit.take() - now(), nextReason)
  }

  function hold(holdReason: HoldReason): void {
    if (gate.isHeld(holdReason)) return
    gate.hold(holdReason)
    watchdog.pause()
    if (holdReason === 'user') update(reason)
  }

  function release(holdReason: HoldReason): void {
    if (!gate.isHeld(holdReason)) return
    gate.release(holdReason)
    if (phase === Phase.OPEN && !gate.isHeld()) watchdog.start()
    if (holdReason === 'user') update(reason)
  }

  return {
    open: () => hear('open'),
    end: (status, endReason) => hear('close', status, endReason),
    complete: () => hear('complete', 'closed', 'complete'),
    dispose,
    reconnect: () => hear('reconnect'),
    hold,
    release,
  }
}
