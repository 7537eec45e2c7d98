// @vitest-environment node
/**
 * Tabs that do anything in any order. Whatever they do: every app gets every message once and in order, or is told a gap
 * where it misses some; and once all is quiet there is exactly one connection while any tab wants one.
 * `SEED=… RUNS=…` makes a run longer, or repeats one that failed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numbered, useTestTabs } from '../../support/fake-browser-streams.ts'
import type { ControlledRequest } from '../../support/controlled-server.ts'
import type { TabStream, TestTabs } from '../../support/fake-browser-streams.ts'

const SEED = Number(process.env.SEED ?? 20_260_101)
const RUNS = Number(process.env.RUNS ?? 60)
/** So long a run may take: what it has found by then counts. */
const MAX_MS = 20_000 + RUNS * 100

const createTabs = useTestTabs()
const MAX_TABS = 5

/** What an app has seen: the number of a message, a gap, or that it has left the stream itself. */
type Seen = number | 'gap' | 'closed'

interface World {
  readonly tabs: TestTabs
  /** Else nothing comes twice, and nobody can ask for what was missed. */
  readonly hasIds: boolean
  readonly seen: Map<TabStream, Seen[]>
  /** The number of the last message that the server has. */
  last: number
  /** How far each request has been told. */
  readonly told: Map<ControlledRequest, number>
}

type Act = (world: World, index: number) => Promise<unknown> | void

const alive = ({ tabs }: World): TabStream[] => tabs.streams.filter(({ tab }) => !tab.isGone)
const pick = (world: World, index: number): TabStream | undefined => {
  const streams = alive(world)
  return streams[index % Math.max(1, streams.length)]
}

async function start({ tabs, seen }: World): Promise<void> {
  if (tabs.streams.length >= MAX_TABS) return
  const own: Seen[] = []
  const starting = tabs.start({
    whenHidden: 'disconnect',
    onMessage: ({ data }) => void own.push(data as number),
    onGap: () => void own.push('gap'),
    onStatus: (status) => void (status === 'closed' && own.push('closed')),
  })
  seen.set(tabs.streams.at(-1)!, own)
  await starting
}

/** The server answers each request, and tells all that comes after its id, or from now on. */
async function serve({ tabs, told, hasIds, last }: World): Promise<void> {
  for (const request of tabs.requests()) {
    if (!told.has(request)) {
      told.set(request, hasIds ? Number(request.headers.get('Last-Event-ID') ?? 0) : last)
      await request.respond()
    }
    const from = told.get(request)!
    if (from >= last || !request.isOpen) continue
    told.set(request, last)
    const text = (number: number): string => (hasIds ? numbered(number) : `data: ${number}\n\n`)
    await request.push(
      Array.from({ length: last - from }, (_, index) => text(from + 1 + index)).join(''),
    )
  }
}

const ACTS: Record<string, Act> = {
  open: start,
  message: (world) => {
    world.last += 3
    return serve(world)
  },
  late: (world) => void (world.last += 1),
  serve,
  cut: ({ tabs }, index) => tabs.requests()[index]?.cut(),
  close: (world, index) => pick(world, index)?.client.close(),
  reopen: (world, index) => pick(world, index)?.client.open(),
  reconnect: (world, index) => pick(world, index)?.client.reconnect(),
  pause: (world, index) => pick(world, index)?.client.pause(),
  resume: (world, index) => pick(world, index)?.client.resume(),
  crash: (world, index) => pick(world, index)?.tab.crash(),
  hang: (world, index) => pick(world, index)?.tab.hang(),
  unhang: (world, index) => pick(world, index)?.tab.unhang(),
  leave: (world, index) => pick(world, index)?.tab.page('pagehide'),
  return: (world, index) => pick(world, index)?.tab.page('pageshow'),
  freeze: (world, index) => pick(world, index)?.tab.page('freeze'),
  resumePage: (world, index) => pick(world, index)?.tab.page('resume'),
  wait: async (world) => settled(world, world.tabs.advance(700)),
  waitLong: async (world) => settled(world, world.tabs.advance(5000)),
  settle: async (world) => settled(world, world.tabs.settle()),
}

/** At no time two tabs that can run have a connection. */
async function settled({ tabs }: World, step: Promise<unknown>): Promise<void> {
  await step
  const connected = tabs.tabs.filter(
    ({ fake, isGone, isHanging }) =>
      !isGone && !isHanging && fake.requests.some(({ isOpen }) => isOpen),
  )
  expect(connected.map(({ name }) => name).slice(1)).toEqual([])
}

/** All hangs, pauses and absences are over, and the server answers. */
async function calm(world: World): Promise<void> {
  for (const { tab, client } of alive(world)) {
    await tab.unhang()
    await tab.page('pageshow', 'resume')
    client.resume()
  }
  for (let round = 0; round < 12; round++) {
    await serve(world)
    await world.tabs.advance(1500)
  }
  world.last += 1
  await serve(world)
  await world.tabs.settle()
}

function judge(world: World): void {
  const live = alive(world).filter(({ client }) => client.status !== 'closed')
  expect(live.map(({ client }) => client.status)).toEqual(live.map(() => 'open'))
  expect(world.tabs.requests()).toHaveLength(live.length > 0 ? 1 : 0)
  for (const stream of alive(world)) {
    const seen = world.seen.get(stream)!
    const isClosed = stream.client.status === 'closed'
    if (!isClosed) expect(seen.at(-1), 'the last message').toBe(world.last)
    expect(isComplete(seen, world.hasIds), `${stream.tab.name} saw ${seen}`).toBe(true)
  }
}

/** Each once and in order, and a word wherever some are missing. */
function isComplete(seen: readonly Seen[], hasIds: boolean): boolean {
  let last = 0
  let isExcused = !hasIds
  for (const item of seen) {
    // Who leaves and comes back goes on after the id; without ids it knows that it was away.
    if (typeof item !== 'number') isExcused ||= item === 'gap' || !hasIds
    else if (item > last && (isExcused || item === last + 1)) {
      last = item
      isExcused = false
    } else return false
  }
  return true
}

describe.each([
  ['with ids', true],
  ['without ids', false],
])('tabs with a stream %s that do anything', (_, hasIds) => {
  it('lose nothing without a word, and have one connection', { timeout: MAX_MS * 2 }, async () => {
    const act = fc.tuple(fc.constantFrom(...Object.keys(ACTS)), fc.nat(MAX_TABS - 1))
    let runs = 0
    const acts = fc.array(act, { minLength: 4, maxLength: 40 })
    const run = fc.asyncProperty(acts, async (steps) => {
      const world: World = { tabs: createTabs(), hasIds, seen: new Map(), last: 2, told: new Map() }
      try {
        await start(world)
        await start(world)
        for (const [name, index] of steps) await ACTS[name]!(world, index)
        await calm(world)
        judge(world)
      } finally {
        await world.tabs.end()
      }
      runs++
    })
    await fc.assert(run, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: MAX_MS })
    expect(runs).toBeGreaterThan(0)
  })
})
