/** What Node's own EventSource parses with. It is no public part of undici, and needs Node's buffers and streams. */
import { createRequire } from 'node:module'
import { tallyOf } from './tally.ts'
import type { Contender } from './contenders.ts'

/** As far as it is used here. */
interface EventSourceStream {
  _transform(chunk: Buffer, encoding: string, callback: (error?: Error) => void): void
}

interface PushedEvent {
  type: string
  options: { data: string; lastEventId: string | undefined }
}

type CreateStream = new (options: { push(event: PushedEvent): boolean }) => EventSourceStream

const require = createRequire(import.meta.url)
const { EventSourceStream } = require('undici/lib/web/eventsource/eventsource-stream.js') as {
  EventSourceStream: CreateStream
}

export const UNDICI = 'undici'

/** Called past the machinery of a Node stream: the parser alone, as the others are. */
export const undiciParser: Contender = {
  start(chunks, { add }) {
    const stream = new EventSourceStream({
      push({ type, options }) {
        add(options.data, type, options.lastEventId ?? '')
        return true
      },
    })
    const buffers = chunks.map((chunk) =>
      Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
    )
    const onDone = (error?: Error): void => {
      if (error) throw error
    }
    return () => {
      // oxlint-disable-next-line no-underscore-dangle -- as Node's streams name it
      for (const buffer of buffers) stream._transform(buffer, 'buffer', onDone)
    }
  },
  expect: ({ messages }) => tallyOf(messages),
}
