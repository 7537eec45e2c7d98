// @vitest-environment node
/** After a sleep and without a network: what may be dead is doubted, a wait is cut short, and nothing is torn down. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { PageEvent } from '../../../src/client/environment.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const HIDDEN_MS = 30_000
const DOUBT_MS = 2000

async function startOpen(options: TestStreamOptions = {}): Promise<TestStream> {
  const stream = await start({ url: 'https://page.test/events', ...options })
  await stream.open()
  stream.takeLog()
  return stream
}

describe('a connection that may have died', () => {
  const DOUBTS: [string, (stream: TestStream) => Promise<void>][] = [
    ['wake', (stream) => stream.page('wake')],
    ['online', (stream) => stream.page('online')],
    [
      'visible after 30 s',
      async (stream) => {
        await stream.page('hidden')
        await stream.advance(HIDDEN_MS)
        await stream.page('visible')
      },
    ],
  ]
  it.each(DOUBTS.slice(0, 2))(
    'is not doubted when the app pauses and leaves it just then: %s',
    async (_, doubt) => {
      let isReady = false
      const stream = await start({
        url: 'https://page.test/events',
        silenceTimeout: 0,
        onStatus() {
          // It is told that no attempt counts as failed any more.
          if (!isReady || stream.client.attempt > 0) return
          isReady = false
          stream.client.reconnect()
          stream.client.pause()
        },
      })
      await stream.request.refuse()
      await stream.advance(750)
      await stream.open()
      expect(stream.client.attempt).toBe(1)
      isReady = true
      await doubt(stream)
      expect(stream.requests).toHaveLength(3)
      await stream.advance(DOUBT_MS)
      expect(stream.requests).toHaveLength(3)
      expect(stream.requests.filter(({ isOpen }) => isOpen)).toHaveLength(1)
    },
  )

  it.each(DOUBTS)('is opened anew without a byte within 2 s: %s', async (_, doubt) => {
    const stream = await startOpen({ silenceTimeout: 0 })
    await stream.advance(5000)
    stream.takeLog()
    await doubt(stream)
    await stream.advance(DOUBT_MS - 1)
    expect(stream.client.status).toBe('open')
    await stream.advance(1)
    expect(stream.log).toEqual(['reconnecting silence', 'error silence'])
    expect(stream.client).toMatchObject({ attempt: 0, retryAt: null })
    expect(stream.requests.map(({ isOpen }) => isOpen)).toEqual([false, true])
  })

  it.each(DOUBTS)('is well with a byte within 2 s: %s', async (_, doubt) => {
    const stream = await startOpen({ silenceTimeout: 0 })
    await doubt(stream)
    await stream.advance(DOUBT_MS - 1)
    await stream.request.push(':\n')
    await stream.advance(3_600_000)
    expect(stream.requests).toHaveLength(1)
  })

  it.each(DOUBTS)('is left alone where nothing may be repeated: %s', async (_, doubt) => {
    for (const options of [{ reconnect: false }, { method: 'POST' }]) {
      const stream = await startOpen(options)
      await doubt(stream)
      await stream.advance(DOUBT_MS)
      expect(stream.client.status).toBe('open')
    }
  })

  it.each(['offline', 'visible', 'hidden', 'resume', 'pageshow'] as PageEvent[])(
    'is not doubted for %s',
    async (event) => {
      const stream = await startOpen()
      await stream.page(event)
      await stream.advance(10_000)
      expect(stream.log).toEqual([])
      expect(stream.requests).toHaveLength(1)
    },
  )

  it.each(DOUBTS)('is opened anew at the latest 2 s after a pause: %s', async (_, doubt) => {
    const stream = await startOpen({ silenceTimeout: 0 })
    stream.client.pause()
    await doubt(stream)
    await stream.advance(10_000)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user' })
    stream.client.resume()
    await stream.advance(DOUBT_MS)
    expect(stream.requests).toHaveLength(2)
    await stream.open()
    expect(stream.client.status).toBe('open')
  })
})

describe('an attempt from before a sleep', () => {
  it('is replaced at once, with no error', async () => {
    const stream = await start()
    const [old] = stream.requests
    await stream.page('wake')
    expect(stream.requests).toHaveLength(2)
    expect(old!.isOpen).toBe(false)
    expect(stream.errors).toEqual([])
    await stream.open()
    expect(stream.client.status).toBe('open')
  })

  it('is replaced once a second at most', async () => {
    const stream = await start({ connectTimeout: 0 })
    await stream.page('wake', 'wake', 'wake')
    expect(stream.requests).toHaveLength(2)
    await stream.advance(999)
    expect(stream.requests).toHaveLength(2)
    await stream.advance(60_000)
    expect(stream.requests).toHaveLength(3)
  })

  it('is replaced when somebody looks after a long time', async () => {
    const stream = await start({ connectTimeout: 0 })
    await stream.page('hidden')
    await stream.advance(HIDDEN_MS)
    await stream.page('visible')
    expect(stream.requests).toHaveLength(2)
  })

  it.each<TestStreamOptions>([{ method: 'POST' }, { reconnect: false }])(
    'is left alone where nothing may be repeated: %j',
    async (options) => {
      const stream = await start(options)
      await stream.page('wake')
      expect(stream.requests).toHaveLength(1)
      await stream.open()
      expect(stream.client.status).toBe('open')
    },
  )

  it.each(['online', 'visible', 'offline', 'hidden'] as PageEvent[])(
    'is left alone for %s',
    async (event) => {
      const stream = await start()
      await stream.page(event)
      expect(stream.requests).toHaveLength(1)
    },
  )
})

describe('a wait', () => {
  const startWaiting = async (): Promise<TestStream> => {
    const stream = await start({ reconnect: { initialDelay: 20_000, jitter: 0 } })
    await stream.request.refuse()
    return stream
  }

  it.each(['online', 'visible', 'wake'] as PageEvent[])('is cut short by %s', async (event) => {
    const stream = await startWaiting()
    await stream.page(event)
    expect(stream.requests).toHaveLength(2)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network', attempt: 1 })
    await stream.request.refuse()
    await stream.page(event)
    expect(stream.client.retryAt).toBe(stream.environment.now() + 1000)
    await stream.advance(1000)
    expect(stream.requests).toHaveLength(3)
  })

  it.each(['offline', 'hidden', 'resume', 'pageshow'] as PageEvent[])(
    'is not cut short by %s',
    async (event) => {
      const stream = await startWaiting()
      await stream.page(event)
      expect(stream.requests).toHaveLength(1)
    },
  )

  it('is over as soon as the machine wakes that slept through its end', async () => {
    const stream = await startWaiting()
    await stream.sleep(3_600_000)
    expect(stream.requests).toHaveLength(2)
  })
})

describe('a network that is gone', () => {
  it('is the reason of what it breaks, and changes nothing by itself', async () => {
    const stream = await startOpen()
    await stream.page('offline')
    expect(stream.log).toEqual([])
    await stream.request.cut()
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'offline' })
    expect(stream.errors[0]).toMatchObject({ code: 'network' })
    await stream.page('online')
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'offline' })
    await stream.request.refuse()
    expect(stream.client.reason).toBe('network')
  })

  it('is known from the start', async () => {
    const stream = await start({ immediate: false })
    await stream.page('offline')
    stream.client.open()
    await settle()
    await stream.request.refuse()
    expect(stream.client.reason).toBe('offline')
  })

  it('is no reason for what has its own', async () => {
    const stream = await start()
    await stream.page('offline')
    await stream.request.respond({ status: 503 })
    expect(stream.client.reason).toBe('http')
  })

  it('is the reason of a failure, too', async () => {
    const stream = await startOpen({ method: 'POST' })
    await stream.page('offline')
    await stream.request.cut()
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'offline' })
  })
})
