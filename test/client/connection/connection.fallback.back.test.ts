// @vitest-environment node
/** Back from the fallback: when that fails, too, or the first transport gets one more try. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import {
  createFallbackStreams,
  MISSING,
  next,
  refuse,
  RETRY_AFTER,
  TRIAL,
} from './fallback-streams.ts'
import type { TestStream } from '../../support/test-streams.ts'

const { startWith, startOnFallback, startOpenOnFallback } = createFallbackStreams(useTestStreams())

describe('the fallback gives back', () => {
  it('after as many failures as it took, for one try of the first transport, and so on', async () => {
    const stream = await startOnFallback()
    for (let count = 0; count < 3; count++) {
      await refuse(stream, 2)
      expect(stream.client.transport).toBe('other')
      await refuse(stream, 1)
      expect(stream.client.transport).toBe('fetch')
      await refuse(stream, 1)
      expect(stream.client.transport).toBe('other')
    }
    expect(stream.client.status).toBe('reconnecting')
  })

  it('at once when it fails for good, and is not used again', async () => {
    const stream = await startOnFallback()
    await stream.request.respond({ status: 404 })
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'http' })
    expect(stream.errors.at(-1)).toMatchObject({ status: 404, fatal: false })
    await next(stream)
    expect(stream.client.transport).toBe('fetch')
    await refuse(stream, 6)
    expect(stream.client.transport).toBe('fetch')
    await stream.request.respond({ status: 404 })
    expect(stream.client).toMatchObject({ status: 'failed', error: { fatal: true } })
  })

  it('at once when it cannot be used, and is not used again', async () => {
    const stream = await startWith({ other: { transport: MISSING } })
    await refuse(stream, 3)
    expect(stream.client.transport).toBe('missing')
    await stream.advance(0)
    expect(stream.client).toMatchObject({ status: 'reconnecting', attempt: 4 })
    expect(stream.errors.at(-1)).toMatchObject({ code: 'unsupported', fatal: false })
    await next(stream)
    await refuse(stream, 6)
    expect(stream.client.transport).toBe('fetch')
    await stream.open()
    await stream.advance(3_600_000)
    expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
  })

  it('not when its attempts are exhausted: that is the end', async () => {
    const stream = await startWith({ reconnect: { jitter: 0, maxAttempts: 2 } })
    await refuse(stream, 1)
    await stream.request.refuse()
    await stream.advance(0)
    await stream.open()
    await stream.request.push('id: 1\ndata: 1\n\n')
    await stream.request.cut()
    await next(stream)
    await stream.request.refuse()
    await next(stream)
    await stream.request.refuse()
    expect(stream.client).toMatchObject({ transport: 'other', status: 'failed' })
    expect(stream.client.error).toMatchObject({ code: 'attempts-exhausted', fatal: true })
    expect(stream.live()).toEqual([])
  })
})

describe('the first transport gets one more try', () => {
  const RETURNS: [string, (stream: TestStream) => Promise<unknown>][] = [
    ['after five minutes', (stream) => stream.advance(RETRY_AFTER)],
    ['when the network is back', ({ page }) => page('offline', 'online')],
  ]
  /** What makes another attempt, or may make one. */
  const OTHERS: [string, (stream: TestStream) => Promise<unknown>][] = [
    ['a page that is hidden and seen', ({ page }) => page('hidden', 'visible')],
    ['a machine that wakes', ({ page }) => page('wake')],
    ['a page that comes back', ({ page }) => page('pagehide', 'pageshow')],
    ['a page that thaws', ({ page }) => page('freeze', 'resume')],
    [
      'a pause that is over',
      async ({ client, advance }) => {
        client.pause()
        await advance(30_000)
        client.resume()
      },
    ],
  ]

  it.each(RETURNS)('while the fallback is open: %s', async (_, event) => {
    const stream = await startOpenOnFallback()
    await stream.request.push('id: 7\ndata: 1\n\n')
    stream.takeLog()
    await event(stream)
    await stream.advance(0)
    expect(stream.client).toMatchObject({ transport: 'fetch', status: 'reconnecting', error: null })
    expect(stream.requests.filter(({ isOpen }) => isOpen)).toHaveLength(1)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('7')
    expect(stream.log).not.toContainEqual(expect.stringContaining('error'))
    await stream.open()
    expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
  })

  it.each(RETURNS)('and one failure is enough to go back: %s', async (_, event) => {
    const stream = await startOpenOnFallback()
    await event(stream)
    await stream.advance(0)
    await stream.request.refuse()
    await next(stream)
    expect(stream.client.transport).toBe('other')
  })

  it('while the fallback waits for its next attempt: when the network is back', async () => {
    const stream = await startOnFallback()
    await stream.request.refuse()
    await stream.page('offline', 'online')
    await stream.advance(0)
    expect(stream.client.transport).toBe('fetch')
    expect(stream.requests.filter(({ isOpen }) => isOpen)).toHaveLength(1)
  })

  it('while the page is away: when the network is back meanwhile', async () => {
    const stream = await startOpenOnFallback()
    await stream.page('pagehide', 'offline', 'online', 'pageshow')
    await stream.advance(0)
    expect(stream.client.transport).toBe('fetch')
  })

  it.each(OTHERS)('not before its time with %s', async (_, event) => {
    const stream = await startOpenOnFallback()
    await event(stream)
    await stream.advance(0)
    if (stream.client.status !== 'open') await stream.open()
    expect(stream.client).toMatchObject({ transport: 'other', status: 'open' })
  })

  it('with any attempt after its time, if the fallback is not open then', async () => {
    const stream = await startOpenOnFallback()
    await stream.page('pagehide')
    await stream.advance(RETRY_AFTER)
    await stream.page('pageshow')
    await stream.advance(0)
    expect(stream.client.transport).toBe('fetch')
  })

  it('half as often each time', async () => {
    const reconnect = { jitter: 0, initialDelay: 0, minDelay: 0 }
    const stream = await startOpenOnFallback({ reconnect })
    for (const minutes of [5, 10, 20, 40, 60, 60]) {
      await stream.request.push('data: 1\n\n')
      await stream.advance(minutes * 60_000 - 1)
      expect(stream.client.transport).toBe('other')
      await stream.advance(1)
      expect(stream.client.transport).toBe('fetch')
      await refuse(stream, 1)
      await stream.open()
      expect(stream.client.transport).toBe('other')
    }
  })

  it('and stays when it gets through', async () => {
    const stream = await startOpenOnFallback({ silenceTimeout: 0, other: { retryAfter: 10_000 } })
    await stream.advance(10_000)
    await stream.open()
    await stream.advance(2000)
    await stream.request.push('id: 8\ndata: 1\n\n')
    await stream.advance(3_600_000)
    expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
    await stream.request.cut()
    await next(stream)
    await refuse(stream, 2)
    expect(stream.client.transport).toBe('fetch')
  })

  it('and stays also where nothing flows but heartbeats', async () => {
    const stream = await startOpenOnFallback()
    await stream.page('offline', 'online')
    await stream.advance(0)
    await stream.open()
    for (let count = 0; count < 10; count++) {
      await stream.request.push(':\n')
      await stream.advance(15_000)
    }
    await stream.request.cut()
    await next(stream)
    await refuse(stream, 2)
    expect(stream.client.transport).toBe('fetch')
  })

  it('for five seconds at most: until the head, and until a byte after it', async () => {
    const stream = await startOpenOnFallback()
    await stream.advance(RETRY_AFTER)
    expect(stream.delays()).toEqual([TRIAL])
    await stream.advance(TRIAL)
    expect(stream.client).toMatchObject({ transport: 'other', reason: 'timeout' })
    await stream.open()
    await stream.page('offline', 'online')
    await stream.advance(0)
    await stream.open()
    expect(stream.client.transport).toBe('fetch')
    await stream.advance(TRIAL)
    expect(stream.client).toMatchObject({ transport: 'other', reason: 'silence' })
    expect(stream.errors.map(({ message }) => message).slice(-2)).toEqual([
      ...['No answer in 5000 ms.', 'No byte in 5000 ms.'],
    ])
  })

  it('when the fallback opens, if the network is back while it connects', async () => {
    const stream = await startOnFallback()
    await stream.page('offline', 'online')
    expect(stream.client.transport).toBe('other')
    await stream.open()
    await stream.advance(1000)
    expect(stream.client.transport).toBe('fetch')
  })

  it('soon after a server that was just not there', async () => {
    const stream = await startWith()
    await refuse(stream, 3)
    await stream.open()
    expect(stream.client.transport).toBe('other')
    await stream.advance(TRIAL)
    expect(stream.client.transport).toBe('fetch')
    await stream.open()
    await stream.request.push(':\n')
    await stream.advance(TRIAL)
    expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
  })

  it.each([0, 0.5, 0.999])(
    'within seconds of a restart of the server, with default options: chance %d',
    async (chance) => {
      const stream = await startWith({ reconnect: undefined })
      stream.chance = chance
      await stream.open()
      await stream.request.push('id: 1\ndata: 1\n\n')
      await stream.advance(60_000)
      await stream.request.push(':\n')
      await stream.request.cut()
      let openAfter = 0
      for (let ms = 0; ms < 12_000; ms += 100) {
        const { status, retryAt, transport } = stream.client
        if (status === 'open') openAfter ||= ms
        else if (retryAt === null && ms < 4000) await stream.request.refuse()
        else if (retryAt === null) {
          await stream.open()
          await stream.request.push(`: ${transport}\n`)
        }
        await stream.advance(100)
      }
      // The last attempt that failed, and the wait after it.
      expect(openAfter).toBeLessThan(4000 + 4000 + 500)
      expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open', error: null })
      await stream.advance(30_000)
      await stream.request.push(':\n')
      expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
      expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
    },
  )

  it('also when it is mute again', async () => {
    const stream = await startOpenOnFallback()
    await stream.advance(RETRY_AFTER)
    await stream.open()
    await stream.advance(TRIAL)
    expect(stream.client.transport).toBe('other')
  })

  it.each<[string, (stream: TestStream) => void]>([
    ['reconnect()', ({ client }) => client.reconnect()],
    [
      'open() after close()',
      ({ client }) => {
        client.close()
        client.open()
      },
    ],
    [
      'setEnabled()',
      ({ client }) => {
        client.setEnabled(false)
        client.setEnabled(true)
      },
    ],
  ])('and all its attempts, where the app asks for it: %s', async (_, ask) => {
    const stream = await startOpenOnFallback({ reconnect: { jitter: 0, factor: 1 } })
    ask(stream)
    await stream.advance(0)
    expect(stream.client.transport).toBe('fetch')
    await refuse(stream, 2)
    expect(stream.client.transport).toBe('fetch')
    await refuse(stream, 1)
    expect(stream.client.transport).toBe('other')
  })

  it('not once the stream is closed', async () => {
    const stream = await startOpenOnFallback()
    stream.client.close()
    expect(stream.live()).toEqual([])
    await stream.advance(RETRY_AFTER)
    expect(stream.client.transport).toBe('other')
  })
})
