/**
 * A computer that sleeps, and pages whose timers are slow: in the environment of a browser, with its time in the
 * test's hand. A connection may die in a sleep without a sign; a quiet one must not be taken for dead.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { createControlledServer } from '../../support/controlled-server.ts'
import { settle } from '../../support/settle.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { EventStreamClient } from '../../../src/client/types.ts'
import type { ControlledRequest, ControlledServer } from '../../support/controlled-server.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const STEP_MS = 100
const HEARTBEAT = ': hello\n'

let clients: EventStreamClient[] = []

beforeEach(() => {
  const toFake = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] as const
  vi.useFakeTimers({ toFake: [...toFake], now: 1_700_000_000_000 })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await settle()
  const left = vi.getTimerCount()
  vi.useRealTimers()
  if (left > 0) throw new Error(`${left} timers are left`)
})

interface Stream {
  readonly client: EventStreamClient
  readonly server: ControlledServer
  /** The last request. */
  readonly request: ControlledRequest
  /** Every new request is answered with the stream, and with one comment. */
  answersAll: boolean
}

/** A stream that has sent its request, in the environment of a browser but for its network. */
async function start(options: EventStreamClientOptions = {}): Promise<Stream> {
  const server = createControlledServer()
  const client = createEventStreamClient('https://server.test/events', {
    ...options,
    onError: () => {},
    environment: {
      fetch(url, init) {
        const response = server.fetch(url, init)
        if (stream.answersAll) {
          void stream.request.respond()
          void stream.request.push(HEARTBEAT)
        }
        return response
      },
      warn: () => {},
    },
  })
  clients.push(client)
  const stream: Stream = {
    ...{ client, server, answersAll: false },
    get request() {
      return server.requests.at(-1)!
    },
  }
  await settle()
  return stream
}

async function startOpen(options?: EventStreamClientOptions): Promise<Stream> {
  const stream = await start(options)
  await stream.request.respond()
  return stream
}

/** Time passes, in steps: what each timer starts is settled before the next. */
async function pass(ms: number, step = STEP_MS): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    vi.advanceTimersByTime(Math.min(step, ms - passed))
    await settle()
  }
}

/**
 * How timers take a sleep:
 * - `late`: they count its time; what became due in it runs once, at its end
 * - `with their remaining time`: their clock stood still, they go on afterwards as if nothing had been
 */
const SLEEPS = {
  late: jump,
  async 'with their remaining time'(ms: number) {
    vi.setSystemTime(Date.now() + ms)
    await settle()
  },
}
const KINDS = Object.keys(SLEEPS) as (keyof typeof SLEEPS)[]

/** The time is another one, and every timer that is due runs once. */
async function jump(ms: number): Promise<void> {
  const { clock } = setTimeout as unknown as { clock: { jump(ms: number): void } }
  clock.jump(ms)
  await settle()
}

function show(isHidden: boolean): Promise<void> {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(isHidden)
  document.dispatchEvent(new Event('visibilitychange'))
  return settle()
}

/** Where a sleep finds a stream. From then on its old connection is dead, without a sign. */
const STATES: Record<string, () => Promise<Stream>> = {
  'open, without a heartbeat ever': async () => {
    const stream = await startOpen()
    await stream.request.push('id: 1\ndata: 1\n\n')
    return stream
  },
  'open, after heartbeats': async () => {
    const stream = await startOpen()
    for (let count = 0; count < 3; count++) {
      await pass(10_000, 1000)
      await stream.request.push(HEARTBEAT)
    }
    return stream
  },
  'open, with silenceTimeout: 0': async () => {
    const stream = await startOpen({ silenceTimeout: 0 })
    await pass(10_000, 1000)
    return stream
  },
  connecting: () => start(),
  'connecting again': async () => {
    const stream = await startOpen()
    await stream.request.cut()
    await pass(1000)
    return stream
  },
  'connecting, with connectTimeout: 0': () => start({ connectTimeout: 0 }),
  'waiting for the next attempt': async () => {
    const stream = await start({ reconnect: { initialDelay: 900_000, maxDelay: 900_000 } })
    await stream.request.refuse()
    return stream
  },
  'waiting as long as the server asks for': async () => {
    const stream = await startOpen()
    await stream.request.push('retry: 3600000\n\n')
    await stream.request.end()
    return stream
  },
}

describe.each(KINDS)('a sleep after which timers run %s', (kind) => {
  const sleep = SLEEPS[kind]

  describe.each(Object.keys(STATES))('%s', (state) => {
    it.each([35_000, 10 * MINUTE_MS, DAY_MS])('is open within 3 s of waking: %d ms', async (ms) => {
      const stream = await STATES[state]!()
      const { length } = stream.server.requests
      // Not a multiple of a second: timers are anywhere between two ticks.
      await pass(400)
      stream.answersAll = true
      await sleep(ms)
      await pass(3000)
      expect(stream.client).toMatchObject({ status: 'open', error: null })
      expect(stream.server.requests.length - length).toBeGreaterThanOrEqual(1)
      expect(stream.server.requests.length - length).toBeLessThanOrEqual(3)
      expect(stream.request.isOpen).toBe(true)
    })
  })

  it('that began right after opening is over within 3 s of waking, too', async () => {
    const stream = await startOpen()
    await pass(400)
    stream.answersAll = true
    await sleep(10 * MINUTE_MS)
    await pass(3000)
    expect(stream.client).toMatchObject({ status: 'open', error: null })
    expect(stream.server.requests).toHaveLength(2)
  })

  it('leaves a connection alone that shows a byte within 2 s', async () => {
    const stream = await startOpen()
    await sleep(10 * MINUTE_MS)
    await pass(1900)
    await stream.request.push(HEARTBEAT)
    await pass(MINUTE_MS / 2, 1000)
    expect(stream.server.requests).toHaveLength(1)
    expect(stream.client.status).toBe('open')
  })

  it('does not repeat a POST', async () => {
    const stream = await startOpen({ method: 'POST' })
    await sleep(10 * MINUTE_MS)
    await pass(10_000, 1000)
    expect(stream.server.requests).toHaveLength(1)
    expect(stream.client.status).toBe('open')
  })

  it('in a pause is made up for within 3 s of its end', async () => {
    const stream = await startOpen()
    stream.client.pause()
    stream.answersAll = true
    await sleep(10 * MINUTE_MS)
    await pass(10_000, 1000)
    stream.client.resume()
    await pass(3000)
    expect(stream.client.status).toBe('open')
    expect(stream.server.requests).toHaveLength(2)
  })

  it('in a pause is made up for also when bytes from before it are read after it', async () => {
    const stream = await startOpen()
    stream.client.pause()
    await stream.request.push('id: 1\ndata: 1\n\n', 'id: 2\ndata: 2\n\n')
    stream.answersAll = true
    await sleep(10 * MINUTE_MS)
    await pass(10_000, 1000)
    stream.client.resume()
    await pass(3000)
    expect(stream.client.status).toBe('open')
    expect(stream.server.requests).toHaveLength(2)
  })

  it('of a hidden page that gave its connection up: is open within 3 s of being seen', async () => {
    const stream = await startOpen({ whenHidden: 'disconnect' })
    await show(true)
    await pass(10_000, 1000)
    await sleep(10 * MINUTE_MS)
    await pass(10_000, 1000)
    stream.answersAll = true
    await show(false)
    await pass(3000)
    expect(stream.client.status).toBe('open')
    expect(stream.server.requests.length).toBeLessThanOrEqual(4)
  })

  it('that ends with being seen again is noticed then', async () => {
    const stream = await startOpen()
    await show(true)
    await pass(1000)
    stream.answersAll = true
    await sleep(10 * MINUTE_MS)
    await show(false)
    await pass(3000)
    expect(stream.client.status).toBe('open')
    expect(stream.server.requests).toHaveLength(2)
  })
})

describe('a quiet server without heartbeats', () => {
  it.each([
    ['10 minutes', 10 * MINUTE_MS],
    ['24 hours', DAY_MS],
  ])('sees one request in %s', async (_, ms) => {
    const stream = await startOpen()
    await stream.request.push('id: 1\ndata: 1\n\n')
    await pass(ms, MINUTE_MS)
    expect(stream.server.requests).toHaveLength(1)
    expect(stream.client.status).toBe('open')
  })

  it('sees one request of a page that computes for 20 s at a time', async () => {
    const stream = await startOpen()
    for (let count = 0; count < 30; count++) await jump(20_000)
    expect(stream.server.requests).toHaveLength(1)
    expect(stream.client.status).toBe('open')
  })
})

describe('a hidden page', () => {
  it('does not take itself for woken when its timers run once a minute', async () => {
    const stream = await startOpen()
    await show(true)
    for (let minutes = 0; minutes < 24 * 60; minutes++) await jump(MINUTE_MS)
    expect(stream.server.requests).toHaveLength(1)
    expect(stream.client.status).toBe('open')
  })

  it('keeps its connection when it is seen again and a byte comes within 2 s', async () => {
    const stream = await startOpen()
    await show(true)
    for (let minutes = 0; minutes < 10; minutes++) await jump(MINUTE_MS)
    await show(false)
    await pass(1900)
    await stream.request.push(HEARTBEAT)
    await pass(MINUTE_MS / 2, 1000)
    expect(stream.server.requests).toHaveLength(1)
  })

  it('notices a sleep of the computer, though its timers are slow', async () => {
    const stream = await startOpen()
    await show(true)
    for (let minutes = 0; minutes < 10; minutes++) await jump(MINUTE_MS)
    stream.answersAll = true
    await jump(10 * MINUTE_MS)
    await pass(3000)
    expect(stream.client.status).toBe('open')
    expect(stream.server.requests).toHaveLength(2)
  })
})
