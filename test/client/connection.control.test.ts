// @vitest-environment node
/** What the app and the page can do with a connection: `open`, `reconnect`, another URL, the network that is back. */
import { describe, expect, it } from 'vitest'
import { settle } from '../support/settle.ts'
import { useTestStreams } from '../support/test-streams.ts'
import type { TestStream } from '../support/test-streams.ts'

const start = useTestStreams()
const OTHER_URL = 'https://other.test/events'

/** Ways to each status, from a stream that has just started. */
const STATUSES: [string, (stream: TestStream) => Promise<void> | void][] = [
  ['connecting', () => {}],
  ['open', (stream) => stream.open()],
  ['reconnecting', (stream) => stream.request.refuse()],
  ['paused', ({ client }) => client.pause()],
  ['closed', ({ client }) => client.close()],
  ['failed', (stream) => stream.request.respond({ status: 404 })],
]

describe('open', () => {
  it.each(['connecting', 'open', 'reconnecting', 'paused'])(
    'does nothing when %s',
    async (status) => {
      const stream = await start()
      await STATUSES.find(([name]) => name === status)![1](stream)
      stream.takeLog()
      stream.client.open()
      await settle()
      expect(stream.client.status).toBe(status)
      expect(stream.log).toEqual([])
      expect(stream.requests).toHaveLength(1)
    },
  )

  it.each(['closed', 'failed'])('starts anew when %s', async (status) => {
    const stream = await start()
    await stream.request.refuse()
    await stream.advance(750)
    await STATUSES.find(([name]) => name === status)![1](stream)
    stream.takeLog()
    stream.client.open()
    expect(stream.client).toMatchObject({ status: 'connecting', attempt: 0, error: null })
    expect(stream.log).toEqual(['connecting'])
    await settle()
    expect(stream.requests).toHaveLength(3)
  })

  it('judges a page as a wrong URL again after close()', async () => {
    const stream = await start()
    await stream.open()
    stream.client.close()
    stream.client.open()
    await settle()
    await stream.request.respond({ contentType: 'text/html' })
    expect(stream.client.status).toBe('failed')
  })
})

describe('reconnect', () => {
  it.each(STATUSES)('connects at once when %s', async (_, reach) => {
    const stream = await start()
    await reach(stream)
    const old = stream.request
    stream.client.reconnect()
    await settle()
    expect(stream.requests).toHaveLength(2)
    expect(old.isOpen).toBe(false)
    expect(stream.client).toMatchObject({ reason: 'user', retryAt: null })
    await stream.open()
    expect(stream.client).toMatchObject({ status: 'open', reason: null })
  })

  it('connects when idle', async () => {
    const stream = await start({ immediate: false })
    stream.client.reconnect()
    await settle()
    expect(stream.client.status).toBe('connecting')
    expect(stream.requests).toHaveLength(1)
  })

  it('does nothing without a URL', async () => {
    const stream = await start({ url: null })
    stream.client.reconnect()
    await settle()
    expect(stream.client.status).toBe('idle')
    expect(stream.log).toEqual([])
  })

  it('is put off, not dropped, within a second of the last one', async () => {
    const stream = await start()
    stream.client.reconnect()
    await stream.advance(400)
    stream.client.reconnect()
    await stream.advance(599)
    expect(stream.client.retryAt).toBe(stream.environment.now() + 1)
    expect(stream.requests).toHaveLength(2)
    await stream.advance(1)
    expect(stream.requests).toHaveLength(3)
  })

  it('goes out once for many calls, a second after the first', async () => {
    const stream = await start()
    for (let index = 0; index < 10; index++) stream.client.reconnect()
    await stream.advance(999)
    expect(stream.requests).toHaveLength(1)
    await stream.advance(1)
    expect(stream.requests).toHaveLength(2)
    await stream.advance(5000)
    expect(stream.requests).toHaveLength(2)
  })

  it('goes out once a second when it is called all the time', async () => {
    const stream = await start()
    for (let ms = 0; ms < 10_000; ms += 300) {
      stream.client.reconnect()
      await stream.advance(300)
    }
    expect(stream.requests.length).toBeGreaterThanOrEqual(9)
    expect(stream.requests.length).toBeLessThanOrEqual(12)
  })

  it('drops the rest of the chunk when a handler calls it', async () => {
    let isFirst = true
    const stream = await start({
      onMessage() {
        if (isFirst) stream.client.reconnect()
        isFirst = false
      },
    })
    await stream.open()
    await stream.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    expect(stream.client.received).toBe(1)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
  })

  it('delivers what waited in a pause', async () => {
    const stream = await start()
    await stream.open()
    stream.client.pause()
    await stream.request.push('id: 1\ndata: 1\n\n')
    stream.client.reconnect()
    await settle()
    expect(stream.client.received).toBe(1)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
  })

  it('gives way to close() by a handler of what waited in a pause', async () => {
    const stream = await start({ onMessage: () => stream.client.close() })
    await stream.open()
    stream.client.pause()
    await stream.request.push('data: 1\n\ndata: 2\n\n')
    stream.client.reconnect()
    expect(stream.client).toMatchObject({ status: 'closed', received: 1 })
    expect(stream.live()).toEqual([])
  })

  it('hears nothing of the attempt it replaced, also when fetch ignores the signal', async () => {
    const stream = await start()
    stream.server.honoursSignal = false
    stream.client.reconnect()
    await stream.advance(1000)
    const old = stream.request
    stream.client.reconnect()
    await settle()
    stream.takeLog()
    await old.respond()
    await old.push('data: 1\n\n')
    expect(old.isCancelled).toBe(true)
    expect(stream.log).toEqual([])
    await stream.open()
    expect(stream.log).toEqual(['open', 'onOpen'])
  })
})

describe('the network that is back', () => {
  it('cuts a wait short', async () => {
    const stream = await start()
    await stream.request.refuse()
    await stream.online()
    expect(stream.requests).toHaveLength(2)
    expect(stream.client).toMatchObject({
      status: 'reconnecting',
      reason: 'network',
      retryAt: null,
    })
  })

  it('does so once a second at most', async () => {
    const stream = await start({ reconnect: { initialDelay: 10_000, jitter: 0 } })
    await stream.request.refuse()
    await stream.online()
    await stream.request.refuse()
    await stream.online()
    await stream.online()
    await stream.advance(999)
    expect(stream.requests).toHaveLength(2)
    await stream.advance(1)
    expect(stream.requests).toHaveLength(3)
  })

  it('puts no attempt off that is due sooner', async () => {
    const stream = await start({ reconnect: { initialDelay: 200, jitter: 0 } })
    await stream.request.refuse()
    await stream.online()
    await stream.request.refuse()
    await stream.online()
    await stream.advance(400)
    expect(stream.requests).toHaveLength(3)
  })

  it.each(['connecting', 'open', 'closed', 'failed'])('changes nothing when %s', async (status) => {
    const stream = await start()
    await STATUSES.find(([name]) => name === status)![1](stream)
    stream.takeLog()
    await stream.online()
    expect(stream.requests).toHaveLength(1)
    expect(stream.log).toEqual([])
  })
})

describe('setUrl', () => {
  it('leaves for the other URL at once, with everything anew', async () => {
    const stream = await start()
    await stream.open()
    await stream.request.push('id: 5\ndata: 1\n\n')
    const old = stream.request
    stream.takeLog()
    stream.client.setUrl(OTHER_URL)
    expect(old.isOpen).toBe(false)
    expect(stream.client).toMatchObject({
      ...{ status: 'connecting', reason: null, error: null, attempt: 0, received: 0 },
      ...{ lastEventId: '', message: null, lastActivityAt: null, retryAt: null },
    })
    await settle()
    expect(stream.request.url).toBe(OTHER_URL)
    expect(stream.request.headers.has('Last-Event-ID')).toBe(false)
    expect(stream.log).toEqual(['connecting'])
  })

  it('hears nothing of the old URL, also when fetch ignores the signal', async () => {
    const stream = await start()
    stream.server.honoursSignal = false
    stream.client.reconnect()
    await settle()
    const old = stream.request
    stream.client.setUrl(OTHER_URL)
    await settle()
    stream.takeLog()
    await old.respond({ status: 404 })
    expect(stream.log).toEqual([])
    await stream.open()
    expect(stream.client.status).toBe('open')
  })

  it('keeps a pause', async () => {
    const stream = await start()
    await stream.open()
    stream.client.pause()
    stream.takeLog()
    stream.client.setUrl(OTHER_URL)
    expect(stream.log).toEqual(['paused user'])
    await settle()
    await stream.open()
    await stream.request.push('data: 1\n\n')
    expect(stream.client).toMatchObject({ status: 'paused', received: 0 })
    stream.client.resume()
    await settle()
    expect(stream.client).toMatchObject({ status: 'open', received: 1 })
  })

  it('keeps the cursor that was set before there was a URL', async () => {
    const stream = await start({ url: null, initialLastEventId: '7' })
    stream.client.setUrl(OTHER_URL)
    await settle()
    expect(stream.request.headers.get('Last-Event-ID')).toBe('7')
  })

  it('goes on counting keys', async () => {
    const keys: number[] = []
    const stream = await start({ onMessage: ({ key }) => keys.push(key) })
    await stream.open()
    await stream.request.push('data: 1\n\n')
    stream.client.setUrl(OTHER_URL)
    await settle()
    await stream.open()
    await stream.request.push('data: 1\n\n')
    expect(keys).toEqual([1, 2])
  })

  it('does nothing with the same URL', async () => {
    const stream = await start()
    await stream.open()
    stream.takeLog()
    stream.client.setUrl('https://server.test/events')
    expect(stream.log).toEqual([])
    expect(stream.client.status).toBe('open')
  })

  it('is idle with null, and connects with the next URL', async () => {
    const stream = await start()
    await stream.open()
    stream.takeLog()
    stream.client.setUrl(null)
    expect(stream.log).toEqual(['idle'])
    expect(stream.live()).toEqual([])
    stream.client.open()
    stream.client.reconnect()
    expect(stream.client.status).toBe('idle')
    stream.client.setUrl(OTHER_URL)
    await settle()
    expect(stream.request.url).toBe(OTHER_URL)
  })

  it('connects a failed stream', async () => {
    const stream = await start()
    await stream.request.respond({ status: 404 })
    stream.client.setUrl(OTHER_URL)
    await settle()
    expect(stream.client).toMatchObject({ status: 'connecting', error: null })
  })

  it.each([
    ['that was closed', (stream: TestStream) => stream.client.close()],
    ['that is not enabled', (stream: TestStream) => stream.client.setEnabled(false)],
  ])('does not connect a stream %s', async (_, leave) => {
    const stream = await start()
    leave(stream)
    stream.client.setUrl(OTHER_URL)
    await settle()
    expect(stream.requests).toHaveLength(1)
    expect(stream.live()).toEqual([])
    stream.client.setEnabled(true)
    stream.client.open()
    await settle()
    expect(stream.request.url).toBe(OTHER_URL)
  })

  it('does not connect a stream that was never opened', async () => {
    const stream = await start({ immediate: false })
    stream.client.setUrl(OTHER_URL)
    await settle()
    expect(stream.client.status).toBe('idle')
    expect(stream.requests).toHaveLength(0)
  })
})

describe('setEnabled', () => {
  it('is idle while false, and goes on with the cursor after it', async () => {
    const stream = await start()
    await stream.open()
    await stream.request.push('id: 5\n\n')
    stream.takeLog()
    stream.client.setEnabled(false)
    expect(stream.client).toMatchObject({ status: 'idle', reason: 'disabled', lastEventId: '5' })
    expect(stream.log).toEqual(['idle disabled'])
    expect(stream.live()).toEqual([])
    stream.client.setEnabled(true)
    await settle()
    expect(stream.request.headers.get('Last-Event-ID')).toBe('5')
    expect(stream.client).toMatchObject({ status: 'connecting', reason: null })
  })

  it('lets open() and reconnect() wait until it is true', async () => {
    const stream = await start({ enabled: false })
    expect(stream.client.status).toBe('idle')
    stream.client.open()
    stream.client.reconnect()
    await settle()
    expect(stream.client.status).toBe('idle')
    expect(stream.requests).toHaveLength(0)
    stream.client.setEnabled(true)
    await settle()
    expect(stream.requests).toHaveLength(1)
  })

  it.each([
    ['closed', (stream: TestStream) => stream.client.close()],
    ['never opened', () => {}],
  ])('opens nothing that was %s', async (name, leave) => {
    const stream = await start({ immediate: name === 'closed' })
    leave(stream)
    const { status } = stream.client
    stream.client.setEnabled(false)
    stream.client.setEnabled(true)
    await settle()
    expect(stream.client.status).toBe(status)
    expect(stream.live()).toEqual([])
  })

  it.each(STATUSES)('does nothing when it is what it was: %s', async (status, reach) => {
    const stream = await start()
    await reach(stream)
    stream.takeLog()
    stream.client.setEnabled(true)
    expect(stream.client.status).toBe(status)
    expect(stream.log).toEqual([])
  })

  it('keeps no handler from its message when it is what it was', async () => {
    const seen: unknown[] = []
    const stream = await start({ onMessage: () => stream.client.setEnabled(true) })
    stream.client.on('message', (data) => seen.push(data))
    await stream.open()
    await stream.request.push('data: 1\n\n')
    expect(seen).toEqual([1])
  })
})
