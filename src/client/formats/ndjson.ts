/** Streams of JSON texts, one in each line. */
import { createNdjsonParser } from '../../protocol/parse-ndjson.ts'
import { readFormat } from './read-format.ts'
import type {
  EncodableEvent,
  EventStreamParser,
  EventStreamParserCallbacks,
  EventStreamParserOptions,
} from '../../protocol/types.ts'
import type { StreamFormat } from './stream-format.ts'

/** How a line becomes a message. Each is the name of a field of its own, or a function of the line's value. */
export interface NdjsonOptions<Line = any> {
  /** The event type. Without it, and where it gives nothing, a line is a `message`. */
  type?: string | ((line: Line) => string | undefined)
  /** The payload. Without it, it is the whole line; where it gives undefined, so is the payload. */
  data?: string | ((line: Line) => unknown)
  /** The message's own id, the cursor. Where it gives undefined or null the message has none. */
  id?: string | ((line: Line) => unknown)
}

const ACCEPT = 'application/x-ndjson, application/jsonl, application/json;q=0.5'
const TYPES = /^application\/((x-)?(ndjson|jsonl|json-?lines)|([\w.-]+\+)?json) *(;|$)/i

/**
 * The format NDJSON, also called JSON Lines: `useEventStream(url, { format: ndjson() })`. Many servers call it JSON, so answers of
 * that type are taken, too.
 *
 * Everything else is as with event streams; what these have and lines have not is done without: there is no `retry:`, and no
 * id unless `id` says where. Two blank lines in a row count as the server's heartbeat.
 *
 * @example
 * useEventStream('/api/builds', { format: ndjson({ type: 'event', data: 'payload', id: 'seq' }) })
 */
export function ndjson<Line = any>(options: NdjsonOptions<Line> = {}): StreamFormat {
  // The options are its members, so that streams with equal ones can share.
  return {
    name: 'ndjson',
    accept: ACCEPT,
    types: TYPES,
    ...options,
    createParser,
    read: readFormat,
  }
}

function createParser(
  this: NdjsonOptions,
  callbacks: EventStreamParserCallbacks,
  options: EventStreamParserOptions,
): EventStreamParser {
  const { type, data, id } = this
  // Then a line is parsed once, where its data is decoded.
  if (!type && !data && !id) return createNdjsonParser(callbacks, options)

  function toMessage(line: string): EncodableEvent {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      // As without options: `until` and `failWhen` may know it.
      return { data: line }
    }
    // No data at all is what event streams have where the payload is undefined.
    const text = data ? (JSON.stringify(pick(value, data)) ?? '') : line
    return { type: toText(pick(value, type)), data: text, id: toText(pick(value, id)) }
  }

  return createNdjsonParser(callbacks, { ...options, toMessage })
}

function pick(value: unknown, source: NdjsonOptions[keyof NdjsonOptions]): unknown {
  if (typeof source === 'function') return source(value)
  const hasField = source && value !== null && Object.hasOwn(value as object, source)
  return hasField ? (value as Record<string, unknown>)[source] : undefined
}

/** Ids are numbers, and objects, too. */
function toText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
