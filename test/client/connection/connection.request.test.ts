// @vitest-environment node
/** What an attempt asks the app for, and when: URL, headers and body, anew each time and only while it is wanted. */
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { AttemptContext } from '../../../src/client/options.ts'

const start = useTestStreams()

describe('createConnection', () => {
  describe('functions of the attempt', () => {
    it('are asked before every attempt, with the cursor and the failures so far', async () => {
      const seen: unknown[] = []
      const note =
        (name: string, result: unknown) =>
        ({ lastEventId, attempt, signal }: AttemptContext) => {
          seen.push([name, lastEventId, attempt, signal.aborted])
          return result as never
        }
      const stream = await start({
        url: note('url', 'https://server.test/a'),
        headers: note('headers', { 'X-A': '1' }),
        baseHeaders: note('baseHeaders', {}),
        body: note('body', 'text'),
        method: 'POST',
        reconnect: true,
      })
      await stream.open()
      await stream.request.push('id: 7\ndata: 1\n\n')
      await stream.request.cut()
      await stream.advance(1000)
      await stream.request.refuse()
      await stream.advance(4000)
      const names = ['url', 'baseHeaders', 'headers', 'body']
      expect(seen).toEqual([
        ...names.map((name) => [name, '', 0, false]),
        ...names.map((name) => [name, '7', 0, false]),
        ...names.map((name) => [name, '7', 1, false]),
      ])
      expect(stream.request.init).toMatchObject({ method: 'POST', body: 'text' })
      expect(stream.request.headers.get('X-A')).toBe('1')
    })

    it('get the signal that fetch gets, aborted when the attempt is not wanted any more', async () => {
      let signal: AbortSignal | undefined
      const stream = await start({ headers: (context) => void (signal = context.signal) })
      expect(stream.request.init.signal).toBe(signal)
      expect(signal!.aborted).toBe(false)
      stream.client.close()
      expect(signal!.aborted).toBe(true)
    })

    it('run outside of the call that asked for the connection', async () => {
      const headers = vi.fn<() => HeadersInit>(() => ({}))
      const stream = await start({ immediate: false, headers })
      stream.client.open()
      expect(headers).not.toHaveBeenCalled()
      await stream.advance(0)
      expect(headers).toHaveBeenCalledOnce()
    })

    it.each(['url', 'headers', 'baseHeaders', 'body'] as const)(
      'make a request error that is retried when they reject: %s',
      async (name) => {
        const cause = new Error('no token')
        let isBroken = true
        const ask = (): never => {
          if (isBroken) throw cause
          return (name === 'url' ? 'https://server.test/' : undefined) as never
        }
        const stream = await start({ [name]: ask })
        expect(stream.errors[0]).toMatchObject({ code: 'request', fatal: false, attempt: 1, cause })
        expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
        expect(stream.requests).toHaveLength(0)
        isBroken = false
        await stream.advance(750)
        expect(stream.requests).toHaveLength(1)
      },
    )

    it.each(['url', 'headers', 'baseHeaders', 'body'] as const)(
      'send nothing when they answer after close(): %s',
      async (name) => {
        let answer = (): void => {}
        const ask = (): never => new Promise<void>((resolve) => (answer = resolve)) as never
        const stream = await start({ [name]: ask })
        stream.client.close()
        answer()
        await stream.advance(60_000)
        expect(stream.requests).toHaveLength(0)
        expect(stream.errors).toEqual([])
      },
    )

    it('are not heard when they reject after close()', async () => {
      let fail = (): void => {}
      const headers = (): Promise<undefined> =>
        new Promise((_, reject) => (fail = () => reject(new Error('late'))))
      const stream = await start({ headers })
      stream.client.close()
      fail()
      await stream.advance(60_000)
      expect(stream.errors).toEqual([])
    })
  })

  describe('Last-Event-ID', () => {
    it('is not sent before there is one', async () => {
      const stream = await start()
      expect(stream.request.headers.has('Last-Event-ID')).toBe(false)
    })

    it('is initialLastEventId at first, which messages inherit', async () => {
      const seen: string[] = []
      const stream = await start({
        initialLastEventId: '41',
        onMessage: ({ lastEventId }) => seen.push(lastEventId),
      })
      expect(stream.request.headers.get('Last-Event-ID')).toBe('41')
      expect(stream.client.lastEventId).toBe('41')
      await stream.open()
      await stream.request.push('data: 1\n\nid: 42\ndata: 2\n\ndata: 3\n\n')
      expect(seen).toEqual(['41', '42', '42'])
    })

    it.each([
      ['of a message', 'id: 5\ndata: 1\n\n', '5'],
      ['of a block without data', 'id: 5\n\n', '5'],
      ['that came last', 'id: 5\ndata: 1\n\nid: 6\n\n', '6'],
      ['that a message inherits', 'id: 5\ndata: 1\n\ndata: 2\n\n', '5'],
      ['of a message that cannot be decoded', 'id: 5\ndata: {\n\n', '5'],
      ['in UTF-8, a character for each byte', 'id: é你😀\n\n', 'Ã©ä½\u00a0ð\u009f\u0098\u0080'],
      ['of 4096 bytes', `id: ${'x'.repeat(4096)}\n\n`, 'x'.repeat(4096)],
    ])('is the id %s', async (_, text, expected) => {
      const stream = await start()
      await stream.open()
      await stream.request.push(text)
      await stream.request.cut()
      await stream.advance(1000)
      expect(stream.requests).toHaveLength(2)
      expect(stream.request.headers.get('Last-Event-ID')).toBe(expected)
    })

    it.each([
      ['is empty', 'id:\n\n'],
      ['has control characters', 'id: a\tb\n\n'],
      ['has a delete character', 'id: a\x7f\n\n'],
      ['is over 4096 bytes', `id: ${'é'.repeat(2049)}\n\n`],
      ['never came, with its block unfinished', 'id: 9\ndata: 1\n'],
    ])('is left out when the id %s, and the stream goes on', async (_, text) => {
      const stream = await start()
      await stream.open()
      await stream.request.push(text)
      await stream.request.cut()
      await stream.advance(1000)
      expect(stream.requests).toHaveLength(2)
      expect(stream.request.headers.has('Last-Event-ID')).toBe(false)
      await stream.open()
      expect(stream.client.status).toBe('open')
    })

    it('is kept over close() and open()', async () => {
      const stream = await start()
      await stream.open()
      await stream.request.push('id: 5\n\n')
      stream.client.close()
      stream.client.open()
      await stream.advance(0)
      expect(stream.request.headers.get('Last-Event-ID')).toBe('5')
    })
  })

  describe('what an error shows', () => {
    const SECRETS = ['secret', 'hidden', 'token']
    const everything = (error: unknown): string =>
      `${JSON.stringify(error)} ${inspect(error, { depth: 20, showHidden: true })} ${String(error)}`

    it.each([
      ['a path without a base', '/events?token=secret#hidden'],
      ['no URL', 'https://user:secret@:99999/?token=hidden'],
      ['an unfinished host', 'http://[::1/?token=secret'],
    ])('is neither URL nor token: %s', async (_, url) => {
      const stream = await start({
        immediate: false,
        url,
        environment: { baseURI: () => undefined },
      })
      stream.client.open()
      await stream.advance(0)
      expect(stream.client).toMatchObject({ status: 'failed', reason: 'network' })
      expect(stream.client.error).toMatchObject({ code: 'request', fatal: true })
      for (const secret of SECRETS) expect(everything(stream.client.error)).not.toContain(secret)
      expect(stream.requests).toHaveLength(0)
    })

    it('is no password, and a URL with one is never requested: fetch refuses it', async () => {
      const url = 'https://user:secret@server.test/events?token=hidden'
      const stream = await start({ url, fetch: (...args) => fetch(...args) })
      expect(stream.client.error).toMatchObject({ code: 'request', fatal: true })
      for (const secret of SECRETS) expect(everything(stream.client.error)).not.toContain(secret)
    })

    it('is no header value that cannot be sent', async () => {
      const stream = await start({ headers: { Authorization: 'Bearer sec\nsecret' } })
      expect(stream.client.error).toMatchObject({ code: 'request' })
      expect(everything(stream.client.error)).not.toContain('secret')
    })

    it('is the URL without query, fragment and credentials', async () => {
      const stream = await start({ url: 'https://server.test:8443/a/b?token=secret#hidden' })
      await stream.request.respond({ status: 503 })
      expect(stream.errors[0]!.url).toBe('https://server.test:8443/a/b')
      for (const secret of SECRETS) expect(everything(stream.errors[0])).not.toContain(secret)
    })
  })

  describe('methods that may have effects', () => {
    const start5xx = { status: 503 }

    it.each([
      ['a cut', 'network', (s) => s.open().then(() => s.request.cut())],
      ['no network', 'network', (s) => s.request.refuse()],
      ['no head', 'connect-timeout', (s) => s.advance(15_000)],
      ['silence', 'silence', (s) => s.open().then(() => s.advance(100))],
      ['a 503', 'http-status', (s) => s.request.respond(start5xx)],
      ['a 429', 'http-status', (s) => s.request.respond({ status: 429 })],
    ] as [string, string, (s: Awaited<ReturnType<typeof start>>) => Promise<void>][])(
      'are not sent twice after %s',
      async (_, code, happen) => {
        const stream = await start({ method: 'POST', body: 'x', silenceTimeout: 100 })
        await happen(stream)
        expect(stream.client.status).toBe('failed')
        expect(stream.client.error).toMatchObject({ code, fatal: true })
        await stream.page('online')
        await stream.advance(3_600_000)
        expect(stream.requests).toHaveLength(1)
      },
    )

    it.each(['POST', 'post', 'PUT', 'PATCH', 'DELETE'])(
      'are complete at a clean end: %s',
      async (method) => {
        const stream = await start({ method })
        await stream.open()
        await stream.request.push('data: 1\n\n')
        await stream.request.end()
        expect(stream.takeLog()).toEqual([
          ...['connecting', 'open', 'onOpen', 'message message 1'],
          ...['closed complete', 'onClose complete'],
        ])
        expect(stream.live()).toEqual([])
        expect(stream.requests).toHaveLength(1)
      },
    )

    it.each([true, { initialDelay: 10 }])(
      'are sent again after a cut with reconnect: %j, and complete at a clean end',
      async (reconnect) => {
        const stream = await start({ method: 'POST', reconnect })
        await stream.open()
        await stream.request.cut()
        expect(stream.client.status).toBe('reconnecting')
        await stream.advance(1000)
        expect(stream.requests).toHaveLength(2)
        await stream.open()
        await stream.request.end()
        expect(stream.client).toMatchObject({ status: 'closed', reason: 'complete' })
      },
    )

    it('do not include get and HEAD', async () => {
      for (const method of ['get', 'GET', 'HEAD']) {
        const stream = await start({ method })
        await stream.open()
        await stream.request.end()
        expect(stream.client.status).toBe('reconnecting')
      }
    })

    it('are sent again when the app asks for it', async () => {
      const stream = await start({ method: 'POST' })
      await stream.open()
      await stream.request.end()
      stream.client.open()
      await stream.advance(0)
      expect(stream.requests).toHaveLength(2)
    })
  })
})
