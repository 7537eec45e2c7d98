/**
 * Writes the event stream format, so that nobody can forge a field through a value.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
import { EventStreamError } from './errors.ts'
import type { EncodableEvent } from './types.ts'

const LINE_END = /\r\n|\r|\n/
// oxlint-disable-next-line no-control-regex -- the characters that would end the field
const UNSAFE_IN_FIELD = /[\r\n\0]/

/**
 * One block of the stream, blank line included. Every line end in `data` starts a new `data` line, so the text
 * arrives with line feeds. Throws `EventStreamError` (`encode`) when `type` or `id` holds CR, LF or NUL: with them
 * a value could add fields or events of its own.
 *
 * @example
 * response.write(encodeEvent({ type: 'new-message', id: '42', data: JSON.stringify({ text: 'hi' }) }))
 */
export function encodeEvent({ type, data, id }: EncodableEvent): string {
  const fields: string[] = []
  if (type !== undefined) fields.push(encodeField('event', type))
  if (id !== undefined) fields.push(encodeField('id', id))
  if (data !== undefined) fields.push(encodeLines('data:', data))
  return fields.join('') + '\n'
}

/** A comment: clients see nothing of it, proxies and watchdogs see that the stream lives. */
export function encodeComment(text = ''): string {
  return encodeLines(':', text) + '\n'
}

/**
 * Sets how long clients wait before they reconnect, in whole milliseconds from 0. Throws `EventStreamError`
 * (`encode`) for any other number.
 */
export function encodeRetry(reconnectionTime: number): string {
  if (!Number.isSafeInteger(reconnectionTime) || reconnectionTime < 0) {
    throw new EventStreamError(
      'encode',
      `The reconnection time must be whole milliseconds from 0, but it is ${reconnectionTime}.`,
    )
  }
  return `retry: ${reconnectionTime}\n\n`
}

function encodeField(name: 'event' | 'id', value: string): string {
  if (UNSAFE_IN_FIELD.test(value)) {
    throw new EventStreamError(
      'encode',
      `The ${name === 'event' ? 'type' : 'id'} of an event cannot hold CR, LF or NUL: remove them before sending.`,
    )
  }
  return `${name}: ${value}\n`
}

function encodeLines(prefix: string, text: string): string {
  return text
    .split(LINE_END)
    .map((line) => `${prefix} ${line}\n`)
    .join('')
}
