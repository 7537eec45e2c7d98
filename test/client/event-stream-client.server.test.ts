/** The client against a real server over real sockets. */
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TRICKLED_TEXT, TRICKY_NAMES } from '../support/fault-paths.ts'
import { startFaultServer } from '../support/fault-server.ts'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import type { FaultServer, LoggedRequest } from '../support/fault-server.ts'
import type { EventStreamClient, Message } from '../../src/client/types.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'

/** Short waits, so that reconnecting takes no time worth mentioning. */
const QUICK = { initialDelay: 5, maxDelay: 20, minDelay: 1 }

const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { interval: 5, timeout: 4000 })

let server: FaultServer
const clients: EventStreamClient[] = []

beforeAll(async () => {
  server = await startFaultServer()
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await until(() => server.open === 0)
})
afterAll(() => server.close())

interface Run {
  client: EventStreamClient
  messages: Message[]
  errors: EventStreamError[]
  statuses: string[]
  /** The requests that this client has made. */
  requests(): LoggedRequest[]
}

let runs = 0

function connect(path: string, options: EventStreamClientOptions = {}): Run {
  const tag = String(++runs)
  const messages: Message[] = []
  const errors: EventStreamError[] = []
  const statuses: string[] = []
  const url = `${server.url}${path}${path.includes('?') ? '&' : '?'}tag=${tag}`
  const client = createEventStreamClient(url, {
    reconnect: QUICK,
    onMessage: (message) => messages.push(message),
    onError: (error) => errors.push(error),
    onStatus: (status, reason) => statuses.push(reason ? `${status} ${reason}` : status),
    ...options,
  })
  clients.push(client)
  const requests = (): LoggedRequest[] =>
    server.requests.filter(({ query }) => query.get('tag') === tag)
  return { client, messages, errors, statuses, requests }
}

const indexes = ({ messages }: Run): number[] =>
  messages.map(({ data }) => (data as { index: number }).index)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('createEventStreamClient', () => {
  it('gets every event once and in order over many cuts', async () => {
    const run = connect('/resume?until=60&every=7')
    await until(() => run.messages.length >= 60)
    expect(indexes(run)).toEqual(upTo(60))
    expect(run.requests().map(({ headers }) => headers['last-event-id'])).toEqual([
      ...[undefined, '7', '14', '21', '28', '35', '42', '49', '56'],
    ])
    expect(run.client).toMatchObject({ status: 'open', lastEventId: '60', attempt: 0 })
  })

  it('goes on after a cut in the middle of an event', async () => {
    const run = connect('/cut?after=2')
    await until(() => run.messages.length >= 6)
    run.client.close()
    expect(indexes(run).slice(0, 6)).toEqual(upTo(6))
    expect(run.errors[0]).toMatchObject({ code: 'network', fatal: false })
  })

  it('goes on after a clean end', async () => {
    const run = connect('/end?count=3')
    await until(() => run.messages.length >= 9)
    run.client.close()
    expect(indexes(run).slice(0, 9)).toEqual(upTo(9))
    expect(run.statuses.slice(0, 3)).toEqual(['connecting', 'open', 'reconnecting network'])
  })

  it('gets a large burst completely', async () => {
    const run = connect('/burst?count=5000')
    await until(() => run.messages.length >= 5000)
    expect(indexes(run)).toEqual(upTo(5000))
  })

  it('puts characters together that come a byte at a time', async () => {
    const run = connect('/trickle')
    await until(() => run.messages.length > 0)
    expect(run.messages[0]!.data).toEqual({ index: 1, text: TRICKLED_TEXT })
  })

  it('calls the handlers of tricky names', async () => {
    const seen: string[] = []
    const run = connect('/names', {
      on: Object.fromEntries(TRICKY_NAMES.map((name) => [name, () => seen.push(name)])),
    })
    await until(() => run.messages.length === TRICKY_NAMES.length)
    // The key * is for all messages, and `*` on the wire is one of them.
    const expected = TRICKY_NAMES.flatMap((name) => (name === '*' ? ['*'] : [name, '*']))
    expect(seen).toEqual(expected)
    expect(run.messages.map(({ type }) => type)).toEqual(TRICKY_NAMES)
  })

  it('takes a silent connection for dead', async () => {
    const run = connect('/silent', { silenceTimeout: 30 })
    await until(() => run.requests().length >= 3)
    expect(run.errors[0]).toMatchObject({ code: 'silence', fatal: false })
    expect(run.statuses).toContain('reconnecting silence')
  })

  it('stays with a quiet server that sends heartbeats', async () => {
    const run = connect('/heartbeats?every=5', { silenceTimeout: 1000 })
    let beats = 0
    const { client } = run
    await until(() => client.lastActivityAt !== null && ++beats > 5)
    expect(client.status).toBe('open')
    expect(run.requests()).toHaveLength(1)
  })

  it('gives up an attempt that gets no head', async () => {
    const run = connect('/no-head', { connectTimeout: 30 })
    await until(() => run.requests().length >= 2)
    expect(run.errors[0]).toMatchObject({ code: 'connect-timeout' })
    expect(run.statuses).toContain('reconnecting timeout')
  })

  it('waits for a head that comes late', async () => {
    const run = connect('/slow-head?ms=30')
    await until(() => run.messages.length > 0)
    expect(run.errors).toEqual([])
  })

  it('tries again after a 503, and not after a 404', async () => {
    const busy = connect('/status?code=503')
    await until(() => busy.requests().length >= 3)
    expect(busy.errors[0]).toMatchObject({ code: 'http-status', status: 503, fatal: false })
    const missing = connect('/status?code=404')
    await until(() => missing.client.status === 'failed')
    expect(missing.requests()).toHaveLength(1)
    expect(missing.client.error).toMatchObject({ status: 404, fatal: true })
  })

  it('ends at a 204 and at a page', async () => {
    const empty = connect('/no-content')
    await until(() => empty.client.status === 'closed')
    expect(empty.client.reason).toBe('no-content')
    const page = connect('/wrong-type')
    await until(() => page.client.status === 'failed')
    expect(page.client.error).toMatchObject({ code: 'content-type' })
    expect([...empty.requests(), ...page.requests()]).toHaveLength(2)
  })

  it('follows redirects, with its headers', async () => {
    const run = connect('/redirect?to=/events', { initialLastEventId: '4' })
    await until(() => run.messages.length === 3)
    expect(indexes(run)).toEqual([5, 6, 7])
  })

  it('waits as long as the server asks', async () => {
    const run = connect('/retry?ms=50')
    const { client } = run
    await until(() => client.retryAt !== null)
    expect(client.retryAt! - client.lastActivityAt!).toBeGreaterThanOrEqual(50)
    await until(() => run.messages.length >= 2)
    client.close()
    expect(indexes(run).slice(0, 2)).toEqual([1, 2])
  })

  it('sends an id that is no ASCII as UTF-8', async () => {
    const run = connect('/echo', { initialLastEventId: 'é你😀' })
    await until(() => run.messages.length > 0)
    run.client.close()
    const sent = run.requests()[0]!.headers['last-event-id']!
    expect(Buffer.from(sent, 'latin1').toString()).toBe('é你😀')
  })

  it('ends an endless line, instead of keeping it', async () => {
    const run = connect('/endless-line', { maxMessageSize: 100_000 })
    await until(() => run.errors.length > 0)
    run.client.close()
    expect(run.errors[0]).toMatchObject({ code: 'message-too-large', fatal: false })
  })

  it('tries again when nobody listens', async () => {
    const gone = await startFaultServer()
    await gone.close()
    const errors: EventStreamError[] = []
    const client = createEventStreamClient(`${gone.url}/events?token=secret`, {
      reconnect: { ...QUICK, maxAttempts: 3 },
      onError: (error) => errors.push(error),
    })
    await until(() => client.status === 'failed')
    expect(errors.map(({ code }) => code)).toEqual(['network', 'network', 'attempts-exhausted'])
    expect(inspect(errors, { depth: 20 })).not.toContain('secret')
  })

  it('closes the connection with close()', async () => {
    const run = connect('/events')
    await until(() => run.messages.length === 3)
    expect(server.open).toBe(1)
    run.client.close()
    await until(() => server.open === 0)
    expect(run.client).toMatchObject({ status: 'closed', reason: 'user' })
  })

  it('loops over messages until break', async () => {
    const { client } = connect('/resume?until=20&every=5')
    const seen: number[] = []
    for await (const { data } of client) {
      seen.push((data as { index: number }).index)
      if (seen.length === 20) break
    }
    expect(seen).toEqual(upTo(20))
  })

  it('stops the server while it is paused', async () => {
    const run = connect('/endless-line', { maxMessageSize: Infinity })
    await until(() => run.client.lastActivityAt !== null)
    run.client.pause()
    const seen: (number | null)[] = []
    await until(() => seen.push(run.client.lastActivityAt) === 12)
    expect(new Set(seen.slice(6)).size).toBe(1)
  })

  describe('POST', () => {
    it('sends its body, and is complete at the end', async () => {
      const run = connect('/echo', {
        ...{ method: 'POST', body: JSON.stringify({ prompt: 'é' }), reconnect: undefined },
        headers: async () => ({ 'Content-Type': 'application/json', Authorization: 'Bearer 1' }),
      })
      await until(() => run.client.status === 'closed')
      expect(run.client.reason).toBe('complete')
      expect(run.messages[0]).toMatchObject({
        type: 'echo',
        data: {
          ...{ method: 'POST', body: '{"prompt":"é"}' },
          headers: { accept: 'text/event-stream', authorization: 'Bearer 1' },
        },
      })
      expect(run.requests()).toHaveLength(1)
    })

    it.each([
      ['/cut', {}],
      ['/status?code=503', {}],
      ['/no-head', { connectTimeout: 20 }],
      ['/silent', { silenceTimeout: 20 }],
    ])('is sent once to %s', async (path, options) => {
      const run = connect(path, { method: 'POST', reconnect: undefined, ...options })
      await until(() => run.client.status === 'failed')
      expect(run.requests()).toHaveLength(1)
      expect(run.client.retryAt).toBe(null)
    })
  })
})
