/**
 * A counter whose server does anything in any order: tells events late, cuts, forgets its history, answers loads late, in any
 * order or not at all. Whatever it does, the state that is shown is one that the server had, and it never goes back; once all
 * is quiet it is the server's. `SEED=… RUNS=…` makes a run longer, or repeats one that failed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { settle } from '../support/settle.ts'
import type { EffectScope, ShallowRef } from 'vue'
import type { LoadedState } from '../../src/client/delivery/loaded-state.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledRequest } from '../support/controlled-server.ts'
import type { FakeEnvironment } from '../support/fake-environment.ts'

// Loaded on demand: here it is there from the start.
await import('../../src/client/delivery/reduced-state.ts')

const SEED = Number(process.env.SEED ?? 20_260_707)
const RUNS = Number(process.env.RUNS ?? 200)
/** So long a run may take: what it has found by then counts. */
const MAX_MS = 15_000 + RUNS * 100

interface Counter {
  readonly count: number
  readonly sum: number
}

interface Counting {
  add: number
  gone: null
}

interface Load {
  readonly signal: AbortSignal
  /** Undefined until the server has read it. */
  snapshot?: LoadedState<Counter>
  resolve(answer: LoadedState<Counter>): void
  reject(cause: unknown): void
}

interface World {
  readonly fake: FakeEnvironment
  readonly scope: EffectScope
  readonly stream: UseEventStreamReturn<Counting>
  readonly state: Readonly<ShallowRef<Counter | undefined>>
  readonly reload: () => void
  /** Those that are not answered. */
  readonly loads: Load[]
  /** What the server has had: after each event, and before the first. */
  readonly had: Counter[]
  /** It cannot replay up to this event. */
  forgotten: number
  /** Up to which event each request has been told. */
  readonly told: Map<ControlledRequest, number>
  /** How far the page was. */
  shown: number
}

/** What may happen. The number says how much of it, or to whom. */
type Act = (world: World, number: number) => Promise<unknown> | void

const last = ({ had }: World): number => had.length - 1

function startWorld(): World {
  const fake = createFakeEnvironment()
  const scope = effectScope(true)
  const loads: Load[] = []
  const stream = scope.run(() =>
    useEventStream<Counting>('/counter', {
      environment: fake.environment,
      flush: 'sync',
      resume: { gapEvent: 'gone' },
    }),
  )!
  const { state, reload } = scope.run(() =>
    useEventStreamState(stream, {
      load: ({ signal }) =>
        new Promise<LoadedState<Counter>>((resolve, reject) => {
          loads.push({ signal, resolve, reject })
        }),
      on: { add: ({ count, sum }, by) => ({ count: count + 1, sum: sum + by }) },
    }),
  )!
  const had = [{ count: 0, sum: 0 }]
  return {
    ...{ fake, scope, stream, state, reload, loads, had, forgotten: 0 },
    ...{ told: new Map(), shown: 0 },
  }
}

/** The server answers who asks. */
async function accept(world: World): Promise<void> {
  const { fake, told, forgotten } = world
  for (const request of fake.requests) {
    if (told.has(request) || !request.isOpen) continue
    const id = request.headers.get('Last-Event-ID')
    const knows = id !== null && Number(id) >= forgotten
    told.set(request, knows ? Number(id) : last(world))
    await request.respond()
    if (id !== null && !knows) await request.push('event: gone\ndata: null\n\n')
  }
}

/** The server tells the next events, so many at most. */
async function deliver(world: World, count: number): Promise<void> {
  await accept(world)
  for (const [request, from] of world.told) {
    if (!request.isOpen) continue
    const to = Math.min(last(world), from + count)
    world.told.set(request, to)
    for (let number = from + 1; number <= to; number++) {
      const by = world.had[number]!.sum - world.had[number - 1]!.sum
      await request.push(`id: ${number}\nevent: add\ndata: ${by}\n\n`)
    }
  }
}

/** The server reads the counter for a load: the answer may take its time. */
function read(world: World, index: number): Load | undefined {
  const load = world.loads[index % Math.max(1, world.loads.length)]
  if (load) load.snapshot ??= { state: world.had.at(-1)!, lastEventId: `${last(world)}` }
  return load
}

function forget(world: World, load: Load): Promise<void> {
  world.loads.splice(world.loads.indexOf(load), 1)
  return settle()
}

const ACTS: Record<string, Act> = {
  count: ({ had }, number) =>
    void had.push({ count: had.length, sum: had.at(-1)!.sum + number + 1 }),
  deliver: (world, number) => deliver(world, number + 1),
  read: (world, number) => void read(world, number),
  answer(world, number) {
    const load = read(world, number)
    load?.resolve(load.snapshot!)
    return load && forget(world, load)
  },
  refuse(world, number) {
    const load = read(world, number)
    load?.reject(new Error('refused'))
    return load && forget(world, load)
  },
  reload({ reload }) {
    reload()
    return settle()
  },
  cut: async ({ fake }) => {
    for (const request of fake.requests) await request.cut()
  },
  forget: (world) => void (world.forgotten = last(world)),
  pause: ({ stream }) => stream.pause(),
  resume: ({ stream }) => stream.resume(),
  close: ({ stream }) => stream.close(),
  open({ stream }) {
    stream.open()
    return settle()
  },
  reconnect({ stream }) {
    stream.reconnect()
    return settle()
  },
  // Events are not later than a second, as long as there is a connection.
  async wait(world, number) {
    await deliver(world, Infinity)
    await world.fake.advance(300 * (number + 1))
  },
}

/** Those that happen more often. */
const OFTEN = ['count', 'count', 'deliver', 'deliver', 'read', 'answer', 'wait', 'cut']
const actions = fc.array(
  fc.tuple(fc.constantFrom(...Object.keys(ACTS), ...OFTEN), fc.nat({ max: 4 })),
  { maxLength: 60, size: 'max' },
)

function judge(world: World): void {
  const { state, had, shown } = world
  const { count } = state.value ?? had[0]!
  expect(state.value ?? had[0]).toEqual(had[count])
  expect(count).toBeGreaterThanOrEqual(shown)
  world.shown = count
}

async function heal(world: World): Promise<void> {
  world.stream.resume()
  world.stream.open()
  for (let turn = 0; turn < 12; turn++) {
    await settle()
    await ACTS.wait!(world, 100)
    while (world.loads.length > 0) await ACTS.answer!(world, 0)
  }
}

describe('a state that is loaded', () => {
  it('is always one that the server had, and at the end the one that it has', async () => {
    const property = fc.asyncProperty(actions, async (acts) => {
      const world = startWorld()
      try {
        await settle()
        for (const [name, number] of acts) {
          await ACTS[name]!(world, number)
          judge(world)
        }
        await heal(world)
        judge(world)
        expect(world.state.value).toEqual(world.had.at(-1))
        expect(world.loads).toEqual([])
      } finally {
        world.scope.stop()
      }
      await settle()
      expect(world.fake.live()).toEqual([])
      expect(world.fake.reported).toEqual([])
    })
    const options = { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: MAX_MS }
    await fc.assert(property, options)
  }, 120_000)
})
