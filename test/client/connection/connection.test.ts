// @vitest-environment node
/** The life of a connection: what each thing that a server, time or the app does makes of it. */
import { describe, expect, it } from 'vitest'
import { START_MS } from '../../support/fake-environment.ts'
import { useTestStreams } from '../../support/test-streams.ts'

const start = useTestStreams()

describe('createConnection', () => {
  describe('status', () => {
    it('goes from connecting over open and reconnecting to closed, in step with the callbacks', async () => {
      const stream = await start()
      expect(stream.takeLog()).toEqual(['connecting'])
      await stream.open()
      expect(stream.takeLog()).toEqual(['open', 'onOpen'])
      await stream.request.push('data: 1\n\n')
      expect(stream.takeLog()).toEqual(['message message 1'])
      await stream.request.cut()
      expect(stream.takeLog()).toEqual(['reconnecting network', 'error network'])
      await stream.advance(750)
      expect(stream.takeLog()).toEqual(['reconnecting network'])
      await stream.open()
      expect(stream.takeLog()).toEqual(['open', 'onOpen', 'onGap no-id'])
      stream.client.close()
      expect(stream.takeLog()).toEqual(['closed user', 'onClose user'])
    })

    it('is right before the callback that tells of it', async () => {
      const seen: unknown[] = []
      const stream = await start({
        immediate: false,
        onStatus: () => seen.push([stream.client.status, stream.client.reason]),
        onOpen: () => seen.push(stream.client.status),
        onError: (error) => seen.push(stream.client.error === error),
      })
      stream.client.open()
      await stream.advance(0)
      await stream.open()
      await stream.request.cut()
      expect(seen).toEqual([
        ['connecting', null],
        ['open', null],
        'open',
        ['reconnecting', 'network'],
        true,
      ])
    })

    it('is idle without a word until open() when not immediate', async () => {
      const stream = await start({ immediate: false })
      expect(stream.client).toMatchObject({ status: 'idle', reason: null })
      expect(stream.log).toEqual([])
      stream.client.open()
      expect(stream.log).toEqual(['connecting'])
    })

    it('is reconnecting, not connecting, after a first attempt that failed', async () => {
      const stream = await start()
      await stream.request.refuse()
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
      await stream.advance(750)
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
    })

    it.each([
      ['no-content', 'closed', { status: 204, hasBody: false }],
      ['http', 'failed', { status: 404 }],
      ['http', 'reconnecting', { status: 503 }],
      ['content-type', 'failed', { contentType: 'text/html' }],
    ] as const)('has the reason %s when %s', async (reason, status, head) => {
      const stream = await start()
      await stream.request.respond(head)
      expect(stream.client).toMatchObject({ status, reason })
    })
  })

  describe('state', () => {
    it('says since when the stream is down and when it tries again', async () => {
      const stream = await start()
      expect(stream.client).toMatchObject({ disconnectedSince: START_MS, retryAt: null })
      await stream.advance(10)
      await stream.open()
      expect(stream.client).toMatchObject({ disconnectedSince: null, retryAt: null, error: null })
      await stream.advance(10)
      await stream.request.cut()
      const since = START_MS + 20
      expect(stream.client).toMatchObject({ disconnectedSince: since, retryAt: since + 750 })
      await stream.advance(750)
      expect(stream.client).toMatchObject({ disconnectedSince: since, retryAt: null })
      await stream.request.refuse()
      expect(stream.client).toMatchObject({ disconnectedSince: since, attempt: 2 })
      stream.client.close()
      expect(stream.client).toMatchObject({ disconnectedSince: null, retryAt: null, error: null })
    })

    it('says since when it is down also when it failed straight from open', async () => {
      const stream = await start({ reconnect: false })
      await stream.open()
      await stream.advance(20)
      await stream.request.cut()
      expect(stream.client).toMatchObject({ status: 'failed', disconnectedSince: START_MS + 20 })
    })

    it('keeps the error from the failure to the next open, also while an attempt is under way', async () => {
      const stream = await start()
      await stream.request.refuse()
      const [error] = stream.errors
      expect(stream.client.error).toBe(error)
      await stream.advance(750)
      expect(stream.client.error).toBe(error)
      await stream.open()
      expect(stream.client.error).toBe(null)
    })

    it('has the time of the last bytes, comments too', async () => {
      const stream = await start()
      await stream.open()
      expect(stream.client.lastActivityAt).toBe(null)
      await stream.advance(30)
      await stream.request.push(': hello\n')
      expect(stream.client.lastActivityAt).toBe(START_MS + 30)
    })

    it('tells onActivity of bytes once they are dealt with', async () => {
      const seen: number[] = []
      const stream = await start({ onActivity: () => seen.push(stream.client.received) })
      await stream.open()
      await stream.request.push('data: 1\n\ndata: 2\n\n', ': hello\n')
      expect(seen).toEqual([2, 2])
    })
  })

  describe('onOpen', () => {
    it('gets what the head says and how long the stream was down', async () => {
      const seen: unknown[] = []
      const stream = await start({
        onOpen: ({ headers, ...details }) => seen.push({ ...details, tag: headers.get('X-Tag') }),
      })
      await stream.advance(5)
      await stream.request.respond({ headers: { 'X-Tag': 'a' } })
      await stream.request.cut()
      await stream.advance(750)
      await stream.request.refuse()
      await stream.advance(5000)
      await stream.open()
      expect(seen).toEqual([
        { first: true, attempt: 0, downMs: 5, status: 200, tag: 'a' },
        { first: false, attempt: 2, downMs: 5750, status: 200, tag: null },
      ])
    })
  })

  describe('the end of a GET', () => {
    it('is reconnecting after a clean end', async () => {
      const stream = await start()
      await stream.open()
      await stream.request.end()
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
      expect(stream.errors[0]).toMatchObject({ code: 'network', fatal: false })
    })

    it('is reconnecting after a cut, with the cause in the error', async () => {
      const cause = new TypeError('terminated')
      const stream = await start()
      await stream.open()
      await stream.request.cut(cause)
      expect(stream.errors[0]).toMatchObject({ code: 'network', cause })
    })

    it('is closed (complete) after a clean end with reconnect: false', async () => {
      const stream = await start({ reconnect: false })
      await stream.open()
      await stream.request.end()
      expect(stream.client).toMatchObject({ status: 'closed', reason: 'complete' })
      expect(stream.errors).toEqual([])
    })

    it('is failed after a cut with reconnect: false', async () => {
      const stream = await start({ reconnect: false })
      await stream.open()
      await stream.request.cut()
      expect(stream.client).toMatchObject({ status: 'failed', reason: 'network' })
      expect(stream.errors[0]).toMatchObject({ code: 'network', fatal: true })
    })

    it('is reconnecting after a stream without a body', async () => {
      const stream = await start()
      await stream.request.respond({ hasBody: false })
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
    })

    it('drops the message that was cut off, and starts the next stream afresh', async () => {
      const stream = await start()
      await stream.open()
      await stream.request.push('id: 7\nevent: half\ndata: "ne')
      await stream.request.end()
      await stream.advance(750)
      await stream.open()
      await stream.request.push('ver"\n\ndata: 2\n\n')
      expect(stream.log.filter((line) => line.startsWith('message'))).toEqual(['message message 2'])
      expect(stream.client.lastEventId).toBe('')
    })
  })

  describe('connectTimeout', () => {
    it('gives up an attempt without a head after 15 s', async () => {
      const stream = await start()
      await stream.advance(14_999)
      expect(stream.client.status).toBe('connecting')
      await stream.advance(1)
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'timeout' })
      expect(stream.errors[0]).toMatchObject({ code: 'connect-timeout', fatal: false })
      expect(stream.request.isOpen).toBe(false)
    })

    it('counts the time in which headers() hangs', async () => {
      const stream = await start({ connectTimeout: 100, headers: () => new Promise(() => {}) })
      await stream.advance(100)
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'timeout' })
      expect(stream.requests).toHaveLength(0)
    })

    it('is over with the head', async () => {
      const stream = await start({ connectTimeout: 100 })
      await stream.open()
      await stream.advance(60_000)
      expect(stream.client.status).toBe('open')
    })

    it('waits for ever at 0', async () => {
      const stream = await start({ connectTimeout: 0 })
      await stream.advance(86_400_000)
      expect(stream.client.status).toBe('connecting')
      await stream.open()
      expect(stream.client.status).toBe('open')
    })
  })

  describe('maxMessageSize', () => {
    it('reconnects when a message is over it, and drops the rest of the chunk', async () => {
      const stream = await start({ maxMessageSize: 20 })
      await stream.open()
      await stream.request.push(`data: 1\n\ndata: "${'x'.repeat(20)}"\n\ndata: 3\n\n`)
      expect(stream.takeLog()).toEqual([
        ...['connecting', 'open', 'onOpen', 'message message 1'],
        ...['reconnecting network', 'error message-too-large'],
      ])
      expect(stream.request.isOpen).toBe(false)
      await stream.advance(750)
      await stream.open()
      await stream.request.push('data: 4\n\n')
      expect(stream.log.at(-1)).toBe('message message 4')
    })
  })
})
