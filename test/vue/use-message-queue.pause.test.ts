/** A stream's own queue with `overflow: 'pause'`: when it is full nothing is read, and nothing is dropped. */
import { flushPromises } from '@vue/test-utils'
import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { effectScope, ref, watch } from 'vue'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, startStream } from '../support/mount.ts'
import type { MessageQueueOptions } from '../../src/client/delivery/message-queue.ts'
import type { UseEventStreamOptions } from '../../src/vue/options.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

type Stream = UseEventStreamReturn<Record<string, unknown>>

const dataOf = (items: readonly { readonly data: unknown }[]): unknown[] =>
  items.map(({ data }) => data)
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
const numbered = (first: number, last = first): string[] =>
  range(first, last).map((number) => event('a', number, String(number)))
const send = (...events: string[]): Promise<unknown> => environment.last().send(...events)

async function startPausing(
  capacity: number,
  options: UseEventStreamOptions<Record<string, unknown>> = {},
): Promise<{ stream: Stream; stop(): void }> {
  const queue = { capacity, overflow: 'pause' as const }
  const { stream, scope } = await startStream(environment, { queue, flush: 'sync', ...options })
  await environment.last().answer()
  return { stream, stop: () => scope.stop() }
}

describe("a stream's own queue with the overflow pause", () => {
  it('takes in as many messages as it holds, and lets the others wait', async () => {
    const { stream } = await startPausing(3)
    await send(...numbered(1, 5))
    expect(dataOf(stream.queue.messages)).toEqual([1, 2, 3])
    expect(stream.queue).toMatchObject({ size: 3, dropped: 0 })
    expect([stream.received.value, stream.lastEventId.value]).toEqual([3, '3'])
    await send(...numbered(6, 9))
    expect(stream.received.value).toBe(3)
  })

  it('is no status: the stream stays open', async () => {
    const { stream } = await startPausing(1)
    await send(...numbered(1, 2))
    expect([stream.status.value, stream.reason.value]).toEqual(['open', null])
  })

  it.each<[string, (stream: Stream) => unknown[], unknown[], unknown[]]>([
    ['take()', ({ queue }) => dataOf(queue.take()), [1], [2, 3, 4]],
    ['take(2)', ({ queue }) => dataOf(queue.take(2)), [1, 2], [3, 4, 5]],
    ['take(9)', ({ queue }) => dataOf(queue.take(9)), [1, 2, 3], [4, 5, 6]],
    ['drain()', ({ queue }) => dataOf(queue.drain()), [1, 2, 3], [4, 5, 6]],
    ['clear()', ({ queue }) => [queue.clear()], [undefined], [4, 5, 6]],
    ['take(0)', ({ queue }) => dataOf(queue.take(0)), [], [1, 2, 3]],
  ])('makes room with %s: what waits comes at once', async (_, act, taken, left) => {
    const { stream } = await startPausing(3)
    await send(...numbered(1, 7))
    expect(act(stream)).toEqual(taken)
    expect(dataOf(stream.queue.messages)).toEqual(left)
    expect(stream.queue).toMatchObject({ size: 3, dropped: 0 })
  })

  it('reads on when it has room and nothing waits any more', async () => {
    const { stream } = await startPausing(3)
    await send(...numbered(1, 4))
    // The chunk that was being read when the queue was full has come; the next one is not asked for.
    await send(...numbered(5, 6))
    await send(...numbered(7, 8))
    expect(dataOf(stream.queue.drain())).toEqual([1, 2, 3])
    await flushPromises()
    expect(dataOf(stream.queue.drain())).toEqual([4, 5, 6])
    await flushPromises()
    expect(dataOf(stream.queue.drain())).toEqual([7, 8])
  })

  it('lets a handler take the message that it is called for', async () => {
    const taken: unknown[] = []
    const { stream } = await startPausing(1, {
      on: { a: () => taken.push(...dataOf(stream.queue.take())) },
    })
    await send(...numbered(1, 50))
    await send(...numbered(51, 100))
    expect(taken).toEqual(range(1, 100))
    expect(stream.queue).toMatchObject({ size: 0, dropped: 0 })
  })

  it('lets a handler drain when it is full, and the order stays', async () => {
    const taken: unknown[] = []
    const handled: unknown[] = []
    const { stream } = await startPausing(4, {
      on: {
        a(payload) {
          handled.push(payload)
          if (stream.queue.size === 4) taken.push(...dataOf(stream.queue.drain()))
        },
      },
    })
    await send(...numbered(1, 30))
    taken.push(...dataOf(stream.queue.drain()))
    expect([handled, taken]).toEqual([range(1, 30), range(1, 30)])
  })

  it('lets a watcher of its size drain it', async () => {
    const taken: unknown[] = []
    const { stream } = await startPausing(4)
    const scope = effectScope(true)
    scope.run(() =>
      watch(
        () => stream.queue.size,
        (size) => size === 4 && taken.push(...dataOf(stream.queue.drain())),
        { flush: 'sync' },
      ),
    )
    await send(...numbered(1, 22))
    expect([taken, dataOf(stream.queue.messages)]).toEqual([range(1, 20), [21, 22]])
    scope.stop()
  })

  it('holds whatever is not taken, also with flush frame, where it shows later', async () => {
    const { stream } = await startPausing(3, { flush: 'frame' })
    await send(...numbered(1, 7))
    expect(stream.queue.size).toBe(0)
    await environment.frame()
    expect(dataOf(stream.queue.messages)).toEqual([1, 2, 3])
    // Taking shows itself at once, and what came for it as well.
    expect(dataOf(stream.queue.take(2))).toEqual([1, 2])
    expect(dataOf(stream.queue.messages)).toEqual([3, 4, 5])
    expect(dataOf(stream.queue.drain())).toEqual([3, 4, 5])
    await environment.frame()
    expect(dataOf(stream.queue.messages)).toEqual([6, 7])
    expect(stream.received.value).toBe(7)
  })

  it('holds one message at least, and 500 by default', async () => {
    const { stream: one } = await startPausing(0)
    await send(...numbered(1, 3))
    expect(dataOf(one.queue.messages)).toEqual([1])
    const { stream } = await startStream(environment, {
      queue: { overflow: 'pause' },
      flush: 'sync',
    })
    await send(...numbered(1, 501))
    expect([stream.queue.size, stream.received.value]).toEqual([500, 500])
  })

  it('takes in no heartbeat more than its capacity, and no message that cannot be decoded', async () => {
    const { stream } = await startPausing(2)
    const broken = 'event: a\ndata: {\n\n'
    await send(event('ping', 1), broken, event('a', 2), event('ping', 3), event('a', 4))
    expect(dataOf(stream.queue.messages)).toEqual([1, 2])
    expect(dataOf(stream.queue.drain())).toEqual([1, 2])
    expect(dataOf(stream.queue.messages)).toEqual([3, 4])
  })

  it('never grows over its capacity and loses nothing, whatever is done to it', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 0, max: 8 }) }),
      fc.constant({ do: 'drain' as const, count: 0 }),
      fc.constant({ do: 'frame' as const, count: 0 }),
      fc.constant({ do: 'pause' as const, count: 0 }),
      fc.constant({ do: 'resume' as const, count: 0 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('sync' as const, 'frame' as const),
        fc.boolean(),
        fc.array(step, { maxLength: 30 }),
        async (capacity, flush, takesInHandler, steps) => {
          environment = createControlledEnvironment()
          const taken: unknown[] = []
          const handled: unknown[] = []
          let sent = 0
          const { stream, stop } = await startPausing(capacity, {
            flush,
            onMessage: ({ data }) => handled.push(data),
            on: { a: (n) => takesInHandler && Number(n) % 3 === 0 && take(1) },
          })
          function take(count: number): void {
            const items = stream.queue.take(count)
            expect(items.length).toBeLessThanOrEqual(capacity)
            taken.push(...dataOf(items))
          }
          for (const { do: act, count } of steps) {
            if (act === 'send') {
              await send(...numbered(sent + 1, sent + count))
              sent += count
            } else if (act === 'take') take(count)
            else if (act === 'drain') taken.push(...dataOf(stream.queue.drain()))
            else if (act === 'frame') await environment.frame()
            else stream[act]()
            expect(stream.queue.messages.length).toBeLessThanOrEqual(capacity)
            expect(stream.received.value - taken.length).toBeLessThanOrEqual(capacity)
            expect(stream.queue.dropped).toBe(0)
          }
          stream.resume()
          for (let turn = 0; turn <= sent; turn++) {
            await flushPromises()
            taken.push(...dataOf(stream.queue.drain()))
          }
          expect(handled).toEqual(range(1, sent))
          // Room lets the next messages in before `take` returns: their handlers may be the first to take.
          if (takesInHandler) taken.sort((a, b) => Number(a) - Number(b))
          expect(taken).toEqual(range(1, sent))
          stop()
        },
      ),
      { numRuns: 60 },
    )
  }, 30_000)

  describe('and the life of the stream', () => {
    it('is one of several reasons: room alone does not end a pause', async () => {
      const { stream } = await startPausing(2)
      await send(...numbered(1, 5))
      stream.pause()
      expect(dataOf(stream.queue.drain())).toEqual([1, 2])
      expect(stream.queue.size).toBe(0)
      stream.resume()
      expect(dataOf(stream.queue.messages)).toEqual([3, 4])
      stream.pause()
      stream.resume()
      expect(stream.received.value).toBe(4)
    })

    it('keeps what it has when the stream closes, and takes no more until there is room', async () => {
      const { stream } = await startPausing(2)
      await send(...numbered(1, 3))
      stream.close()
      expect(dataOf(stream.queue.messages)).toEqual([1, 2])
      stream.open()
      await flushPromises()
      expect(environment.last().headers.get('Last-Event-ID')).toBe('2')
      await send(...numbered(3, 5))
      expect(stream.received.value).toBe(2)
      expect(dataOf(stream.queue.drain())).toEqual([1, 2])
      await flushPromises()
      expect(dataOf(stream.queue.messages)).toEqual([3, 4])
    })

    it('keeps what it has for another URL, whose messages wait for room as well', async () => {
      const url = ref('/a')
      const { result: stream } = runInScope(() =>
        useEventStream(url, {
          environment,
          flush: 'sync',
          queue: { capacity: 2, overflow: 'pause' },
        }),
      )
      await flushPromises()
      await send(...numbered(1, 3))
      url.value = '/b'
      await flushPromises()
      await send(...numbered(11, 13))
      expect(dataOf(stream.queue.messages)).toEqual([1, 2])
      expect(dataOf(stream.queue.take())).toEqual([1])
      await flushPromises()
      expect(dataOf(stream.queue.messages)).toEqual([2, 11])
    })

    it('leaves the connection after 30 s, and goes on after the last id when there is room', async () => {
      const { stream } = await startPausing(2)
      await send(...numbered(1, 3))
      await environment.advance(29_999)
      expect([stream.status.value, environment.last().aborted]).toEqual(['open', false])
      await environment.advance(1)
      expect([stream.status.value, stream.reason.value]).toEqual(['paused', 'overflow'])
      expect(environment.last().aborted).toBe(true)
      // What had been read before is delivered, and counts for the cursor.
      expect(dataOf(stream.queue.drain())).toEqual([1, 2])
      await flushPromises()
      expect(dataOf(stream.queue.messages)).toEqual([3])
      expect(environment.last().headers.get('Last-Event-ID')).toBe('3')
      await send(...numbered(4))
      expect([stream.status.value, dataOf(stream.queue.messages)]).toEqual(['open', [3, 4]])
    })

    it('takes its room as a break: the 30 s begin anew', async () => {
      const { stream } = await startPausing(2)
      await send(...numbered(1, 2))
      await environment.advance(20_000)
      expect(dataOf(stream.queue.take())).toEqual([1])
      await send(...numbered(3))
      await environment.advance(20_000)
      expect(stream.status.value).toBe('open')
      await environment.advance(10_000)
      expect(stream.status.value).toBe('paused')
    })

    it('leaves nothing when its scope ends while it is full, and can still be drained', async () => {
      const { stream, stop } = await startPausing(2)
      await send(...numbered(1, 5))
      stop()
      expect(environment.live()).toEqual(NOTHING_LIVE)
      expect(dataOf(stream.queue.drain())).toEqual([1, 2])
      await flushPromises()
      expect([stream.queue.size, stream.received.value]).toEqual([0, 2])
      expect(environment.live()).toEqual(NOTHING_LIVE)
    })

    it('leaves nothing when its component is unmounted by a handler that fills it', async () => {
      const heard: unknown[] = []
      const { wrapper, result: stream } = mountSetup(() =>
        useEventStream('/a', {
          environment,
          queue: { capacity: 2, overflow: 'pause' },
          on: {
            a(payload) {
              heard.push(payload)
              if (payload === 2) wrapper.unmount()
            },
          },
        }),
      )
      await flushPromises()
      await send(...numbered(1, 5))
      stream.queue.drain()
      await flushPromises()
      expect([heard, stream.status.value]).toEqual([[1, 2], 'closed'])
      expect(environment.live()).toEqual(NOTHING_LIVE)
    })
  })

  it("can be the app's default", async () => {
    const plugin = createEventStreams({
      environment,
      flush: 'sync',
      queue: { capacity: 2, overflow: 'pause' },
    })
    const { result: stream } = mountSetup(() => useEventStream('/a'), '<i />', [plugin])
    await flushPromises()
    await send(...numbered(1, 3))
    expect(dataOf(stream.queue.messages)).toEqual([1, 2])
  })
})

describe('useMessageQueue', () => {
  it('cannot stop a stream that is not its own, whatever it is told: it drops the oldest', async () => {
    const { stream } = await startStream(environment, { flush: 'sync' })
    const options = { capacity: 2, overflow: 'pause' } as unknown as MessageQueueOptions
    const { messages, dropped } = useMessageQueue(stream, options)
    await send(...numbered(1, 4))
    expect([dataOf(messages.value), dropped.value]).toEqual([[3, 4], 2])
    expect(stream.received.value).toBe(4)
  })

  it('beside a full own queue gets what that one gets', async () => {
    const { stream } = await startPausing(2)
    const { messages } = useMessageQueue(stream)
    await send(...numbered(1, 4))
    expect(dataOf(messages.value)).toEqual([1, 2])
    stream.queue.drain()
    expect(dataOf(messages.value)).toEqual([1, 2, 3, 4])
  })
})
