/** Queues of a stream: what is in them, what they drop, when their refs are written, and how templates show them. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { effectScope, h, isRef, nextTick, ref, watchEffect } from 'vue'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createReactiveQueue, useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, startStream, warningsOf } from '../support/mount.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

interface Item {
  readonly data: unknown
}
const dataOf = (items: readonly Item[]): unknown[] => items.map(({ data }) => data)
const numbered = (...numbers: number[]): string[] => numbers.map((n) => event('a', n))

async function send(...events: string[]): Promise<void> {
  await environment.last().send(...events)
  await environment.frame()
}

describe('useMessageQueue', () => {
  it('gives refs, oldest message first', async () => {
    const { stream } = await startStream(environment)
    const queue = useMessageQueue(stream)
    expect([queue.messages, queue.size, queue.dropped].map(isRef)).toEqual([true, true, true])
    expect([queue.messages.value, queue.size.value, queue.dropped.value]).toEqual([[], 0, 0])
    await send(event('a', 1, 'id'), event('b', 2))
    expect(queue.messages.value).toEqual([
      { type: 'a', data: 1, lastEventId: 'id', key: 1, replayed: false },
      { type: 'b', data: 2, lastEventId: 'id', key: 2, replayed: false },
    ])
    expect([queue.size.value, queue.dropped.value]).toEqual([2, 0])
  })

  it('gives a new array with each flush, and readonly refs', async () => {
    const { stream } = await startStream(environment)
    const { messages } = useMessageQueue(stream)
    await send(...numbered(1))
    const first = messages.value
    await send(...numbered(2))
    expect(messages.value).not.toBe(first)
    expect([dataOf(first), dataOf(messages.value)]).toEqual([[1], [1, 2]])
    const before = messages.value
    const warnings = warningsOf(() => ((messages as { value: unknown }).value = []))
    expect(warnings.join()).toContain('readonly')
    expect(messages.value).toBe(before)
  })

  it.each([
    ['one type', 'a' as const, [1, 4]],
    ['several types', ['a', 'b'] as const, [1, 2, 4]],
    ['no type', [] as const, []],
    ['a type that objects have', 'constructor' as const, [3]],
  ])('takes the messages of %s', async (_, types, expected) => {
    const { stream } = await startStream(environment)
    const { messages } = useMessageQueue(stream, types)
    await send(event('a', 1), event('b', 2), event('constructor', 3), event('a', 4))
    expect(dataOf(messages.value)).toEqual(expected)
  })

  it.each([
    ['drop-oldest', undefined, [3, 4, 5]],
    ['drop-oldest', 'drop-oldest' as const, [3, 4, 5]],
    ['drop-newest', 'drop-newest' as const, [1, 2, 3]],
  ])('counts what does not fit: %s', async (_, overflow, expected) => {
    const { stream } = await startStream(environment)
    const { messages, size, dropped } = useMessageQueue(stream, { capacity: 3, overflow })
    await send(...numbered(1, 2, 3, 4, 5))
    expect([dataOf(messages.value), size.value, dropped.value]).toEqual([expected, 3, 2])
  })

  it('takes options after types as well', async () => {
    const { stream } = await startStream(environment)
    const { messages, dropped } = useMessageQueue(stream, 'a', { capacity: 1 })
    await send(event('a', 1), event('b', 2), event('a', 3))
    expect([dataOf(messages.value), dropped.value]).toEqual([[3], 1])
  })

  it('holds 500 messages by default', async () => {
    const { stream } = await startStream(environment)
    const { size, dropped } = useMessageQueue(stream)
    await send(...Array.from({ length: 502 }, (_, index) => event('a', index)))
    expect([size.value, dropped.value]).toEqual([500, 2])
  })

  it('has a message before the handlers of it run', async () => {
    const { stream } = await startStream(environment)
    const taken: unknown[] = []
    stream.on('a', () => taken.push(dataOf(queue.take())))
    const queue = useMessageQueue(stream)
    await send(...numbered(1, 2))
    expect([taken, queue.size.value]).toEqual([[[1], [2]], 0])
  })

  it('shows no message of before it was made', async () => {
    const { stream } = await startStream(environment)
    await environment.last().send(...numbered(1))
    const { messages } = useMessageQueue(stream)
    await send(...numbered(2))
    expect(dataOf(messages.value)).toEqual([2])
  })

  it('keeps its messages when the stream reconnects, closes or goes to another url', async () => {
    const url = ref('/a')
    const { result: stream } = runInScope(() => useEventStream(url, { environment, queue: {} }))
    await flushPromises()
    await send(...numbered(1))
    url.value = '/b'
    await flushPromises()
    await send(...numbered(2))
    stream.close()
    expect(dataOf(stream.queue.messages)).toEqual([1, 2])
  })

  describe('take, drain and clear', () => {
    it('act on messages that are not shown yet, and show themselves at once', async () => {
      const { stream } = await startStream(environment)
      const { messages, size, dropped, take, drain, clear } = useMessageQueue(stream, {
        capacity: 4,
      })
      await environment.last().send(...numbered(1, 2, 3, 4, 5))
      expect(size.value).toBe(0)
      expect(dataOf(take())).toEqual([2])
      expect([dataOf(messages.value), size.value, dropped.value]).toEqual([[3, 4, 5], 3, 1])
      expect(dataOf(take(2))).toEqual([3, 4])
      await environment.last().send(...numbered(6))
      expect(dataOf(drain())).toEqual([5, 6])
      expect([messages.value, size.value, dropped.value]).toEqual([[], 0, 1])
      await environment.last().send(...numbered(7))
      clear()
      expect([messages.value, size.value, dropped.value]).toEqual([[], 0, 0])
      await environment.frame()
      expect(messages.value).toEqual([])
    })

    it('give nothing of an empty queue, and take(0) takes nothing', async () => {
      const { stream } = await startStream(environment)
      const { take, drain } = useMessageQueue(stream)
      expect([take(), take(3), drain()]).toEqual([[], [], []])
      await send(...numbered(1))
      expect([take(0), dataOf(take(9))]).toEqual([[], [1]])
    })

    it.each(['take', 'drain', 'clear'] as const)(
      'do not make an effect depend on messages: %s',
      async (name) => {
        const { stream, scope } = await startStream(environment)
        const room = ref('a')
        let runs = 0
        const queue = useMessageQueue(stream)
        scope.run(() =>
          watchEffect(() => {
            runs++
            if (room.value) queue[name]()
          }),
        )
        await send(...numbered(1))
        expect([runs, dataOf(queue.messages.value)]).toEqual([1, [1]])
        room.value = 'b'
        await nextTick()
        expect([runs, queue.size.value]).toEqual([2, 0])
      },
    )
  })

  describe('its end', () => {
    it('is the end of the scope that made it: it collects no more', async () => {
      const { stream } = await startStream(environment)
      const own = effectScope(true)
      const queue = own.run(() => useMessageQueue(stream))!
      const other = useMessageQueue(stream)
      await send(...numbered(1))
      own.stop()
      await send(...numbered(2))
      expect([dataOf(queue.drain()), dataOf(other.drain())]).toEqual([[1], [1, 2]])
    })

    it('lets the last messages be drained', async () => {
      const { stream, scope } = await startStream(environment)
      const queue = useMessageQueue(stream)
      await environment.last().send(...numbered(1, 2))
      scope.stop()
      expect(dataOf(queue.drain())).toEqual([1, 2])
    })
  })
})

describe('the default queue', () => {
  it('is made when it is first read', async () => {
    const { stream } = await startStream(environment)
    await send(...numbered(1))
    expect(stream.queue.messages).toEqual([])
    await send(...numbered(2))
    expect(dataOf(stream.queue.messages)).toEqual([2])
    expect(stream.queue).toBe(stream.queue)
  })

  it('is there from the start with the option, and bounded by it', async () => {
    const { stream } = await startStream(environment, {
      queue: { capacity: 2, overflow: 'drop-newest' },
    })
    await send(...numbered(1, 2, 3))
    expect([dataOf(stream.queue.messages), stream.queue.dropped]).toEqual([[1, 2], 1])
  })

  it('outlives the component that reads it first', async () => {
    const { stream } = await startStream(environment)
    const { wrapper } = mountSetup(() => ({ queue: stream.queue }))
    wrapper.unmount()
    await send(...numbered(1))
    expect(dataOf(stream.queue.messages)).toEqual([1])
  })
})

describe('createReactiveQueue', () => {
  it('needs nothing of a stream but its messages and its flush', () => {
    let tapped!: (message: never) => void
    const tasks = new Set<() => void>()
    const queue = createReactiveQueue(
      { capacity: 1 },
      {
        tap(listener) {
          tapped = listener as typeof tapped
          return () => {}
        },
        requestFlush: (task) => tasks.add(task),
      },
    )
    for (const type of ['a', 'c']) tapped({ type } as never)
    expect([queue.size.value, tasks.size]).toEqual([0, 1])
    for (const task of tasks) task()
    expect([queue.messages.value, queue.dropped.value]).toEqual([[{ type: 'c' }], 1])
  })
})

describe('in a template', () => {
  const LIST = '<li v-for="m in queue.messages" :key="m.key">{{ m.data }}</li>'

  it.each<[string, (stream: UseEventStreamReturn) => object]>([
    ['the stream itself', (stream) => stream],
    ['a destructured queue', ({ queue }) => ({ queue })],
    ['the stream in a name of its own', (stream) => ({ queue: stream.queue, stream })],
  ])('the default queue is plain: %s', async (_, expose) => {
    const { wrapper } = mountSetup(
      () => expose(useEventStream('/a', { environment, queue: { capacity: 2 } })),
      `<b v-if="queue.dropped">{{ queue.dropped }} of {{ queue.size }}</b>${LIST}
       <button @click="queue.clear" />`,
    )
    const shown = (): string[] => wrapper.findAll('li').map((item) => item.text())
    await flushPromises()
    await send(...numbered(1))
    expect([shown(), wrapper.find('b').exists()]).toEqual([['1'], false])
    await send(...numbered(2, 3))
    expect([shown(), wrapper.get('b').text()]).toEqual([['2', '3'], '1 of 2'])
    await wrapper.get('button').trigger('click')
    expect([shown(), wrapper.find('b').exists()]).toEqual([[], false])
  })

  it('is made by the first render that reads it', async () => {
    const { wrapper } = mountSetup(() => {
      const stream = useEventStream('/a', { environment })
      return { stream }
    }, '<li v-for="m in stream.queue.messages" :key="m.key">{{ m.data }}</li>')
    await flushPromises()
    await send(...numbered(1, 2))
    expect(wrapper.findAll('li').map((item) => item.text())).toEqual(['1', '2'])
  })

  it('keeps the elements of messages that stay', async () => {
    const { wrapper } = mountSetup(
      () => useEventStream('/a', { environment, queue: { capacity: 2 } }),
      LIST,
    )
    await flushPromises()
    await send(...numbered(1, 2))
    const second = wrapper.findAll('li')[1]!.element
    await send(...numbered(3))
    expect(wrapper.findAll('li')[0]!.element).toBe(second)
  })

  it('useMessageQueue is destructured, and renders once per frame', async () => {
    let renders = 0
    mountSetup(() => {
      const { messages, size, dropped } = useMessageQueue(
        useEventStream('/a', { environment }),
        ['a', 'b'],
        { capacity: 2 },
      )
      return { messages, size, dropped, h }
    })
    const { wrapper } = mountSetup(() => {
      const stream = useEventStream('/b', { environment })
      const { messages, size, dropped, take } = useMessageQueue(stream, 'a', { capacity: 2 })
      return { messages, size, dropped, take, count: () => void renders++ }
    }, '{{ count() }}<li v-for="m in messages" :key="m.key">{{ m.data }}</li><b v-if="dropped">{{ size }}/{{ dropped }}</b>')
    await flushPromises()
    expect(renders).toBe(1)
    await send(...numbered(1, 2, 3), event('b', 4))
    expect(wrapper.findAll('li').map((item) => item.text())).toEqual(['2', '3'])
    expect(wrapper.get('b').text()).toBe('2/1')
    expect(renders).toBe(2)
    await send(event('b', 5))
    expect(renders).toBe(2)
  })
})
