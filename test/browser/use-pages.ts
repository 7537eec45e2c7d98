/** A Chromium for a file of tests, and for each test a server of its own with pages on it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { buildPageScripts } from './build-page.ts'
import { startChromium } from './chromium-tabs.ts'
import { eventually } from './eventually.ts'
import { startPageServer } from './page-server.ts'
import type { PageScripts } from './build-page.ts'
import type { ChromiumTabs, Tab } from './chromium-tabs.ts'
import type { PageServer, StreamConnection } from './page-server.ts'
import type { StreamRecord, StreamSetup } from './page-script.ts'

export interface Pages {
  readonly server: PageServer
  readonly hasBackForwardCache: boolean
  /** The address of a page with these streams. */
  url(...streams: StreamSetup[]): string
  /** Opens one in a new tab, and waits until its streams are open. */
  visit(...streams: StreamSetup[]): Promise<Tab>
  record(tab: Tab, name: string): Promise<StreamRecord>
  /** Waits until the page has got so many messages of a stream. */
  receive(tab: Tab, name: string, count: number): Promise<void>
  /** Waits until the page has got the last message of a stream: then it has got each of them once, in order. */
  receiveAll(tab: Tab, name: string): Promise<void>
  connections(name: string): StreamConnection[]
  /** What each connection of a stream has sent as `Last-Event-ID`. */
  cursors(name: string): string[]
}

/** Ends each test with every tab closed: then no stream is open, and each handler's clean-up has run once. */
export function usePages(): Pages {
  let scripts: PageScripts
  let chromium: ChromiumTabs
  let server: PageServer
  const tabs = new Set<Tab>()

  beforeAll(async () => {
    scripts = await buildPageScripts()
    chromium = await startChromium()
  })
  afterAll(() => chromium?.close())
  beforeEach(async () => {
    server = await startPageServer(scripts)
  })
  afterEach(async () => {
    for (const tab of tabs) await tab.close()
    tabs.clear()
    await eventually(() => expect(server.connections().filter(({ isOpen }) => isOpen)).toEqual([]))
    expect(server.connections().filter(({ cleanUps }) => cleanUps !== 1)).toEqual([])
    await server.close()
  })

  const record: Pages['record'] = (tab, name) => tab.evaluate((key) => life.records[key]!, name)
  const last = async (tab: Tab, name: string): Promise<string | undefined> =>
    (await record(tab, name)).ids.at(-1)

  const pages: Pages = {
    get hasBackForwardCache() {
      return chromium.hasBackForwardCache
    },
    get server() {
      return server
    },
    url: (...streams) => pageUrl(server.url, streams),
    async visit(...streams) {
      const tab = await chromium.open(pages.url(...streams))
      tabs.add(tab)
      await eventually(async () => {
        for (const name of await tab.evaluate(() => Object.keys(life.records))) {
          expect((await record(tab, name)).statuses.at(-1)).toBe('open')
        }
      })
      return tab
    },
    record,
    receive: (tab, name, count) =>
      eventually(async () => {
        expect((await record(tab, name)).ids.length).toBeGreaterThanOrEqual(count)
      }),
    async receiveAll(tab, name) {
      await eventually(async () => expect(await last(tab, name)).toBe(server.ids(name).at(-1)))
      expect((await record(tab, name)).ids).toEqual(server.ids(name))
    },
    connections: (name) => server.connections(name),
    cursors: (name) => server.connections(name).map(({ lastEventId }) => lastEventId),
  }
  return pages
}

export function pageUrl(origin: string, streams: StreamSetup[], more = ''): string {
  return `${origin}/?streams=${encodeURIComponent(JSON.stringify(streams))}${more}`
}
