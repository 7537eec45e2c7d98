/** What is judged the moment it happens: a request, a gap, a connection that is given up. */
import { isLive } from './attempts.ts'
import { excuse } from './delivery.ts'
import { isAway, lose } from './state.ts'
import { mayRepeat } from './settings.ts'
import type { Attempt } from './attempts.ts'
import type { StreamModel } from './stream-model.ts'
import type { Wire } from './wire.ts'

export const CONNECT_TIMEOUT_MS = 15_000
export const DOUBT_MS = 2000
export const MIN_AUTO_SILENCE_MS = 45_000
/** Times are sums of fractions: equal ones may differ by less than this. */
export const SLACK_MS = 0.01
const MAX_REQUESTS = 25
const WINDOW_MS = 2000
// oxlint-disable-next-line no-control-regex -- what a header cannot carry
const CONTROL_CHARACTER = /[\0-\x1f\x7f]/

/** The client sends a request. */
export function judgeRequest(model: StreamModel, attempt: Attempt): void {
  const { state, settings, attempts, violate } = model
  const { cursor, sentId, sentAt } = attempt
  if (attempts.some(isLive)) violate('I1', 'a request is sent during another one')
  if (attempts.some(({ wire, isLeft }) => wire && !isLeft)) {
    violate('I1', 'a request is sent while a stream is being read')
  }
  if (state.rest) violate('I4', 'a request is sent at rest')
  if (isAway(state)) violate('I4', 'a request is sent while the page is away')
  state.waitCutAt = undefined

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
  if (sentId !== undefined && settings.via !== 'query') state.session.unanswered++
  else state.session.unanswered = 0

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
  const isUnsendable = settings.via === 'header' && CONTROL_CHARACTER.test(cursor)
  const isRefused = settings.isCrossOrigin && state.session.unanswered >= 2
  if (sentId === undefined && (isUnsendable || isRefused)) return
  violate('I10', `${JSON.stringify(sentId)} is sent, the cursor is ${JSON.stringify(cursor)}`)
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
  if (isAway(state)) return
  if (wire) {
    if (!mayBeSilent(model, wire)) violate('I2', 'a living connection is given up')
    lose(state, settings, 'silence', false)
  } else if (attempt.isRedirected) lose(state, settings, 'network', false) // one request too many
  else if (model.now() - startedAt >= CONNECT_TIMEOUT_MS - SLACK_MS)
    lose(state, settings, 'timeout', false)
  else if (model.now() > state.hurryUntil) violate('I2', 'an attempt is given up')
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
  const isAsked = mayRepeat(settings) && !wire.hasUnread
  if (isAsked && model.now() - doubtedAt >= DOUBT_MS + SLACK_MS) return 'it is in doubt'
  const limit =
    silenceTimeout === 'auto' ? Math.max(MIN_AUTO_SILENCE_MS, 3 * longestGap) : silenceTimeout
  const isArmed = silenceTimeout === 'auto' ? isHeard : limit > 0
  const silentMs = model.now() - wire.silentSince
  return isArmed && silentMs >= limit + SLACK_MS ? `${silentMs} ms of silence` : undefined
}
