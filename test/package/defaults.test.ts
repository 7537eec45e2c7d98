/**
 * Every `@default` is true. An option that is left out must do exactly what it does when its documented default is
 * given; and something else when another value is, so that the comparison means something.
 */
import { describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { useEventStream, useMessageQueue, useTextStream } from 'vue-event-stream'
import { createEventStreamClient, pollingTransport } from 'vue-event-stream/client'
import { createEventStreamParser } from 'vue-event-stream/protocol'
import { documentedDefaults, valueOfDefault } from './documented-defaults.ts'
import { readSources } from './source-files.ts'
import type { PolledMessage, Transport } from 'vue-event-stream/client'
import type {
  Environment,
  MessageQueueOptions,
  ReconnectOptions,
  ResumeOptions,
} from 'vue-event-stream'

const STREAM = [
  ...[': hello\n\n', 'id: 1\ndata: {"a":1}\n\n', 'id: 2\ndata: {"a":1}\n\n'],
  ...Array.from({ length: 510 }, (_, index) => `data: ${index}\n\n`),
].join('')
/** The stream, again with a replay, and then failures until backoff is at its longest. */
const LAST_REQUEST = 10
/** So that the shortest wait shows. */
const RANDOM = 0.95

/** A platform that notes down what is asked of it. Timers run when `next` is called, without any time passing. */
function createTracedEnvironment(): {
  environment: Partial<Environment>
  trace: unknown[]
  next(): boolean
} {
  const trace: unknown[] = []
  const timers = new Set<{ at: number; run(): void }>()
  let now = 0
  let requests = 0

  function wait(kind: string, run: () => void, delay: number): () => void {
    trace.push(`${kind} ${delay}`)
    const timer = { at: now + delay, run }
    timers.add(timer)
    return () => void timers.delete(timer)
  }

  const environment: Partial<Environment> = {
    async fetch(url, init) {
      // What is left out is what `fetch` makes of it.
      const { method, credentials } = new Request(url, init)
      trace.push({ url, method, credentials, headers: [...new Headers(init.headers)] })
      if (++requests > 2) throw new TypeError('no network')
      return createResponse()
    },
    after: (delay, run) => wait('timer', run, delay),
    nextFrame: (run) => wait('frame', run, 16),
    now: () => now,
    random: () => RANDOM,
    baseURI: () => 'http://localhost/',
    onPageEvent(listener) {
      listener('hidden')
      return () => {}
    },
    navigation: () => ({ type: 'reload', documentId: 2 }),
    storage: () => ({
      getItem: () => JSON.stringify({ id: '7', at: -300_000, by: 1 }),
      setItem: (_, value) => trace.push(value),
      removeItem() {},
    }),
    reportError: (error) => trace.push(String(error)),
    warn: () => {},
  }

  function next(): boolean {
    const [first] = [...timers].sort((a, b) => a.at - b.at) // oxlint-disable-line unicorn/no-array-sort
    if (!first || requests >= LAST_REQUEST) return false
    timers.delete(first)
    now = first.at
    first.run()
    return true
  }
  return { environment, trace, next }
}

function createResponse(): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(STREAM))
      controller.close()
    },
  })
  const headers = new Headers({ 'Content-Type': 'text/event-stream' })
  return { status: 200, ok: true, headers, body } as Response
}

/** All that is due without time passing. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await vi.dynamicImportSettled()
}

async function runClient(options: object): Promise<unknown> {
  const { environment, trace, next } = createTracedEnvironment()
  const client = createEventStreamClient('/events', {
    environment,
    onMessage: ({ data, lastEventId }) => trace.push({ data, lastEventId }),
    onError: ({ code }) => trace.push(code),
    onStatus: (status, reason) => trace.push(`${status} ${reason}`),
    ...options,
  })
  do await settle()
  while (next())
  const { received, attempt } = client
  client.close()
  return { trace, received, attempt }
}

/** How many requests two streams make. */
async function runTwo(options: object): Promise<number> {
  const fetch = vi.fn<Environment['fetch']>(() => new Promise(() => {}))
  const environment = { fetch, warn: () => {} }
  const url = 'http://localhost/events'
  const clients = [1, 2].map(() => createEventStreamClient(url, { environment, ...options }))
  await settle()
  await settle()
  for (const client of clients) client.close()
  return fetch.mock.calls.length
}

async function runComposable(
  options: { queue?: MessageQueueOptions },
  count?: number,
): Promise<unknown> {
  const { environment, trace, next } = createTracedEnvironment()
  const scope = effectScope()
  const { status, queue } = scope.run(() => {
    const stream = useEventStream('/events', { environment, reconnect: false, ...options })
    return { status: stream.status, queue: useMessageQueue(stream, options.queue) }
  })!
  do await settle()
  while (next())
  const { size, dropped } = queue
  const state = { status: status.value, size: size.value, dropped: dropped.value }
  const taken = queue.take(count)
  scope.stop()
  return { trace, state, taken }
}

async function runTextStream(options: object): Promise<unknown> {
  const { environment, trace, next } = createTracedEnvironment()
  const scope = effectScope()
  scope.run(() => void useTextStream('/events', { environment, ...options }).send())
  do await settle()
  while (next())
  scope.stop()
  return trace
}

function runParser(options: object): unknown {
  const trace: unknown[] = []
  const parser = createEventStreamParser(
    {
      onMessage: ({ data, lastEventId }) => trace.push([data.length, lastEventId]),
      onError: ({ code }) => trace.push(code),
    },
    options,
  )
  const line = new Uint8Array(16 * 1024 * 1024).fill(0x61)
  line.set(new TextEncoder().encode('data:'))
  for (const part of [line, '\n\n', line, 'x\n\n']) {
    parser.feed(typeof part === 'string' ? new TextEncoder().encode(part) : part)
  }
  return trace
}

interface Check {
  /** Runs with the option at this value; undefined leaves it out. */
  run(value: unknown): unknown
  /** A value that must make a difference. */
  other: unknown
}

const given = (name: string, value: unknown): object =>
  value === undefined ? {} : { [name]: value }

const ofClient = (name: string, other: unknown): Check => ({
  run: (value) => runClient(given(name, value)),
  other,
})
const ofReconnect = (name: keyof ReconnectOptions, other: unknown): Check => ({
  run: (value) => runClient({ reconnect: given(name, value) }),
  other,
})
const ofResume = (name: keyof ResumeOptions, other: unknown, others?: ResumeOptions): Check => ({
  run: (value) => runClient({ resume: { ...others, ...given(name, value) } }),
  other,
})
const ofComposable = (name: string, other: unknown): Check => ({
  run: (value) => runComposable(given(name, value)),
  other,
})
const ofQueue = (name: string, other: unknown): Check => ({
  run: (value) => runComposable({ queue: given(name, value) }),
  other,
})
const ofParser = (name: string, other: unknown): Check => ({
  run: (value) => runParser(given(name, value)),
  other,
})

/** A stream that only polling gets, since nothing answers another request: some answers, and then the end. */
function createPolledFetch(message: PolledMessage = {}): Environment['fetch'] {
  let polls = 0
  return async (_, { headers }) => {
    if (!new Headers(headers).get('Accept')!.includes('json')) return new Promise(() => {})
    return ++polls > 3 ? new Response(null, { status: 204 }) : Response.json([message])
  }
}

const ofFallback = (name: string, other: unknown): Check => ({
  run: (value) => runClient({ fallback: { transport: pollingTransport(), ...given(name, value) } }),
  other,
})

const silent = (options: Partial<Transport>): Transport => ({
  name: 'silent',
  async connect({ onOpen }) {
    await Promise.resolve()
    onOpen({ status: 200, headers: new Headers() })
    await new Promise(() => {})
  },
  ...options,
})

const CHECKS: Record<string, Check> = {
  'FallbackOptions.afterAttempts': ofFallback('afterAttempts', 4),
  'FallbackOptions.muteAfter': ofFallback('muteAfter', 15_001),
  'FallbackOptions.retryAfter': {
    run(value) {
      const fallback = { transport: pollingTransport(), ...given('retryAfter', value) }
      return runClient({ fetch: createPolledFetch(), fallback })
    },
    other: 300_001,
  },
  'PollingTransportOptions.interval': {
    run(value) {
      const transport = pollingTransport(given('interval', value))
      return runClient({ fetch: createPolledFetch(), transport })
    },
    other: 5001,
  },
  'PolledMessage.type': {
    run: (value) =>
      runClient({
        fetch: createPolledFetch({ data: 'a', ...given('type', value) }),
        transport: pollingTransport(),
        decode: 'text',
        until: ({ type }: { type: string }) => type === 'message',
      }),
    other: 'x',
  },
  'Transport.isContinuous': {
    run(value) {
      const transport = silent(given('isContinuous', value))
      return runClient({ transport, silenceTimeout: 1000, reconnect: false })
    },
    other: false,
  },
  'ConnectionOptions.method': ofClient('method', 'POST'),
  'ConnectionOptions.credentials': ofClient('credentials', 'include'),
  'ConnectionOptions.connectTimeout': ofClient('connectTimeout', 15_001),
  'ConnectionOptions.silenceTimeout': ofClient('silenceTimeout', 45_000),
  'ConnectionOptions.initialLastEventId': ofClient('initialLastEventId', '1'),
  'ConnectionOptions.maxMessageSize': ofClient('maxMessageSize', 10),
  'ConnectionOptions.share': { run: (share) => runTwo(given('share', share)), other: 'app' },
  'ConnectionOptions.whenHidden': ofClient('whenHidden', 'disconnect'),
  'EventStreamOptions.dedupe': ofClient('dedupe', false),
  'RenewOptions.lead': {
    run(value) {
      const before = ({ openedAt }: { openedAt: number }): number => openedAt + 60_000
      return runClient({ renew: { before, ...given('lead', value) } })
    },
    other: 29_999,
  },
  'ResumeOptions.via': ofResume('via', 'query'),
  'ResumeOptions.param': ofResume('param', 'id', { via: 'query' }),
  'ResumeOptions.storage': ofResume('storage', 'session'),
  'ResumeOptions.maxAge': ofResume('maxAge', 299_999, { storage: 'session' }),
  'EventStreamOptions.decode': ofClient('decode', 'text'),
  'EventStreamOptions.immediate': ofClient('immediate', false),
  'EventStreamClientOptions.enabled': ofClient('enabled', false),
  'ReconnectOptions.initialDelay': ofReconnect('initialDelay', 1001),
  'ReconnectOptions.factor': ofReconnect('factor', 2.01),
  'ReconnectOptions.maxDelay': ofReconnect('maxDelay', 30_001),
  'ReconnectOptions.minDelay': ofReconnect('minDelay', 101),
  'ReconnectOptions.jitter': ofReconnect('jitter', 0.51),
  'ReconnectOptions.maxAttempts': ofReconnect('maxAttempts', LAST_REQUEST - 3),
  'ReconnectOptions.stableAfter': ofReconnect('stableAfter', 5001),
  'UseEventStreamOptions.enabled': ofComposable('enabled', false),
  'UseEventStreamOptions.flush': ofComposable('flush', 'sync'),
  'UseTextStreamOptions.connectTimeout': {
    run: (value) => runTextStream(given('connectTimeout', value)),
    other: 60_001,
  },
  'MessageQueueOptions.capacity': ofQueue('capacity', 501),
  'MessageQueueOptions.overflow': ofQueue('overflow', 'drop-newest'),
  'UseMessageQueueReturn.take': {
    run: (count) => runComposable({}, count as number | undefined),
    other: 2,
  },
  'EventStreamParserOptions.maxMessageSize': ofParser('maxMessageSize', 16_777_215),
  'EventStreamParserOptions.lastEventId': ofParser('lastEventId', '1'),
}

/** What no value says, by what the state says of it. */
const IN_WORDS: Record<string, string> = {
  'ConnectionOptions.transport': 'streaming with `fetch`',
}

const documented = readSources('src').flatMap(documentedDefaults)

describe('@default', () => {
  it('is checked wherever it is written', () => {
    const checked = Object.keys({ ...CHECKS, ...IN_WORDS })
    expect(new Set(documented.map(({ name }) => name))).toEqual(new Set(checked))
  })

  it.each(documented.filter(({ name }) => name in CHECKS))(
    '$name is $text',
    async ({ name, text }) => {
      const { run, other } = CHECKS[name]!
      const leftOut = await run(undefined)
      expect(await run(valueOfDefault(text))).toEqual(leftOut)
      expect(await run(other)).not.toEqual(leftOut)
    },
  )
})

describe('a default in words', () => {
  it('is the transport fetch', async () => {
    const { text } = documented.find(({ name }) => name === 'ConnectionOptions.transport')!
    expect(text).toBe(IN_WORDS['ConnectionOptions.transport'])
    const fetch: Environment['fetch'] = () => new Promise(() => {})
    const client = createEventStreamClient('http://localhost/events', { environment: { fetch } })
    expect(client.transport).toBe('fetch')
    client.close()
  })
})

describe('a default of fetch', () => {
  it('is left to fetch', async () => {
    const fetch = vi.fn<Environment['fetch']>(() => new Promise(() => {}))
    const client = createEventStreamClient('http://localhost/events', { environment: { fetch } })
    await settle()
    client.close()
    expect(fetch).toHaveBeenCalledOnce()
    const [, { method, credentials }] = fetch.mock.calls[0]!
    expect({ method, credentials }).toEqual({ method: undefined, credentials: undefined })
  })
})

describe('documentedDefaults', () => {
  it('finds the members that have one', () => {
    const text = `
      export interface A {
        /** One line. @default 1_000 */
        a?: number
        /**
         * Several lines.
         * @default 'x'
         */
        b?: string
        c?: boolean
        /** @default Infinity */
        d(count?: number): void
      }`
    expect(documentedDefaults({ path: 'a.ts', text })).toEqual([
      { name: 'A.a', text: '1_000' },
      { name: 'A.b', text: "'x'" },
      { name: 'A.d', text: 'Infinity' },
    ])
  })
})

describe('valueOfDefault', () => {
  it('reads numbers, texts and words, and nothing else', () => {
    const texts = ['30_000', '0.5', "'auto'", "''", 'true', 'Infinity']
    expect(texts.map(valueOfDefault)).toEqual([30_000, 0.5, 'auto', '', true, Infinity])
    expect(() => valueOfDefault('as in fetch')).toThrow('as in fetch')
  })
})
