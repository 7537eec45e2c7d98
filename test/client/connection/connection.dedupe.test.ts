// @vitest-environment node
/** What a server replays after a reconnect: dropped when it was delivered before, and counted. */
import { describe, expect, it, vi } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start({ url: 'https://page.test/events', ...options })
  await stream.open()
  return stream
}

/** The server sends this, the connection breaks, and it is there again. */
async function reopenAfter(stream: TestStream, ...texts: string[]): Promise<void> {
  await stream.request.push(...texts)
  await stream.request.cut()
  await stream.advance(1000)
  await stream.open()
  stream.takeLog()
}

const message = (id: unknown, data: unknown = id, type = 'message'): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`

const messages = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, index) => message(first + index)).join('')

describe('a message that was delivered before', () => {
  it('reaches nobody, and is counted', async () => {
    const handler = vi.fn<AnyFunction>()
    const stream = await startOpen({ on: { message: handler } })
    const tapped = vi.fn<AnyFunction>()
    stream.client.on('*', handler)
    stream.client.tap(tapped)
    await reopenAfter(stream, message(1) + message(2))
    handler.mockClear()
    tapped.mockClear()
    const before = stream.client.message
    await stream.request.push(message(1) + message(2))
    expect(stream.client).toMatchObject({ received: 2, duplicates: 2, message: before })
    expect([handler.mock.calls.length, tapped.mock.calls.length]).toEqual([0, 0])
    await stream.request.push(message(3))
    expect(stream.client).toMatchObject({ received: 3, duplicates: 2, message: { key: 3 } })
    expect(stream.log).toEqual(['message message 3'])
    expect([handler.mock.calls.length, tapped.mock.calls.length]).toEqual([2, 1])
  })

  it('is known over any number of reconnects', async () => {
    const stream = await startOpen()
    let expected = 0
    for (let count = 1; count <= 5; count++) {
      await reopenAfter(stream, message(count))
      await stream.request.push(messages(count, 1))
      expected += count
      expect(stream.client).toMatchObject({ received: count, duplicates: expected })
    }
  })

  it.each([
    ['the id', message(2, 1)],
    ['the data', message(1, 2)],
    ['the type', message(1, 1, 'other')],
    ['the text of its data', 'id: 1\ndata:  1\n\n'],
  ])('is one that is the same in all: not when it differs in %s', async (_, text) => {
    const stream = await startOpen()
    await reopenAfter(stream, message(1))
    await stream.request.push(text)
    expect(stream.client).toMatchObject({ received: 2, duplicates: 0 })
  })

  it('has an id of its own: one that inherits it is never dropped', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, 'id: 1\ndata: "a"\n\ndata: "b"\n\n')
    await stream.request.push('data: "a"\n\ndata: "b"\n\n')
    expect(stream.client).toMatchObject({ received: 4, duplicates: 0 })
  })

  it('has an id: one whose id is empty is never dropped', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, 'id:\ndata: "a"\n\n')
    await stream.request.push('id:\ndata: "a"\n\n')
    expect(stream.client).toMatchObject({ received: 2, duplicates: 0 })
  })

  it('is delivered where there was no reconnect', async () => {
    const stream = await startOpen()
    await stream.request.push(message(1) + message(1), message(1))
    expect(stream.client).toMatchObject({ received: 3, duplicates: 0 })
  })

  it('is not what the server had sent twice by itself', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, message(0, 'tick') + message(0, 'tick') + message(1))
    await stream.request.push(message(1) + message(0, 'tick').repeat(20))
    expect(stream.client).toMatchObject({ received: 23, duplicates: 1 })
  })

  it('is one that could not be decoded either time, and is reported once', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, 'id: 1\ndata: {\n\n')
    await stream.request.push('id: 1\ndata: {\n\n')
    expect(stream.client).toMatchObject({ received: 1, duplicates: 1 })
    expect(stream.errors.filter(({ code }) => code === 'decode')).toHaveLength(1)
  })

  it('is no news: attempts are counted on until something new comes', async () => {
    const stream = await startOpen()
    await stream.request.push(message(1) + message(2))
    await stream.request.cut()
    await stream.advance(1000)
    await stream.request.refuse()
    await stream.advance(1000)
    await stream.open()
    expect(stream.client.attempt).toBe(1)
    await stream.request.push(message(1))
    expect(stream.client.attempt).toBe(1)
    await stream.request.push(message(3))
    expect(stream.client.attempt).toBe(0)
  })

  it('moves the cursor: the server goes on from there', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, message(1) + message(2))
    await stream.request.push(message(1))
    expect(stream.client.lastEventId).toBe('1')
  })

  it('keeps no handler for once', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, message(1))
    const once = vi.fn<AnyFunction>()
    stream.client.once('message', once)
    await stream.request.push(message(1) + message(2))
    expect(once).toHaveBeenCalledExactlyOnceWith(2, expect.anything())
  })
})

describe('the time in which a replay is expected', () => {
  it('is over after 30 s without a duplicate', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, messages(3))
    await stream.advance(29_000)
    await stream.request.push(message(0))
    await stream.advance(29_000)
    await stream.request.push(message(1))
    expect(stream.client.duplicates).toBe(2)
    await stream.advance(30_001)
    await stream.request.push(message(2))
    expect(stream.client).toMatchObject({ received: 4, duplicates: 2 })
  })

  it('is over after 1024 messages without a duplicate', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, messages(3))
    await stream.request.push(messages(1023, 10_000) + message(2))
    expect(stream.client.duplicates).toBe(1)
    await stream.request.push(messages(1024, 20_000) + message(21_000))
    expect(stream.client).toMatchObject({ received: 2051, duplicates: 1 })
  })

  it('reaches back 1024 messages', async () => {
    const stream = await startOpen()
    await reopenAfter(stream, messages(3000))
    await stream.request.push(messages(1024, 3000 - 1024))
    expect(stream.client).toMatchObject({ received: 3000, duplicates: 1024 })
  })

  it('starts with every open, not only with one after a failure', async () => {
    const stream = await startOpen()
    await stream.request.push(message(1))
    stream.client.close()
    stream.client.open()
    await stream.advance(0)
    await stream.open()
    await stream.request.push(message(1))
    expect(stream.client).toMatchObject({ received: 1, duplicates: 1 })
  })
})

describe('dedupe', () => {
  it('false drops nothing', async () => {
    const stream = await startOpen({ dedupe: false })
    await reopenAfter(stream, message(1))
    await stream.request.push(message(1))
    expect(stream.client).toMatchObject({ received: 2, duplicates: 0 })
  })

  it('true is as if it were not given', async () => {
    const stream = await startOpen({ dedupe: true })
    await reopenAfter(stream, message(1))
    await stream.request.push(message(1))
    expect(stream.client).toMatchObject({ received: 1, duplicates: 1 })
  })

  it('a function says what messages are told apart by, with or without an id', async () => {
    const asked: unknown[] = []
    const stream = await startOpen({
      dedupe({ type, data, lastEventId }) {
        asked.push({ type, data, lastEventId })
        return `${(data as { n: number }).n}`
      },
    })
    await reopenAfter(stream, 'id: 1\ndata: {"n":1}\n\n', 'data: {"n":2}\n\n')
    expect(asked).toEqual([
      { type: 'message', data: { n: 1 }, lastEventId: '1' },
      { type: 'message', data: { n: 2 }, lastEventId: '1' },
    ])
    await stream.request.push('id: 9\nevent: a\ndata: {"n":1,"b":1}\n\n', 'data: { "n": 2 }\n\n')
    expect(stream.client).toMatchObject({ received: 2, duplicates: 2 })
  })

  it('a function that gives nothing drops nothing', async () => {
    const stream = await startOpen({ dedupe: () => undefined })
    await reopenAfter(stream, message(1))
    await stream.request.push(message(1))
    expect(stream.client).toMatchObject({ received: 2, duplicates: 0 })
  })

  it('a function may give an empty text, which is a key like any other', async () => {
    const stream = await startOpen({ dedupe: () => '' })
    await reopenAfter(stream, 'data: 1\n\n')
    await stream.request.push('data: 2\n\n')
    expect(stream.client).toMatchObject({ received: 1, duplicates: 1 })
  })

  it('a function that fails costs no message, and is reported', async () => {
    const stream = await startOpen({
      dedupe() {
        throw new Error('no key')
      },
    })
    await reopenAfter(stream, message(1))
    await stream.request.push(message(1))
    expect(stream.client).toMatchObject({ received: 2, duplicates: 0 })
    expect(stream.errors.filter(({ code }) => code === 'handler')).toHaveLength(2)
  })

  it('a function is not asked about what cannot be decoded: the id tells it apart', async () => {
    const dedupe = vi.fn<() => string>(() => 'same')
    const stream = await startOpen({ dedupe })
    await reopenAfter(stream, 'id: 1\ndata: {\n\n', 'id: 2\ndata: {\n\n')
    await stream.request.push('id: 1\ndata: {\n\n', 'id: 3\ndata: {\n\n')
    expect(dedupe).not.toHaveBeenCalled()
    expect(stream.client).toMatchObject({ received: 3, duplicates: 1 })
  })
})
