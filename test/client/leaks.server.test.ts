/**
 * Nothing is left behind: no timer, no listener and no request on the client's side, and on the server's side every
 * request is cleaned up exactly once, however the stream ended.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { QUICK, until } from '../support/client-run.ts'
import { createCountedEnvironment } from '../support/counted-environment.ts'
import { bare, block, script } from '../support/fault-script.ts'
import { useServerRuns } from '../support/server-runs.ts'
import type { CountedEnvironment } from '../support/counted-environment.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { Run } from '../support/server-runs.ts'

const { connect, open, url } = useServerRuns()
let environment: CountedEnvironment
/** How many heads have come. */
let answers: number
/** Timers that the library sets behind the environment's back, or in the default one, and that are not over. */
let libraryTimers: Set<unknown>

beforeEach(() => {
  environment = createCountedEnvironment()
  answers = 0
  libraryTimers = new Set()
  watchTimers('setTimeout', 'clearTimeout')
  watchTimers('setInterval', 'clearInterval')
})
function watchTimers(
  set: 'setTimeout' | 'setInterval',
  clear: 'clearTimeout' | 'clearInterval',
): void {
  const { [set]: setTimer, [clear]: clearTimer } = globalThis
  vi.spyOn(globalThis, set).mockImplementation(((
    callback: () => void,
    delay: number,
    ...args: unknown[]
  ) => {
    const frames = `${new Error('where').stack}`.split('\n').slice(1)
    const caller = frames.find((frame) => !/node_modules|leaks\.server/.test(frame))
    if (!caller?.includes('/src/client/')) return setTimer(callback, delay, ...args)
    const timer = setTimer(() => {
      if (set === 'setTimeout') libraryTimers.delete(timer)
      callback()
    }, delay)
    libraryTimers.add(timer)
    return timer
  }) as typeof setTimeout)
  vi.spyOn(globalThis, clear).mockImplementation((timer) => {
    libraryTimers.delete(timer)
    clearTimer(timer as NodeJS.Timeout)
  })
}

function start(path: string, options: EventStreamClientOptions = {}): Run {
  const fetch: typeof environment.fetch = async (...request) => {
    const response = await environment.fetch(...request)
    answers++
    return response
  }
  return connect(path, { fetch, ...options, environment })
}

interface Leftovers {
  platform: ReturnType<CountedEnvironment['pending']>
  timers: number
  /** How often the server has cleaned up after each request. */
  cleanups: number[]
  /** Messages that came after the end. */
  late: number
}

const NOTHING: Omit<Leftovers, 'cleanups'> = {
  platform: { timers: 0, frames: 0, listeners: 0 },
  timers: 0,
  late: 0,
}

/** What there is of a stream right after its end, and at the server when that is done with it. */
async function leftovers({ client, requests }: Run): Promise<Leftovers> {
  const { received } = client
  const platform = environment.pending()
  const timers = libraryTimers.size
  await until(() => open() === 0 && requests().every(({ cleanups }) => cleanups > 0))
  const cleanups = requests().map((request) => request.cleanups)
  return { platform, timers, cleanups, late: client.received - received }
}

const isOpen = (run: Run): boolean => run.client.status === 'open'
const hasMessages = (run: Run): boolean => run.client.received > 0
const waits = (run: Run): boolean => run.client.retryAt !== null
const isAsked = (run: Run): boolean => run.requests().length > 0

/** Servers, and when the stream is left: what the server does at that moment. */
const SERVERS: [server: string, path: string, isReady: (run: Run) => boolean][] = [
  ['that is quiet', '/events', hasMessages],
  ['that has sent nothing but a head', '/silent', isOpen],
  ['that has not answered', '/no-head', isAsked],
  ['that sends heartbeats', '/heartbeats?every=1', isOpen],
  ['that sends as fast as it can', '/firehose', hasMessages],
  ['that sends whether anybody reads or not', '/blind-firehose?limit=16', hasMessages],
  ['that is in the middle of a line without end', '/endless-line', isOpen],
  ['that has ended', '/end', waits],
  ['that is busy', '/status?code=503', waits],
  ['whose error does not end', script({ status: 503, text: 'a', end: 'open' }), () => answers > 0],
]

/** Ways to leave a stream, with the status after it. */
const WAYS: [way: string, leave: (run: Run) => void, status: string][] = [
  ['close()', ({ client }) => client.close(), 'closed user'],
  ['setEnabled(false)', ({ client }) => client.setEnabled(false), 'idle disabled'],
  ['setUrl(null)', ({ client }) => client.setUrl(null), 'idle'],
]

describe.each(WAYS)('%s', (_, leave, status) => {
  it.each(SERVERS)('leaves nothing at a server %s', async (_server, path, isReady) => {
    const run = start(path, { reconnect: { initialDelay: 60_000, jitter: 0 } })
    await until(() => isReady(run))
    leave(run)
    expect(run.statuses.at(-1)).toBe(status)
    expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: [1] })
  })

  it('leaves nothing while headers() hangs', async () => {
    let signal: AbortSignal | undefined
    const run = start('/events', {
      headers: (context) => new Promise(() => void (signal = context.signal)),
    })
    await until(() => signal !== undefined)
    leave(run)
    expect(signal!.aborted).toBe(true)
    expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: [] })
  })

  it('leaves nothing while the stream is paused', async () => {
    const run = start('/firehose')
    await until(() => hasMessages(run))
    run.client.pause()
    leave(run)
    expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: [1] })
  })
})

describe('a stream that ends by itself', () => {
  it.each([
    ['until', script(`${block(1, 'a')}data: [DONE]\n\n${bare('never')}`), { until: '[DONE]' }, 1],
    ['until at a firehose', '/firehose', { until: ({ key }: { key: number }) => key === 1000 }, 1],
    ['204', '/no-content', {}, 1],
    ['204 after a stream', script(block(1, 'a'), { status: 204 }), {}, 2],
    ['404', '/status?code=404', {}, 1],
    ['404 with a body that does not end', '/endless-error?code=404', {}, 1],
    ['404 with a body that stops', script({ status: 404, text: 'a', end: 'open' }), {}, 1],
    ['a wrong type', '/wrong-type', {}, 1],
    ['401 twice', '/status?code=401', { headers: () => ({}) }, 2],
    ['too many attempts', '/end?count=0', { reconnect: { ...QUICK, maxAttempts: 3 } }, 3],
    ['a POST that is complete', '/echo', { method: 'POST', reconnect: undefined }, 1],
    ['a POST that is cut', '/cut', { method: 'POST', reconnect: undefined }, 1],
  ] as [string, string, EventStreamClientOptions, number][])(
    'leaves nothing: %s',
    async (_, path, options, count) => {
      const run = start(path, options)
      await until(() => ['closed', 'failed'].includes(run.client.status))
      expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: Array(count).fill(1) })
    },
  )
})

describe('close()', () => {
  it('leaves nothing when a handler calls it in the middle of a firehose', async () => {
    const run = start('/firehose')
    run.client.on('message', (_, { key }) => key === 500 && run.client.close())
    await until(() => run.client.status === 'closed')
    expect(run.messages).toHaveLength(500)
    expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: [1] })
  })

  it('leaves nothing when a loop over messages breaks, and the stream is closed', async () => {
    const run = start('/firehose')
    for await (const { key } of run.client) if (key > 2000) break
    run.client.close()
    expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: [1] })
  })
})

describe('setUrl()', () => {
  it('leaves nothing at the old server, and one connection at the new one', async () => {
    const run = start('/firehose')
    await until(() => hasMessages(run))
    run.client.setUrl(`${url()}/events?tag=${run.requests()[0]!.query.get('tag')}`)
    const before = run.messages.length
    await until(() => run.client.received === 3 && open() === 1)
    expect(run.messages.slice(before).map(({ lastEventId }) => lastEventId)).toEqual([
      ...['1', '2', '3'],
    ])
    await until(() => run.requests()[0]!.cleanups === 1)
    expect(run.requests().map(({ path, cleanups }) => [path, cleanups])).toEqual([
      ['/firehose', 1],
      ['/events', 0],
    ])
    run.client.close()
    expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: [1, 1] })
  })
})

describe('a run with cuts', () => {
  it('sets no timer that neither fires nor is taken back, and keeps few at a time', async () => {
    let most = 0
    const run = start('/resume?until=210&every=7', {
      onMessage: () => (most = Math.max(most, environment.pending().timers)),
    })
    await until(() => run.client.received === 210)
    expect(run.requests()).toHaveLength(30)
    expect(environment.pending().listeners).toBe(1)
    expect(most).toBeLessThanOrEqual(3)
    run.client.close()
    const { set, fired, cancelled } = environment.timers
    expect(set).toBeGreaterThanOrEqual(30)
    expect([fired + cancelled, environment.listeners]).toEqual([set, { added: 1, removed: 1 }])
    expect(await leftovers(run)).toEqual({ ...NOTHING, cleanups: Array(30).fill(1) })
  })
})
