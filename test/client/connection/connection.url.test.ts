// @vitest-environment node
/** Another URL, and being enabled: what the app asked for last holds for what comes next. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { STATUSES, useTestStreams } from '../../support/test-streams.ts'
import type { TestStream } from '../../support/test-streams.ts'

const start = useTestStreams()
const OTHER_URL = 'https://other.test/events'

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
