/** Clients on a fake platform that note down what they tell the app, and are checked for leftovers after each test. */
import { afterEach, beforeAll, expect } from 'vitest'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { createFakeEnvironment } from './fake-environment.ts'
import { settle } from './settle.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { EventStreamClientOptions, UrlSource } from '../../src/client/options.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'
import type { FakeEnvironment } from './fake-environment.ts'

export const URL_OF_TESTS = 'https://server.test/events'

export interface TestStream extends FakeEnvironment {
  readonly client: EventStreamClient
  /**
   * What the app was told, in order: `open` and `reconnecting network` for a status, `onOpen`, `error network`,
   * `onClose user`, `onGap no-id`, `message type data`.
   */
  readonly log: string[]
  readonly errors: EventStreamError[]
  /** Takes the log out, so that the next look shows what is new. */
  takeLog(): string[]
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
    const log: string[] = []
    const errors: EventStreamError[] = []
    const client = createEventStreamClient(url, {
      ...options,
      environment: { ...fake.environment, ...options.environment },
      onStatus(status, reason) {
        log.push(reason ? `${status} ${reason}` : status)
        return options.onStatus?.(status, reason)
      },
      onOpen(details) {
        log.push('onOpen')
        return options.onOpen?.(details)
      },
      onClose(reason) {
        log.push(`onClose ${reason}`)
        return options.onClose?.(reason)
      },
      onGap(details) {
        log.push(`onGap ${details.reason}`)
        return options.onGap?.(details)
      },
      onError(error) {
        log.push(`error ${error.code}`)
        errors.push(error)
        return options.onError?.(error)
      },
      onMessage(message) {
        log.push(`message ${message.type} ${JSON.stringify(message.data)}`)
        return options.onMessage?.(message)
      },
    })
    const stream: TestStream = Object.assign(fake, {
      client,
      log,
      errors,
      takeLog: () => log.splice(0),
      open: () => fake.request.respond(),
    })
    streams.push(stream)
    await settle()
    return stream
  }
}
