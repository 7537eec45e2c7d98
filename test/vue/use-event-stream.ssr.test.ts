/** On the server a stream is `idle`, asks for nothing and leaves nothing running. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createSSRApp, defineComponent, effectScope, ref } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { createControlledEnvironment, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

/** Everything a component can do in its set-up. */
const Page = defineComponent({
  setup() {
    const room = ref('a')
    const stream = useEventStream<{ a: number }>(() => `/rooms/${room.value}`, {
      queue: { capacity: 5 },
      on: { a: () => {} },
    })
    const { size } = useMessageQueue(stream, 'a')
    const sum = useEventStreamState(stream, 0, { a: (total, n) => total + n })
    stream.open()
    stream.reconnect()
    room.value = 'b'
    return { ...stream, queue: stream.queue, size, sum }
  },
  template:
    '<p>{{ status }} {{ error }} {{ message }} {{ received }} {{ queue.messages.length }} {{ size }} {{ sum }}</p>',
})

describe('useEventStream on the server', () => {
  it('renders idle and asks for nothing', async () => {
    const warn = vi.spyOn(console, 'warn')
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const fetch = vi.spyOn(globalThis, 'fetch')
    const app = createSSRApp(Page).use(createEventStreams({ environment }))
    expect(await renderToString(app)).toBe('<p>idle   0 0 0 0</p>')
    expect([timers, fetch, warn].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0])
    await flushPromises()
    expect(environment.requests).toEqual([])
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('renders idle without the plugin and without an environment of its own', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    expect(await renderToString(createSSRApp(Page))).toBe('<p>idle   0 0 0 0</p>')
    await flushPromises()
    expect(fetch).not.toHaveBeenCalled()
  })

  it('asks for nothing outside of components either', async () => {
    const scope = effectScope()
    const inScope = scope.run(() => useEventStream('/a', { environment }))!
    const without = useEventStream('/a', { environment })
    without.open()
    await flushPromises()
    expect([inScope.status.value, without.status.value]).toEqual(['idle', 'idle'])
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(environment.requests).toEqual([])
    scope.stop()
  })

  it('never calls the functions of the app', async () => {
    const call = vi.fn<() => never>(() => {
      throw new Error('called')
    })
    const plugin = createEventStreams({ environment, headers: call, body: call })
    const Asking = defineComponent({
      setup: () => useEventStream(call, { enabled: call, onOpen: call, onMessage: call }),
      template: '<p>{{ status }}</p>',
    })
    expect(await renderToString(createSSRApp(Asking).use(plugin))).toBe('<p>idle</p>')
    expect(call).not.toHaveBeenCalled()
  })

  it('loads no state, not even when asked to', async () => {
    const load = vi.fn<() => { state: number }>(() => ({ state: 1 }))
    const Loading = defineComponent({
      setup() {
        const stream = useEventStream('/a', { environment })
        const { state, isLoading, reload } = useEventStreamState(stream, {
          load,
          on: {},
          initial: 0,
        })
        reload()
        return { state, isLoading }
      },
      template: '<p>{{ state }} {{ isLoading }}</p>',
    })
    expect(await renderToString(createSSRApp(Loading))).toBe('<p>0 false</p>')
    await flushPromises()
    expect(load).not.toHaveBeenCalled()
  })
})
