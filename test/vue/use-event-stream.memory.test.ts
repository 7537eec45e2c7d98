/** Nothing holds a stream that has ended: streams, handlers and payloads are collected. */
import { flushPromises, mount } from '@vue/test-utils'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, effectScope, h } from 'vue'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

const MOUNTS = 500

// Development builds of Vue keep every app for 3 s, for devtools that may come. Here they are: nothing waits.
beforeAll(() => void Object.assign(globalThis, { __VUE_DEVTOOLS_GLOBAL_HOOK__: { emit() {} } }))

/** Runs the garbage collector until all are gone; says which are not. */
async function survivors(refs: Record<string, WeakRef<object>>): Promise<string[]> {
  const left = (): string[] => Object.keys(refs).filter((name) => refs[name]!.deref())
  for (let round = 0; round < 10 && left().length > 0; round++) {
    await flushPromises()
    globalThis.gc!()
  }
  return left()
}

interface Used {
  stream: UseEventStreamReturn
  refs: Record<string, WeakRef<object>>
}

/** Uses everything that could hold a stream, and keeps only weak references to it. */
function use(environment: ControlledEnvironment): Used {
  const handler = (): void => {}
  const onError = (): void => {}
  const stream = useEventStream('/a', { environment, onError, queue: {}, on: { a: handler } })
  const added = (): void => {}
  stream.on('a', added)
  stream.on('*', added)
  const queue = useMessageQueue(stream, 'a')
  const state = useEventStreamState(stream, {}, { a: () => ({}) })
  const refs = Object.fromEntries(
    Object.entries({ stream, handler, onError, added, queue, state, inner: stream.queue }).map(
      ([name, value]) => [name, new WeakRef<object>(value)],
    ),
  )
  return { stream, refs }
}

const noteMessage = (refs: Used['refs'], stream: UseEventStreamReturn): void => {
  refs.message = new WeakRef<object>(stream.message.value!)
}

// Five hundred mounts are work for some seconds on a machine that is busy.
describe('useEventStream', { timeout: 30_000 }, () => {
  it('is collected after its component is unmounted', async () => {
    const environment = createControlledEnvironment()
    const refs = await (async () => {
      let used!: Used
      const setup = (): (() => unknown) => {
        used = use(environment)
        return () => h('i', used.stream.queue.size)
      }
      // Not by @vue/test-utils, which keeps what it has mounted.
      const app = createApp(defineComponent({ setup }))
      app.mount(document.createElement('div'))
      await flushPromises()
      await environment.last().send(event('a', { n: 1 }))
      await environment.frame()
      noteMessage(used.refs, used.stream)
      app.unmount()
      environment.requests.length = 0
      return used.refs
    })()
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(await survivors(refs)).toEqual([])
  })

  it('is collected after its scope is stopped', async () => {
    const environment = createControlledEnvironment()
    const refs = await (async () => {
      const scope = effectScope(true)
      const used = scope.run(() => use(environment))!
      await flushPromises()
      await environment.last().send(event('a', { n: 1 }))
      await environment.frame()
      noteMessage(used.refs, used.stream)
      scope.stop()
      environment.requests.length = 0
      return used.refs
    })()
    expect(await survivors(refs)).toEqual([])
  })

  it.each(['open', 'waiting'])('is collected after its app is unmounted, %s', async (state) => {
    const environment = createControlledEnvironment()
    const plugin = createEventStreams({ environment })
    const refs = await (async () => {
      const app = createApp({ render: () => h('i') }).use(plugin)
      app.mount(document.createElement('div'))
      const used = app.runWithContext(() => effectScope(true).run(() => use(environment))!)
      await flushPromises()
      await environment.last().send(event('a', { n: 1 }))
      if (state === 'waiting') await environment.last().fail()
      app.unmount()
      await environment.frame()
      environment.requests.length = 0
      return used.refs
    })()
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(await survivors(refs)).toEqual([])
    expect(plugin).toBeDefined()
  })

  it('is collected after close() when it has no scope', async () => {
    const environment = createControlledEnvironment()
    const refs = await (async () => {
      const { stream, refs: all } = use(environment)
      await flushPromises()
      await environment.last().send(event('a', { n: 1 }))
      stream.close()
      await environment.frame()
      environment.requests.length = 0
      return all
    })()
    expect(await survivors(refs)).toEqual([])
  })

  it('holds no component that added a handler to it and is gone', async () => {
    const environment = createControlledEnvironment()
    const scope = effectScope(true)
    const stream = scope.run(() => useEventStream('/a', { environment }))!
    const refs = await (async () => {
      const own = effectScope(true)
      const handler = (): void => {}
      const queue = own.run(() => {
        stream.on('a', handler)
        return useMessageQueue(stream)
      })!
      await flushPromises()
      await environment.last().send(event('a', 1))
      await environment.frame()
      own.stop()
      return { handler: new WeakRef<object>(handler), queue: new WeakRef<object>(queue) }
    })()
    expect(await survivors(refs)).toEqual([])
    expect(stream.status.value).toBe('open')
    scope.stop()
  })

  it(`leaves no timer, frame, listener or request after ${MOUNTS} mounts`, async () => {
    const environment = createControlledEnvironment()
    const plugin = createEventStreams({ environment })
    const Page = defineComponent({ setup: () => useEventStream('/a'), render: () => h('i') })
    for (let count = 0; count < MOUNTS; count++) {
      const wrapper = mount(Page, { global: { plugins: [plugin] } })
      if (count % 3 > 0) await flushPromises()
      if (count % 3 > 1) await environment.last().send(event('a', count))
      wrapper.unmount()
    }
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(environment.requests.length).toBeGreaterThan(MOUNTS / 2)
  })

  it(`leaves no timer of the platform after ${MOUNTS} mounts`, async () => {
    const live = new Set<unknown>()
    const { setTimeout: set, clearTimeout: clear } = globalThis
    vi.stubGlobal('setTimeout', (run: () => void, delay: number) => {
      const timer = set(() => {
        live.delete(timer)
        run()
      }, delay)
      live.add(timer)
      return timer
    })
    vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout) => {
      live.delete(timer)
      clear(timer)
    })
    const response = (): Response =>
      new Response(new ReadableStream(), { headers: { 'Content-Type': 'text/event-stream' } })
    const fetch = vi.fn<() => Promise<Response>>(async () => response())
    vi.stubGlobal('fetch', fetch)
    const Page = defineComponent({ setup: () => useEventStream('/a'), render: () => h('i') })
    for (let count = 0; count < MOUNTS; count++) {
      const wrapper = mount(Page)
      await flushPromises()
      wrapper.unmount()
    }
    expect(fetch).toHaveBeenCalledTimes(MOUNTS)
    expect(live.size).toBe(0)
  })
})
