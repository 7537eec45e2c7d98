/** How often what messages change is written: refs, queues and states, and with them the components. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { computed, nextTick, onUpdated, watch } from 'vue'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'
import { mountSetup, startStream } from '../support/mount.ts'
import type { UseEventStreamOptions } from '../../src/vue/options.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

const EVENTS = Array.from({ length: 100 }, (_, index) => event('a', index + 1, String(index + 1)))

/** A component that shows everything a stream writes, and counts. */
function mountCounter(flush: UseEventStreamOptions['flush']): {
  text(): string
  updates(): number
} {
  let updates = 0
  const { wrapper } = mountSetup(() => {
    const stream = useEventStream<{ a: number }>('/a', {
      environment,
      flush,
      queue: { capacity: 10 },
    })
    const { size } = useMessageQueue(stream, 'a', { capacity: 30 })
    const sum = useEventStreamState(stream, 0, { a: (total, n) => total + n })
    onUpdated(() => updates++)
    return { ...stream, queue: stream.queue, size, sum }
  }, '{{ message?.data }} {{ lastEventId }} {{ received }} {{ queue.size }} {{ size }} {{ sum }}')
  return { text: () => wrapper.text(), updates: () => updates }
}

describe('flush', () => {
  it('is once per frame by default, for everything together', async () => {
    const { text, updates } = mountCounter(undefined)
    await flushPromises()
    await environment.last().answer()
    const before = updates()
    await environment.last().send(...EVENTS.slice(0, 50))
    await environment.last().send(...EVENTS.slice(50))
    expect(updates()).toBe(before)
    expect(environment.live().frames).toBe(1)
    await environment.frame()
    expect(text()).toBe('100 100 100 10 30 5050')
    expect(updates()).toBe(before + 1)
    await environment.frame()
    expect(updates()).toBe(before + 1)
  })

  it('asks for no frame while nothing comes', async () => {
    mountCounter('frame')
    await flushPromises()
    await environment.last().answer()
    expect(environment.live().frames).toBe(0)
    await environment.last().send(...EVENTS)
    await environment.frame()
    expect(environment.live().frames).toBe(0)
  })

  it('leaves to the environment when a frame comes, and sets no timer beside it', async () => {
    await startStream(environment)
    await environment.last().answer()
    await environment.advance(5000)
    await environment.last().send(...EVENTS)
    expect(environment.live()).toMatchObject({ frames: 1, timers: 0 })
  })

  it('is at most every so many milliseconds with a number', async () => {
    const { text, updates } = mountCounter(200)
    await flushPromises()
    await environment.last().answer()
    const before = updates()
    await environment.last().send(...EVENTS.slice(0, 50))
    await environment.advance(199)
    await environment.last().send(...EVENTS.slice(50))
    expect([updates(), environment.live().frames]).toEqual([before, 0])
    await environment.advance(1)
    expect([updates(), text()]).toEqual([before + 1, '100 100 100 10 30 5050'])
  })

  it('writes every message with sync, before its handlers run', async () => {
    const seen: unknown[] = []
    const { stream } = await startStream(environment, {
      flush: 'sync',
      queue: {},
      onMessage() {
        seen.push([stream.message.value?.data, stream.received.value, stream.queue.size])
      },
    })
    await environment.last().send(...EVENTS.slice(0, 3))
    expect(seen).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ])
    expect(environment.live().frames).toBe(0)
  })

  it('still renders once per tick with sync', async () => {
    const { text, updates } = mountCounter('sync')
    await flushPromises()
    await environment.last().answer()
    const before = updates()
    await environment.last().send(...EVENTS)
    await nextTick()
    expect(updates()).toBe(before + 1)
    expect(text()).toBe('100 100 100 10 30 5050')
  })

  it('runs what depends on a ref only when that ref changes', async () => {
    const { stream } = await startStream(environment)
    let runs = 0
    const label = computed(() => (runs++, stream.status.value))
    watch(label, () => {}, { immediate: true })
    await environment.last().answer()
    await nextTick()
    expect(runs).toBe(2)
    await environment.last().send(...EVENTS)
    await environment.frame()
    expect(runs).toBe(2)
  })
})
