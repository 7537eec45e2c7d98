// @vitest-environment node
/** What the app and the page can do with a connection: `open`, `reconnect`, the network that is back. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { STATUSES, useTestStreams } from '../../support/test-streams.ts'

const start = useTestStreams()

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

  it('counts as being down from then on', async () => {
    const downs: number[] = []
    const stream = await start({ onOpen: ({ downMs }) => downs.push(downMs) })
    await stream.open()
    await stream.advance(1000)
    stream.client.reconnect()
    expect(stream.client.disconnectedSince).toBe(stream.environment.now())
    await stream.advance(30)
    await stream.open()
    expect(downs).toEqual([0, 30])
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

  it('keeps no handler from the message in whose handler it is called', async () => {
    const heard: string[] = []
    let isFirst = true
    const stream = await start({
      onMessage() {
        if (isFirst) stream.client.reconnect()
        isFirst = false
      },
      on: { message: (data) => heard.push(`type ${data}`) },
    })
    stream.client.on('*', ({ data }) => heard.push(`any ${data}`))
    await stream.open()
    await stream.request.push('id: 1\ndata: 1\n\n')
    expect(heard).toEqual(['type 1', 'any 1'])
  })

  it('waits a second at most, also when the clock is set back', async () => {
    let now = 5_000_000
    const stream = await start({ environment: { now: () => now } })
    await stream.open()
    stream.client.reconnect()
    now -= 3_600_000
    stream.client.reconnect()
    expect(stream.delays()[0]).toBeLessThanOrEqual(1000)
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
    await stream.page('online')
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
    await stream.page('online')
    await stream.request.refuse()
    await stream.page('online')
    await stream.page('online')
    await stream.advance(999)
    expect(stream.requests).toHaveLength(2)
    await stream.advance(1)
    expect(stream.requests).toHaveLength(3)
  })

  it('puts no attempt off that is due sooner', async () => {
    const stream = await start({ reconnect: { initialDelay: 200, jitter: 0 } })
    await stream.request.refuse()
    await stream.page('online')
    await stream.request.refuse()
    await stream.page('online')
    await stream.advance(400)
    expect(stream.requests).toHaveLength(3)
  })

  it.each(['connecting', 'open', 'closed', 'failed'])('changes nothing when %s', async (status) => {
    const stream = await start()
    await STATUSES.find(([name]) => name === status)![1](stream)
    stream.takeLog()
    await stream.page('online')
    expect(stream.requests).toHaveLength(1)
    expect(stream.log).toEqual([])
  })
})
