// @vitest-environment node
/** `for await` over a stream: nothing lost, never more than its bound, and nothing left behind. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import { iterateMessages } from '../../../src/client/delivery/message-iterator.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'
import type { IterationSource } from '../../../src/client/delivery/message-iterator.ts'

const start = useTestStreams()
const CAPACITY = 500

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await stream.open()
  return stream
}

const messages = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, index) => `data: ${first + index}\n\n`).join('')

/** A loop over the stream; `turn` is awaited in each of its turns. */
function loop({ client }: TestStream, turn: (data: unknown) => unknown = () => {}) {
  const seen: unknown[] = []
  const done = (async () => {
    for await (const { data } of client) {
      seen.push(data)
      if ((await turn(data)) === 'break') break
    }
    return 'done'
  })()
  done.catch(() => {})
  return { seen, done }
}

describe('iterateMessages', () => {
  it('gives every message in order', async () => {
    const stream = await startOpen()
    const { seen } = loop(stream)
    await settle()
    await stream.request.push(messages(3), messages(2, 3))
    expect(seen).toEqual([0, 1, 2, 3, 4])
  })

  it('starts with the first next(): what came before is not in it', async () => {
    const stream = await startOpen()
    const iterator = stream.client[Symbol.asyncIterator]()
    await stream.request.push('data: 1\n\n')
    const next = iterator.next()
    await stream.request.push('data: 2\n\n')
    expect(await next).toMatchObject({ done: false, value: { type: 'message', data: 2, key: 2 } })
    await iterator.return!()
  })

  it('holds the reader when 500 messages wait, and lets go when all are taken', async () => {
    const stream = await startOpen()
    const iterator = stream.client[Symbol.asyncIterator]()
    const first = iterator.next()
    await stream.request.push(messages(CAPACITY + 100), messages(50, CAPACITY + 100))
    await first
    const { reads } = stream.request
    for (let index = 1; index < CAPACITY; index++) await iterator.next()
    expect(stream.client).toMatchObject({ received: CAPACITY, status: 'open' })
    expect(stream.request.reads).toBe(reads)
    expect((await iterator.next()).value).toMatchObject({ data: CAPACITY })
    await settle()
    expect(stream.client.received).toBe(CAPACITY + 150)
    expect(stream.request.reads).toBeGreaterThan(reads)
    const rest = await Promise.all(Array.from({ length: 149 }, () => iterator.next()))
    expect(rest.at(-1)!.value).toMatchObject({ data: CAPACITY + 149 })
    await iterator.return!()
  })

  it.each(['end', 'cut'] as const)('gives what waited in a hold, then the %s', async (how) => {
    const stream = await startOpen({ method: 'POST' })
    let isFree = false
    const { seen, done } = loop(stream, () => isFree || vi.waitUntil(() => isFree))
    await settle()
    await stream.request.push(messages(CAPACITY + 10))
    await stream.request[how]()
    isFree = true
    await done.catch(() => {})
    expect(seen).toHaveLength(CAPACITY + 10)
    expect(stream.client.status).toBe(how === 'end' ? 'closed' : 'failed')
  })

  it('gives what waited in a hold when nothing comes after it', async () => {
    const stream = await startOpen()
    let isFree = false
    const { seen } = loop(stream, () => isFree || vi.waitUntil(() => isFree))
    await settle()
    await stream.request.push(messages(CAPACITY + 10))
    isFree = true
    await vi.waitUntil(() => seen.length === CAPACITY + 10)
    expect(seen.at(-1)).toBe(CAPACITY + 9)
  })

  it('forgets what it holds of a URL that the stream leaves, and goes on with the next one', async () => {
    const stream = await startOpen()
    const iterator = stream.client[Symbol.asyncIterator]()
    const first = iterator.next()
    await stream.request.push(messages(CAPACITY + 100))
    await first
    stream.client.setUrl('https://other.test/')
    const next = iterator.next()
    await settle()
    await stream.open()
    for (let index = 0; index < 10; index++) await stream.request.push(messages(100, 1000))
    expect((await next).value).toMatchObject({ data: 1000 })
    expect(stream.client.received).toBeLessThanOrEqual(CAPACITY + 1)
    await iterator.return!()
  })

  it('stays within its bound over another URL also when nobody asks for a message', async () => {
    const stream = await startOpen()
    const iterator = stream.client[Symbol.asyncIterator]()
    const first = iterator.next()
    await stream.request.push(messages(CAPACITY + 100))
    await first
    stream.client.setUrl('https://other.test/')
    await settle()
    await stream.open()
    for (let index = 0; index < 10; index++) await stream.request.push(messages(100))
    expect(stream.client.received).toBeLessThanOrEqual(CAPACITY)
    await iterator.return!()
  })

  it('tells onStatus nothing: backpressure is not a status', async () => {
    const stream = await startOpen()
    stream.takeLog()
    const { seen } = loop(stream, (data) => (data === 1199 ? 'break' : settle()))
    await settle()
    for (let index = 0; index < 12; index++) await stream.request.push(messages(100, index * 100))
    await vi.waitUntil(() => seen.length === 1200)
    await settle()
    expect(stream.log.filter((line) => !line.startsWith('message'))).toEqual([])
  })

  it('is no silence while it holds the reader', async () => {
    const stream = await startOpen({ silenceTimeout: 1000 })
    const iterator = stream.client[Symbol.asyncIterator]()
    const first = iterator.next()
    await stream.request.push(messages(CAPACITY + 1))
    await first
    await stream.advance(29_000)
    expect(stream.client.status).toBe('open')
    await iterator.return!()
    await stream.advance(1000)
    expect(stream.client.reason).toBe('silence')
  })

  it('gives the connection up after 30 s without a look at it, and loses nothing', async () => {
    const stream = await startOpen()
    const seen: string[] = []
    const iterator = stream.client[Symbol.asyncIterator]()
    const take = async (): Promise<void> => {
      seen.push((await iterator.next()).value!.lastEventId)
    }
    const first = take()
    const ids = Array.from({ length: CAPACITY + 2 }, (_, index) => `${index + 1}`)
    await stream.request.push(ids.map((id) => `id: ${id}\ndata: 1\n\n`).join(''))
    await first
    await stream.advance(30_000)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    expect(stream.request.isOpen).toBe(false)
    for (let count = 1; count < ids.length; count++) await take()
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
    expect(stream.request.headers.get('Last-Event-ID')).toBe(ids.at(-1))
    expect(seen).toEqual(ids)
    await iterator.return!()
  })

  it('goes on over a reconnect', async () => {
    const stream = await startOpen()
    const { seen } = loop(stream)
    await settle()
    await stream.request.push('data: 1\n\n')
    await stream.request.cut()
    await stream.advance(1000)
    await stream.open()
    await stream.request.push('data: 2\n\n')
    expect(seen).toEqual([1, 2])
  })

  it('waits for a stream that is not open yet', async () => {
    const stream = await start({ immediate: false })
    const { seen } = loop(stream)
    await settle()
    stream.client.open()
    await settle()
    await stream.open()
    await stream.request.push('data: 1\n\n')
    expect(seen).toEqual([1])
  })

  it('ends with close(), without another word to the app', async () => {
    const stream = await startOpen()
    const { done } = loop(stream)
    await settle()
    stream.client.close()
    const heard = stream.log.length
    expect(await done).toBe('done')
    expect(stream.log).toHaveLength(heard)
  })

  it('ends at once on a stream that is closed', async () => {
    const stream = await startOpen()
    stream.client.close()
    expect(await loop(stream).done).toBe('done')
  })

  it('gives what came before the end of a complete stream, and ends', async () => {
    const stream = await startOpen({ method: 'POST' })
    const { seen, done } = loop(stream, settle)
    await settle()
    await stream.request.push(messages(20))
    await stream.request.end()
    expect(await done).toBe('done')
    expect(seen).toHaveLength(20)
  })

  it('throws the error of a stream that fails, after what came before it', async () => {
    const stream = await startOpen({ method: 'POST' })
    const { seen, done } = loop(stream, settle)
    await settle()
    await stream.request.push(messages(2))
    await stream.request.cut()
    await expect(done).rejects.toMatchObject({ code: 'network', fatal: true })
    expect(seen).toEqual([0, 1])
  })

  it('takes itself away with break, and lets go of the reader', async () => {
    const stream = await startOpen()
    let isStopped = false
    const { seen, done } = loop(stream, async () => {
      await vi.waitUntil(() => isStopped)
      return 'break'
    })
    await settle()
    await stream.request.push(messages(CAPACITY + 10))
    expect(stream.client.received).toBe(CAPACITY)
    isStopped = true
    await done
    await settle()
    expect(stream.client.received).toBe(CAPACITY + 10)
    await stream.request.push(messages(2 * CAPACITY))
    expect(stream.client.received).toBe(3 * CAPACITY + 10)
    expect(seen).toEqual([0])
  })

  it('may run twice at once: each loop gets every message', async () => {
    const stream = await startOpen()
    const quick = loop(stream)
    let isFree = false
    const slow = loop(stream, () => isFree || vi.waitUntil(() => isFree))
    await settle()
    await stream.request.push(messages(CAPACITY + 10))
    expect(stream.client.received).toBe(CAPACITY)
    isFree = true
    await vi.waitUntil(() => slow.seen.length === CAPACITY + 10)
    expect(quick.seen).toEqual(slow.seen)
  })

  it('takes what comes before it waits', async () => {
    const source: IterationSource<number> = {
      ...{ received: 1, status: 'open', error: null },
      tap(onMessage, _, onChange) {
        void onMessage(1)
        onChange()
        return () => {}
      },
      pause: () => {},
      resume: () => {},
    }
    const iterator = iterateMessages(source)
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    await iterator.return()
  })

  it('works with any source', async () => {
    const removed = vi.fn<AnyFunction>()
    const released = vi.fn<AnyFunction>()
    let push: (message: number) => void = () => {}
    const source: IterationSource<number> = {
      ...{ received: 0, status: 'open', error: null },
      tap(onMessage) {
        push = onMessage
        return removed
      },
      pause: vi.fn<AnyFunction>(),
      resume: released,
    }
    const iterator = iterateMessages(source)
    const next = iterator.next()
    push(1)
    push(2)
    expect([await next, await iterator.next()].map(({ value }) => value)).toEqual([1, 2])
    await iterator.return()
    expect(removed).toHaveBeenCalledOnce()
    expect(released).toHaveBeenCalled()
  })

  describe('a message', () => {
    const storage = 'session'
    const resume = { storage, key: 'loop' } as const
    /** The id that is stored once all that can be written is. */
    const committed = async (stream: TestStream): Promise<string | undefined> => {
      await stream.advance(250)
      return /"id":"(\w+)"/.exec(`${stream.stored.session.get('vue-event-stream:loop')}`)?.[1]
    }
    const ids = (count: number, first = 1): string =>
      Array.from({ length: count }, (_, index) => {
        const id = first + index
        return `id: ${id}\ndata: ${id}\n\n`
      }).join('')

    it('counts as handled when the loop asks for the next one', async () => {
      const stream = await startOpen({ resume })
      const iterator = stream.client[Symbol.asyncIterator]()
      const first = iterator.next()
      await settle()
      await stream.request.push(ids(3))
      expect((await first).value).toMatchObject({ data: 1 })
      expect(await committed(stream)).toBe(undefined)
      await iterator.next()
      expect(await committed(stream)).toBe('1')
      await iterator.next()
      expect(await committed(stream)).toBe('2')
      const next = iterator.next()
      expect(await committed(stream)).toBe('3')
      await stream.request.push(ids(1, 4))
      await next
      expect(await committed(stream)).toBe('3')
      await iterator.return!()
    })

    it('counts as handled when every loop has asked', async () => {
      const stream = await startOpen({ resume })
      const loops = [stream.client[Symbol.asyncIterator](), stream.client[Symbol.asyncIterator]()]
      const first = loops.map((iterator) => iterator.next())
      await settle()
      await stream.request.push(ids(2))
      await Promise.all(first)
      await loops[0]!.next()
      expect(await committed(stream)).toBe(undefined)
      await loops[1]!.next()
      expect(await committed(stream)).toBe('1')
      for (const iterator of loops) await iterator.return!()
    })

    it.each(['return', 'throw'] as const)(
      'counts as handled, and all that wait behind it, with %s',
      async (how) => {
        const stream = await startOpen({ resume })
        const iterator = stream.client[Symbol.asyncIterator]()
        const first = iterator.next()
        await settle()
        await stream.request.push(ids(3))
        await first
        await iterator[how]!(new Error('enough')).catch(() => {})
        expect(await committed(stream)).toBe('3')
        await stream.request.push(ids(1, 4))
        expect(await committed(stream)).toBe('4')
      },
    )

    it('does not count as handled because the stream was closed while the loop has it', async () => {
      const stream = await startOpen({ resume })
      let finish = (): void => {}
      const { done } = loop(stream, () => new Promise<void>((resolve) => (finish = resolve)))
      await settle()
      await stream.request.push(ids(1))
      stream.client.close()
      expect(await committed(stream)).toBe(undefined)
      finish()
      await done
      await settle()
      expect(await committed(stream)).toBe('1')
    })
  })
})

describe('the code of a loop', () => {
  const PATH = '../../../src/client/delivery/message-iterator.ts'
  afterEach(() => void vi.doUnmock(PATH))

  /** Comes when the test says so. */
  function mockLoading() {
    let resolve!: (code: object) => void
    let reject!: (cause: Error) => void
    const loading = new Promise<object>((...settlers) => ([resolve, reject] = settlers))
    loading.catch(() => {})
    vi.resetModules()
    vi.doMock(PATH, () => loading)
    return { resolve, reject }
  }

  it('is not loaded before the first next(), and misses nothing of what comes meanwhile', async () => {
    const loading = mockLoading()
    const handled: unknown[] = []
    const stream = await startOpen({ onMessage: ({ data }) => void handled.push(data) })
    const iterator = stream.client[Symbol.asyncIterator]()
    await stream.request.push(messages(1))
    const next = iterator.next()
    await stream.request.push(messages(2, 1))
    expect(handled).toEqual([0])
    loading.resolve({ iterateMessages })
    expect((await next).value).toMatchObject({ data: 1 })
    expect((await iterator.next()).value).toMatchObject({ data: 2 })
    expect(handled).toEqual([0, 1, 2])
    await iterator.return!()
  })

  it('ends the loop where it is gone, and lets go of the others', async () => {
    const loading = mockLoading()
    const handled: unknown[] = []
    const stream = await startOpen({ onMessage: ({ data }) => void handled.push(data) })
    const next = stream.client[Symbol.asyncIterator]().next()
    next.catch(() => {})
    await stream.request.push(messages(2))
    expect(handled).toEqual([])
    loading.reject(new Error('gone'))
    await expect(next).rejects.toBeInstanceOf(Error)
    expect(handled).toEqual([0, 1])
  })

  it('is waited for 15 seconds: then the stream goes on, and nothing of the wait is left', async () => {
    mockLoading()
    const handled: unknown[] = []
    const stream = await startOpen({ onMessage: ({ data }) => void handled.push(data) })
    const next = stream.client[Symbol.asyncIterator]().next()
    next.catch(() => {})
    await stream.request.push(messages(2))
    await stream.advance(14_999)
    expect(handled).toEqual([])
    await stream.advance(1)
    await expect(next).rejects.toThrow('No code for loops.')
    expect(handled).toEqual([0, 1])
    stream.client.close()
    expect(stream.live()).toEqual([])
  })
})
