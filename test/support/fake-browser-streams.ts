/** Clients in the tabs of a fake browser that share one connection, and note down what they tell the app. */
import { afterEach, expect } from 'vitest'
import { createStreamClient } from '../../src/client/stream-client.ts'
import { createTabConnection } from '../../src/client/tabs/tab-connection.ts'
import { createFakeBrowser } from './fake-browser.ts'
import { noteDown } from './note-down.ts'
import { URL_OF_TESTS } from './test-streams.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { EventStreamClientOptions, UrlSource } from '../../src/client/options.ts'
import type { ControlledRequest } from './controlled-server.ts'
import type { FakeBrowser, FakeTab } from './fake-browser.ts'
import type { Notes } from './note-down.ts'

export const NAME_OF_TESTS = 'vue-event-stream/1:test'

/** The log says nothing of messages. */
export interface TabStream extends Notes {
  readonly tab: FakeTab
  readonly client: EventStreamClient
}

export interface TabStreamOptions extends EventStreamClientOptions {
  url?: UrlSource | null
  name?: string
  /** Where to start it; a new tab unless given. */
  tab?: FakeTab
}

export interface TestTabs extends FakeBrowser {
  readonly streams: TabStream[]
  /** Opens a tab with a stream in it. */
  start(options?: TabStreamOptions): Promise<TabStream>
  /** Starts so many, and opens the stream. */
  startOpen(count: number, options?: TabStreamOptions): Promise<TabStream[]>
  /** All requests so far, of all tabs, that cost something. */
  requests(): ControlledRequest[]
  /** The one request that is open; throws when there are none or several. */
  request(): ControlledRequest
  /** The stream that has the connection. */
  leader(): TabStream
  /** Sends messages with these numbers as ids and data. */
  send(...numbers: number[]): Promise<void>
  /** Sends messages without ids. */
  sendBare(...numbers: number[]): Promise<void>
  /** Closes all streams: nothing may be left. (Done after each test, too.) */
  end(): Promise<void>
}

/** The text of a message whose id is its data. */
export const numbered = (number: number): string => `id: ${number}\ndata: ${number}\n\n`

/** What a server does that remembers: it answers, and sends what comes after the id, up to this number. */
export async function replay(tabs: TestTabs, last: number): Promise<void> {
  const request = tabs.request()
  const from = Number(request.headers.get('Last-Event-ID') ?? '0')
  await request.respond()
  const missed = Array.from({ length: last - from }, (_, index) => from + 1 + index)
  if (missed.length > 0) await request.push(missed.map(numbered).join(''))
  await tabs.settle()
}

export const upTo = (last: number): number[] =>
  Array.from({ length: last }, (_, index) => index + 1)

/** Gives what makes a browser. After each test all streams are closed: nothing may be left. */
export function useTestTabs(): () => TestTabs {
  const made = new Set<TestTabs>()

  afterEach(async () => {
    for (const browser of [...made]) await browser.end()
  })

  return () => {
    const browser = createFakeBrowser()
    const streams: TabStream[] = []

    const all = (): ControlledRequest[] =>
      browser.tabs.flatMap(({ fake }) => fake.requests).filter(({ isOpen }) => isOpen)

    const tabs: TestTabs = Object.assign(browser, {
      streams,
      async start({
        url = URL_OF_TESTS,
        name = NAME_OF_TESTS,
        tab = browser.openTab(),
        ...options
      } = {}) {
        const stream = startIn(tab, url, name, options)
        streams.push(stream)
        await browser.settle()
        return stream
      },
      async startOpen(count: number, options: TabStreamOptions = {}) {
        const started: TabStream[] = []
        for (let index = 0; index < count; index++) started.push(await tabs.start(options))
        await tabs.request().respond()
        await browser.settle()
        return started
      },
      requests: all,
      request() {
        const open = all()
        expect(open).toHaveLength(1)
        return open[0]!
      },
      leader() {
        const leading = streams.filter(({ tab }) => tab.fake.requests.some(({ isOpen }) => isOpen))
        expect(leading).toHaveLength(1)
        return leading[0]!
      },
      async send(...numbers: number[]) {
        await tabs.request().push(numbers.map(numbered).join(''))
        await browser.settle()
      },
      async sendBare(...numbers: number[]) {
        await tabs.request().push(numbers.map((number) => `data: ${number}\n\n`).join(''))
        await browser.settle()
      },
      async end() {
        made.delete(tabs)
        for (const tab of browser.tabs) await tab.unhang()
        await browser.settle()
        for (const { client, tab } of streams) if (!tab.isGone) client.close()
        await browser.settle()
        expect(browser.live()).toEqual([])
        expect(browser.tabs.flatMap(({ fake }) => fake.reported)).toEqual([])
      },
    } satisfies Omit<TestTabs, keyof FakeBrowser>)
    made.add(tabs)
    return tabs
  }
}

function startIn(
  tab: FakeTab,
  url: UrlSource | null,
  name: string,
  options: EventStreamClientOptions,
): TabStream {
  const { notes, listening } = noteDown(options, { isTerse: true })
  const client = createStreamClient(
    url,
    { ...listening, environment: { ...tab.environment, ...options.environment } },
    (...args) => createTabConnection(...args, name),
  )
  return { ...notes, tab, client }
}
