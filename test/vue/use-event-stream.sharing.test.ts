/** Streams of an app that have one connection together: who does, who does not, and how it ends. */
import { flushPromises } from '@vue/test-utils'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createApp, defineComponent, effectScope, h, ref } from 'vue'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useEventStreamsStatus } from '../../src/vue/use-event-streams-status.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope } from '../support/mount.ts'
import type { App, EffectScope } from 'vue'
import type { Environment } from '../../src/client/environment.ts'
import type { EventStreamsOptions, UseEventStreamOptions } from '../../src/vue/options.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

type Options = UseEventStreamOptions<Record<string, unknown>>

interface Opened {
  readonly stream: UseEventStreamReturn<Record<string, unknown>>
  readonly scope: EffectScope
}

const LINGER_MS = 5000

let environment: ControlledEnvironment
/** Without what the tests know of it: two streams share only on equal platforms. */
let platform: Partial<Environment>
// The part that is loaded on demand is there: loading it takes many turns of the event loop.
beforeAll(() => import('../../src/client/sharing/shared-streams.ts'))
beforeEach(() => {
  environment = createControlledEnvironment()
  const members = Object.entries(environment)
  platform = Object.fromEntries(members.filter(([, member]) => typeof member === 'function'))
})

function createTestApp(options: EventStreamsOptions = {}): App {
  const app = createApp({ render: () => h('i') })
  app.use(createEventStreams({ environment: platform, share: 'app', flush: 'sync', ...options }))
  app.mount(document.createElement('div'))
  return app
}

async function openIn(app: App, options: Options = {}, url = '/a'): Promise<Opened> {
  const scope = effectScope(true)
  onTestFinished(() => scope.stop())
  const stream = app.runWithContext(() => scope.run(() => useEventStream(url, options)))!
  await flushPromises()
  return { stream, scope }
}

describe('streams of an app that share', () => {
  it('have one connection, and each gets every message', async () => {
    const seen: unknown[] = []
    const app = createTestApp()
    const first = await openIn(app, { on: { a: (data) => seen.push(['first', data]) } })
    const second = await openIn(app, { on: { a: (data) => seen.push(['second', data]) } })
    expect(environment.requests).toHaveLength(1)
    await environment.last().send(event('a', 1, '1'))
    expect(seen).toEqual([
      ['first', 1],
      ['second', 1],
    ])
    expect([first, second].map(({ stream }) => stream.status.value)).toEqual(['open', 'open'])
    expect(second.stream.message.value!.data).toBe(1)
  })

  it('give who comes later what came before', async () => {
    const app = createTestApp()
    await openIn(app)
    await environment.last().send(event('a', 1, '1'), event('a', 2, '2'))
    const { stream } = await openIn(app, { queue: {} })
    expect(stream.queue.messages.map(({ data }) => data)).toEqual([1, 2])
    expect([stream.status.value, environment.requests.length]).toEqual(['open', 1])
  })

  it('keep the connection for the component that takes the place of another', async () => {
    const page = ref(1)
    const Page = defineComponent({
      setup: () => useEventStream('/a'),
      template: '<b>{{ status }}</b>',
    })
    const { wrapper } = mountSetup(() => ({ page, Page }), '<component :is="Page" :key="page" />', [
      createEventStreams({ environment: platform, share: 'app' }),
    ])
    await flushPromises()
    await environment.last().send(event('a', 1, '1'))
    page.value = 2
    await flushPromises()
    await environment.advance(LINGER_MS * 2)
    expect([environment.requests.length, environment.last().aborted]).toEqual([1, false])
    expect(wrapper.text()).toBe('open')
  })

  it('end their connection a while after the last of them', async () => {
    const app = createTestApp()
    const [first, second] = [await openIn(app), await openIn(app)]
    await environment.last().answer()
    first.scope.stop()
    expect(second.stream.status.value).toBe('open')
    second.scope.stop()
    await environment.advance(LINGER_MS - 1)
    expect(environment.live().requests).toBe(1)
    await environment.advance(1)
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('end with the app, at once', async () => {
    const app = createTestApp()
    const { stream } = await openIn(app)
    const { scope } = await openIn(app, {}, '/b')
    await environment.last().answer()
    scope.stop()
    app.unmount()
    await flushPromises()
    expect([stream.status.value, stream.reason.value]).toEqual(['closed', 'unmount'])
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('do not meet those of another app', async () => {
    const [a, b] = [createTestApp(), createTestApp()]
    await openIn(a)
    const { stream } = await openIn(b)
    expect(environment.requests).toHaveLength(2)
    a.unmount()
    expect(stream.status.value).toBe('connecting')
  })

  it('meet on the page where no app has made them', async () => {
    const options: Options = { environment: platform, share: 'app' }
    const opened = [1, 2].map(() => runInScope(() => useEventStream('/a', options)))
    await flushPromises()
    expect(environment.requests).toHaveLength(1)
    for (const { scope } of opened) scope.stop()
    await environment.advance(LINGER_MS)
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it.each<[string, Options]>([
    ['share: false', { share: false }],
    ['a queue that makes the server wait', { queue: { overflow: 'pause', capacity: 1 } }],
    ['another identity', { identity: 'bob' }],
  ])('do not share with one that has %s', async (_, options) => {
    const app = createTestApp()
    const { stream: other } = await openIn(app)
    const { stream } = await openIn(app, options)
    expect(environment.requests).toHaveLength(2)
    await environment.requests[0]!.send(event('a', 1), event('a', 2))
    expect([other.received.value, stream.received.value]).toEqual([2, 0])
  })

  it('share with a queue that drops', async () => {
    const app = createTestApp()
    await openIn(app)
    const { stream } = await openIn(app, { queue: { capacity: 1 } })
    await environment.last().send(event('a', 1), event('a', 2))
    expect([environment.requests.length, stream.queue.dropped]).toEqual([1, 1])
  })

  it('leave the others where they are when their identity changes', async () => {
    const app = createTestApp({ identity: 'ada' })
    const identity = ref<string | null>('ada')
    const { stream: other } = await openIn(app)
    const { stream } = await openIn(app, { identity })
    await environment.last().send(event('a', 'for ada', '1'))
    identity.value = 'bob'
    await flushPromises()
    expect(environment.requests.map(({ aborted }) => aborted)).toEqual([false, false])
    expect([other.received.value, stream.received.value]).toEqual([1, 0])
    await environment.requests[0]!.send(event('a', 'for ada', '2'))
    expect([other.received.value, stream.received.value]).toEqual([2, 0])
    identity.value = 'ada'
    await flushPromises()
    expect(environment.requests.map(({ aborted }) => aborted)).toEqual([false, true])
  })
})

describe('useEventStreamsStatus', () => {
  it('counts one connection for streams that share it, from the first attempt to the last of them', async () => {
    const app = createTestApp()
    const { total, connections } = app.runWithContext(
      () => runInScope(useEventStreamsStatus).result,
    )
    const shown = (): number[] => [total.value, connections.value]
    const opened = [await openIn(app), await openIn(app), await openIn(app, { share: false })]
    expect(shown()).toEqual([3, 2])
    for (const request of environment.requests) await request.answer()
    expect(shown()).toEqual([3, 2])
    opened[2]!.scope.stop()
    expect(shown()).toEqual([2, 1])
    opened[1]!.stream.close()
    expect(shown()).toEqual([2, 1])
    opened[0]!.scope.stop()
    // It waits for the next one, but nobody stands on it.
    expect([shown(), environment.live().requests]).toEqual([[1, 0], 1])
    opened[1]!.stream.open()
    await flushPromises()
    expect([shown(), environment.requests.length]).toEqual([[1, 1], 2])
    app.unmount()
    expect(shown()).toEqual([1, 0])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['waits', () => environment.last().fail()],
    ['has failed', () => environment.last().answer(new Response('', { status: 404 }))],
  ])('reconnects a shared connection that %s once', async (_, lose) => {
    const app = createTestApp()
    const { reconnect, status } = app.runWithContext(() => runInScope(useEventStreamsStatus).result)
    for (let count = 1; count <= 3; count++) await openIn(app)
    await lose()
    expect(['reconnecting', 'failed']).toContain(status.value)
    reconnect()
    await flushPromises()
    expect(environment.requests).toHaveLength(2)
    expect(environment.last().aborted).toBe(false)
    await environment.last().answer()
    expect(status.value).toBe('open')
  })
})
