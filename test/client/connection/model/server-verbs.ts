/** What the model's server and the network do to the client. Everything happens at once; the caller waits. */
import { excuse, gapsOf } from './delivery.ts'
import { dataBlock, entryBlock, extraBlock, lineBlock } from './event-log.ts'
import { noteRefusal } from './judgements.ts'
import { LAST_DATA } from './settings.ts'
import { isHeld, touchHold } from './state.ts'
import { createWire } from './wire.ts'
import type { Attempt } from './attempts.ts'
import type { EntryKind, LineEnd } from './event-log.ts'
import type { SourceName } from './state.ts'
import type { StreamModel } from './stream-model.ts'
import type { Wire } from './wire.ts'

const RETRIED_STATUSES = [408, 425, 429]

export type Body = 'none' | 'text' | 'problem' | 'endless'

export interface StreamAnswer {
  readonly isInclusive: boolean
  readonly lineEnd: LineEnd
}

export interface StatusAnswer {
  readonly status: number
  /** Seconds, as a number or as a date. */
  readonly retryAfter: { readonly seconds: number; readonly isDate: boolean } | undefined
  readonly body: Body
}

/** Answers with the stream, from where the client says it is. */
export function answerStream(
  model: StreamModel,
  attempt: Attempt,
  { isInclusive, lineEnd }: StreamAnswer,
): Wire {
  const { state, settings } = model
  const { session } = state
  const { log } = session
  const { from, isGap } = log.positionAfter(attempt.sentId, isInclusive)
  const echo = isGap ? 'another' : settings.echoesId ? attempt.sentId : undefined
  const isEchoed = echo !== undefined && attempt.sentId !== undefined
  // A header carries bytes, and shows them as characters.
  const bytes = Array.from(new TextEncoder().encode(echo), (byte) => String.fromCharCode(byte))
  const headers = isEchoed ? { 'Mercure-Last-Event-ID': bytes.join('') } : undefined
  const gaps = gapsOf(state, attempt, isGap)
  state.wasParked = false
  const wire = createWire(attempt, log, from, gaps, model.now(), model.wallTime())
  wire.add(...log.entries.slice(from).map((entry) => entryBlock(entry, lineEnd)))
  attempt.answeredAt = model.now()
  attempt.wire = wire
  session.wires.push(wire)
  // A client without a cursor, or perhaps without one, starts wherever the server does.
  const mayHaveNone = attempt.sentId === undefined && !attempt.isCursorSure
  if (attempt.cursor === '' || mayHaveNone) excuse(session, wire)
  session.unanswered = 0
  state.wasOpen = true
  touchHold(state, model.now())
  state.error = 'none'
  state.hasAuthChance = true
  state.heartbeat.lastAt = model.now()
  model.seen.add(`stream ${session.wires.length > 1 ? 'again' : 'first'}`)
  void attempt.request.respond({ headers })
  return wire
}

/** Answers with a status that is not the stream. */
export function answerStatus(
  model: StreamModel,
  attempt: Attempt,
  { status, retryAfter, body }: StatusAnswer,
): void {
  const { state, settings } = model
  const isRetried = status >= 500 || RETRIED_STATUSES.includes(status)
  const isDenied = status === 401 || status === 403
  const isAsked = settings.hasHeadersFunction && settings.reconnect !== 'refuse'
  const mayAskAgain = isDenied && isAsked && state.hasAuthChance !== false
  attempt.answeredAt = model.now()
  state.session.unanswered = 0
  if (status === 204) attempt.fate = 'no-content'
  else if (isRetried) attempt.fate = 'retry'
  else attempt.fate = mayAskAgain ? 'again' : isDenied ? 'refused' : 'fatal'
  model.seen.add(`answer ${status}`)
  const headers = retryAfter && { 'Retry-After': toRetryAfter(model, retryAfter) }
  const isEmpty = status === 204 || body === 'none'
  const type = body === 'problem' ? 'application/problem+json' : 'text/plain'
  const head = { status, headers, contentType: type }
  void attempt.request.respond({ ...head, hasBody: !isEmpty, isComplete: false })
  if (isEmpty) return
  void attempt.request.push('{"title": "Not now", "detail": "é你😀"}')
  if (body !== 'endless') void attempt.request.end()
}

function toRetryAfter(
  model: StreamModel,
  { seconds, isDate }: NonNullable<StatusAnswer['retryAfter']>,
): string {
  return isDate ? new Date(model.wallTime() + seconds * 1000).toUTCString() : `${seconds}`
}

/** Answers with a page in place of the stream. */
export function answerPage(model: StreamModel, attempt: Attempt): void {
  attempt.answeredAt = model.now()
  attempt.fate = 'html'
  model.state.session.unanswered = 0
  model.seen.add('answer page')
  void attempt.request.respond({ contentType: 'text/html', isComplete: false })
  void attempt.request.push('<title>Sign in</title>')
  void attempt.request.end()
}

/** Answers with a redirect, as a browser shows it to a request that does not follow. */
export function answerRedirect(model: StreamModel, attempt: Attempt): void {
  attempt.answeredAt = model.now()
  attempt.isRedirected = true
  model.state.weighsMore = true
  model.seen.add('answer redirect')
  const head = { status: 302, contentType: null, hasBody: false }
  void attempt.request.respond({ ...head, headers: { Location: '/elsewhere' } })
}

/** There is no network. */
export function refuse(model: StreamModel, attempt: Attempt): void {
  attempt.answeredAt = model.now()
  attempt.fate = 'network'
  noteRefusal(model, attempt)
  void attempt.request.refuse()
}

/** The server has news. */
export function append(
  model: StreamModel,
  source: SourceName,
  kind: EntryKind,
  lineEnd: LineEnd,
): void {
  const log = model.logs[source]
  const entry = log.append(kind)
  const { wire } = model
  if (wire?.log === log) wire.add(entryBlock(entry, lineEnd))
}

let extras = 0

/** Something that is not in the log. */
export function say(wire: Wire, what: string, lineEnd: LineEnd): void {
  if (what.includes(':')) wire.add(lineBlock(what, lineEnd))
  else wire.add(extraBlock(`extra:${++extras}`, what, lineEnd))
}

/** So many bytes come through, in chunks of at most so many. */
export function flow(model: StreamModel, wire: Wire, count: number, chunk: number): void {
  const { attempt } = wire
  if (wire.isStalled || attempt.fate || !attempt.request.isOpen || wire.waiting === 0) return
  const before = wire.arrived()
  for (const bytes of wire.take(count, chunk)) void attempt.request.push(bytes)
  const now = model.now()
  const { heartbeat } = model.state
  for (const block of wire.blocks.slice(before, wire.arrived())) {
    if (!block.isHeartbeat) continue
    heartbeat.isSent = true
    heartbeat.longestGap = Math.max(heartbeat.longestGap, now - heartbeat.lastAt)
    heartbeat.lastAt = now
  }
  wire.lastByteAt = model.wallTime()
  if (!isHeld(model.state)) {
    wire.isDoubted = false
    wire.doubtedAt = undefined
  } else wire.hasUnread = true
  wire.silentSince = now
  wire.silentSinceWall = wire.lastByteAt
}

/** The server says that it is done: what `until` waits for. */
export function sayLast(model: StreamModel, wire: Wire): void {
  wire.add(dataBlock(LAST_DATA, model.settings.hasUntil ? undefined : LAST_DATA))
  flow(model, wire, wire.waiting, wire.waiting)
  if (model.settings.hasUntil) wire.attempt.fate = 'complete'
}

export function cut(model: StreamModel, wire: Wire): void {
  if (wire.attempt.fate) return
  wire.attempt.fate = 'network'
  model.seen.add('cut')
  void wire.attempt.request.cut()
}

export function end(model: StreamModel, wire: Wire): void {
  if (wire.attempt.fate) return
  wire.attempt.fate = 'end'
  model.seen.add('end')
  void wire.attempt.request.end()
}

/** An answer comes to a request that the client has given up: the `fetch` does not look at its signal. */
export function answerLate(model: StreamModel, attempt: Attempt, how: LateAnswer): void {
  const { request } = attempt
  attempt.answeredAt = model.now()
  model.seen.add(`late ${how}`)
  if (how === 'refuse') return void request.refuse()
  if (how === 'status') return void request.respond({ status: 404, hasBody: false })
  if (how === 'no-content') return void request.respond({ status: 204, hasBody: false })
  void request.respond()
  void request.push('id: late-1\ndata: {"key": "late:1"}\n\n')
}

export type LateAnswer = 'stream' | 'refuse' | 'status' | 'no-content'
