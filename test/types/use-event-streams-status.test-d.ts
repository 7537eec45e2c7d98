/** What the compiler knows of an app's streams. */
import { describe, expectTypeOf, it } from 'vitest'
import { createEventStreams, useEventStream, useEventStreamsStatus } from 'vue-event-stream'
import { computed, ref, shallowRef } from 'vue'
import type {
  EventStreamStatus,
  UseEventStreamReturn,
  UseEventStreamsStatusReturn,
} from 'vue-event-stream'
import type { Plugin, Ref } from 'vue'

describe('useEventStreamsStatus', () => {
  const all = useEventStreamsStatus()

  it('gives refs and one function', () => {
    expectTypeOf(all).toEqualTypeOf<UseEventStreamsStatusReturn>()
    expectTypeOf(all.status.value).toEqualTypeOf<EventStreamStatus>()
    expectTypeOf(all.status).toExtend<Readonly<Ref<EventStreamStatus>>>()
    expectTypeOf(all.retryAt.value).toEqualTypeOf<number | null>()
    const { total, open, reconnecting, failed, connections } = all
    for (const { value } of [total, open, reconnecting, failed, connections]) {
      expectTypeOf(value).toBeNumber()
    }
    expectTypeOf(all.reconnect).toEqualTypeOf<() => void>()
  })

  it('gives refs that cannot be written', () => {
    // @ts-expect-error readonly
    all.status.value = 'open'
    // @ts-expect-error readonly
    all.total = ref(1)
    // @ts-expect-error no such status
    expectTypeOf(all.status.value === 'broken').toBeBoolean()
  })

  it('takes nothing', () => {
    expectTypeOf(useEventStreamsStatus).parameters.toEqualTypeOf<[]>()
  })
})

describe('sharing', () => {
  it('takes an identity as value, ref or getter, or none', () => {
    useEventStream('/a', { share: 'tabs', identity: 'ada' })
    useEventStream('/a', { share: 'tabs', identity: null })
    useEventStream('/a', { share: 'tabs', identity: undefined })
    useEventStream('/a', { share: 'tabs', identity: ref<string>() })
    useEventStream('/a', { share: 'tabs', identity: shallowRef(null) })
    useEventStream('/a', { share: 'tabs', identity: computed(() => 'ada') })
    useEventStream('/a', { share: 'app', identity: () => (Math.random() > 1 ? 'ada' : null) })
    expectTypeOf(useEventStream('/a', { share: false, appVersion: '1' })).toExtend<object>()
  })

  it('refuses an identity that is something else, and a way to share that is none', () => {
    // @ts-expect-error a number
    useEventStream('/a', { identity: 5 })
    // @ts-expect-error asynchronous
    useEventStream('/a', { identity: async () => 'ada' })
    // @ts-expect-error no such way
    useEventStream('/a', { share: 'browser' })
    // @ts-expect-error no such way
    const stream = useEventStream('/a', { share: true })
    expectTypeOf(stream).toEqualTypeOf<UseEventStreamReturn<Record<string, unknown>>>()
  })

  it('has defaults in the plugin', () => {
    const plugin = createEventStreams({ share: 'tabs', appVersion: '1', identity: () => 'ada' })
    expectTypeOf(plugin).toEqualTypeOf<Plugin<[]>>()
    // @ts-expect-error it is the plugin's to make
    createEventStreams({ connections: null })
  })
})
