/** Streams as bytes for parser tests: how to write them, cut them, and note down what a parser makes of them. */
import { createEventStreamParser } from '../../src/protocol/parse-event-stream.ts'
import type { EventStreamParser, EventStreamParserOptions } from '../../src/protocol/types.ts'

/** One callback of a parser, with all that it was given. */
export type ParserEvent =
  | { on: 'message'; type: string; data: string; lastEventId: string; hasOwnId: boolean }
  | { on: 'id'; id: string }
  | { on: 'retry'; reconnectionTime: number }
  | { on: 'comment'; comment: string }
  | { on: 'error'; code: string }

type MessageDetails = Partial<Omit<Extract<ParserEvent, { on: 'message' }>, 'on' | 'data'>>

/** A message; unless said otherwise of the type `message`, without an id. */
export function message(data: string, details: MessageDetails = {}): ParserEvent {
  return { on: 'message', type: 'message', data, lastEventId: '', hasOwnId: false, ...details }
}

/** What a block with an id and data reports. */
export function messageWithId(
  id: string,
  data: string,
  details: MessageDetails = {},
): ParserEvent[] {
  return [movedTo(id), message(data, { lastEventId: id, hasOwnId: true, ...details })]
}

export const movedTo = (id: string): ParserEvent => ({ on: 'id', id })
export const retry = (reconnectionTime: number): ParserEvent => ({ on: 'retry', reconnectionTime })
export const comment = (text: string): ParserEvent => ({ on: 'comment', comment: text })
export const error = (code: string): ParserEvent => ({ on: 'error', code })

const encoder = new TextEncoder()

/** Bytes of texts (as UTF-8) and of numbers (as they are). */
export function bytes(...parts: (string | number)[]): Uint8Array {
  const arrays = parts.map((part) =>
    typeof part === 'number' ? Uint8Array.of(part) : encoder.encode(part),
  )
  const joined = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const array of arrays) {
    joined.set(array, offset)
    offset += array.length
  }
  return joined
}

export interface RecordingParser extends EventStreamParser {
  /** Every callback so far, in order. */
  readonly events: ParserEvent[]
}

type CreateParser = typeof createEventStreamParser

/** A parser that notes down every callback. `onEvent` hears each one while the parser is still inside it. */
export function createRecordingParser(
  options?: EventStreamParserOptions,
  onEvent?: (event: ParserEvent) => void,
  create: CreateParser = createEventStreamParser,
): RecordingParser {
  const events: ParserEvent[] = []
  const record = (event: ParserEvent): void => {
    events.push(event)
    onEvent?.(event)
  }
  const parser = create(
    {
      onMessage: (parsed, hasOwnId) => record({ on: 'message', ...parsed, hasOwnId }),
      onLastEventId: (id) => record(movedTo(id)),
      onRetry: (reconnectionTime) => record(retry(reconnectionTime)),
      onComment: (text) => record(comment(text)),
      onError: ({ code }) => record(error(code)),
    },
    options,
  )
  return { ...parser, events }
}

/**
 * Parses a stream that comes in these chunks, and then ends. Each chunk is overwritten as soon as it is fed, as by a
 * caller that reads into the same buffer again.
 */
export function parseChunks(
  chunks: Iterable<Uint8Array>,
  options?: EventStreamParserOptions,
  create?: CreateParser,
): ParserEvent[] {
  const parser = createRecordingParser(options, undefined, create)
  for (const chunk of chunks) {
    const copy = chunk.slice()
    parser.feed(copy)
    copy.fill(0x58)
  }
  parser.end()
  return parser.events
}

/** Cuts a stream at these positions, which must be in order. */
export function cutAt(stream: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const edges = [0, ...positions, stream.length]
  return edges.slice(1).map((end, index) => stream.subarray(edges[index], end))
}

export function cutIntoBytes(stream: Uint8Array): Uint8Array[] {
  return Array.from(stream, (_, index) => stream.subarray(index, index + 1))
}

/** Puts an empty chunk before, between and after the others. */
export function withEmptyChunks(chunks: readonly Uint8Array[]): Uint8Array[] {
  const empty = new Uint8Array(0)
  return [empty, ...chunks.flatMap((chunk) => [chunk, empty])]
}
