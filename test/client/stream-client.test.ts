// @vitest-environment node
/** How messages reach the app: who is called, in which order, and what happens when a handler fails. */
import { describe, expect, it, vi } from 'vitest'
import { useTestStreams } from '../support/test-streams.ts'
import { INITIAL_STATE } from '../../src/client/stream-client.ts'
import type { Environment } from '../../src/client/environment.ts'
import type { AnyFunction } from '../../src/client/delivery/handler-list.ts'
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
    const fetch = vi.fn<Environment['fetch']>(() => new Promise(() => {}))
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
        { type: 'a', data: { b: 1 }, lastEventId: '7', key: 1, replayed: false },
        { type: 'message', data: 2, lastEventId: '7', key: 2, replayed: false },
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
      const ofType = vi.fn<AnyFunction>()
      const ofAll = vi.fn<AnyFunction>()
      const stream = await startOpen({ on: { a: ofType } })
      stream.client.on('*', ofAll)
      await stream.request.push('event: a\ndata: 5\n\n')
      const message = { type: 'a', data: 5, lastEventId: '', key: 1, replayed: false }
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
      const handlers = [
        vi.fn<AnyFunction>(),
        vi.fn<AnyFunction>(),
        vi.fn<AnyFunction>(),
        vi.fn<AnyFunction>(),
      ] as const
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
      const taken = vi.fn<AnyFunction>()
      const added = vi.fn<AnyFunction>()
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
})
