/** From the JSON or NDJSON of an answer to its messages. */
import { DEFAULT_EVENT_TYPE } from '../../protocol/constants.ts'
import { EventStreamError } from '../../protocol/errors.ts'
import type { TransportAttempt } from './transport.ts'

/** A message as JSON: what the fields of a block in an event stream are. */
export interface PolledMessage {
  /** @default 'message' */
  type?: string
  /** A text is what would stand behind `data:`; every other value counts as its JSON. Without it only the id counts. */
  data?: unknown
  /** The cursor from here on. */
  id?: string | number
}

/** The messages in a JSON answer, or in a line of NDJSON. */
export type ToMessages = (answer: unknown) => Iterable<PolledMessage>

const MAX_RAW_CHARS = 1000

/** An array of messages, an object with one in `messages`, or one message. */
export function toMessagesOfAnswer(answer: unknown): Iterable<PolledMessage> {
  if (Array.isArray(answer)) return answer as PolledMessage[]
  const { messages } = (answer ?? {}) as { messages?: unknown }
  return Array.isArray(messages) ? (messages as PolledMessage[]) : [answer as PolledMessage]
}

export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable('The answer is not JSON.', text, cause)
  }
}

/** A line that cannot be read costs no other one. */
export function parseLines({ onError }: TransportAttempt, text: string): unknown[] {
  const values: unknown[] = []
  for (const line of text.split(/\r?\n/)) {
    if (!line.trim()) continue
    try {
      values.push(JSON.parse(line))
    } catch (cause) {
      onError(unreadable('A line is not JSON.', line, cause))
    }
  }
  return values
}

/** Tells of the messages in a value, in order. What cannot be read costs nothing else. */
export function deliver(attempt: TransportAttempt, answer: unknown, toMessages: ToMessages): void {
  try {
    for (const message of toMessages(answer)) tryToTell(attempt, message)
  } catch (cause) {
    attempt.onError(unreadable('toMessages failed.', JSON.stringify(answer), cause))
  }
}

/** A function of the app made it: it may be anything. */
function tryToTell(attempt: TransportAttempt, message: PolledMessage): void {
  try {
    tell(attempt, message)
  } catch (cause) {
    attempt.onError(unreadable('A message cannot be read.', '', cause))
  }
}

function tell(attempt: TransportAttempt, message: PolledMessage): void {
  const isObject = typeof message === 'object' && message !== null
  const { id, type = DEFAULT_EVENT_TYPE, data } = isObject ? message : {}
  const hasId = id !== undefined && id !== null
  if (hasId) attempt.onLastEventId(`${id}`)
  if (data !== undefined) {
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    const lastEventId = hasId ? `${id}` : attempt.lastEventId
    attempt.onMessage({ type: `${type}`, data: text, lastEventId }, hasId)
  } else if (!hasId) {
    const text = 'A message has neither data nor id: see toMessages.'
    attempt.onError(unreadable(text, `${JSON.stringify(message)}`))
  }
}

function unreadable(text: string, raw: string, cause?: unknown): EventStreamError {
  return new EventStreamError('decode', text, { raw: raw.slice(0, MAX_RAW_CHARS), cause })
}
