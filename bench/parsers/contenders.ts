/** The parsers, each used as its own documentation shows, and what no parser can go below. Runs in Node and in a page. */
// Its ES module is the same code, but Node does not take it for one.
import { getLines, getMessages } from '@microsoft/fetch-event-source/lib/cjs/parse.js'
import { createParser } from 'eventsource-parser'
import { createEventStreamParser } from '../../src/protocol/index.ts'
import { tallyOf } from './tally.ts'
import type { Workload } from '../inputs/workloads.ts'
import type { Sink, Tally } from './tally.ts'

export interface Contender {
  /** Whether there is anything to do for it. */
  suits?(workload: Workload): boolean
  /** Gives a function that takes the whole stream once; called again, the stream goes on. */
  start(chunks: readonly Uint8Array[], sink: Sink, workload: Workload): () => void
  /** What the sink has to hold after the stream. */
  expect(workload: Workload): Tally
}

export type Feed = (chunk: Uint8Array) => void

export const OURS = 'ours'
/** Other parsers and limits are shown as ratios to this one. */
export const BASE = 'eventsource-parser'
export const FETCH_EVENT_SOURCE = 'fetch-event-source'
export const DECODE = 'decode'
export const DECODE_AND_FIND = 'decode + indexOf'
export const JSON_PARSE = 'JSON.parse'

export function createMessageContender(createFeed: (sink: Sink) => Feed): Contender {
  return {
    start: (chunks, sink) => feedAll(chunks, createFeed(sink)),
    expect: ({ messages }) => tallyOf(messages),
  }
}

export const PARSERS: Readonly<Record<string, Contender>> = {
  [OURS]: createMessageContender(
    ({ add }) =>
      createEventStreamParser({
        onMessage: ({ data, type, lastEventId }) => add(data, type, lastEventId),
      }).feed,
  ),
  // Takes texts: its documentation decodes with `stream: true`.
  [BASE]: createMessageContender(({ add }) => {
    const { feed } = createParser({
      onEvent: ({ data, event = 'message', id = '' }) => add(data, event, id),
    })
    const decoder = new TextDecoder()
    return (chunk) => feed(decoder.decode(chunk, { stream: true }))
  }),
  // The two steps that its `fetchEventSource` puts together.
  [FETCH_EVENT_SOURCE]: createMessageContender(({ add }) => {
    const ignore = (): void => {}
    return getLines(
      getMessages(ignore, ignore, ({ data, event, id }) => add(data, event || 'message', id)),
    )
  }),
}

export const LIMITS: Readonly<Record<string, Contender>> = {
  [DECODE]: {
    start(chunks, { count }) {
      const decoder = new TextDecoder()
      return feedAll(chunks, (chunk) => count(decoder.decode(chunk, { stream: true }).length))
    },
    expect: ({ bytes }) => counted(new TextDecoder().decode(bytes).length),
  },
  [DECODE_AND_FIND]: {
    start(chunks, { count }) {
      const decoder = new TextDecoder()
      return feedAll(chunks, (chunk) => {
        const text = decoder.decode(chunk, { stream: true })
        let lines = 0
        for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lines++
        count(lines)
      })
    },
    expect: ({ bytes }) => counted(new TextDecoder().decode(bytes).split('\n').length - 1),
  },
  [JSON_PARSE]: {
    suits: ({ messages }) => /^[{[]/.test(messages[0]!.data),
    start: (_, { count }, { messages }) => {
      return () => {
        for (const { data } of messages) if (JSON.parse(data) !== null) count(1)
      }
    },
    expect: ({ messages }) => counted(messages.length),
  },
}

export const CONTENDERS: Readonly<Record<string, Contender>> = { ...PARSERS, ...LIMITS }

function feedAll(chunks: readonly Uint8Array[], feed: Feed): () => void {
  return () => {
    for (const chunk of chunks) feed(chunk)
  }
}

function counted(count: number): Tally {
  return { count, sum: 0 }
}
