/** What is judged the moment it happens: a request, a gap, a connection that is given up. */
import { isLive } from './attempts.ts'
import { excuse, hasWaiting, possibleCursors } from './delivery.ts'
import { isAway, lose } from './state.ts'
import { FIRST, OTHER, mayRepeat } from './settings.ts'
import type { Attempt } from './attempts.ts'
import type { StreamModel } from './stream-model.ts'
import type { Wire } from './wire.ts'

export const CONNECT_TIMEOUT_MS = 15_000
export const DOUBT_MS = 2000
export const MIN_AUTO_SILENCE_MS = 45_000
const MUTE_MS = 15_000
/** One more try of the first transport comes after so long at the soonest, and takes so long at the most. */
const TRIAL_MS = 5000
/** Times are sums of fractions: equal ones may differ by less than this. */
export const SLACK_MS = 0.01
const MAX_REQUESTS = 25
const WINDOW_MS = 2000
// oxlint-disable-next-line no-control-regex -- what a header cannot carry
const CONTROL_CHARACTER = /[\0-\x1f\x7f]/

export const isUnsendable = (id: string): boolean => CONTROL_CHARACTER.test(id)

/** The client sends a request. */
export function judgeRequest(model: StreamModel, attempt: Attempt): void {
  const { state, settings, attempts, violate } = model
  const { cursor, sentId } = attempt
  if (attempts.some(isLive)) violate('I1', 'a request is sent during another one')
  if (attempts.some(({ wire, isLeft }) => wire && !isLeft)) {
    violate('I1', 'a request is sent while a stream is being read')
  }
  if (state.rest) violate('I4', 'a request is sent at rest')
  if (isAway(state)) violate('I4', 'a request is sent while the page is away')
  state.waitCutAt = undefined
  if (attempt.transport === FIRST) state.isTrialAsked = false

  const isRedirected = model.attempt?.isRedirected === true && !model.attempt.isLeft
  if (!mayRepeat(settings) && !isRedirected && --state.asks < 0) {
    violate('I9', 'a request is repeated that nobody asked for')
  }

  const { redirect } = attempt.request.init
  if (redirect === 'manual' && settings.method === 'POST') {
    violate('I9', 'a redirect would be followed with a second POST')
  }
  // After a redirect the same is sent again.
  const isSame = isRedirected && sentId === model.attempt!.sentId
  if (!isSame) judgeSentId(model, cursor, sentId)
  // By the clock that the client sees.
  const sentAt = model.wallTime()
  model.requestTimes = model.requestTimes.filter((at) => at > sentAt - WINDOW_MS)
  model.requestTimes.push(sentAt)
  if (model.requestTimes.length > MAX_REQUESTS) {
    violate('I8', `${model.requestTimes.length} requests in ${WINDOW_MS} ms`)
  }
}

function judgeSentId(
  { settings, state, violate }: StreamModel,
  cursor: string,
  sentId: string | undefined,
): void {
  if (sentId === cursor || (sentId === undefined && cursor === '')) return
  // What has come and waits is not asked for again.
  if (hasWaiting(state.session) && possibleCursors(state.session).includes(sentId ?? '')) return
  const isUnsent = settings.via === 'header' && isUnsendable(cursor)
  const isRefused = settings.isCrossOrigin && state.session.unanswered >= 2
  if (sentId === undefined && (isUnsent || isRefused)) return
  violate('I10', `${JSON.stringify(sentId)} is sent, the cursor is ${JSON.stringify(cursor)}`)
}

/** Nobody has answered: perhaps because the header of the cursor is refused. */
export function noteRefusal({ state, settings }: StreamModel, { sentId }: Attempt): void {
  const hasHeader = sentId !== undefined && settings.via !== 'query'
  state.session.unanswered = hasHeader ? state.session.unanswered + 1 : 0
}

/** The client says that messages may be missing. */
export function judgeGap(model: StreamModel, reason: string): void {
  const { attempt, state, violate, seen } = model
  seen.add(`gap ${reason}`)
  // The message that says so may have waited in a pause.
  if (state.isReleasing) return
  // The app may have replaced the connection in `onOpen`.
  const wire = state.rest ? undefined : attempt?.wire
  if (!wire) return violate('I3', `the gap ${reason} is told without a stream`)
  wire.gaps.push(reason)
  excuse(state.session, wire)
}

/** The client gives an attempt or a connection up by itself. */
export function judgeLoss(model: StreamModel, attempt: Attempt): void {
  const { state, settings, violate } = model
  const { wire, startedAt } = attempt
  const timeout = mayBeTrial(model, attempt) ? TRIAL_MS : CONNECT_TIMEOUT_MS
  if (isAway(state)) return
  if (wire) {
    if (mayTryFirst(model, attempt)) {
      if (mayBeSilent(model, wire)) state.error = 'either'
      return
    }
    if (isMute(model, wire)) return lose(state, settings, 'silence', false)
    if (!mayBeSilent(model, wire)) violate('I2', 'a living connection is given up')
    lose(state, settings, 'silence', false)
  } else if (attempt.isRedirected) {
    // One request too many.
    noteRefusal(model, attempt)
    lose(state, settings, 'network', false)
  } else if (model.now() - startedAt >= timeout - SLACK_MS) lose(state, settings, 'timeout', false)
  else if (model.now() > state.hurryUntil) violate('I2', 'an attempt is given up')
}

/** A fallback makes room after some time, without an error. */
function mayTryFirst(model: StreamModel, { transport }: Attempt): boolean {
  const firsts = model.attempts.filter((one) => one.transport === FIRST)
  const last = firsts.at(-1)
  const isDue = model.now() - (last?.sentAt ?? Infinity) >= TRIAL_MS - SLACK_MS
  return transport === OTHER && (isDue || model.state.isTrialAsked)
}

/** It gets one more try, or has got one since. */
function mayBeTrial({ attempts }: StreamModel, { transport }: Attempt): boolean {
  return transport === FIRST && attempts.some((one) => one.transport === OTHER)
}

/** Nothing has come after the head: a proxy may hold it back. */
function isMute(model: StreamModel, { attempt, lastByteAt }: Wire): boolean {
  const { settings, now } = model
  const limit = mayBeTrial(model, attempt) ? TRIAL_MS : MUTE_MS
  const isFirst = settings.hasFallback && mayRepeat(settings) && attempt.transport === FIRST
  return isFirst && lastByteAt === null && now() - attempt.answeredAt! >= limit - SLACK_MS
}

function mayBeSilent(model: StreamModel, wire: Wire): boolean {
  const { state, settings } = model
  const { silenceTimeout } = settings
  const { doubtedAt = Infinity } = wire
  if (model.now() - doubtedAt >= DOUBT_MS - SLACK_MS) return true
  const limit = silenceTimeout === 'auto' ? MIN_AUTO_SILENCE_MS : silenceTimeout
  const isArmed = silenceTimeout === 'auto' ? state.heartbeat.isSent : limit > 0
  return isArmed && model.wallTime() - wire.silentSinceWall >= limit - SLACK_MS
}

/** The connection must have been given up by now: nothing came for too long. */
export function mustBeSilent(model: StreamModel, wire: Wire): string | undefined {
  const { state, settings } = model
  const { silenceTimeout } = settings
  const { isHeard, longestGap } = state.heartbeat
  const { doubtedAt = Infinity } = wire
  const isLate = model.now() - wire.attempt.answeredAt! >= MUTE_MS + SLACK_MS
  // One that has failed for good is not used again.
  const isGone = model.attempts.some(
    ({ transport, fate }) => transport === OTHER && /fatal|html/.test(`${fate}`),
  )
  if (!wire.wasHeld && isLate && !isGone && isMute(model, wire)) return 'it is mute'
  const isAsked = mayRepeat(settings) && !wire.hasUnread
  if (isAsked && model.now() - doubtedAt >= DOUBT_MS + SLACK_MS) return 'it is in doubt'
  const limit =
    silenceTimeout === 'auto' ? Math.max(MIN_AUTO_SILENCE_MS, 3 * longestGap) : silenceTimeout
  const isArmed = silenceTimeout === 'auto' ? isHeard : limit > 0
  const silentMs = model.now() - wire.silentSince
  return isArmed && silentMs >= limit + SLACK_MS ? `${silentMs} ms of silence` : undefined
}
