/** A Chromium for a file of tests, and for each test a server of its own with tabs on it that nobody is attached to. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { buildPageScripts } from './build-page.ts'
import { startChromium } from './chromium-tabs.ts'
import { eventually } from './eventually.ts'
import { startTabsServer } from './tabs-server.ts'
import type { PageScripts } from './build-page.ts'
import type { ChromiumTabs, LoneTab, Tab } from './chromium-tabs.ts'
import type { TabsServer } from './tabs-server.ts'
import type { TabCommand, TabReport, TabSetup } from './tabs-page-script.ts'

/** No secure context: there are no locks in it. */
export const PLAIN_HOST = 'plain.test'

/** A page that lives answers in a few milliseconds; one that is blocked or frozen does not. */
const ANSWER_MS = 1000
/** A page is there, or has told all that it has got, in less. */
const LOAD_MS = 10_000

export interface SharingTab extends LoneTab {
  readonly name: string
}

export interface Tabs {
  readonly server: TabsServer
  readonly chromium: ChromiumTabs
  /** The tabs of this test that were not closed by it, in the order of their opening. */
  readonly all: SharingTab[]
  /** Opens one, and does not wait for its page. */
  start(setup: Omit<TabSetup, 'tab'>, host?: string): Promise<SharingTab>
  /** Opens one, and waits until its page is there. */
  open(setup: Omit<TabSetup, 'tab'>, host?: string): Promise<SharingTab>
  /** Opens so many, every second of them with the composable, and waits until their streams are open. */
  openMany(count: number, setup: Omit<TabSetup, 'tab'>, host?: string): Promise<SharingTab[]>
  say(command: TabCommand, host?: string): Promise<void>
  /** What these tabs tell when they are asked; `isWhole`: with the ids. */
  ask(tabs: readonly SharingTab[], isWhole?: boolean, host?: string): Promise<TabReport[]>
  /** Asks until the check throws no more. */
  untilAll(
    tabs: readonly SharingTab[],
    check: (report: TabReport) => void,
    host?: string,
  ): Promise<TabReport[]>
  /** Waits until one of these tabs holds the connection. */
  leader(tabs: readonly SharingTab[]): Promise<SharingTab>
  /** Waits until these tabs have got the last message there is. */
  receiveAll(tabs: readonly SharingTab[], stream: string, host?: string): Promise<TabReport[]>
  /** The names of the locks that are held or wanted. */
  locks(): Promise<string[]>
  /** Reloads it, and waits until its next page is there: the last one hears nothing any more. */
  reload(tab: SharingTab): Promise<void>
  /** Closes a tab, of which nothing is heard any more. */
  close(tab: SharingTab): Promise<void>
}

/**
 * Every test ends with every tab closed: then no connection is open.
 * @param mode How the pages are built.
 * @param args More of the browser's command line.
 */
export function useTabs(mode?: 'production' | 'development', args: string[] = []): Tabs {
  let scripts: PageScripts
  let chromium: ChromiumTabs
  let server: TabsServer
  let all: SharingTab[] = []
  let names = 0
  let numbers = 0
  /** Pages that speak to the tabs, by their origin: a DevTools session is attached to these. */
  const controls = new Map<string, Promise<Tab>>()
  /** Hear what the tabs post. */
  const listeners = new Set<(report: TabReport) => void>()

  beforeAll(async () => {
    scripts = await buildPageScripts('tabs-page-script.ts', mode)
    chromium = await startChromium([`--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`, ...args])
  })
  afterAll(() => chromium?.close())
  beforeEach(async () => {
    server = await startTabsServer(scripts)
    server.onReport((report) => {
      for (const listener of listeners) listener(report)
    })
  })
  afterEach(async () => {
    for (const tab of all) await tab.close()
    for (const page of controls.values()) await (await page).close()
    all = []
    controls.clear()
    listeners.clear()
    await eventually(() =>
      expect(server.connections().filter(({ endedAt }) => !endedAt)).toEqual([]),
    )
    await server.close()
  })

  function pageUrl(setup: TabSetup, host?: string): string {
    return `${server.url(host)}/?setup=${encodeURIComponent(JSON.stringify(setup))}`
  }

  function control(host?: string): Promise<Tab> {
    const url = pageUrl({ tab: 'control' }, host)
    const found = controls.get(url) ?? chromium.open(url)
    controls.set(url, found)
    return found
  }

  /** Resolves with what the tabs tell; rejects when one does not: it is blocked, or gone. */
  function hear(
    isWanted: (report: TabReport) => boolean,
    count: number,
    ms: number,
  ): Promise<TabReport[]> {
    const heard = new Map<string, TabReport>()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(listener)
        reject(new Error(`Only ${[...heard.keys()].join()} of ${count} tabs have told something`))
      }, ms)
      const listener = (report: TabReport): void => {
        if (!isWanted(report)) return
        heard.set(report.tab, report)
        if (heard.size < count) return
        clearTimeout(timer)
        listeners.delete(listener)
        resolve([...heard.values()])
      }
      listeners.add(listener)
    })
  }

  const tabs: Tabs = {
    get server() {
      return server
    },
    get chromium() {
      return chromium
    },
    get all() {
      return [...all]
    },
    async start(setup, host) {
      await control(host)
      const name = `tab-${++names}`
      const lone = await chromium.openAlone(pageUrl({ ...setup, tab: name }, host))
      const tab = { ...lone, name }
      all.push(tab)
      return tab
    },
    async open(setup, host) {
      const name = `tab-${names + 1}`
      const isThere = hear(({ tab }) => tab === name, 1, LOAD_MS)
      const [tab] = await Promise.all([tabs.start(setup, host), isThere])
      return tab
    },
    async openMany(count, setup, host) {
      const opened: SharingTab[] = []
      for (let index = 0; index < count; index++) {
        opened.push(await tabs.open({ ...setup, isComposable: index % 2 === 1 }, host))
      }
      await tabs.untilAll(opened, ({ status }) => expect(status).toBe('open'), host)
      return opened
    },
    async say(command, host) {
      const page = await control(host)
      await page.evaluate((what) => {
        const channel = new BroadcastChannel('test')
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
        channel.postMessage(what)
        channel.close()
      }, command)
    },
    async ask(asked, isWhole = false, host) {
      const number = ++numbers
      const wanted = new Set(asked.map(({ name }) => name))
      const isWanted = (report: TabReport): boolean =>
        report.number === number && wanted.has(report.tab)
      const [reports] = await Promise.all([
        hear(isWanted, wanted.size, isWhole ? LOAD_MS : ANSWER_MS),
        tabs.say({ do: 'report', number, isWhole }, host),
      ])
      return asked.map(({ name }) => reports.find(({ tab }) => tab === name)!)
    },
    untilAll: (asked, check, host) =>
      eventually(async () => {
        const reports = await tabs.ask(asked, false, host)
        for (const report of reports) check(report)
        return reports
      }),
    leader: (asked) =>
      eventually(async () => {
        const reports = await tabs.ask(asked)
        const leaders = asked.filter((_, index) => reports[index]!.isLeader)
        expect(leaders).toHaveLength(1)
        return leaders[0]!
      }),
    async receiveAll(asked, stream, host) {
      await tabs.untilAll(asked, ({ last }) => expect(last).toBe(server.last(stream)), host)
      return tabs.ask(asked, true, host)
    },
    async locks() {
      const page = await control()
      return page.evaluate(async () => {
        const { held = [], pending = [] } = await navigator.locks.query()
        return [...held, ...pending].map(({ name }) => name!)
      })
    },
    async reload({ name }) {
      // It tells by itself that it is there.
      const isNext = ({ tab, number }: TabReport): boolean => tab === name && number === 0
      await Promise.all([hear(isNext, 1, LOAD_MS), tabs.say({ do: 'reload', to: name })])
    },
    async close(tab) {
      all = all.filter((other) => other !== tab)
      await tab.close()
    },
  }
  return tabs
}
