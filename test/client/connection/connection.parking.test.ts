// @vitest-environment node
/** A stream that nobody reads for 30 s gives its connection up, and comes back when it is read again: no loss. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { MAX_HOLD, messages, PAGE, useParkedStreams } from './parked-streams.ts'
import type { OpenDetails } from '../../../src/client/types.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const { start, startOpen, startParked } = useParkedStreams()
const FULL = Symbol('full')

type Step = (stream: TestStream) => Promise<void> | void

/** What a living stream can be doing, for as long as it likes. */
const LIVE: Record<string, Step> = {
  connecting: () => {},
  open: (stream) => stream.open(),
  reconnecting: (stream) => stream.request.refuse(),
  async 'second attempt'(stream) {
    await stream.request.refuse()
    await stream.advance(75_000)
  },
}

/** Who does not read, and what the status says of it when the connection is given up. */
const HOLDS: [string, symbol | undefined, 'user' | 'overflow'][] = [
  ['pause()', undefined, 'user'],
  ['backpressure', FULL, 'overflow'],
]

const startPatient = (options: TestStreamOptions = {}): Promise<TestStream> => {
  const reconnect = { initialDelay: 100_000, maxDelay: 100_000 }
  return start({ url: PAGE, connectTimeout: 0, reconnect, ...options })
}

const heard = ({ log }: TestStream): string[] => log.filter((line) => line.startsWith('message'))
const gaps = ({ log }: TestStream): string[] => log.filter((line) => line.startsWith('onGap'))
const openRequests = ({ requests }: TestStream): number =>
  requests.filter(({ isOpen }) => isOpen).length

describe.each(HOLDS)('a stream that %s holds', (_, hold, reason) => {
  it.each(Object.entries(LIVE))('gives up after 30 s while it is %s', async (__, reach) => {
    const stream = await startPatient()
    await reach(stream)
    const sent = stream.requests.length
    const errors = stream.errors.length
    const before = `${stream.client.status} ${stream.client.reason}`
    stream.client.pause(hold)
    await stream.advance(MAX_HOLD - 1)
    expect(`${stream.client.status} ${stream.client.reason}`).toBe(hold ? before : 'paused user')
    stream.takeLog()
    await stream.advance(1)
    expect(stream.client).toMatchObject({
      ...{ status: 'paused', reason, error: null, attempt: 0 },
      ...{ retryAt: null, disconnectedSince: null },
    })
    expect(stream.log).toEqual([`paused ${reason}`])
    expect(stream.live()).toEqual(['page listener'])
    await stream.advance(86_400_000)
    expect(stream.requests).toHaveLength(sent)
    expect(stream.errors).toHaveLength(errors)
  })

  it.each(Object.entries(LIVE))('connects at once when it is read again: %s', async (__, reach) => {
    const stream = await startPatient()
    await reach(stream)
    stream.client.pause(hold)
    await stream.advance(MAX_HOLD)
    const sent = stream.requests.length
    await stream.advance(60_000)
    stream.client.resume(hold)
    await stream.advance(0)
    expect(stream.requests).toHaveLength(sent + 1)
    expect(openRequests(stream)).toBe(1)
    expect(stream.client).toMatchObject({
      ...{ reason, error: null, attempt: 0, retryAt: null },
      disconnectedSince: stream.environment.now(),
    })
    await stream.open()
    expect(stream.client).toMatchObject({ status: 'open', reason: null })
  })

  it('counts the time down from when it gave up', async () => {
    const opens: Partial<OpenDetails>[] = []
    const stream = await startOpen({
      onOpen: ({ first, attempt, downMs }) => opens.push({ first, attempt, downMs }),
    })
    stream.client.pause(hold)
    await stream.advance(MAX_HOLD + 5000)
    stream.client.resume(hold)
    await stream.advance(70)
    await stream.open()
    expect(opens[1]).toEqual({ first: false, attempt: 0, downMs: 5070 })
  })

  it('delivers what waited before it connects, and does not ask for it again', async () => {
    const stream = await startOpen()
    await stream.request.push(messages(1))
    stream.client.pause(hold)
    await stream.request.push(messages(2, 3, 4))
    await stream.advance(MAX_HOLD)
    expect(stream.client).toMatchObject({ received: 1, lastEventId: '1' })
    stream.takeLog()
    stream.client.resume(hold)
    expect(heard(stream)).toEqual(['message message 2', 'message message 3', 'message message 4'])
    expect(stream.requests).toHaveLength(1)
    await settle()
    expect(stream.request.headers.get('Last-Event-ID')).toBe('4')
    await stream.open()
    expect(stream.client.duplicates).toBe(0)
    expect(gaps(stream)).toEqual([])
  })

  it('gives up no more after a break, however short', async () => {
    const stream = await startOpen()
    for (let count = 0; count < 3; count++) {
      stream.client.pause(hold)
      await stream.advance(MAX_HOLD - 1)
      stream.client.resume(hold)
    }
    expect(stream.client.status).toBe('open')
    expect(stream.requests).toHaveLength(1)
  })

  it('gives up again and again', async () => {
    const stream = await startOpen()
    for (let count = 1; count < 4; count++) {
      stream.client.pause(hold)
      await stream.advance(MAX_HOLD)
      expect(stream.client).toMatchObject({ status: 'paused', reason })
      expect(openRequests(stream)).toBe(0)
      stream.client.resume(hold)
      await stream.advance(0)
      await stream.open()
      expect(stream.requests).toHaveLength(count + 1)
    }
  })

  it('hears nothing more of a loss that waited', async () => {
    const stream = await startOpen()
    stream.client.pause(hold)
    await stream.request.cut()
    await stream.advance(MAX_HOLD)
    stream.client.resume(hold)
    await stream.advance(0)
    await stream.open()
    await stream.advance(60_000)
    expect(stream.errors).toEqual([])
    expect(stream.requests).toHaveLength(2)
  })

  it.each<[string, Step]>([
    ['open()', ({ client }) => client.open()],
    ['a network that is back', ({ page }) => page('offline', 'online')],
    ['a page that is seen', ({ page }) => page('hidden', 'visible')],
    ['a machine that wakes', ({ page }) => page('wake')],
  ])('is not brought back by %s', async (__, event) => {
    const stream = await startParked(hold)
    await event(stream)
    await stream.advance(60_000)
    expect(stream.client).toMatchObject({ status: 'paused', reason })
    expect(stream.requests).toHaveLength(1)
  })

  it('is ended by close() like any other: what waits is dropped, open() goes on before it', async () => {
    const stream = await startOpen()
    await stream.request.push(messages(1))
    stream.client.pause(hold)
    await stream.request.push(messages(2, 3))
    await stream.advance(MAX_HOLD)
    stream.takeLog()
    stream.client.close()
    expect(stream.log).toEqual(['closed user', 'onClose user'])
    expect(stream.live()).toEqual([])
    stream.client.resume(hold)
    await stream.advance(60_000)
    expect(stream.log).toHaveLength(2)
    expect(stream.requests).toHaveLength(1)
    stream.client.open()
    await settle()
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
    expect(stream.client.status).toBe('connecting')
  })

  it('connects to another URL at once, and gives that up after 30 s more', async () => {
    const stream = await startOpen()
    stream.client.pause(hold)
    await stream.request.push(messages(1))
    await stream.advance(MAX_HOLD)
    stream.client.setUrl('/other')
    await settle()
    expect(stream.request.url).toBe('https://page.test/other')
    expect(stream.client.status).toBe(hold ? 'connecting' : 'paused')
    await stream.open()
    await stream.advance(MAX_HOLD - 1)
    expect(stream.request.isOpen).toBe(true)
    await stream.advance(1)
    expect(stream.client).toMatchObject({ status: 'paused', reason })
    expect(openRequests(stream)).toBe(0)
    stream.client.resume(hold)
    expect(heard(stream)).toEqual([])
  })

  it('connects when it is enabled again, and gives that up after 30 s more', async () => {
    const stream = await startParked(hold)
    stream.client.setEnabled(false)
    expect(stream.client).toMatchObject({ status: 'idle', reason: 'disabled' })
    expect(stream.live()).toEqual([])
    await stream.advance(60_000)
    stream.client.setEnabled(true)
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
    await stream.open()
    await stream.advance(MAX_HOLD)
    expect(stream.client).toMatchObject({ status: 'paused', reason })
    expect(stream.live()).toEqual(['page listener'])
  })

  it('counts from open() when it was held before', async () => {
    const stream = await start({ url: PAGE, immediate: false })
    stream.client.pause(hold)
    await stream.advance(60_000)
    expect(stream.live()).toEqual([])
    stream.client.open()
    await stream.advance(0)
    await stream.open()
    await stream.advance(MAX_HOLD - 1)
    expect(stream.request.isOpen).toBe(true)
    await stream.advance(1)
    expect(stream.client).toMatchObject({ status: 'paused', reason })
  })

  it.each<[string, TestStreamOptions]>([
    ['a POST', { method: 'POST' }],
    ['what request makes a POST', { request: () => ({ method: 'POST' }) }],
  ])('keeps its connection when it may not ask again: %s', async (__, options) => {
    const stream = await startOpen(options)
    stream.client.pause(hold)
    await stream.request.push(messages(1))
    await stream.advance(86_400_000)
    expect(stream.client.status).toBe(hold ? 'open' : 'paused')
    expect(stream.request.isOpen).toBe(true)
    stream.client.resume(hold)
    await stream.request.push(messages(2))
    expect(heard(stream)).toHaveLength(2)
    expect(stream.requests).toHaveLength(1)
  })

  it.each<[string, TestStreamOptions]>([
    ['a POST that may be repeated', { method: 'POST', reconnect: true }],
    ['a GET that is not when it fails', { reconnect: false }],
  ])('gives up what it may ask for again: %s', async (__, options) => {
    const stream = await startParked(hold, options)
    expect(stream.client).toMatchObject({ status: 'paused', reason })
    expect(stream.request.isOpen).toBe(false)
    stream.client.resume(hold)
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
  })

  it('connects at once with reconnect()', async () => {
    const stream = await startOpen()
    stream.client.pause(hold)
    await stream.request.push(messages(1))
    await stream.advance(MAX_HOLD)
    stream.takeLog()
    stream.client.reconnect()
    // A pause ends with it; who takes no messages still takes none.
    expect(heard(stream)).toHaveLength(hold ? 0 : 1)
    await settle()
    expect(stream.requests).toHaveLength(2)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'user' })
    await stream.open()
    expect(stream.client.status).toBe('open')
    await stream.request.push(messages(1, 2))
    stream.client.resume(hold)
    await settle()
    expect(heard(stream)).toEqual(['message message 1', 'message message 2'])
  })
})
