/** Streams of one app on a fake page that share a connection, and are checked for leftovers after each test. */
import { afterEach, beforeAll, expect } from 'vitest'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { createAppConnections } from '../../src/client/sharing/app-connections.ts'
import { createFakeEnvironment } from './fake-environment.ts'
import { noteDown } from './note-down.ts'
import { settle } from './settle.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { EventStreamClientOptions, UrlSource } from '../../src/client/options.ts'
import type { AppConnections } from '../../src/client/sharing/app-connections.ts'
import type { FakeEnvironment } from './fake-environment.ts'
import type { Notes } from './note-down.ts'

export const SHARED_URL = 'https://page.test/events'
/** How long a connection that nobody uses waits for the next one. */
export const LINGER_MS = 5000
/** What tabs need to share: for `has`. */
export const TAB_PARTS = { navigator: { locks: {} }, BroadcastChannel: () => {} }

/** One stream of the app. The log says `1` of the message with the data 1. */
export interface Subscribed extends Notes {
  readonly client: EventStreamClient
}

export interface SubscribedOptions extends EventStreamClientOptions {
  url?: UrlSource | null
}

export interface SharedPage extends FakeEnvironment {
  readonly connections: AppConnections
  /** How often the number of connections may have changed. */
  readonly changes: number
  /** Starts a stream, which has not joined any connection yet. */
  start(options?: SubscribedOptions): Subscribed
  /** Starts a stream that has asked for a connection. */
  join(options?: SubscribedOptions): Promise<Subscribed>
  /** Starts so many streams, and answers their request. */
  joinOpen(count: number, options?: SubscribedOptions): Promise<Subscribed[]>
  /** The requests that cost something. */
  open(): string[]
}

/** The text of messages with ids: the number is the id and the data. */
export function messages(from: number, to = from): string {
  return range(from, to)
    .map((id) => `id: ${id}\ndata: ${id}\n\n`)
    .join('')
}

/** The same without ids. */
export function anonymous(from: number, to = from): string {
  return range(from, to)
    .map((id) => `data: ${id}\n\n`)
    .join('')
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** Gives what opens a page. After each test its app ends: nothing may be live, and nothing be heard, after it. */
export function useSharedStreams(): () => SharedPage {
  const pages: { page: SharedPage; streams: Subscribed[] }[] = []

  // What is loaded on demand is there: loading it takes many turns of the event loop.
  beforeAll(() => import('../../src/client/position/cursor-store.ts'))
  beforeAll(() => import('../../src/client/sharing/shared-streams.ts'))

  afterEach(async () => {
    for (const { page, streams } of pages.splice(0)) {
      for (const { client } of streams) client.close('unmount')
      page.connections.dispose()
      const heard = streams.map(({ log }) => log.length)
      await settle()
      expect(page.live()).toEqual([])
      expect(page.connections.count()).toBe(0)
      expect(streams.map(({ log }) => log.length)).toEqual(heard)
      expect(page.reported).toEqual([])
    }
  })

  return function openPage() {
    const fake = createFakeEnvironment()
    const streams: Subscribed[] = []
    let changes = 0
    const connections = createAppConnections(() => void changes++)

    function start(options?: SubscribedOptions): Subscribed {
      const stream = subscribe(fake, connections, options)
      streams.push(stream)
      return stream
    }

    const page: SharedPage = Object.assign(fake, {
      connections,
      changes,
      start,
      async join(options?: SubscribedOptions) {
        const stream = start(options)
        await settle()
        return stream
      },
      async joinOpen(count: number, options?: SubscribedOptions) {
        const joined = Array.from({ length: count }, () => start(options))
        await settle()
        await fake.request.respond()
        for (const stream of joined) stream.takeLog()
        return joined
      },
      open: () => fake.requests.filter(({ isOpen }) => isOpen).map(({ url }) => url),
    })
    Object.defineProperty(page, 'changes', { get: () => changes })
    pages.push({ page, streams })
    return page
  }
}

function subscribe(
  { environment }: FakeEnvironment,
  connections: AppConnections,
  { url = SHARED_URL, ...options }: SubscribedOptions = {},
): Subscribed {
  const { notes, listening } = noteDown(options, { toText: ({ data }) => JSON.stringify(data) })
  const client = createEventStreamClient(url, {
    share: 'app',
    connections,
    ...listening,
    environment: { ...environment, ...options.environment },
  })
  return { ...notes, client }
}
