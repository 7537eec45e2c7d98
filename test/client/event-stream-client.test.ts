// @vitest-environment node
/** How messages reach the app: who is called, in which order, and what happens when a handler fails. */
import { describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { settle } from '../support/settle.ts'
import { useTestStreams } from '../support/test-streams.ts'
import { createEventStreamClient, INITIAL_STATE } from '../../src/client/event-stream-client.ts'
import { isEventStreamError } from '../../src/protocol/errors.ts'
import type { TestStream, TestStreamOptions } from '../support/test-streams.ts'

const start = useTestStreams()

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await stream.open()
  stream.takeLog()
  return stream
}

const TRICKY_NAMES = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'error', 'open', 'close'],
  ...['message', 'prototype', 'then', 'é你😀', ' ', 'a b'],
]

describe('createEventStreamClient', () => {
  it('starts as a stream that nothing has happened to', async () => {
    const { client } = await start({ immediate: false })
    expect(client).toMatchObject(INITIAL_STATE)
  })

  it('connects at once', async () => {
    const { requests } = await start()
    expect(requests).toHaveLength(1)
  })

  it('is idle without a URL', async () => {
    const { client, requests, log } = await start({ url: null })
    expect(client.status).toBe('idle')
    expect(requests).toEqual([])
    expect(log).toEqual([])
  })

  it('uses the fetch it is given', async () => {
    const fetch = vi.fn(() => new Promise<Response>(() => {}))
    const { client } = await start({ fetch })
    expect(fetch).toHaveBeenCalledOnce()
    client.close()
  })

  describe('messages', () => {
    it('have type, data, last event ID and a key of their own', async () => {
      const seen: unknown[] = []
      const stream = await startOpen({ onMessage: (message) => seen.push(message) })
      await stream.request.push('event: a\nid: 7\ndata: {"b":1}\n\ndata: 2\n\n')
      expect(seen).toEqual([
        { type: 'a', data: { b: 1 }, lastEventId: '7', key: 1 },
        { type: 'message', data: 2, lastEventId: '7', key: 2 },
      ])
      expect(stream.client.message).toBe(seen[1])
    })

    it('keep counting their keys over reconnects', async () => {
      const keys: number[] = []
      const stream = await startOpen({ onMessage: ({ key }) => keys.push(key) })
      await stream.request.push('data: 1\n\n')
      await stream.request.end()
      await stream.advance(1000)
      await stream.open()
      await stream.request.push('data: 2\n\n')
      expect(keys).toEqual([1, 2])
    })

    it('are counted in received, also when they cannot be decoded', async () => {
      const stream = await startOpen()
      await stream.request.push('data: 1\n\ndata: {\n\nid: 3\n\n: comment\n\n')
      expect(stream.client.received).toBe(2)
    })

    it('are there in message and lastEventId when the handlers run', async () => {
      const seen: unknown[] = []
      const stream = await startOpen({
        onMessage: (message) =>
          seen.push(stream.client.message === message, stream.client.lastEventId),
      })
      await stream.request.push('id: 7\ndata: 1\n\n')
      expect(seen).toEqual([true, '7'])
    })
  })

  describe('handlers', () => {
    it('are called in order: tap, onMessage, those of the type, those of all types', async () => {
      const order: string[] = []
      const stream = await startOpen({
        onMessage: () => order.push('onMessage'),
        on: { a: () => order.push('on a') },
      })
      stream.client.on('*', () => order.push('*'))
      stream.client.on('a', () => order.push('a'))
      stream.client.on('b', () => order.push('b'))
      stream.client.tap(() => order.push('tap'))
      await stream.request.push('event: a\ndata: 1\n\n')
      expect(order).toEqual(['tap', 'onMessage', 'on a', 'a', '*'])
    })

    it('get the payload first and the message second; those of all types the message', async () => {
      const ofType = vi.fn()
      const ofAll = vi.fn()
      const stream = await startOpen({ on: { a: ofType } })
      stream.client.on('*', ofAll)
      await stream.request.push('event: a\ndata: 5\n\n')
      const message = { type: 'a', data: 5, lastEventId: '', key: 1 }
      expect(ofType).toHaveBeenCalledExactlyOnceWith(5, message)
      expect(ofAll).toHaveBeenCalledExactlyOnceWith(message)
    })

    it.each(TRICKY_NAMES)('are found by the name %s, and by no other', async (name) => {
      const seen: string[] = []
      const stream = await startOpen({
        on: Object.fromEntries(TRICKY_NAMES.map((type) => [type, () => seen.push(`map ${type}`)])),
      })
      for (const type of TRICKY_NAMES) stream.client.on(type, () => seen.push(`on ${type}`))
      await stream.request.push(`event: ${name}\ndata: 1\n\n`)
      expect(seen).toEqual([`map ${name}`, `on ${name}`])
      expect(stream.errors).toEqual([])
    })

    it.each(TRICKY_NAMES)('need not be there for the name %s', async (name) => {
      const stream = await startOpen({ on: { other: () => {} } })
      await stream.request.push(`event: ${name}\ndata: 1\n\n`)
      expect(stream.errors).toEqual([])
      expect(stream.client.received).toBe(1)
    })

    it('of a wire type * do not exist: only onMessage and on("*") get it, once', async () => {
      const seen: string[] = []
      const stream = await startOpen({
        onMessage: ({ type }) => seen.push(`onMessage ${type}`),
        on: { other: () => seen.push('other') },
      })
      stream.client.on('*', ({ type }) => seen.push(`* ${type}`))
      await stream.request.push('event: *\ndata: 1\n\n')
      expect(seen).toEqual(['onMessage *', '* *'])
    })

    it('may be left out by undefined', async () => {
      const stream = await startOpen({ on: { message: undefined } })
      await stream.request.push('data: 1\n\n')
      expect(stream.errors).toEqual([])
    })

    it('are called once with once(), also when they add themselves again', async () => {
      const seen: string[] = []
      const stream = await startOpen()
      stream.client.once('message', (data) => seen.push(`message ${String(data)}`))
      stream.client.once('*', ({ data }) => seen.push(`* ${String(data)}`))
      const again = (data: unknown): void => {
        seen.push(`again ${String(data)}`)
        stream.client.once('message', again)
      }
      again(0)
      await stream.request.push('data: 1\n\ndata: 2\n\n')
      expect(seen).toEqual(['again 0', 'message 1', 'again 1', '* 1', 'again 2'])
    })

    it('are not called any more when they are taken away', async () => {
      const stream = await startOpen()
      const handlers = [vi.fn(), vi.fn(), vi.fn(), vi.fn()] as const
      const removals = [
        stream.client.on('message', handlers[0]),
        stream.client.on('*', handlers[1]),
        stream.client.once('message', handlers[2]),
        stream.client.tap(handlers[3]),
      ]
      for (const remove of removals) remove()
      for (const remove of removals) remove()
      await stream.request.push('data: 1\n\n')
      for (const handler of handlers) expect(handler).not.toHaveBeenCalled()
    })

    it('that are taken away or added by another one do not get that message', async () => {
      const taken = vi.fn()
      const added = vi.fn()
      const stream = await startOpen()
      stream.client.once('message', () => {
        remove()
        stream.client.on('message', added)
      })
      const remove = stream.client.on('message', taken)
      await stream.request.push('data: 1\n\n')
      expect(added).not.toHaveBeenCalled()
      await stream.request.push('data: 2\n\n')
      expect(taken).not.toHaveBeenCalled()
      expect(added).toHaveBeenCalledOnce()
    })
  })

  describe('handlers that fail', () => {
    it.each([
      [
        'throw',
        () => {
          throw new Error('oops')
        },
      ],
      ['reject', () => Promise.reject(new Error('oops'))],
    ])('are reported and stop nothing when they %s', async (_, fail) => {
      const seen: unknown[] = []
      const stream = await startOpen({ onMessage: fail, on: { a: fail } })
      stream.client.on('a', fail)
      stream.client.on('*', fail)
      stream.client.on('a', (data) => seen.push(data))
      await stream.request.push('event: a\ndata: 1\n\n', 'event: a\ndata: 2\n\n')
      expect(seen).toEqual([1, 2])
      expect(stream.errors).toHaveLength(8)
      for (const error of stream.errors) {
        expect(isEventStreamError(error)).toBe(true)
        expect(error).toMatchObject({ code: 'handler', type: 'a', fatal: false })
        expect(error.cause).toMatchObject({ message: 'oops' })
      }
      expect(stream.client).toMatchObject({ status: 'open', error: null })
    })

    it('are reported for all other callbacks too', async () => {
      const fail = (): never => {
        throw new Error('oops')
      }
      const stream = await start({ onStatus: fail, onOpen: fail, onClose: fail, onActivity: fail })
      await stream.open()
      await stream.request.push(': hello\n')
      stream.client.close()
      const handlerErrors = stream.errors.filter(({ code }) => code === 'handler')
      expect(handlerErrors).toHaveLength(6)
      expect(stream.client.status).toBe('closed')
    })

    it('go to the platform when there is no onError', async () => {
      const fake = createFakeEnvironment()
      const causes = [new Error('thrown'), new Error('rejected')]
      const client = createEventStreamClient('/events', {
        environment: fake.environment,
        onMessage() {
          throw causes[0]
        },
        on: { message: () => Promise.reject(causes[1]) },
      })
      await settle()
      await fake.request.respond()
      await fake.request.push('data: 1\n\n')
      expect(fake.reported).toEqual(causes)
      client.close()
      expect(fake.live()).toEqual([])
    })

    it('go to the platform when onError fails itself, and nothing is called in a loop', async () => {
      const cause = new Error('onError')
      const stream = await startOpen({
        onMessage: () => Promise.reject(new Error('oops')),
        onError() {
          throw cause
        },
      })
      await stream.request.push('data: 1\n\n')
      await stream.request.cut()
      expect(stream.errors.map(({ code }) => code)).toEqual(['handler', 'network'])
      expect(stream.reported.splice(0)).toEqual([cause, cause])
      expect(stream.client.status).toBe('reconnecting')
    })

    it('go to the platform when onError rejects', async () => {
      const cause = new Error('onError')
      const stream = await startOpen({ onError: () => Promise.reject(cause) })
      await stream.request.cut()
      expect(stream.reported.splice(0)).toEqual([cause])
    })

    it('may return anything', async () => {
      const results = [undefined, null, 0, { then: 1 }, Promise.resolve(), () => {}]
      const stream = await startOpen()
      for (const result of results) stream.client.on('message', () => result)
      await stream.request.push('data: 1\n\n')
      expect(stream.errors).toEqual([])
    })
  })

  describe('decode', () => {
    it('takes data for JSON, and none for undefined', async () => {
      const seen: unknown[] = []
      const stream = await startOpen({ onMessage: ({ data }) => seen.push(data) })
      await stream.request.push('data: [1,\ndata: 2]\n\ndata:\n\ndata: null\n\n')
      expect(seen).toEqual([[1, 2], undefined, null])
    })

    it('reports a failure with the raw text, calls no handler, and the stream goes on', async () => {
      const handler = vi.fn()
      const stream = await startOpen()
      stream.client.on('*', handler)
      stream.client.on('a', handler)
      stream.client.tap(handler)
      await stream.request.push('event: a\nid: 4\ndata: {"secret\n\n')
      expect(handler).not.toHaveBeenCalled()
      expect(stream.log).toEqual(['error decode'])
      expect(stream.errors[0]).toMatchObject({
        ...{ code: 'decode', type: 'a', raw: '{"secret', fatal: false },
        cause: expect.any(SyntaxError) as unknown,
      })
      expect(stream.errors[0]!.message).not.toContain('secret')
      expect(stream.client).toMatchObject({ status: 'open', error: null, message: null })
      expect(stream.client.lastEventId).toBe('4')
      await stream.request.push('event: a\ndata: 5\n\n')
      expect(handler).toHaveBeenCalledTimes(3)
    })

    it('warns once for each stream, and names the way out', async () => {
      const stream = await startOpen()
      await stream.request.push('data: {\n\ndata: {\n\nevent: a\ndata: {\n\n')
      expect(stream.warnings).toEqual([expect.stringContaining("decode: 'text'")])
      expect(stream.errors).toHaveLength(3)
    })

    it('is asked with text and message when it is a function; what it throws is reported', async () => {
      const decode = vi.fn((data: string) => {
        if (data === 'bad') throw new RangeError('bad')
        return data.toUpperCase()
      })
      const stream = await startOpen({ decode })
      await stream.request.push('event: a\nid: 1\ndata: good\n\ndata: bad\n\n')
      expect(stream.log).toEqual(['message a "GOOD"', 'error decode'])
      expect(decode).toHaveBeenCalledWith('good', { type: 'a', data: 'good', lastEventId: '1' })
    })
  })

  describe('warn', () => {
    it('goes to the console when the platform brings no other place', async () => {
      const toConsole = vi.spyOn(console, 'warn').mockReturnValue()
      const stream = await startOpen({ environment: { warn: undefined } })
      await stream.request.push('data: {\n\n')
      expect(toConsole).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('undecodable-data'))
    })
  })
})
