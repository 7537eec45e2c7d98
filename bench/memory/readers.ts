/** Who reads the stream: a parser alone, or the whole client as an app uses it. */
// Its ES module is the same code, but Node does not take it for one.
import { getLines, getMessages } from '@microsoft/fetch-event-source/lib/cjs/parse.js'
import { createParser } from 'eventsource-parser'
import { createEventStreamClient } from '../../src/client/index.ts'
import { createEventStreamParser } from '../../src/protocol/index.ts'
import type { MessageOf } from '../../src/client/index.ts'

/** What is kept of one message in so many. */
export type Kept = 'nothing' | 'texts' | 'objects'

export interface Reading {
  readonly kept: Kept
  /** Undefined at the end of the stream. */
  nextChunk(): Uint8Array<ArrayBuffer> | undefined
  /** A message has come. Gives whether it is one of those that are kept. */
  onMessage(): boolean
  keep(value: unknown): void
}

export type Reader = (reading: Reading) => unknown

export const OURS = 'ours'
export const BASE = 'eventsource-parser'
export const FETCH_EVENT_SOURCE = 'fetch-event-source'
export const OUR_CLIENT = 'our client'

export const READERS: Readonly<Record<string, Reader>> = {
  [OURS]: (reading) => {
    const onMessage = keeper(reading)
    feedAll(reading, createEventStreamParser({ onMessage: ({ data }) => onMessage(data) }).feed)
  },
  [BASE]: (reading) => {
    const onMessage = keeper(reading)
    const { feed } = createParser({ onEvent: ({ data }) => onMessage(data) })
    const decoder = new TextDecoder()
    feedAll(reading, (chunk) => feed(decoder.decode(chunk, { stream: true })))
  },
  [FETCH_EVENT_SOURCE]: (reading) => {
    const onMessage = keeper(reading)
    const ignore = (): void => {}
    feedAll(reading, getLines(getMessages(ignore, ignore, ({ data }) => onMessage(data))))
  },
  // Parses every payload, unless texts are kept, and has the last of them to show.
  [OUR_CLIENT]: (reading) => readWithClient(reading),
}

function keeper({ kept, onMessage, keep }: Reading): (data: string) => void {
  return (data) => {
    if (onMessage()) keep(kept === 'texts' ? data : JSON.parse(data))
  }
}

function feedAll({ nextChunk }: Reading, feed: (chunk: Uint8Array) => void): void {
  for (let chunk = nextChunk(); chunk; chunk = nextChunk()) feed(chunk)
}

/** What a page shows. */
const SHOWN = 100

function readWithClient({ kept, nextChunk, onMessage, keep }: Reading): Promise<void> {
  const shown: MessageOf<string, unknown>[] = []
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = nextChunk()
      if (chunk) controller.enqueue(chunk)
      else controller.close()
    },
  })
  const headers = { 'Content-Type': 'text/event-stream' }
  return new Promise((resolve) => {
    createEventStreamClient<Record<string, unknown>>('https://localhost/', {
      decode: kept === 'texts' ? 'text' : 'json',
      reconnect: false,
      environment: { fetch: () => Promise.resolve(new Response(body, { headers })) },
      on: {
        'new-message': (payload, message) => {
          shown[message.key % SHOWN] = message
          if (onMessage()) keep(payload)
        },
      },
      onClose: () => resolve(),
    })
  })
}
