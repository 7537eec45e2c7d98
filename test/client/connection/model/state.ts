/** What must be true of the stream: what the app asked for, what the page is, and where the stream should be. */
import { createEventLog } from './event-log.ts'
import { MAX_ATTEMPTS, mayBeReopened, mayRepeat } from './settings.ts'
import type { EventStreamReason, EventStreamStatus } from '../../../../src/client/types.ts'
import type { Fate } from './attempts.ts'
import type { EventLog } from './event-log.ts'
import type { Settings } from './settings.ts'
import type { Wire } from './wire.ts'

export const LONG_HIDDEN_MS = 30_000

export type SourceName = 'a' | 'b'
/** `held`: nobody takes messages for long. */
export type AwayReason = 'pagehide' | 'freeze' | 'hidden' | 'held'
export type LossKind = 'network' | 'http' | 'content-type' | 'timeout' | 'silence'

/** Everything since the position in the stream was given up. */
export interface Session {
  readonly log: EventLog
  /** The client need not know what is before it. */
  readonly start: number
  readonly wires: Wire[]
  /** Keys of messages, in their order; `counts` has the same. */
  readonly handled: Set<string>
  /** Delivered again long after a reconnect: then the server seems to mean it. */
  readonly repeated: Set<string>
  received: number
  dropped: number
  /** Duplicates may have been dropped that the model has not seen. */
  isInexact: boolean
  /** The app may have ended the stream between a message and its handlers. */
  mayHideMessage: boolean
  lastKey: string | undefined
  /** A message without an id of its own was delivered, heartbeats aside. */
  hadNoId: boolean
  /** Lost, with a gap that said so. */
  readonly excused: Set<number>
  /** Attempts in a row that sent the header and were refused. */
  unanswered: number
}

export interface ModelState {
  isWanted: boolean
  isEnabled: boolean
  source: SourceName | null
  /** Undefined where the contract does not say whether a pause outlives what happened. */
  isPaused: boolean | undefined
  /** Consumers that take no messages. */
  readonly full: Set<symbol>
  /** The page is to have its turn before more is delivered. */
  isSliced: boolean
  /** How long handlers have worked since the page had its turn, or nothing to do. */
  sliceWork: number
  /** Since when somebody keeps messages back, as far as the stream counts it; by the clock of the timers. */
  heldSince: number | undefined
  /** That was before the page was hidden, if it was at the same time. */
  isHeldFirst: boolean
  /** The connection was given up for it, and has not come back. */
  wasParked: boolean
  /** It was given up for it though the app had it connected while the page is away: that is the reason it shows. */
  isParkedOverruled: boolean
  /** Undefined while the stream lives. */
  rest: { statuses: EventStreamStatus[]; reasons: EventStreamReason[] } | undefined
  /** A pause ends right now: what waited in it is delivered. */
  isReleasing: boolean
  /** The app goes to another URL right now. */
  isGoing: boolean
  wasOpen: boolean
  hasReturned: boolean
  /** Whether there is an error to show; `either` where the app reconnects after a failure. */
  error: 'none' | 'some' | 'either'
  /** Why the page keeps the connection away, as far as the stream has heard. */
  readonly away: Set<AwayReason>
  /** The app reconnects while the page is away. */
  isOverruled: boolean
  page: { isHidden: boolean; isFrozen: boolean; isLeft: boolean; isOffline: boolean }
  /** Since when the stream knows of it: by the clock of the timers, and on the wall. */
  hiddenSince: number | undefined
  hiddenSinceWall: number
  /** What became due in the sleep has not run yet. */
  areTimersLate: boolean
  /** Until when page events may still be followed by a new attempt, at most one a second. */
  hurryUntil: number
  /** Something cut the wait short: an attempt must follow within a second. */
  waitCutAt: number | undefined
  /** A 401 gets another try; undefined where the contract does not say. */
  hasAuthChance: boolean | undefined
  /** What the server has shown of its heartbeats on this connection's URL. */
  heartbeat: { isSent: boolean; isHeard: boolean; lastAt: number; longestGap: number }
  /** Requests that the app, or the page for it, has asked for and that were not sent. */
  asks: number
  /** A request may stand for more: redirects, preflights. */
  weighsMore: boolean
  /** The network has come back: the first transport gets a try with the next attempt, or when the fallback opens. */
  isTrialAsked: boolean
  /** How often a live stream was closed or has failed. */
  ends: number
  session: Session
}

export function createState(settings: Settings, logs: Record<SourceName, EventLog>): ModelState {
  if (settings.hasCursor) for (let count = 3; count > 0; count--) logs.a.append('own-id')
  return {
    ...{
      isWanted: true,
      isEnabled: true,
      source: null,
      isPaused: false,
      full: new Set(),
      isSliced: false,
      sliceWork: 0,
      heldSince: undefined,
      isHeldFirst: true,
      wasParked: false,
      isParkedOverruled: false,
      isReleasing: false,
      isGoing: false,
    },
    rest: { statuses: ['idle'], reasons: [null] },
    ...{ wasOpen: false, hasReturned: false, error: 'none', away: new Set(), isOverruled: false },
    page: { isHidden: false, isFrozen: false, isLeft: false, isOffline: false },
    ...{ hiddenSince: undefined, hiddenSinceWall: Infinity, areTimersLate: false },
    ...{ hurryUntil: -1, waitCutAt: undefined },
    isTrialAsked: false,
    ...{ hasAuthChance: true, heartbeat: noHeartbeat(), asks: 0, ends: 0 },
    weighsMore: weighsMore(settings),
    session: createSession(logs.a, settings.hasCursor ? 2 : 0),
  }
}

export function createLogs({ hasKey }: Settings): Record<SourceName, EventLog> {
  const a = createEventLog('a')
  return { a, b: hasKey ? a : createEventLog('b') }
}

export function createSession(log: EventLog, start = 0): Session {
  return {
    ...{
      log,
      start,
      wires: [],
      handled: new Set(),
      repeated: new Set(),
      received: 0,
      dropped: 0,
      isInexact: false,
    },
    mayHideMessage: false,
    ...{ lastKey: undefined, hadNoId: false, excused: new Set(), unanswered: 0 },
  }
}

export const noHeartbeat = (): ModelState['heartbeat'] => ({
  isSent: false,
  isHeard: false,
  lastAt: 0,
  longestGap: 0,
})

export const weighsMore = ({ method, isCrossOrigin }: Settings): boolean =>
  method === 'POST' || isCrossOrigin

/** The page keeps the connection away. */
export const isAway = ({ away, isOverruled, rest }: ModelState): boolean =>
  !rest && away.size > 0 && !isOverruled

/** Somebody keeps messages back. */
export const isStuck = ({ isPaused, full }: ModelState): boolean =>
  isPaused !== false || full.size > 0

/** Nothing is delivered. */
export const isHeld = (state: ModelState): boolean => isStuck(state) || state.isSliced

/** Somebody has begun to keep messages back, or has ceased to. */
export function touchHold(state: ModelState, now: number): void {
  if (state.rest) return
  const { heldSince } = state
  state.heldSince = isStuck(state) ? (heldSince ?? now) : undefined
  if (state.heldSince !== heldSince) state.isHeldFirst = state.hiddenSince !== now
}

/** The app wants the stream, and it can be had. */
export function begin(state: ModelState, now: number, wallTime: number): void {
  if (state.source === null || !state.isEnabled) return
  state.rest = undefined
  state.wasOpen = state.hasReturned = state.isOverruled = false
  state.error = 'none'
  state.away.clear()
  state.hiddenSince = state.page.isHidden ? now : undefined
  state.hiddenSinceWall = state.page.isHidden ? wallTime : Infinity
  state.waitCutAt = undefined
  state.wasParked = state.isParkedOverruled = false
  touchHold(state, now)
  state.isHeldFirst = true
  if (state.hasAuthChance === false) state.hasAuthChance = undefined
  state.asks = 1
}

export function goToRest(
  state: ModelState,
  status: 'idle' | 'closed' | 'failed',
  reasons: EventStreamReason[],
): void {
  const wasLive = !state.rest
  if (wasLive && status !== 'idle') state.ends++
  // A pause of a stream that rests anyway: the contract does not say what ends it.
  if (status !== 'idle') state.isPaused = wasLive || state.isPaused === false ? false : undefined
  state.rest = { statuses: [status], reasons }
  for (const wire of state.session.wires) wire.hasLeftovers = false
  state.away.clear()
  state.waitCutAt = state.heldSince = undefined
  state.sliceWork = 0
}

/** The page gives the connection up. */
export function leave(state: ModelState, settings: Settings, reason: AwayReason): void {
  if (state.rest) return
  state.isOverruled = state.isParkedOverruled = false
  if (!mayBeReopened(settings)) {
    if (reason !== 'hidden') goToRest(state, 'failed', ['network', 'offline'])
    return
  }
  state.away.add(reason)
  state.error = 'none'
  state.waitCutAt = undefined
}

/** One of the reasons to be away is gone. With another one left it is told anew. */
export function comeBack(state: ModelState, settings: Settings, reason: AwayReason): void {
  if (!state.away.delete(reason)) return
  // What waited is being delivered: only the page kept the connection away.
  if (!isStuck(state) && state.away.size === 1) state.away.delete('held')
  const [other] = state.away
  const { isParkedOverruled } = state
  if (other) {
    leave(state, settings, other)
    // Nothing has told the page's reason anew.
    state.isParkedOverruled = isParkedOverruled && reason === 'held'
    return
  }
  if (!state.isOverruled) {
    state.hasReturned = true
    state.asks = 1
  }
  state.isOverruled = false
}

/** The attempt or the connection is lost; whether that is final depends on the kind. */
export function lose(
  state: ModelState,
  settings: Settings,
  kind: LossKind,
  isFatal: boolean,
): void {
  const { reconnect } = settings
  const isFinal =
    !mayRepeat(settings) || reconnect === 'refuse' || (isFatal && reconnect !== 'insist')
  state.error = 'some'
  const reasons: EventStreamReason[] = kind === 'network' ? ['network', 'offline'] : [kind]
  if (isFinal) goToRest(state, 'failed', reasons)
}

/**
 * The client notices what has become of its attempt.
 * @param isFirst Of the first transport: a fallback that fails for good is only used no more.
 */
export function meetFate(
  state: ModelState,
  settings: Settings,
  fate: Fate,
  isFirst: boolean,
): void {
  const { method, hasUntil } = settings
  if (fate === 'no-content') goToRest(state, 'closed', ['no-content'])
  else if (fate === 'complete') goToRest(state, 'closed', ['complete'])
  else if (fate === 'refused') lose(state, settings, 'http', true)
  else if (fate === 'fatal') lose(state, settings, 'http', isFirst)
  else if (fate === 'retry') lose(state, settings, 'http', false)
  else if (fate === 'html') lose(state, settings, 'content-type', isFirst && !state.wasOpen)
  else if (fate === 'network') lose(state, settings, 'network', false)
  else if (fate === 'again') {
    state.error = 'either'
    state.hasAuthChance = false
    state.asks = 1
  } else if (hasUntil) lose(state, settings, 'network', false)
  else if (method === 'GET' && mayRepeat(settings)) lose(state, settings, 'network', false)
  else goToRest(state, 'closed', ['complete'])
}

/** The attempts are counted by the client; what it says of them must be so. A 401 gets one more. */
export function isExhausted(settings: Settings, attempt: number): boolean {
  // The fallback goes on counting.
  const extra = settings.hasFallback ? Infinity : settings.hasHeadersFunction ? 1 : 0
  const isOver = attempt >= MAX_ATTEMPTS && attempt <= MAX_ATTEMPTS + extra
  return settings.reconnect === 'few' && isOver
}
