/** Slow handlers of real components: whatever happens in the middle of a slice, nothing comes late, twice or not at all. */
import { ownHost } from '../support/own-host.ts'
import { describe, expect, inject, it } from 'vitest'
import { h, shallowRef } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { defaultEnvironment, eventSourceTransport } from 'vue-event-stream/client'
import { logOf, tagged } from '../support/tagged-log.ts'
import { mountPage, until } from './mount-page.ts'
import type { UseEventStreamOptions, UseEventStreamReturn } from 'vue-event-stream'
import type { Page } from './mount-page.ts'

interface Events {
  message: { index: number }
}

const COUNT = 1500
const BUSY_MS = 0.2
const ALL = Array.from({ length: COUNT }, (_, index) => index + 1)
/** All handlers take 300 ms, a slice 12. */
const MIN_TURNS = 8

/** Keeps the page busy, as a handler does that has much to do. */
function work(): void {
  for (const end = performance.now() + BUSY_MS; performance.now() < end;);
}

interface Slow extends Page {
  readonly stream: UseEventStreamReturn<Events>
  /** The indexes for which the handler was called. */
  readonly calls: number[]
  readonly turns: { asked: number; given: number; taken: number }
  cursors(): Promise<(string | undefined)[]>
  open(): Promise<number>
}

/** A component with a slow handler on a stream that sends all its events at once. */
function mountSlow(
  onCall: (index: number, slow: Slow) => unknown = () => {},
  options: UseEventStreamOptions<Events> = {},
): Slow {
  const server = ownHost(inject('sseUrl'))
  const tag = crypto.randomUUID()
  const calls: number[] = []
  const turns = { asked: 0, given: 0, taken: 0 }
  let stream!: UseEventStreamReturn<Events>
  const page = mountPage(() => {
    stream = useEventStream<Events>(tagged(`${server}/resume?until=${COUNT}&every=${COUNT}`, tag), {
      ...options,
      on: {
        message({ index }) {
          calls.push(index)
          work()
          onCall(index, slow)
        },
      },
      environment: {
        nextTurn(callback) {
          turns.asked++
          const cancel = defaultEnvironment.nextTurn(() => {
            turns.given++
            callback()
          })
          return () => {
            turns.taken++
            cancel()
          }
        },
      },
    })
    return () => h('p', stream.received.value)
  })
  const slow: Slow = {
    ...{ ...page, stream, calls, turns },
    async cursors() {
      const { requests } = await logOf(server, tag)
      return requests.map(({ headers, query }) => headers['last-event-id'] ?? query.lastEventId)
    },
    open: async () => {
      const { requests } = await logOf(server, tag)
      return requests.filter(({ cleanups }) => cleanups === 0).length
    },
  }
  return slow
}

/** So many frames, in which whatever still wants to come may do so. */
async function frames(count = 5): Promise<void> {
  for (; count > 0; count--) await new Promise(requestAnimationFrame)
}

const isDone = ({ calls }: Slow) => until(() => calls.at(-1) === COUNT)

describe('a component with slow handlers', () => {
  it('gets every message in order, everywhere, and the page its frames meanwhile', async () => {
    const seen = { onMessage: [] as number[], every: [] as number[], queue: [] as number[] }
    let painted = 0
    let sum!: { readonly value: number }
    const slow = mountSlow(undefined, {
      onMessage: ({ data }) => seen.onMessage.push(data.index),
      queue: { capacity: COUNT },
    })
    slow.stream.on('*', ({ data }) => seen.every.push(data.index))
    mountPage(() => {
      sum = useEventStreamState(slow.stream, 0, { message: (total, { index }) => total + index })
      const { messages } = useMessageQueue(slow.stream, 'message', { capacity: COUNT })
      return () => {
        seen.queue = messages.value.map(({ data }) => data.index)
        return h('p', sum.value)
      }
    })
    requestAnimationFrame(function tick() {
      painted++
      if (slow.calls.length < COUNT) requestAnimationFrame(tick)
    })
    await isDone(slow)
    await until(() => seen.queue.length === COUNT)
    for (const list of [slow.calls, seen.onMessage, seen.every, seen.queue]) {
      expect(list).toEqual(ALL)
    }
    expect(slow.stream.queue.messages.map(({ data }) => data.index)).toEqual(ALL)
    expect(sum.value).toBe((COUNT * (COUNT + 1)) / 2)
    expect(slow.turns.given).toBeGreaterThan(MIN_TURNS)
    expect(slow.turns.given).toBe(slow.turns.asked)
    expect(painted).toBeGreaterThan(MIN_TURNS)
  })

  it('shows what has come while the rest waits', async () => {
    const shown = new Set<string>()
    const slow = mountSlow(() => shown.add(slow.host.textContent ?? ''))
    await isDone(slow)
    await until(() => slow.host.textContent === String(COUNT))
    expect(shown.size).toBeGreaterThan(MIN_TURNS / 2)
  })

  it('gets nothing after it has closed the stream in a handler, and the rest when it opens it again', async () => {
    const slow = mountSlow((index, { stream }) => {
      if (index === 400) stream.close()
    })
    await until(() => slow.stream.status.value === 'closed')
    await frames()
    expect(slow.calls).toEqual(ALL.slice(0, 400))
    const { asked, given } = slow.turns
    // No turn is asked for by a stream that is closed.
    expect(given).toBe(asked)
    await until(async () => (await slow.open()) === 0)
    slow.stream.open()
    await isDone(slow)
    expect(slow.calls).toEqual(ALL)
    expect(await slow.cursors()).toEqual([undefined, '400'])
  })

  it('gets nothing after the stream is closed between two slices', async () => {
    const slow = mountSlow()
    await until(() => slow.turns.asked > slow.turns.given && slow.calls.length > 100)
    slow.stream.close()
    const { length } = slow.calls
    expect(slow.turns.taken).toBeGreaterThan(0)
    await frames()
    expect(slow.calls).toEqual(ALL.slice(0, length))
    expect(length).toBeLessThan(COUNT)
    slow.stream.open()
    await isDone(slow)
    expect(slow.calls).toEqual(ALL)
  })

  it('hears of each handler that throws, and misses none', async () => {
    const failed: unknown[] = []
    const slow = mountSlow(
      (index) => {
        if (index % 7 === 0) throw new Error(`no ${index}`)
      },
      { onError: ({ code, cause }) => failed.push([code, (cause as Error).message]) },
    )
    const others: number[] = []
    slow.stream.on('message', ({ index }) => others.push(index))
    await isDone(slow)
    await until(() => others.length === COUNT)
    expect([slow.calls, others]).toEqual([ALL, ALL])
    expect(failed).toEqual(ALL.filter((n) => n % 7 === 0).map((n) => ['handler', `no ${n}`]))
    expect(slow.stream.status.value).toBe('open')
    expect(slow.turns.given).toBeGreaterThan(MIN_TURNS)
  })

  it.each(['in a handler', 'between two slices'])(
    'gets nothing after its unmount %s, and the server is left',
    async (when) => {
      const isInHandler = when === 'in a handler'
      const slow = mountSlow((index, { unmount }) => {
        if (isInHandler && index === 300) unmount()
      })
      if (!isInHandler) {
        await until(() => slow.turns.asked > slow.turns.given && slow.calls.length > 100)
        slow.unmount()
      }
      await until(() => slow.stream.status.value === 'closed')
      const { length } = slow.calls
      await frames()
      expect(slow.calls).toEqual(ALL.slice(0, length))
      expect(length).toBeLessThan(COUNT)
      expect(slow.stream.reason.value).toBe('unmount')
      await until(async () => (await slow.open()) === 0)
      expect(await slow.cursors()).toHaveLength(1)
    },
  )

  it('takes its own queue and handlers along when it is unmounted, and leaves the stream to others', async () => {
    const heard: number[] = []
    let queue!: { drain(): { data: { index: number } }[] }
    const slow = mountSlow((index) => index === 300 && child.unmount())
    const child = mountPage(() => {
      queue = useMessageQueue(slow.stream, 'message', { capacity: COUNT })
      slow.stream.on('message', ({ index }) => heard.push(index))
      return () => h('b')
    })
    await isDone(slow)
    expect(slow.calls).toEqual(ALL)
    expect(queue.drain().map(({ data }) => data.index)).toEqual(ALL.slice(0, 300))
    // The handler that unmounts it runs before its own.
    expect(heard).toEqual(ALL.slice(0, 299))
  })

  it('keeps the order when it pauses and goes on, in handlers and in frames', async () => {
    const slow = mountSlow((index, { stream }) => {
      if (index % 100 === 0) {
        stream.pause()
        if (index % 200 === 0) stream.resume()
        else requestAnimationFrame(() => stream.resume())
      }
    })
    await isDone(slow)
    await until(() => slow.stream.status.value === 'open')
    expect(slow.calls).toEqual(ALL)
  })

  it('gets nothing of the old URL after it has changed it in the middle of a slice', async () => {
    const server = ownHost(inject('sseUrl'))
    const url = shallowRef(`${server}/resume?until=${COUNT}&every=${COUNT}`)
    const calls: string[] = []
    let stream!: UseEventStreamReturn<Events>
    mountPage(() => {
      stream = useEventStream<Events>(url, {
        on: {
          message({ index }) {
            calls.push(`${url.value.includes('until=3&') ? 'new' : 'old'} ${index}`)
            work()
            if (calls.length === 200) url.value = `${server}/resume?until=3&every=3`
          },
        },
      })
      return () => h('p', stream.received.value)
    })
    await until(() => calls.at(-1) === 'new 3')
    await frames()
    expect(calls).toEqual([
      ...ALL.slice(0, 200).map((index) => `old ${index}`),
      ...['new 1', 'new 2', 'new 3'],
    ])
    expect(stream.received.value).toBe(3)
  })

  it('shares the page with another one', async () => {
    const both = [mountSlow(), mountSlow()]
    await Promise.all(both.map(isDone))
    expect(both.map(({ calls }) => calls)).toEqual([ALL, ALL])
  })

  it('takes a queue with the overflow pause at its own pace', async () => {
    const taken: number[] = []
    const slow = mountSlow(undefined, { queue: { capacity: 100, overflow: 'pause' } })
    await until(() => slow.stream.queue.size === 100)
    expect([slow.calls.length, slow.stream.status.value]).toEqual([100, 'open'])
    while (taken.length < COUNT) {
      expect(slow.stream.queue.size).toBeLessThanOrEqual(100)
      for (const { data } of slow.stream.queue.drain()) taken.push(data.index)
      await frames(1)
    }
    expect([taken, slow.calls]).toEqual([ALL, ALL])
    expect(slow.stream.queue.dropped).toBe(0)
  })
})

describe('slow handlers on an EventSource, which cannot be slowed', () => {
  it('hurry when more waits than may: nothing is lost, and nothing asked for again', async () => {
    const overflows: string[] = []
    const slow = mountSlow(undefined, {
      transport: eventSourceTransport(),
      maxMessageSize: 60_000,
      reconnect: { initialDelay: 1, minDelay: 1 },
      onError: ({ code }) => overflows.push(code),
    })
    await isDone(slow)
    await frames()
    expect(slow.calls).toEqual(ALL)
    expect(await slow.cursors()).toHaveLength(1)
    expect([overflows, slow.stream.duplicates.value]).toEqual([[], 0])
    expect([slow.stream.status.value, slow.stream.transport.value]).toEqual([
      'open',
      'event-source',
    ])
  })

  it('keep what may wait while they do not take it, and go on when they do', async () => {
    const slow = mountSlow((index, { stream }) => index === 50 && stream.pause(), {
      transport: eventSourceTransport(),
    })
    await until(() => slow.stream.status.value === 'paused')
    await frames(20)
    expect(slow.calls).toHaveLength(50)
    slow.stream.resume()
    await isDone(slow)
    expect(slow.calls).toEqual(ALL)
    expect(await slow.cursors()).toHaveLength(1)
  })

  it('are left in a pause when more waits than may, and go on after the last message', async () => {
    const slow = mountSlow((index, { stream }) => index === 50 && stream.pause(), {
      transport: eventSourceTransport(),
      // Two attempts of an EventSource are 2 s apart, so there should be few.
      maxMessageSize: 200_000,
    })
    await until(() => slow.stream.status.value === 'paused')
    await until(async () => (await slow.open()) === 0)
    expect([slow.stream.status.value, slow.stream.reason.value]).toEqual(['paused', 'user'])
    expect(slow.calls).toHaveLength(50)
    slow.stream.resume()
    await isDone(slow)
    expect(slow.calls).toEqual(ALL)
    expect(slow.stream.duplicates.value).toBe(0)
  })
})
