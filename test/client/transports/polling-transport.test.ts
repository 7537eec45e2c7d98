// @vitest-environment node
/** Asking again and again: what for, when, and what is made of the answers. */
import { describe, expect, it } from 'vitest'
import { SENDER_WINDOW_MS } from '../../support/request-budget.ts'
import { settle } from '../../support/settle.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import { createTestAttempt } from './test-attempt.ts'
import type { EventStreamError } from '../../../src/protocol/errors.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type { PollingTransportOptions } from '../../../src/client/transports/polling-transport.ts'
import type { ResponseHead } from '../../support/controlled-server.ts'
import type { TestAttempt } from './test-attempt.ts'

interface TestPolling extends TestAttempt {
  /** Answers the last request with this text, and ends. */
  answer(text: string, contentType?: string, head?: ResponseHead): Promise<void>
  /** The data of all messages so far. */
  data(): string[]
}

async function start(
  options?: PollingTransportOptions,
  connection?: ConnectionOptions,
  lastEventId = '',
): Promise<TestPolling> {
  const test: TestPolling = Object.assign(createTestAttempt(connection), {
    async answer(text: string, contentType = 'application/json', head?: ResponseHead) {
      await test.request.respond({ contentType, isComplete: false, ...head })
      if (text) await test.request.push(text)
      await test.request.end()
    },
    data: () => test.heardOf('message').map((message) => (message as { data: string }).data),
  })
  test.lastEventId = lastEventId
  await test.connect(pollingTransport(options))
  return test
}

describe('pollingTransport', () => {
  it('asks for JSON, NDJSON or a short event stream', async () => {
    const test = await start()
    expect(pollingTransport()).toMatchObject({ name: 'polling', isContinuous: false })
    expect(test.request.headers.get('Accept')).toBe(
      'application/json, application/x-ndjson, text/event-stream;q=0.5',
    )
    expect(test.request.url).toBe('https://page.test/events')
  })

  it('asks where the stream is, or at a URL of its own, under baseURL and anew each time', async () => {
    let count = 0
    const url = (): string => `/since?n=${++count}`
    const test = await start({ url, interval: 10 }, { baseURL: 'https://api.test/v1' })
    await test.answer('[]')
    await test.advance(10)
    expect(test.requests.map((request) => request.url)).toEqual([
      'https://api.test/v1/since?n=1',
      'https://api.test/v1/since?n=2',
    ])
  })

  it('goes on after the cursor, wherever it goes', async () => {
    const test = await start({}, { resume: { via: 'both' } }, '6')
    await test.answer('[{"id":7,"data":"a"}]')
    await test.advance(5000)
    expect(test.requests.map(({ headers }) => headers.get('Last-Event-ID'))).toEqual(['6', '7'])
    expect(test.request.url).toBe('https://page.test/events?lastEventId=7')
  })

  it.each([
    [undefined, 5000],
    [20, 20],
    [0, 0],
  ])('asks again an interval after each answer: %s', async (interval, wait) => {
    const test = await start({ interval })
    await test.advance(3000)
    expect(test.requests).toHaveLength(1)
    await test.answer('[]')
    expect(test.delays()).toEqual([wait])
    if (wait > 0) await test.advance(wait - 1)
    expect(test.requests).toHaveLength(1)
    await test.advance(1)
    expect(test.requests).toHaveLength(2)
  })

  it('sends no more requests than allowed, whatever the interval is', async () => {
    const test = await start({ interval: 0 })
    for (let count = 1; count < 25; count++) {
      await test.answer('[]')
      await test.advance(0)
    }
    expect(test.requests).toHaveLength(25)
    await test.answer('[]')
    await test.advance(SENDER_WINDOW_MS - 1)
    expect(test.requests).toHaveLength(25)
    await test.advance(1)
    expect(test.requests).toHaveLength(26)
  })

  describe('an answer', () => {
    it('is JSON', async () => {
      const test = await start()
      await test.answer('{"messages":[{"type":"x","id":1,"data":{"a":1}},{"data":"b"}]}')
      expect(test.heard().slice(2)).toEqual([
        ['open', 200],
        ['receive'],
        ['id', '1'],
        ['message', { type: 'x', data: '{"a":1}', lastEventId: '1' }, true],
        ['message', { type: 'message', data: 'b', lastEventId: '1' }, false],
      ])
    })

    it.each([
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/vnd.api+json',
      'application/problem+json',
    ])('is JSON with the type %s', async (type) => {
      const test = await start()
      await test.answer('[{"data":"a"},{"data":"b"}]', type)
      expect(test.data()).toEqual(['a', 'b'])
    })

    it.each([
      'application/x-ndjson',
      'application/ndjson; charset=utf-8',
      'application/jsonl',
      'application/x-jsonl',
      'application/json-lines',
      'Application/X-NDJSON',
    ])('is a message in each line with the type %s', async (type) => {
      const test = await start()
      await test.answer('{"data":"a"}\n{"data":"b"}\n', type)
      expect(test.data()).toEqual(['a', 'b'])
    })

    it('costs no other line when one cannot be read', async () => {
      const test = await start()
      await test.answer('{"data":"a"}\n{"da\n{"data":"c"}', 'application/x-ndjson')
      expect(test.data()).toEqual(['a', 'c'])
      expect(test.heardOf('error')).toMatchObject([{ code: 'decode', raw: '{"da' }])
      expect(test.outcome).toBe('pending')
    })

    it('is an event stream that ends, told as it comes', async () => {
      const test = await start({}, {}, '7')
      await test.request.respond()
      await test.request.push('data: a\n\n: hi\nid: 8\nda')
      expect(test.heard().slice(2)).toEqual([
        ['open', 200],
        ['receive'],
        ['message', { type: 'message', data: 'a', lastEventId: '7' }, false],
        ['comment', 'hi'],
      ])
      await test.request.push('ta: b\n\ndata: half')
      await test.request.end()
      expect(test.data()).toEqual(['b'])
      await test.advance(5000)
      expect(test.request.headers.get('Last-Event-ID')).toBe('8')
    })

    it('drops what was not complete: the next one starts with its own first line', async () => {
      const test = await start()
      await test.answer('data: half', 'text/event-stream')
      await test.advance(5000)
      await test.answer('\n\ndata: a\n\n', 'text/event-stream')
      expect(test.data()).toEqual(['a'])
    })

    it('may be of another kind each time', async () => {
      const test = await start({ interval: 1 })
      await test.answer('data: a\n\n', 'text/event-stream')
      await test.advance(1)
      await test.answer('[{"data":"b"}]')
      await test.advance(1)
      await test.answer('{"data":"c"}', 'application/x-ndjson')
      expect(test.data()).toEqual(['a', 'b', 'c'])
    })

    it('may come in any chunks, cut within characters', async () => {
      const test = await start()
      await test.request.respond({ contentType: 'application/json', isComplete: false })
      const bytes = new TextEncoder().encode('[{"data":"é你😀"}]')
      for (const byte of bytes) await test.request.push(Uint8Array.of(byte))
      await test.request.end()
      expect(test.data()).toEqual(['é你😀'])
    })

    it('is a sign of life even when it holds nothing', async () => {
      const test = await start({ interval: 1 })
      await test.answer('[]')
      await test.advance(1)
      await test.answer('', 'application/x-ndjson')
      await test.advance(1)
      await test.answer('', 'text/event-stream')
      expect(test.heardOf('receive')).toHaveLength(3)
      expect(test.heardOf('open')).toEqual([200, 200, 200])
      expect(test.outcome).toBe('pending')
    })

    it('may hold anything that the app knows how to read', async () => {
      const test = await start({
        toMessages: (answer) => (answer as { n: number[] }).n.map((n) => ({ id: n, data: n })),
      })
      await test.answer('{"n":[1,2]}')
      expect(test.data()).toEqual(['1', '2'])
    })
  })

  describe('retry:', () => {
    it('makes the wait longer, until the next one, and never shorter than the interval', async () => {
      const test = await start({ interval: 100 })
      await test.answer('retry: 700\n\n', 'text/event-stream')
      expect(test.heardOf('retry')).toEqual([700])
      expect(test.delays()).toEqual([700])
      await test.advance(700)
      await test.answer('retry: 7\n\n', 'text/event-stream')
      expect(test.delays()).toEqual([100])
    })

    it('makes it an hour at most, and is told as it is', async () => {
      const test = await start()
      await test.answer('retry: 99999999\n\n', 'text/event-stream')
      expect(test.heardOf('retry')).toEqual([99_999_999])
      expect(test.delays()).toEqual([3_600_000])
    })

    it('holds for answers after it that say nothing of it', async () => {
      const test = await start({ interval: 100 })
      await test.answer('retry: 700\n\n', 'text/event-stream')
      await test.advance(700)
      await test.answer('data: a\n\n', 'text/event-stream')
      expect(test.delays()).toEqual([700])
    })
  })

  describe('a loss', () => {
    it.each([
      ['a status', { status: 503 }, { code: 'http-status', status: 503, fatal: false }],
      ['another status', { status: 404 }, { code: 'http-status', status: 404, fatal: true }],
      ['a page', { contentType: 'text/html' }, { code: 'content-type', fatal: true }],
      ['no type', { contentType: null }, { code: 'content-type', fatal: true }],
      ['a script', { contentType: 'application/javascript' }, { code: 'content-type' }],
      [
        'a type that only starts so',
        { contentType: 'application/jsonp' },
        { code: 'content-type' },
      ],
    ])('is %s', async (_, head, error) => {
      const test = await start()
      await test.request.respond(head)
      expect(test.outcome).toMatchObject(error)
      expect(test.live()).toEqual([])
    })

    it('is an answer that is not JSON, with what it says', async () => {
      const test = await start()
      await test.answer('<h1>')
      expect(test.outcome).toMatchObject({ code: 'decode', fatal: false, raw: '<h1>' })
    })

    it.each(['application/json', 'text/event-stream'])(
      'is an answer that breaks off: %s',
      async (contentType) => {
        const cause = new TypeError('terminated')
        const test = await start()
        await test.request.respond({ contentType, isComplete: false })
        await test.request.push('[')
        await test.request.cut(cause)
        expect(test.outcome).toBe(cause)
        expect(test.data()).toEqual([])
        expect(test.live()).toEqual([])
      },
    )

    it('is a network that fails', async () => {
      const cause = new TypeError('fetch failed')
      const test = await start()
      await test.request.refuse(cause)
      expect(test.outcome).toBe(cause)
      expect(test.live()).toEqual([])
    })

    it.each<[string, string, string]>([
      ['application/json', '["12345678"]', '["123456789"]'],
      ['application/x-ndjson', '{"data":"1"}', '{"data":"12"}'],
      ['text/event-stream', 'data: 123456\n\n', 'data: 1234567890123\n\n'],
    ])('is an answer over maxMessageSize: %s', async (type, fitting, larger) => {
      const test = await start({ interval: 1 }, { maxMessageSize: 12 })
      await test.answer(fitting, type)
      expect(test.outcome).toBe('pending')
      await test.advance(1)
      await test.answer(larger, type)
      expect(test.outcome).toMatchObject({ code: 'message-too-large', fatal: false })
      expect(test.live().filter((item) => item.includes('timer'))).toEqual([])
    })

    it('ends at a 204, as the client says', async () => {
      const test = await start()
      await test.request.respond({ status: 204, hasBody: false })
      expect(test.controller.signal.aborted).toBe(true)
      expect(test.live()).toEqual([])
      await test.advance(60_000)
      expect(test.requests).toHaveLength(1)
    })
  })

  describe('connectTimeout', () => {
    it('limits the time to the head', async () => {
      const test = await start({}, { connectTimeout: 100 })
      await test.advance(100)
      expect(test.outcome).toMatchObject({ code: 'connect-timeout' })
    })

    it.each(['application/json', 'application/x-ndjson'])(
      'limits the time from the head to the end of an answer, for each poll anew: %s',
      async (contentType) => {
        const test = await start({ interval: 1 }, { connectTimeout: 100 })
        await test.answer('[]')
        await test.advance(1)
        await test.advance(40)
        await test.request.respond({ contentType, isComplete: false })
        await test.request.push('[')
        await test.advance(40)
        await test.request.push('{"data":1}')
        await test.advance(59)
        expect(test.outcome).toBe('pending')
        await test.advance(1)
        expect(test.outcome).toMatchObject({ code: 'connect-timeout', fatal: false })
        expect((test.outcome as EventStreamError).hint).toContain('connectTimeout')
        expect(test.data()).toEqual([])
      },
    )

    it('limits the time to the next byte of an event stream', async () => {
      const test = await start({ interval: 1 }, { connectTimeout: 100 })
      await test.advance(99)
      await test.request.respond({ isComplete: false })
      await test.request.push('data: 1\n\n')
      for (let count = 2; count < 5; count++) {
        await test.advance(99)
        await test.request.push(`data: ${count}\n\n`)
      }
      expect(test.outcome).toBe('pending')
      await test.advance(100)
      expect(test.outcome).toMatchObject({ code: 'connect-timeout' })
      expect(test.data()).toEqual(['1', '2', '3', '4'])
    })

    it('does not run between two polls, nor while nothing is wanted', async () => {
      const test = await start({ interval: 1000 }, { connectTimeout: 100 })
      await test.answer('[]')
      await test.advance(1000)
      test.hold()
      await test.answer('[]')
      await test.advance(99_000)
      expect(test.outcome).toBe('pending')
      expect(test.requests).toHaveLength(2)
    })
  })

  describe('while nothing is wanted', () => {
    it('asks for nothing, and at once when something is', async () => {
      const test = await start({ interval: 10 })
      await test.answer('[]')
      test.hold()
      await test.advance(10_000)
      expect(test.requests).toHaveLength(1)
      expect(test.live()).toEqual([])
      await test.release()
      expect(test.requests).toHaveLength(2)
    })

    it('reads no further', async () => {
      const test = await start()
      test.hold()
      await test.request.respond({ contentType: 'application/json', isComplete: false })
      await test.request.push('[{"data":1}]')
      expect(test.request.reads).toBe(0)
      await test.release()
      await test.request.end()
      expect(test.data()).toEqual(['1'])
    })
  })

  describe('an attempt that is over', () => {
    it.each(['asking', 'head', 'answer', 'waiting', 'stream'])(
      'holds nothing, and asks no more: %s',
      async (point) => {
        const test = await start({ interval: 50 })
        const contentType = point === 'stream' ? 'text/event-stream' : 'application/json'
        if (point !== 'asking') await test.request.respond({ contentType, isComplete: false })
        if (point === 'answer') await test.request.push('[{"data":"a"},')
        if (point === 'stream') await test.request.push('data: a\n\nda')
        if (point === 'waiting') await test.request.push('[]')
        if (point === 'waiting') await test.request.end()
        expect(test.live()).not.toEqual([])
        test.controller.abort()
        await settle()
        expect(test.live()).toEqual([])
        await test.advance(60_000)
        expect(test.requests).toHaveLength(1)
        expect(test.outcome).not.toBe('pending')
      },
    )

    it.each([false, true])(
      'repeats a POST only where that goes on with a stream in the way of the app: %s',
      async (mayGoOn) => {
        const test = await start({}, { method: 'POST', reconnect: {}, mayGoOn: () => mayGoOn })
        expect(test.requests).toHaveLength(mayGoOn ? 1 : 0)
        if (!mayGoOn) expect(test.outcome).toMatchObject({ code: 'unsupported' })
      },
    )

    it('drops the rest of what is being read', async () => {
      const test = createTestAttempt()
      Object.assign(test.attempt, {
        onMessage(...message: unknown[]) {
          test.note('message', ...message)
          test.controller.abort()
        },
      })
      await test.connect(pollingTransport())
      await test.request.respond()
      await test.request.push('data: a\n\ndata: b\n\n')
      expect(test.heardOf('message')).toHaveLength(1)
    })

    it('has as many listeners on its signal after many polls as after the first', async () => {
      const test = createTestAttempt()
      const { signal } = test.controller
      const listeners = new Set<unknown>()
      const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void
      const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void
      Object.assign(signal, {
        addEventListener(...args: unknown[]) {
          listeners.add(args[1])
          add(...args)
        },
        removeEventListener(...args: unknown[]) {
          listeners.delete(args[1])
          remove(...args)
        },
      })
      await test.connect(pollingTransport({ interval: 1 }))
      const atFirst = listeners.size
      expect(atFirst).toBeGreaterThan(0)
      for (const contentType of ['text/event-stream', 'application/json', 'application/x-ndjson']) {
        await test.request.respond({ contentType, isComplete: false })
        await test.request.push(contentType === 'application/json' ? '[]' : '\n')
        await test.request.end()
        // Between two polls only the wait listens.
        expect(listeners.size).toBe(1)
        await test.advance(1)
        expect(listeners.size).toBe(atFirst)
      }
      await test.request.refuse()
      expect(test.outcome).toBeInstanceOf(TypeError)
      expect([...listeners]).toEqual([])
    })
  })

  describe('a request that may not be repeated', () => {
    it.each(['POST', 'PUT', 'delete'])('is not made: %s', async (method) => {
      const test = await start({}, { method })
      expect(test.outcome).toMatchObject({ code: 'unsupported', fatal: true })
      expect((test.outcome as Error).message).toContain(method)
      expect(test.requests).toEqual([])
    })

    it('is not made where reconnect is off', async () => {
      const test = await start({}, { method: 'POST', reconnect: false })
      expect(test.outcome).toMatchObject({ code: 'unsupported' })
    })

    it.each<ConnectionOptions>([
      { method: 'POST', body: 'x', reconnect: true },
      { method: 'POST', body: 'x', reconnect: {} },
      { method: 'GET' },
      { method: 'head', reconnect: false },
      {},
    ])('is none: %j', async (connection) => {
      const test = await start({ interval: 1 }, connection)
      await test.answer('[]')
      await test.advance(1)
      const { method, body } = connection
      expect(test.requests.map(({ init }) => [init.method, init.body])).toEqual([
        [method, body],
        [method, body],
      ])
    })
  })
})
