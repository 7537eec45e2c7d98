/** Clients on a fake platform that note down what they tell the app, and are checked for leftovers after each test. */
import { afterEach, beforeAll, expect } from 'vitest'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { createFakeEnvironment } from './fake-environment.ts'
import { noteDown } from './note-down.ts'
import { settle } from './settle.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { EventStreamClientOptions, UrlSource } from '../../src/client/options.ts'
import type { FakeEnvironment } from './fake-environment.ts'
import type { Notes } from './note-down.ts'

export const URL_OF_TESTS = 'https://server.test/events'

/** The log says `message type data` of a message. */
export interface TestStream extends FakeEnvironment, Notes {
  readonly client: EventStreamClient
  /** Answers the last request, so that the stream is open. */
  open(): Promise<void>
}

export interface TestStreamOptions extends EventStreamClientOptions {
  url?: UrlSource | null
}

/** Ways to each status, from a stream that has just started. */
export const STATUSES: [string, (stream: TestStream) => Promise<void> | void][] = [
  ['connecting', () => {}],
  ['open', (stream) => stream.open()],
  ['reconnecting', (stream) => stream.request.refuse()],
  ['paused', ({ client }) => client.pause()],
  ['closed', ({ client }) => client.close()],
  ['failed', (stream) => stream.request.respond({ status: 404 })],
]

/** Gives what starts a stream. After each test all are closed: nothing may be live, and nothing be heard, after it. */
export function useTestStreams(): (options?: TestStreamOptions) => Promise<TestStream> {
  const streams: TestStream[] = []

  // The parts that are loaded on demand are there: loading them takes many turns of the event loop.
  beforeAll(async () => {
    await import('../../src/client/position/cursor-store.ts')
    await import('../../src/client/sharing/shared-streams.ts')
  })

  afterEach(async () => {
    for (const { client, log, live, reported } of streams.splice(0)) {
      client.close()
      const heard = log.length
      await settle()
      expect(live()).toEqual([])
      expect(log.slice(heard)).toEqual([])
      expect(reported).toEqual([])
    }
  })

  return async function start({ url = URL_OF_TESTS, ...options } = {}) {
    const fake = createFakeEnvironment()
    const { notes, listening } = noteDown(options, {
      toText: ({ type, data }) => `message ${type} ${JSON.stringify(data)}`,
    })
    const client = createEventStreamClient(url, {
      ...listening,
      environment: { ...fake.environment, ...options.environment },
    })
    const open = (): Promise<void> => fake.request.respond()
    const stream: TestStream = Object.assign(fake, notes, { client, open })
    streams.push(stream)
    await settle()
    return stream
  }
}
