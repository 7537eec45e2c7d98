/** A fallback where it is needed: the playground's server behind a real nginx that holds streams back, and then does not. */
import { expect, it, onTestFinished } from 'vitest'
import { pollingTransport } from '../../src/client/transports/polling-transport.ts'
import { postJson, startApi } from '../playground/server/support/api-server.ts'
import { startRun, until } from '../support/client-run.ts'
import { describeWithNginx } from '../support/nginx.ts'
import { STREAM, setUp, startBefore } from '../support/nginx-bench.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { ApiServer } from '../playground/server/support/api-server.ts'
import type { ClientRun } from '../support/client-run.ts'

/** As if the app did not know that header. */
const HOLDING_BACK = 'proxy_ignore_headers X-Accel-Buffering;'
const SINCE = '/api/news/since'
const CONNECT_TIMEOUT_MS = 500
const POLL_INTERVAL_MS = 100

interface FallbackRun extends ClientRun {
  /** The path of every request so far. */
  readonly paths: string[]
  /** What has arrived, by number. */
  numbers(): number[]
}

function start(
  url: string,
  { fallback, ...options }: Omit<EventStreamClientOptions, 'fallback'> & { fallback?: object } = {},
): FallbackRun {
  const paths: string[] = []
  const run = startRun(url + STREAM, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    fetch(input, init) {
      paths.push(new URL(input).pathname)
      return fetch(input, init)
    },
    fallback: {
      transport: pollingTransport({ url: url + SINCE, interval: POLL_INTERVAL_MS }),
      ...fallback,
    },
    ...options,
  })
  onTestFinished(() => run.client.close())
  const numbers = (): number[] =>
    run.messages.map(({ data }) => Number((data as { headline: string }).headline))
  return { ...run, paths, numbers }
}

const startNews = (env: Record<string, string> = {}): Promise<ApiServer> =>
  startApi({ HEARTBEAT_MS: '60000', MESSAGES_PER_10_S: '1000', ...env })

/** Stories whose headlines are numbers. */
async function publish({ url }: ApiServer, from: number, to: number, chars = 0): Promise<void> {
  for (let number = from; number <= to; number++) {
    const story = { category: 'sports', headline: `${number}`, summary: 'x'.repeat(chars) }
    expect((await postJson(`${url}/api/news`, story)).status).toBe(201)
  }
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

/** All of them, in order, each once, and each under an id of its own. */
async function expectAll(run: FallbackRun, last: number): Promise<void> {
  await until(() => run.numbers().includes(last))
  expect(run.numbers()).toEqual(upTo(last))
  expect(new Set(run.messages.map(({ lastEventId }) => lastEventId)).size).toBe(last)
  expect([run.client.duplicates, run.gaps, run.reported]).toEqual([0, [], []])
}

describeWithNginx('a fallback behind an nginx that buffers', () => {
  it('takes over when no head comes, says what may be behind it, and loses nothing', async () => {
    const api = await startNews()
    const { url } = await startBefore(api.url, { config: 'buffering', location: HOLDING_BACK })
    await publish(api, 1, 3)
    const run = start(url)
    await publish(api, 4, 6)
    expect([run.client.status, run.client.transport, run.numbers()]).toEqual([
      'connecting',
      'fetch',
      [],
    ])
    await until(() => run.client.status === 'open')
    expect(run.client.transport).toBe('polling')
    await publish(api, 7, 12)
    await expectAll(run, 12)
    expect(run.errors).toMatchObject([{ code: 'connect-timeout', fatal: false }])
    expect(run.errors[0]!.hint).toMatch(/proxy/)
    expect(run.paths.filter((path) => path === STREAM)).toHaveLength(1)
    expect(run.statuses).toEqual(['connecting', 'reconnecting timeout', 'open'])
  })

  it('takes over when most of a replay comes, and of the rest not even the head', async () => {
    const api = await startNews()
    const { url } = await startBefore(api.url, { config: 'buffering', location: HOLDING_BACK })
    await publish(api, 1, 20, 400)
    const run = start(url, { silenceTimeout: 300 })
    await until(() => run.client.transport === 'polling' && run.client.status === 'open')
    await publish(api, 21, 25)
    await expectAll(run, 25)
    expect(run.errors.map(({ code }) => code)).toEqual(['silence', 'connect-timeout'])
  })

  it('takes over when of three replays only the beginning comes, though each brings something new', async () => {
    const { app, nginx } = await setUp({ config: 'buffering' })
    const run = start(nginx.url, { silenceTimeout: 200 })
    const story = (number: number): string =>
      `id: ${number}\nevent: sports\ndata: {"headline":"${number}","summary":"${'x'.repeat(400)}"}\n\n`
    let last = 0
    for (let tries = 1; tries <= 3; tries++) {
      const { request, open, write } = await app.next()
      const after = Number(request.headers['last-event-id'] ?? 0)
      // More than nginx passes on, and not so much more that it passes on twice.
      last = after + 11
      open()
      write(upTo(last).slice(after).map(story).join(''))
      await until(() => run.numbers().length > after)
      expect(run.numbers().at(-1)).toBeLessThan(last)
    }
    const poll = await app.next()
    expect(poll.request.url).toBe(SINCE)
    const rest = upTo(last).slice(Number(poll.request.headers['last-event-id']))
    const messages = rest.map((id) => ({ id, type: 'sports', data: { headline: `${id}` } }))
    poll.open({ 'Content-Type': 'application/json' })
    poll.end(JSON.stringify({ messages }))
    await expectAll(run, last)
    expect(run.errors.map(({ code }) => code)).toEqual(['silence', 'silence', 'silence'])
    expect(run.client.transport).toBe('polling')
  })

  it('gives way when the proxy has been mended, and nothing is lost', async () => {
    const api = await startNews()
    const held = await startBefore(api.url, { config: 'buffering', location: HOLDING_BACK })
    const run = start(held.url, { fallback: { retryAfter: 1000 } })
    await publish(api, 1, 3)
    await until(() => run.client.status === 'open')
    expect(run.client.transport).toBe('polling')
    await publish(api, 4, 6)
    await held.close()
    await publish(api, 7, 9)
    const pickPort = async (): Promise<number> => Number(new URL(held.url).port)
    await startBefore(api.url, { config: 'documented', pickPort })
    await until(() => run.client.transport === 'fetch' && run.client.status === 'open', 10_000)
    await publish(api, 10, 12)
    await expectAll(run, 12)
    expect([run.client.transport, run.client.error]).toEqual(['fetch', null])
  })

  it('gives way at once to reconnect()', async () => {
    const api = await startNews()
    const held = await startBefore(api.url, { config: 'buffering', location: HOLDING_BACK })
    const run = start(held.url)
    await publish(api, 1, 3)
    await until(() => run.client.status === 'open')
    expect(run.client.transport).toBe('polling')
    await held.close()
    await publish(api, 4, 6)
    const pickPort = async (): Promise<number> => Number(new URL(held.url).port)
    await startBefore(api.url, { config: 'documented', pickPort })
    run.client.reconnect()
    await until(() => run.client.status === 'open' && run.client.transport === 'fetch')
    await publish(api, 7, 9)
    await expectAll(run, 9)
  })

  it('gives way now and then to a stream that still does not get through, and nothing is lost', async () => {
    const api = await startNews()
    const { url } = await startBefore(api.url, { config: 'buffering', location: HOLDING_BACK })
    const run = start(url, { connectTimeout: 200, fallback: { retryAfter: 200 } })
    const tries = (): number => run.paths.filter((path) => path === STREAM).length
    let told = 0
    while (tries() < 3) {
      await publish(api, ++told, told)
      await until(() => run.numbers().length === told)
    }
    await until(() => run.client.status === 'open')
    await expectAll(run, told)
    expect(run.errors.every(({ code }) => code === 'connect-timeout')).toBe(true)
  })
})

describeWithNginx('polls behind an nginx that caches', () => {
  const CACHE = 'proxy_cache cache; proxy_cache_valid 200 1m;'

  it.each([
    ['that buffers', { config: 'buffering', location: CACHE }],
    ['with docs/nginx.conf', { config: 'documented', http: CACHE }],
  ] as const)('%s are answered anew each time', async (_, options) => {
    const api = await startNews()
    const { url } = await startBefore(api.url, options)
    const run = start(url, { transport: pollingTransport({ url: url + SINCE, interval: 100 }) })
    for (let number = 1; number <= 3; number++) {
      await publish(api, number, number)
      await until(() => run.numbers().length === number)
    }
    await expectAll(run, 3)
    expect(run.client.transport).toBe('polling')
  })
})

describeWithNginx('a fallback behind docs/nginx.conf', () => {
  it('is never needed, however quiet the stream is', async () => {
    const api = await startNews({ HEARTBEAT_MS: '50' })
    const { url } = await startBefore(api.url, { config: 'documented' })
    const muteAfter = 200
    const run = start(url, { fallback: { muteAfter } })
    await until(() => run.client.status === 'open')
    const openedAt = run.client.lastActivityAt ?? Date.now()
    await until(() => run.client.lastActivityAt! > openedAt + 3 * muteAfter)
    await publish(api, 1, 5)
    await expectAll(run, 5)
    expect([run.client.transport, run.errors, run.paths]).toEqual(['fetch', [], [STREAM]])
  })

  it('takes over from a head that nothing follows', async () => {
    const { app, nginx } = await setUp({ config: 'documented' })
    const run = start(nginx.url, { fallback: { muteAfter: 200 } })
    const stream = await app.next()
    stream.open()
    await until(() => run.client.status === 'open')
    expect(run.client.transport).toBe('fetch')
    const poll = await app.next()
    expect(poll.request.url).toBe(SINCE)
    poll.open({ 'Content-Type': 'application/json' })
    poll.end('{"messages":[{"id":"1","type":"sports","data":{"headline":"1"}}]}')
    await until(() => run.numbers().length === 1)
    await until(() => stream.isClosed)
    expect((await app.next()).request.headers['last-event-id']).toBe('1')
    expect(run.client.transport).toBe('polling')
    expect(run.errors).toMatchObject([{ code: 'silence' }])
    expect(run.errors[0]!.hint).toMatch(/buffering by a proxy/)
  })
})
