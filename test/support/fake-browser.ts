/** A browser profile in memory: tabs that share locks, channels, one clock and one server, in the hands of a test. */
import { createFakeChannels } from './fake-browser-channels.ts'
import { createFakeLocks } from './fake-browser-locks.ts'
import { createFakeEnvironment } from './fake-environment.ts'
import { settle } from './settle.ts'
import type { Environment, PageEvent } from '../../src/client/environment.ts'
import type { FakeChannels } from './fake-browser-channels.ts'
import type { FakeLocks } from './fake-browser-locks.ts'
import type { FakeEnvironment } from './fake-environment.ts'

export interface FakeTab {
  readonly name: string
  /** For the `environment` option. */
  readonly environment: Environment
  readonly fake: FakeEnvironment
  readonly isGone: boolean
  readonly isHanging: boolean
  /** It ends without a word: what it holds is free, what it does is over. */
  crash(): Promise<void>
  /** Nothing runs in it: no timer, no message, no answer. What comes meanwhile waits. */
  hang(): void
  /** It goes on, and all that has waited comes, in order. @param isNetworkFirst What was fetched comes before all else. */
  unhang(isNetworkFirst?: boolean): Promise<void>
  page(...events: PageEvent[]): Promise<void>
  /** Its timers are late, as those of a hidden tab; all else goes on. */
  holdTimers(areHeld: boolean): void
}

export interface FakeBrowser {
  readonly locks: FakeLocks
  readonly channels: FakeChannels
  readonly tabs: FakeTab[]
  openTab(): FakeTab
  /** Lets time pass in all tabs. */
  advance(ms: number): Promise<void>
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>
  /** All that costs something in any tab. */
  live(): string[]
}

/** Tabs are never further apart than this while time passes. */
const STEP_MS = 50

export function createFakeBrowser(): FakeBrowser {
  const tabs = new Map<string, FakeTabInHand>()
  const locks = createFakeLocks(deliver)
  const channels = createFakeChannels(deliver)

  /** As a task of the tab: after what comes before it, and when it can run. */
  function deliver(owner: string, run: () => void): void {
    const tab = tabs.get(owner)
    if (!tab || tab.isGone) return
    tab.tasks.push(run)
    if (!tab.isHanging) schedule(tab)
  }

  function schedule(tab: FakeTabInHand): void {
    queueMicrotask(() => {
      if (!tab.isHanging && !tab.isGone) tab.tasks.shift()?.()
    })
  }

  async function settleAll(): Promise<void> {
    for (let count = 0; count < 4; count++) await settle()
  }

  return {
    locks,
    channels,
    get tabs() {
      return [...tabs.values()]
    },
    openTab() {
      const name = String.fromCharCode(65 + tabs.size)
      const fake = createFakeEnvironment()
      // Each tab has a chance of its own, and the time of all.
      fake.chance = 0.5 + tabs.size / 1000
      const first = [...tabs.values()][0]
      if (first) fake.work(first.fake.environment.now() - fake.environment.now())
      const tab = createTabInHand(
        name,
        fake,
        (gone) => {
          locks.drop(gone)
          channels.drop(gone)
        },
        schedule,
      )
      Object.assign(fake.has, {
        navigator: { locks: locks.of(name) },
        BroadcastChannel: channels.of(name),
      })
      tabs.set(name, tab)
      return tab
    },
    async advance(ms) {
      const all = [...tabs.values()]
      let left = ms
      await settleAll()
      while (left > 0) {
        const step = Math.min(left, STEP_MS)
        for (const tab of all) {
          if (tab.isGone) continue
          if (tab.isHanging || tab.areTimersHeld) tab.fake.work(step)
          else await tab.fake.advance(step)
        }
        left -= step
        await settleAll()
      }
    },
    settle: settleAll,
    live: () => [
      ...locks.held().map((text) => `lock of ${text}`),
      ...locks.pending().map((text) => `request of ${text}`),
      ...channels.open().map((text) => `channel of ${text}`),
      ...[...tabs.values()]
        .filter(({ isGone }) => !isGone)
        .flatMap((tab) => tab.fake.live().map((text) => `${tab.name}: ${text}`)),
    ],
  }
}

interface FakeTabInHand extends FakeTab {
  readonly tasks: (() => void)[]
  readonly areTimersHeld: boolean
}

function createTabInHand(
  name: string,
  fake: FakeEnvironment,
  drop: (name: string) => void,
  schedule: (tab: FakeTabInHand) => void,
): FakeTabInHand {
  let isGone = false
  let isHanging = false
  let areTimersHeld = false
  const tasks: (() => void)[] = []
  /** Answers that came while it hung. */
  let wake: (() => void) | undefined
  let awake = Promise.resolve()
  const { environment } = fake

  const tab: FakeTabInHand = {
    name,
    fake,
    tasks,
    get isGone() {
      return isGone
    },
    get isHanging() {
      return isHanging
    },
    environment: {
      ...environment,
      after: (delay, run) => environment.after(delay, () => isGone || run()),
      async fetch(url, init) {
        if (isGone) await awake
        const response = await environment.fetch(url, init)
        await awake
        return hangWith(response, () => awake)
      },
    },
    async crash() {
      isGone = true
      awake = new Promise(() => {})
      drop(name)
      for (const request of fake.requests) await request.cut()
      await settle()
    },
    get areTimersHeld() {
      return areTimersHeld
    },
    holdTimers: (areHeld) => void (areTimersHeld = areHeld),
    hang() {
      if (isHanging || isGone) return
      isHanging = true
      awake = new Promise((resolve) => (wake = resolve))
    },
    async unhang(isNetworkFirst) {
      wake?.()
      if (isNetworkFirst) await settle()
      isHanging = false
      for (const _ of tasks) schedule(tab)
      await fake.advance(0)
      await settle()
    },
    async page(...events) {
      await fake.page(...events)
      await settle()
    },
  }
  return tab
}

/** A body whose bytes come only while the tab does not hang. */
function hangWith(response: Response, whenAwake: () => Promise<void>): Response {
  const { body, status, headers } = response
  if (!body) return response
  const own = {
    getReader() {
      const reader = body.getReader()
      return Object.assign(Object.create(reader) as ReadableStreamDefaultReader<Uint8Array>, {
        read: async () => {
          try {
            return await reader.read()
          } finally {
            await whenAwake()
          }
        },
        cancel: (reason: unknown) => reader.cancel(reason),
        releaseLock: () => reader.releaseLock(),
      })
    },
    cancel: (reason: unknown) => body.cancel(reason),
  }
  return { status, headers, body: own } as unknown as Response
}
