/**
 * One connection and its life: connecting, open, reconnecting, closed, failed. It knows nothing of payloads and
 * handlers; what it hears goes to its listener. `connection-table.ts` says what happens when, this is how.
 */
import { fetchTransport } from '../transports/fetch-transport.ts'
import { unsupported } from '../transports/unsupported.ts'
import { createAttempts } from './attempt.ts'
import { createConnectionTable, Phase } from './connection-table.ts'
import { createHurryLimit } from './hurry-limit.ts'
import { loadChoice } from './load-choice.ts'
import { ended, left, silent, truncated, unanswered } from './losses.ts'
import { createPageLife } from './page-life.ts'
import { createParking } from './parking.ts'
import { createReconnectionPolicy } from './reconnection-policy.ts'
import { createSilenceWatchdog } from './silence-watchdog.ts'
import { belowPause, liveStatus, statusReason } from './status.ts'
import type { Connection, ConnectionListener, ConnectionState } from './connection-types.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { TransportAnswer } from '../transports/transport.ts'
import type { Attempt, Before } from './attempt.ts'
import type { Signal } from './connection-table.ts'
import type { TransportChoice } from './transport-choice.ts'
import type { DeliveryGate, HoldReason } from '../delivery/delivery-gate.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { PageLife } from './page-life.ts'
import type { EventStreamGapReason, EventStreamReason } from '../types.ts'
import type { ConnectionCallbacks, ConnectionOptions, UrlSource } from '../options.ts'

/** Creates a connection that waits for `open()`; without a source it waits for ever. @param before What it goes on from. */
export function createConnection(
  source: UrlSource | null,
  options: ConnectionOptions & ConnectionCallbacks,
  environment: Environment,
  state: ConnectionState,
  gate: DeliveryGate,
  listener: ConnectionListener,
  hasCompletion: boolean,
  before: Before = { wasOpen: false },
): Connection {
  const { onError, onStatus, call } = listener
  const policy = createReconnectionPolicy(options, environment, call)
  const { now } = environment
  const loseSilent = (silentMs: number): void => hear('lost', silent(silentMs, attempt!))
  const parking = createParking(environment, gate, park)
  const watchdog = createSilenceWatchdog(environment, options.silenceTimeout, loseSilent)
  const attempts = createAttempts(source!, options, environment, state, gate, watchdog, {
    ...listener,
    async whenKnown() {
      const loading = options.fallback && !choice && loadChoice(options, environment, gate, choose)
      // One attempt has waited for the choice: the others go without.
      if (loading && state.attempt === 0) await loading
      await listener.whenKnown()
    },
    onMethod: (method) => (policy.method = method),
    onHead: () => phase === Phase.CONNECTING && cancelTimer?.(),
    onActivity: () => choice?.heard(attempt!.isFlowing),
    onRead: () => call(options.onActivity),
    onProgress: progress,
    onRetry: (delay) => (policy.serverDelay = delay),
    onOverflow: park,
    before,
    hear,
  })
  const hurryLimit = createHurryLimit(now)

  let phase: Phase = Phase.RESTING
  let choice: TransportChoice | undefined
  const choose = (loaded: TransportChoice): unknown => (choice ??= loaded)
  /** Under way, or the last one. */
  let attempt: Attempt | undefined
  /** There while the connection is not at rest. */
  let page: PageLife | undefined
  /** Since `open()`. */
  let wasOpen = false
  /** The connection has shown that it works: a failure after it is the first of its row. */
  let hasProgressed = false
  /** What waited too long has to be asked for again: without ids that cannot be. */
  let wasParked = false
  /** When the page left a stream that was open, or should have been. */
  let leftAt: number | undefined
  let reason: EventStreamReason = null
  /** One at a time: until the head is there, then until the stream is stable; or until the next attempt. */
  let cancelTimer: Cancel | undefined

  // oxfmt-ignore
  const table = createConnectionTable({
    begin: () => start() && connectIn(0, null),
    connect: () => connect(reason),
    finish: onEndOfStream,
    reopen, restart, hurry, announce, progress, doubt, reestablish, suspend, comeBack, end,
  })

  /** Done as the table says. */
  function hear(signal: Signal, ...details: unknown[]): void {
    table[signal][phase](...(details as never[]))
  }

  function update(nextReason: EventStreamReason): void {
    reason = nextReason
    if (phase === Phase.RESTING) return
    Object.assign(state, belowPause(gate, reason, liveStatus(phase, wasOpen || state.attempt > 0)))
    onStatus()
  }

  // Connecting.

  function start(): boolean {
    if (source === null) return false
    wasOpen = before.wasOpen
    policy.mayAskAgain = true
    leftAt = undefined
    wasParked = false
    choice?.reset()
    parking.update()
    Object.assign(state, { attempt: 0, error: null, disconnectedSince: now() }, before.down)
    const mayLeave = options.whenHidden === 'disconnect' ? () => policy.mayReopen : undefined
    page = createPageLife(environment, mayLeave, (signal, away) => {
      // It may be another network.
      if (signal === 'online') choice?.tryFirst()
      hear(signal, away)
    })
    return true
  }

  /** Connects after the delay, at once when there is none. */
  function connectIn(delay: number, nextReason: EventStreamReason): void {
    state.disconnectedSince ??= now()
    delay = Math.max(delay, attempts.delay())
    if (delay <= 0) return connect(nextReason)
    startTimer(delay, () => hear('due'))
    phase = Phase.WAITING
    state.retryAt = now() + delay
    update(nextReason)
  }

  function connect(nextReason: EventStreamReason): void {
    drop()
    hasProgressed = false
    const transport = choice?.choose() ?? options.transport ?? fetchTransport
    state.transport = transport.name
    phase = Phase.CONNECTING
    if (!environment.platform('AbortController')) return fail(unsupported('No AbortController.'))
    const { connectTimeout: time = 15_000 } = options
    const limit = choice?.limit(time) ?? time
    if (limit > 0) startTimer(limit, () => hear('lost', unanswered(limit, attempt!)))
    attempt = attempts.start(transport, wasOpen)
    update(nextReason)
  }

  function announce({ status, headers }: TransportAnswer, gap?: EventStreamGapReason): void {
    const { signal } = attempt!.controller
    const downMs = now() - (leftAt ?? state.disconnectedSince!)
    const details = { first: !wasOpen, attempt: state.attempt, downMs, status, headers }
    leftAt = undefined
    startTimer(policy.stableAfter, () => hear('stable'))
    choice?.opened(policy.isOn ? loseSilent : undefined, restart)
    phase = Phase.OPEN
    onHold()
    wasOpen = policy.mayAskAgain = true
    state.error = state.disconnectedSince = null
    update(null)
    const parkedAfter = wasParked ? attempt!.sentId : undefined
    wasParked = false
    if (!signal.aborted) listener.onOpen(details, gap, parkedAfter)
  }

  // Losing it.

  /** The attempt or the connection is lost: tries again if it may. */
  function reestablish(error: EventStreamError): void {
    const lost = attempt!
    const failed = state.attempt + (hasProgressed ? 0 : 1)
    Object.assign(error, { attempt: failed, url: lost.url })
    const decide = (): number | EventStreamError => policy.decide(error)
    const next = choice?.failed(error, lost, decide) ?? decide()
    watchdog.lost()
    if (!lost.controller.signal.aborted) drop()
    // The app may have done something else just now: it was asked, and it may listen to the signal.
    if (lost !== attempt || phase === Phase.RESTING || phase === Phase.WAITING) return
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
    parking.stop()
    page?.stop()
    page = undefined
    phase = Phase.RESTING
    listener.onLeave()
  }

  /** Leaves the attempt, or the wait for one: whatever it still does is not heard. */
  function drop(): void {
    attempt?.controller.abort()
    watchdog.stop()
    choice?.stop()
    cancelTimer?.()
    state.retryAt = null
  }

  function startTimer(delay: number, callback: () => void): void {
    cancelTimer?.()
    cancelTimer = environment.after(delay, callback)
  }

  function onEndOfStream(): void {
    if (hasCompletion) hear('lost', truncated())
    else if (policy.goesOnAfterEnd) hear('lost', ended(attempt!))
    else end('closed', 'complete')
  }

  function progress(): void {
    hasProgressed = true
    choice?.progressed()
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
      return fail(Object.assign(left(), { attempt: state.attempt + 1, url: attempt?.url }))
    }
    drop()
    if (phase === Phase.RESTING) return
    phase = Phase.AWAY
    leftAt ??= state.disconnectedSince ?? now()
    state.attempt = 0
    state.error = state.disconnectedSince = null
    update(awayReason)
  }

  /** Connects again, unless something else than what has just passed is in the way. */
  function comeBack(): void {
    if (page!.isAway) update(reason)
    else if (parking.isParked) update(parking.reason)
    else connectIn(0, reason)
  }

  /** The connection is not read: its server should not wait for ever. */
  function park(): void {
    if (!policy.mayReopen) return
    if (!gate.isHeld()) return restart()
    parking.isParked = true
    wasParked ||= wasOpen
    hear('held', parking.reason)
  }

  /** The connection may have died. What has come of one that is not read says nothing. */
  function doubt(): void {
    // One that asks again and again asks now.
    const { controller, transport } = attempt!
    if (choice?.isDue() || transport.isContinuous === false) return restart()
    if (policy.isOn) progress()
    if (controller.signal.aborted) return
    if (gate.isHeld('user')) restart()
    else watchdog.doubt(policy.isOn)
  }

  /** An attempt from before a sleep may wait for an answer that never comes. */
  function restart(): void {
    if (!policy.isOn) return
    drop()
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
    const last = attempt
    choice?.reset()
    parking.isParked = false
    drop()
    if (phase !== Phase.RESTING) phase = Phase.WAITING
    gate.release('user')
    // What waited has been delivered, and a handler may have closed the stream, or opened it anew.
    if (attempt !== last || state.retryAt !== null) return
    if (phase === Phase.RESTING && (wasLive || !start())) return
    parking.update()
    bringForward('user')
  }

  /** The next attempt is made now, or as soon as the last one that was brought forward is long enough ago. */
  function bringForward(nextReason: EventStreamReason): void {
    connectIn(hurryLimit.take() - now(), nextReason)
  }

  /** The gate has changed: reading stops, or goes on. */
  function onHold(holdReason?: HoldReason): void {
    const isHeld = gate.isHeld()
    if (phase !== Phase.RESTING) parking.update()
    if (isHeld) watchdog.pause()
    else if (phase === Phase.OPEN && attempt!.transport.isContinuous !== false) watchdog.start()
    if (!isHeld && phase === Phase.AWAY) hear('released')
    else if (holdReason === 'user')
      update(parking.isParked && !page?.isAway ? parking.reason : reason)
  }

  return {
    open: () => hear('open'),
    end: (status, endReason) => hear('close', status, endReason),
    complete: () => hear('complete', 'closed', 'complete'),
    dispose,
    reconnect: () => hear('reconnect'),
    onHold,
  }
}
