// @vitest-environment node
/** A page that is left or that nobody sees: given up with it, and back with it. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { STATUSES, useTestStreams } from '../../support/test-streams.ts'
import type { OpenDetails } from '../../../src/client/types.ts'
import type { PageEvent } from '../../../src/client/environment.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const HIDDEN_MS = 30_000

type Step = (stream: TestStream) => Promise<void> | void

/** What a living stream can be doing. */
const LIVE: Record<'connecting' | 'open' | 'reconnecting' | 'second attempt', Step> = {
  connecting: () => {},
  open: (stream) => stream.open(),
  reconnecting: (stream) => stream.request.refuse(),
  async 'second attempt'(stream) {
    await stream.request.refuse()
    await stream.advance(750)
  },
}

/** Ways to leave the page, what the status says then, and how it is come back to. */
const LEAVE: [string, Step, 'pagehide' | 'hidden', PageEvent][] = [
  ['pagehide', (stream) => stream.page('pagehide'), 'pagehide', 'pageshow'],
  ['freeze', (stream) => stream.page('freeze'), 'hidden', 'resume'],
  [
    'hidden for 30 s',
    async (stream) => {
      await stream.page('hidden')
      await stream.advance(HIDDEN_MS)
    },
    'hidden',
    'visible',
  ],
]

/** A stream that leaves with its page in every way. */
const startLeaving = (options: TestStreamOptions = {}): Promise<TestStream> =>
  start({ url: 'https://page.test/events', whenHidden: 'disconnect', ...options })

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await startLeaving(options)
  await stream.open()
  stream.takeLog()
  return stream
}

describe.each(LEAVE)('a page that is left: %s', (_, leave, reason, back) => {
  it.each(Object.entries(LIVE))('gives the connection up while it is %s', async (__, reach) => {
    const stream = await startLeaving({ connectTimeout: 0 })
    await reach(stream)
    const sent = stream.requests.length
    const errors = stream.errors.length
    await leave(stream)
    expect(stream.client).toMatchObject({
      ...{ status: 'paused', reason, error: null, attempt: 0 },
      ...{ retryAt: null, disconnectedSince: null },
    })
    expect(stream.log.at(-1)).toBe(`paused ${reason}`)
    expect(stream.log).not.toContainEqual(expect.stringContaining('onClose'))
    expect(stream.live()).toEqual(['page listener'])
    await stream.advance(3_600_000)
    // A wait of 750 ms ends before a page is hidden for 30 s.
    expect(stream.requests.length - sent).toBeLessThanOrEqual(1)
    expect(stream.errors).toHaveLength(errors)
  })

  it('connects at once when it is back, without an error or a wait', async () => {
    const opens: Partial<OpenDetails>[] = []
    const stream = await startOpen({
      onOpen: ({ first, attempt, downMs }) => opens.push({ first, attempt, downMs }),
    })
    await stream.request.push('id: 5\ndata: 1\n\n')
    await leave(stream)
    await stream.advance(60_000)
    stream.takeLog()
    await stream.page(back)
    expect(stream.requests).toHaveLength(2)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('5')
    expect(stream.client).toMatchObject({
      ...{ status: 'reconnecting', reason, error: null, attempt: 0, retryAt: null },
      disconnectedSince: stream.environment.now(),
    })
    await stream.advance(40)
    await stream.open()
    expect(stream.log).toEqual([`reconnecting ${reason}`, 'open', 'onOpen'])
    expect(stream.errors).toEqual([])
    expect(opens[1]).toEqual({ first: false, attempt: 0, downMs: 60_040 })
  })

  it('never does so twice at a time, however often it goes and comes', async () => {
    const stream = await startOpen()
    for (let count = 0; count < 5; count++) {
      await leave(stream)
      await stream.page(back)
      expect(stream.requests.filter(({ isOpen }) => isOpen)).toHaveLength(1)
      await stream.open()
    }
    expect(stream.requests).toHaveLength(6)
    expect(stream.client.status).toBe('open')
  })

  it('is gone for good when the app closes meanwhile', async () => {
    const stream = await startOpen()
    await leave(stream)
    stream.client.close()
    expect(stream.live()).toEqual([])
    await stream.page(back)
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'user' })
    expect(stream.requests).toHaveLength(1)
  })

  it('lets reconnect() connect all the same', async () => {
    const stream = await startOpen()
    await leave(stream)
    stream.client.reconnect()
    await settle()
    expect(stream.requests).toHaveLength(2)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'user' })
    await stream.open()
    await stream.page(back)
    expect(stream.client.status).toBe('open')
    expect(stream.requests).toHaveLength(2)
  })

  it('lets open() wait until it is back', async () => {
    const stream = await startOpen()
    await leave(stream)
    stream.client.open()
    await settle()
    expect(stream.requests).toHaveLength(1)
    expect(stream.client.status).toBe('paused')
  })

  it('lies under pause(), and is back only when both are over', async () => {
    const stream = await startOpen()
    stream.client.pause()
    await leave(stream)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user' })
    stream.client.resume()
    expect(stream.client).toMatchObject({ status: 'paused', reason })
    await stream.page(back)
    await stream.open()
    expect(stream.client.status).toBe('open')
  })

  it('goes on after what came before a pause() and was delivered after it', async () => {
    const stream = await startOpen()
    stream.client.pause()
    await stream.request.push('id: 5\ndata: 1\n\n')
    await leave(stream)
    stream.client.resume()
    await settle()
    await stream.page(back)
    expect(stream.request.headers.get('Last-Event-ID') ?? '').toBe(stream.client.lastEventId)
    await stream.open()
    await stream.request.push('id: 5\ndata: 1\n\n')
    expect(stream.client.received).toBe(1)
  })

  it('forgets what was half there: the next stream starts afresh', async () => {
    const stream = await startOpen()
    await stream.request.push('id: 5\ndata: "ha')
    await leave(stream)
    await stream.page(back)
    await stream.open()
    await stream.request.push('lf"\n\ndata: 2\n\n')
    expect(stream.log.filter((line) => line.startsWith('message'))).toEqual(['message message 2'])
  })

  it('reopens a GET also with reconnect: false', async () => {
    const stream = await startOpen({ reconnect: false })
    await leave(stream)
    expect(stream.client).toMatchObject({ status: 'paused', reason })
    await stream.page(back)
    await stream.open()
    expect(stream.client.status).toBe('open')
  })

  it('reopens a POST that may be repeated', async () => {
    const stream = await startOpen({ method: 'POST', reconnect: true })
    await leave(stream)
    await stream.page(back)
    expect(stream.requests).toHaveLength(2)
  })

  it.each(['idle', 'closed', 'failed'])('is nothing to a stream that is %s', async (status) => {
    const stream = await startLeaving({ immediate: status !== 'idle' })
    if (status !== 'idle') await STATUSES.find(([name]) => name === status)![1](stream)
    stream.takeLog()
    const sent = stream.requests.length
    await leave(stream)
    await stream.page(back)
    expect(stream.client.status).toBe(status)
    expect(stream.log).toEqual([])
    expect(stream.requests).toHaveLength(sent)
    expect(stream.live()).toEqual([])
  })
})

describe('several reasons to be away', () => {
  it('are all over before it connects', async () => {
    const stream = await startOpen()
    await stream.page('freeze', 'pagehide')
    expect(stream.client.reason).toBe('pagehide')
    await stream.page('pageshow')
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'hidden' })
    expect(stream.requests).toHaveLength(1)
    await stream.page('resume')
    expect(stream.requests).toHaveLength(2)
  })

  it('tell the app only what is new', async () => {
    const stream = await startOpen()
    await stream.page('freeze', 'freeze', 'pagehide', 'pagehide', 'pageshow', 'resume')
    expect(stream.log).toEqual([
      ...['paused hidden', 'paused pagehide', 'paused hidden', 'reconnecting hidden'],
    ])
  })
})

describe('a request that may not be repeated', () => {
  it.each(['pagehide', 'freeze'] as PageEvent[])('fails with %s', async (event) => {
    for (const reach of [LIVE.connecting, LIVE.open]) {
      const stream = await startLeaving({ method: 'POST' })
      await reach(stream)
      await stream.page(event)
      expect(stream.client).toMatchObject({ status: 'failed', reason: 'network', attempt: 0 })
      expect(stream.client.error).toMatchObject({
        ...{ code: 'network', fatal: true, attempt: 1, url: 'https://page.test/events' },
      })
      expect(stream.log.slice(-3)).toEqual(['failed network', 'error network', 'onClose network'])
      expect(stream.live()).toEqual([])
      await stream.page('pageshow', 'resume')
      expect(stream.requests).toHaveLength(1)
    }
  })

  it('goes on while the page is hidden, and after a sleep', async () => {
    const stream = await startOpen({ method: 'POST' })
    await stream.page('hidden')
    await stream.advance(600_000)
    await stream.page('visible', 'wake', 'online')
    await stream.advance(600_000)
    expect(stream.log).toEqual([])
    expect(stream.requests).toHaveLength(1)
    await stream.request.push('data: 1\n\n')
    expect(stream.client.received).toBe(1)
  })
})

describe('a page that nobody sees', () => {
  it('keeps its connection unless told otherwise', async () => {
    for (const whenHidden of ['keep', undefined] as const) {
      const stream = await startOpen({ whenHidden })
      await stream.page('hidden')
      await stream.advance(3_600_000)
      expect(stream.client.status).toBe('open')
    }
  })

  it('keeps it for 30 s also with disconnect', async () => {
    const stream = await startOpen()
    await stream.page('hidden')
    await stream.advance(HIDDEN_MS - 1)
    await stream.page('visible')
    await stream.advance(3_600_000)
    expect(stream.log).toEqual([])
    expect(stream.requests).toHaveLength(1)
  })

  it('is one that the stream was opened on, too', async () => {
    const stream = await startLeaving({ immediate: false })
    await stream.page('hidden')
    stream.client.open()
    await settle()
    await stream.open()
    await stream.advance(HIDDEN_MS)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'hidden' })
  })
})

describe('a page that comes and goes', () => {
  it('asks no more than 25 times in 2 s, and says since when it is without the stream', async () => {
    const stream = await startOpen()
    for (let count = 0; count < 24; count++) {
      await stream.page('pagehide', 'pageshow')
      await stream.open()
    }
    await stream.page('pagehide', 'pageshow')
    expect(stream.requests).toHaveLength(25)
    const now = stream.environment.now()
    expect(stream.client).toMatchObject({
      ...{ status: 'reconnecting', reason: 'pagehide', error: null },
      ...{ retryAt: now + 2010, disconnectedSince: now },
    })
  })
})
