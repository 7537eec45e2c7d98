// @vitest-environment node
/**
 * A stream that is handed over, against a server that keeps what it tells: whatever it answers to the further requests, and whenever
 * it cuts, every event is delivered once and in order. `MODEL_RUNS=… MODEL_SEED=…` makes it longer, or repeats a run that failed.
 */
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { noteDown } from '../../support/note-down.ts'
import { range } from '../../support/shared-streams.ts'
import { settle } from '../../support/settle.ts'
import type { ControlledRequest } from '../../support/controlled-server.ts'

const SEED = Number(process.env.MODEL_SEED ?? 20_260_101)
const RUNS = Number(process.env.MODEL_RUNS ?? 400)
/** At most so many requests in 2 s. */
const MAX_REQUESTS = 25

type Answer = 'stream' | 'refuse' | 'unauthorized' | 'gone' | 'page' | 'busy'
type Step =
  | { do: 'say'; count: number }
  | { do: 'answer'; how: Answer; repeats: number }
  | { do: 'drain' | 'end' | 'cut' | 'flush' | 'pause' | 'resume' | 'hide'; ms?: never }
  | { do: 'wait'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('say'), count: fc.constantFrom(1, 2, 30, 1500) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('answer'),
      how: fc.constantFrom<Answer>(
        'stream',
        'stream',
        'stream',
        'refuse',
        'unauthorized',
        'gone',
        'page',
        'busy',
      ),
      repeats: fc.constantFrom(0, 0, 3),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom<'drain' | 'end' | 'cut' | 'flush' | 'pause' | 'resume' | 'hide'>(
        ...([
          'drain',
          'drain',
          'end',
          'cut',
          'flush',
          'pause',
          'resume',
          'resume',
          'hide',
        ] as const),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      ms: fc.constantFrom(0, 500, 1999, 2000, 10_000, 16_000),
    }),
  },
) as fc.Arbitrary<Step>

interface Settings {
  dedupe: boolean
  honoursSignal: boolean
  life: number
}

const anySettings: fc.Arbitrary<Settings> = fc.record({
  dedupe: fc.boolean(),
  honoursSignal: fc.boolean(),
  life: fc.constantFrom(Infinity, 35_000, 5000),
})

const seen = new Set<string>()

beforeAll(() => import('../../../src/client/transports/renewal.ts'))

async function run({ dedupe, honoursSignal, life }: Settings, steps: Step[]): Promise<void> {
  const fake = createFakeEnvironment()
  const { environment, requests } = fake
  fake.server.honoursSignal = honoursSignal
  /** What the server has said: numbers, or that it drains. */
  const said: (number | 'draining')[] = []
  /** How much of it each answer has been sent. */
  const sent = new Map<ControlledRequest, number>()
  const answered = new Set<ControlledRequest>()
  const times: number[] = []
  let count = 0
  const { notes, listening } = noteDown({})
  const client = createEventStreamClient('https://page.test/events', {
    ...listening,
    environment: {
      ...environment,
      fetch(url, init) {
        times.push(environment.now())
        return environment.fetch(url, init)
      },
    },
    dedupe,
    renew: { on: 'draining', before: ({ openedAt }) => openedAt + life },
  })
  await settle()

  const text = (index: number): string => {
    const item = said[index]!
    const id = `${index + 1}`
    const type = item === 'draining' ? 'event: draining\n' : ''
    return `id: ${id}\n${type}data: ${JSON.stringify({ id, item })}\n\n`
  }
  const open = (): ControlledRequest[] => requests.filter(({ isOpen }) => isOpen)

  /** Each answer gets what it has not been sent. */
  async function flush(): Promise<void> {
    for (const request of open().filter((one) => answered.has(one))) {
      const from = sent.get(request)!
      sent.set(request, said.length)
      if (from < said.length) {
        await request.push(
          range(from, said.length - 1)
            .map(text)
            .join(''),
        )
      }
    }
  }

  async function answer(how: Answer, repeats: number): Promise<void> {
    const request = open().find((one) => !answered.has(one))
    if (!request) return
    seen.add(`${how} ${open().length}`)
    if (how === 'refuse') return request.refuse()
    if (how === 'unauthorized') return request.respond({ status: 503 })
    if (how === 'gone') {
      // To the only request it would end the stream.
      return open().length > 1 ? request.respond({ status: 204, hasBody: false }) : undefined
    }
    if (how === 'page') {
      return open().length > 1 ? request.respond({ contentType: 'text/html' }) : undefined
    }
    if (how === 'busy') {
      return request.respond({ status: 503, headers: { 'Retry-After': '3' } })
    }
    answered.add(request)
    const cursor = Number(request.headers.get('Last-Event-ID') ?? '0')
    // What it repeats of before is told apart, unless nothing is.
    const isFirst = notes.opens.length === 0
    sent.set(request, Math.max(0, cursor - (dedupe && !isFirst ? repeats : 0)))
    await request.respond()
    await flush()
  }

  async function perform(next: Step): Promise<void> {
    if (next.do === 'say') {
      for (let left = next.count; left > 0; left--) said.push(++count)
    } else if (next.do === 'drain') said.push('draining')
    else if (next.do === 'flush') await flush()
    else if (next.do === 'answer') await answer(next.how, next.repeats)
    else if (next.do === 'end' || next.do === 'cut') {
      const first = open().find((one) => answered.has(one))
      if (first) seen.add(`${next.do} ${open().length}`)
      await first?.[next.do]()
    } else if (next.do === 'pause') client.pause()
    else if (next.do === 'resume') client.resume()
    else if (next.do === 'hide') await fake.page('pagehide', 'pageshow')
    else if (next.do === 'wait') await fake.advance(next.ms)
    await fake.advance(0)
    check()
  }

  function check(): void {
    const heard = notes.data.map((data) => Number((data as { id: string }).id))
    expect(heard).toEqual(range(1, heard.length))
    expect(
      notes.gaps.filter(({ reason, lastEventId }) => reason !== 'paused' || lastEventId),
    ).toEqual([])
    if (honoursSignal) expect(open().length).toBeLessThanOrEqual(2)
    if (client.status === 'open') expect(client.error).toBeNull()
    for (const time of times.slice(-MAX_REQUESTS - 1)) {
      const inWindow = times.filter((other) => other >= time && other < time + 2000)
      expect(inWindow.length).toBeLessThanOrEqual(MAX_REQUESTS)
    }
  }

  for (const next of steps) await perform(next)
  // The server is well again.
  client.resume()
  for (let round = 0; round < 20 && notes.data.length < said.length; round++) {
    while (open().some((one) => !answered.has(one))) await answer('stream', 0)
    await flush()
    await fake.advance(20_000)
  }
  expect(notes.data).toHaveLength(said.length)
  check()
  client.close()
  await fake.advance(0)
  // What nobody waits for any more is let go when it comes.
  if (!honoursSignal) for (const request of open()) await request.respond()
  expect(fake.live()).toEqual([])
  expect(fake.reported).toEqual([])
  if (requests.length > notes.opens.length) seen.add('renewed')
}

it(
  'delivers every event once and in order, whatever the server does',
  async () => {
    const steps = fc.array(step, { maxLength: 40, size: 'max' })
    await fc.assert(fc.asyncProperty(anySettings, steps, run), { seed: SEED, numRuns: RUNS })
    const ways = ['renewed', 'stream 2', 'gone 2', 'page 2', 'refuse 2', 'busy 2', 'end 2', 'cut 2']
    expect(RUNS < 400 ? [] : ways.filter((way) => !seen.has(way))).toEqual([])
  },
  60_000 + 300 * RUNS,
)
