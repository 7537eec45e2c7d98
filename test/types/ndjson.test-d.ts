/** The option `format`, and how a line becomes a message. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import { describe, expectTypeOf, it } from 'vitest'
import { createEventStreams, ndjson, useEventStream } from 'vue-event-stream'
import { createEventStreamClient, ndjson as ndjsonOfClient } from 'vue-event-stream/client'
import { createNdjsonParser } from 'vue-event-stream/protocol'
import type { NdjsonOptions, StreamFormat } from 'vue-event-stream'
import type { EventStreamParser, NdjsonParserOptions } from 'vue-event-stream/protocol'

interface Line {
  kind: 'add' | 'remove'
  meta?: { rev: number }
}

describe('format', () => {
  it('is a value, everywhere', () => {
    expectTypeOf(ndjson()).toEqualTypeOf<StreamFormat>()
    expectTypeOf(ndjsonOfClient).toEqualTypeOf(ndjson)
    createEventStreamClient('/a', { format: ndjson() })
    useEventStream('/a', { format: ndjson() })
    createEventStreams({ format: ndjson() })
    // @ts-expect-error no name
    useEventStream('/a', { format: 'ndjson' })
    // @ts-expect-error not the function that makes one
    useEventStream('/a', { format: ndjson })
  })

  it('may be one of the app', () => {
    const own: StreamFormat = {
      ...ndjson(),
      name: 'own',
      types: /^text\/plain/,
      createParser: ({ onMessage }, { maxMessageSize, lastEventId }) => {
        expectTypeOf(maxMessageSize).toEqualTypeOf<number | undefined>()
        expectTypeOf(lastEventId).toEqualTypeOf<string | undefined>()
        return {
          feed: () => onMessage?.({ type: 'message', data: '', lastEventId: '' }, false),
          end: () => {},
          reset: () => {},
        }
      },
    }
    useEventStream('/a', { format: own })
    // @ts-expect-error no parser
    useEventStream('/a', { format: { name: 'own', accept: 'a/b', types: /a/ } })
  })
})

describe('ndjson', () => {
  it('takes names of fields, and functions of the line', () => {
    ndjson({ type: 'event', data: 'payload', id: 'seq' })
    ndjson({ type: (line) => line.anything, id: (line) => line.goes })
    ndjson({ type: ({ kind }: Line) => kind, id: (line) => line.meta?.rev })
    ndjson<Line>({
      type(line) {
        expectTypeOf(line).toEqualTypeOf<Line>()
        return line.kind
      },
      data: ({ meta }) => meta,
    })
    expectTypeOf<NdjsonOptions<Line>['data']>().toEqualTypeOf<
      string | ((line: Line) => unknown) | undefined
    >()
    // @ts-expect-error a type is a text
    ndjson({ type: () => 7 })
    // @ts-expect-error a typo
    ndjson({ event: 'event' })
    // @ts-expect-error no such field
    ndjson<Line>({ type: ({ sort }) => sort })
  })
})

describe('createNdjsonParser', () => {
  it('makes a parser, and messages of lines', () => {
    expectTypeOf(createNdjsonParser({})).toEqualTypeOf<EventStreamParser>()
    const options: NdjsonParserOptions = {
      maxMessageSize: 1000,
      lastEventId: '7',
      toMessage: (line) => ({ type: 'line', data: line, id: '1' }),
    }
    createNdjsonParser({ onMessage: ({ data }) => data.length }, options)
    // @ts-expect-error data is a text
    createNdjsonParser({}, { toMessage: (line) => ({ data: JSON.parse(line) as object }) })
    // @ts-expect-error not now
    createNdjsonParser({}, { toMessage: async (line) => ({ data: line }) })
  })
})
