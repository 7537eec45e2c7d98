/** A platform in the hands of a test: time, frames, chance, the page and the network do what the test says. */
import { createControlledServer } from './controlled-server.ts'
import { settle } from './settle.ts'
import type { Cancel, CursorStorage, Environment, PageEvent } from '../../src/client/environment.ts'
import type { ControlledRequest, ControlledServer } from './controlled-server.ts'

/** When every test starts, in milliseconds since 1970. */
export const START_MS = 1_000_000
/** A loop of timers that is never done is a bug, and must not hang the test. */
const MAX_TIMERS_PER_ADVANCE = 20_000

export interface FakeEnvironment {
  /** For the `environment` option. */
  readonly environment: Environment
  readonly server: ControlledServer
  readonly requests: ControlledRequest[]
  /** The last request. */
  readonly request: ControlledRequest
  /** What `random()` gives. */
  chance: number
  /** What relative URLs are relative to. */
  baseURI: string | undefined
  /** What was given to `reportError`; a test that expects some takes them out. */
  readonly reported: unknown[]
  readonly warnings: string[]
  /** The delays of all timers that are set, the next one first. */
  delays(): number[]
  /** Lets time pass, and runs what becomes due in its order. Resolves when all that follows has happened. */
  advance(ms: number): Promise<void>
  /** The page gets its turn, as after a slice of work. */
  turn(): Promise<void>
  /** What the platform has, by name: a test puts in what it needs, and takes out what is to be missing. */
  readonly has: Record<string, unknown>
  /** Lets time pass without anything that is due: as a handler does that takes long. */
  work(ms: number): void
  /** Shows the next frame. */
  frame(): Promise<void>
  /** These things happen to the page, one after the other. */
  page(...events: PageEvent[]): Promise<void>
  /** How the page was come to: the type of its navigation. */
  navigationType: string
  /** Which document it is: another one after a reload. */
  documentId: number
  /** What the page's storages hold. */
  readonly stored: Record<'session' | 'local', Map<string, string>>
  /** The computer sleeps: time passes, and what became due meanwhile runs late, when it wakes. */
  sleep(ms: number): Promise<void>
  /** All that costs something: timers, frames, listeners, open requests. */
  live(): string[]
}

interface Timer {
  at: number
  delay: number
  run(): void
}

export function createFakeEnvironment(): FakeEnvironment {
  const server = createControlledServer()
  const timers = new Set<Timer>()
  const frames = new Set<() => void>()
  const turns = new Set<() => void>()
  const listeners = new Set<(event: PageEvent) => void>()
  const lasting = new Set<PageEvent>()
  const stored = { session: new Map<string, string>(), local: new Map<string, string>() }
  let now = START_MS

  const environment: Environment = {
    fetch: server.fetch,
    after(delay, run) {
      const timer: Timer = { at: now + Math.max(0, delay), delay, run }
      if (Number.isNaN(timer.at)) throw new RangeError(`A timer of ${delay} ms`)
      return keep(timers, timer)
    },
    nextFrame: (callback) => keep(frames, () => callback()),
    nextTurn: (callback) => keep(turns, () => callback()),
    platform: (name) => fake.has[name],
    now: () => now,
    random: () => fake.chance,
    baseURI: () => fake.baseURI,
    onPageEvent(listener) {
      const cancel = keep(listeners, (event: PageEvent) => listener(event))
      for (const event of lasting) listener(event)
      return cancel
    },
    navigation: () => ({ type: fake.navigationType, documentId: fake.documentId }),
    storage: (kind) => createStorage(stored[kind]),
    reportError: (error) => void fake.reported.push(error),
    warn: (text) => void fake.warnings.push(text),
  }

  /** In the order of their times, and of their making when these are equal. */
  const inOrder = (): Timer[] => Array.from(timers).sort((a, b) => a.at - b.at) // oxlint-disable-line unicorn/no-array-sort

  async function advance(ms: number): Promise<void> {
    const end = now + ms
    await settle()
    for (let count = 0; ; count++) {
      const [next] = inOrder()
      if (!next || next.at > end) break
      if (count === MAX_TIMERS_PER_ADVANCE) throw new Error('The timers are never done')
      now = Math.max(now, next.at)
      timers.delete(next)
      next.run()
      await settle()
    }
    now = end
  }

  const fake: FakeEnvironment = {
    environment,
    server,
    requests: server.requests,
    get request() {
      const last = server.requests.at(-1)
      if (!last) throw new Error('Nothing has been requested')
      return last
    },
    chance: 0.5,
    baseURI: 'https://page.test/folder/index.html',
    reported: [],
    warnings: [],
    delays: () => inOrder().map(({ delay }) => delay),
    advance,
    sleep(ms) {
      now += ms
      return advance(0)
    },
    has: { AbortController: globalThis.AbortController },
    work: (ms) => void (now += ms),
    turn() {
      const due = [...turns]
      turns.clear()
      for (const run of due) run()
      return settle()
    },
    frame() {
      const due = [...frames]
      frames.clear()
      for (const run of due) run()
      return settle()
    },
    async page(...events) {
      for (const event of events) {
        if (event === 'hidden' || event === 'offline') lasting.add(event)
        if (event === 'visible') lasting.delete('hidden')
        if (event === 'online') lasting.delete('offline')
        for (const listener of [...listeners]) listener(event)
        await settle()
      }
    },
    navigationType: 'navigate',
    documentId: 1,
    stored,
    live: () => [
      ...inOrder().map(({ delay }) => `timer of ${delay} ms`),
      ...Array.from(frames, () => 'frame'),
      ...Array.from(turns, () => 'turn'),
      ...Array.from(listeners, () => 'page listener'),
      ...server.requests.filter(({ isOpen }) => isOpen).map(({ url }) => `request of ${url}`),
    ],
  }
  return fake
}

function createStorage(items: Map<string, string>): CursorStorage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }
}

function keep<Item>(items: Set<Item>, item: Item): Cancel {
  items.add(item)
  return () => void items.delete(item)
}
