/** On the server a text stream is empty, sends nothing and leaves nothing running, whatever a set-up asks of it. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createSSRApp, defineComponent, effectScope } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { useTextStream } from '../../src/vue/use-text-stream.ts'
import { createControlledEnvironment, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import type { TextStreamResult } from '../../src/vue/use-text-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

const NOTHING: TextStreamResult = { text: '', isComplete: false, error: null }

/** Everything a component can do in its set-up. */
const Page = defineComponent({
  setup() {
    const stream = useTextStream<{ a: number }>('/answer', {
      pick: ({ data }) => `${data}`,
      queue: { capacity: 5 },
      on: { a: () => {} },
    })
    const { size } = useMessageQueue(stream, 'a')
    const sum = useEventStreamState(stream, 0, { a: (total, n) => total + n })
    void stream.send({ q: 1 })
    stream.stop()
    void stream.send()
    stream.pause()
    stream.resume()
    return { ...stream, size, sum }
  },
  template:
    '<p>{{ status }} {{ error }} {{ text }} {{ isStreaming }} {{ messages.length }} {{ size }} {{ sum }}</p>',
})

describe('useTextStream on the server', () => {
  it('renders no text and sends nothing', async () => {
    const warn = vi.spyOn(console, 'warn')
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const fetch = vi.spyOn(globalThis, 'fetch')
    const app = createSSRApp(Page).use(createEventStreams({ environment }))
    expect(await renderToString(app)).toBe('<p>idle   false 0 0 0</p>')
    await flushPromises()
    expect([timers, fetch, warn].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0])
    expect(environment.requests).toEqual([])
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('renders the same without the plugin and without an environment of its own', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    expect(await renderToString(createSSRApp(Page))).toBe('<p>idle   false 0 0 0</p>')
    await flushPromises()
    expect(fetch).not.toHaveBeenCalled()
  })

  it('answers send() at once, so that a set-up that waits for it is not held up', async () => {
    const results: TextStreamResult[] = []
    const Waiting = defineComponent({
      async setup() {
        const { text, send } = useTextStream('/answer', { environment })
        results.push(await send('q'))
        return { text }
      },
      template: '<p>{{ text }}</p>',
    })
    expect(await renderToString(createSSRApp(Waiting))).toBe('<p></p>')
    expect(results).toEqual([NOTHING])
  })

  it('sends nothing outside of components either', async () => {
    const scope = effectScope()
    const inScope = scope.run(() => useTextStream('/a', { environment }))!
    const without = useTextStream('/a', { environment })
    expect(await Promise.all([inScope.send(), without.send()])).toEqual([NOTHING, NOTHING])
    expect([inScope.status.value, without.status.value]).toEqual(['idle', 'idle'])
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(environment.requests).toEqual([])
    scope.stop()
  })

  it('never calls the functions of the app', async () => {
    const call = vi.fn<() => never>(() => {
      throw new Error('called')
    })
    const Asking = defineComponent({
      setup() {
        const { status, send } = useTextStream('/a', {
          ...{ environment, headers: call, pick: call, onOpen: call, onError: call },
        })
        void send('q')
        return { status }
      },
      template: '<p>{{ status }}</p>',
    })
    expect(await renderToString(createSSRApp(Asking))).toBe('<p>idle</p>')
    await flushPromises()
    expect(call).not.toHaveBeenCalled()
  })
})
