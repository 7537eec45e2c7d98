// @vitest-environment node
/** Several reasons to give a connection up, or to keep it away: readers, the page, and a transport that is full. */
import { describe, expect, it } from 'vitest'
import { MAX_HOLD, messages, PAGE, useParkedStreams } from './parked-streams.ts'
import type { TestStream } from '../../support/test-streams.ts'

const { start, startOpen, startParked } = useParkedStreams()
const FULL = Symbol('full')

const heard = ({ log }: TestStream): string[] => log.filter((line) => line.startsWith('message'))
const openRequests = ({ requests }: TestStream): number =>
  requests.filter(({ isOpen }) => isOpen).length

describe('several that hold', () => {
  it('give up 30 s after the first of them, and come back after the last', async () => {
    const other = Symbol('other')
    const stream = await startOpen()
    stream.client.pause(FULL)
    await stream.advance(20_000)
    stream.client.pause(other)
    stream.client.resume(FULL)
    stream.client.pause()
    await stream.advance(10_000)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user' })
    expect(openRequests(stream)).toBe(0)
    stream.client.resume()
    await stream.advance(60_000)
    expect(stream.requests).toHaveLength(1)
    stream.client.resume(other)
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
  })

  it('show a pause over anything else', async () => {
    const stream = await startParked(FULL)
    stream.client.pause()
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user' })
    stream.client.resume()
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
  })

  it('keep the connection away when what waits brings one of them back', async () => {
    const stream = await startOpen({
      onMessage: ({ data }) => data === 2 && stream.client.pause(FULL),
    })
    stream.client.pause()
    await stream.request.push(messages(1, 2, 3))
    await stream.advance(MAX_HOLD)
    stream.client.resume()
    await stream.advance(0)
    expect(heard(stream)).toHaveLength(2)
    expect(stream.client.status).toBe('paused')
    expect(stream.requests).toHaveLength(1)
    stream.client.resume(FULL)
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('3')
  })
})

describe('reconnect() of a stream that somebody holds', () => {
  it('connects, and is given up again after 30 s', async () => {
    const stream = await startParked(FULL)
    stream.client.reconnect()
    await stream.advance(0)
    await stream.open()
    expect(stream.request.reads).toBe(0)
    await stream.advance(MAX_HOLD - 1)
    expect(stream.client.status).toBe('open')
    await stream.advance(1)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    expect(openRequests(stream)).toBe(0)
  })

  it('is given up again after 30 s, also when it does not get through', async () => {
    const stream = await startParked(FULL)
    stream.client.reconnect()
    await stream.advance(MAX_HOLD)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow', error: null })
    expect(openRequests(stream)).toBe(0)
  })

  it('has what is left of the 30 s when it was not given up', async () => {
    const stream = await startOpen()
    stream.client.pause(FULL)
    await stream.advance(20_000)
    stream.client.reconnect()
    await stream.advance(0)
    await stream.open()
    await stream.advance(9999)
    expect(stream.client.status).toBe('open')
    await stream.advance(1)
    expect(stream.client.status).toBe('paused')
  })

  it('connects again when its page comes back: it is not given up any more', async () => {
    const stream = await startParked(FULL)
    stream.client.reconnect()
    await stream.advance(0)
    await stream.open()
    await stream.page('pagehide', 'pageshow')
    expect(stream.requests).toHaveLength(3)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'pagehide' })
  })

  it('asks for nothing that waits', async () => {
    const stream = await startOpen({ dedupe: false })
    stream.client.pause(FULL)
    await stream.request.push(messages(1, 2, 3))
    await stream.advance(MAX_HOLD)
    stream.client.reconnect()
    await stream.advance(0)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('3')
    await stream.open()
    stream.client.resume(FULL)
    await stream.request.push(messages(4))
    expect(heard(stream)).toEqual([1, 2, 3, 4].map((id) => `message message ${id}`))
  })
})

describe('a page that is away at the same time', () => {
  it.each(['the page', 'the reader'])(
    '%s comes back first: the other one is waited for',
    async (first) => {
      const stream = await startParked(FULL)
      await stream.page('pagehide')
      expect(stream.client).toMatchObject({ status: 'paused', reason: 'pagehide' })
      if (first === 'the page') {
        await stream.page('pageshow')
        expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
      } else {
        stream.client.resume(FULL)
        await stream.advance(0)
        expect(stream.client).toMatchObject({ status: 'paused', reason: 'pagehide' })
      }
      expect(stream.requests).toHaveLength(1)
      if (first === 'the page') stream.client.resume(FULL)
      else await stream.page('pageshow')
      await stream.advance(0)
      expect(stream.requests).toHaveLength(2)
      await stream.open()
      expect(stream.client).toMatchObject({ status: 'open', reason: null })
    },
  )

  it('counts the time of a hold, too: it is back, and nobody reads', async () => {
    const stream = await startOpen()
    stream.client.pause()
    await stream.page('pagehide')
    await stream.advance(MAX_HOLD)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user' })
    await stream.page('pageshow')
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user' })
    expect(stream.requests).toHaveLength(1)
    stream.client.resume()
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
  })

  it('connects when it is back within the 30 s, and gives that up at their end', async () => {
    const stream = await startOpen()
    stream.client.pause()
    await stream.page('pagehide')
    await stream.advance(20_000)
    await stream.page('pageshow')
    await stream.open()
    expect(stream.requests).toHaveLength(2)
    await stream.advance(9999)
    expect(stream.request.isOpen).toBe(true)
    await stream.advance(1)
    expect(stream.request.isOpen).toBe(false)
  })

  it('is left also by reconnect(), which asks for it', async () => {
    const stream = await startParked(FULL)
    await stream.page('pagehide')
    stream.client.reconnect()
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'user' })
  })
})

describe('a transport in which more has come than may wait', () => {
  it('is left at once, and again connected when all is delivered', async () => {
    const stream = await start({
      url: PAGE,
      immediate: false,
      transport: {
        name: 'own',
        async connect(attempt) {
          const { url } = await attempt.createRequest('query')
          stream.has.asked = url
          attempt.onOpen({ status: 200, headers: new Headers() })
          await attempt.whenReady()
          for (const id of ['1', '2']) {
            attempt.receive(() => {
              attempt.onLastEventId(id)
              attempt.onMessage({ type: 'message', data: id, lastEventId: id }, true)
            })
          }
          if (attempt.whenReady()) attempt.onOverflow()
          await new Promise(() => {})
        },
      },
      onMessage: ({ data }) => data === 1 && stream.client.pause(FULL),
    })
    stream.client.open()
    await stream.advance(0)
    expect(heard(stream)).toEqual(['message message 1'])
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    expect(stream.delays()).toEqual([MAX_HOLD])
    await stream.advance(MAX_HOLD * 2)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    stream.client.resume(FULL)
    await stream.advance(0)
    expect(stream.has.asked).toBe(`${PAGE}?lastEventId=2`)
    expect(heard(stream).slice(0, 2)).toEqual(['message message 1', 'message message 2'])
  })
})
