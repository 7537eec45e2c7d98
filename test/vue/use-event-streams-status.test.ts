/** All streams of an app at a glance: what it shows, when that changes, and its one button. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createApp, defineComponent, effectScope, h, isRef, nextTick, ref, watch } from 'vue'
import { EVENT_STREAMS_KEY } from '../../src/vue/injection-keys.ts'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useEventStreamsStatus } from '../../src/vue/use-event-streams-status.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, warningsOf } from '../support/mount.ts'
import type { App, EffectScope, Ref } from 'vue'
import type { AppStream } from '../../src/vue/injection-keys.ts'
import type { UseEventStreamOptions } from '../../src/vue/options.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { UseEventStreamsStatusReturn } from '../../src/vue/use-event-streams-status.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

interface Opened {
  readonly stream: UseEventStreamReturn<Record<string, unknown>>
  readonly scope: EffectScope
}

function createTestApp(): App {
  const app = createApp({ render: () => h('i') })
  app.use(createEventStreams({ environment, reconnect: { initialDelay: 1000, jitter: 0 } }))
  app.mount(document.createElement('div'))
  return app
}

/** A stream of the app in a scope of its own. */
function openIn(
  app: App,
  url: string | Ref<string | null> = '/a',
  options: UseEventStreamOptions<Record<string, unknown>> = {},
): Opened {
  const scope = effectScope(true)
  onTestFinished(() => scope.stop())
  const stream = app.runWithContext(() => scope.run(() => useEventStream(url, options)))!
  return { stream, scope }
}

function statusOf(app: App): UseEventStreamsStatusReturn {
  return app.runWithContext(() => runInScope(useEventStreamsStatus).result)
}

function show({ reconnect: _, ...refs }: UseEventStreamsStatusReturn): Record<string, unknown> {
  return Object.fromEntries(Object.entries(refs).map(([name, { value }]) => [name, value]))
}

const NOTHING = {
  status: 'idle',
  total: 0,
  open: 0,
  reconnecting: 0,
  failed: 0,
  connections: 0,
  retryAt: null,
}

/** An app whose streams are in the test's hand. */
function createAppOf(...states: AppStream['state'][]) {
  const streams = states.map((state) => ({
    state,
    close: vi.fn<() => void>(),
    reconnect: vi.fn<() => void>(),
  }))
  const app = createApp({})
  app.provide(EVENT_STREAMS_KEY, { options: {}, streams: new Set(streams) })
  return { app, streams }
}

const state = (
  status: AppStream['state']['status'],
  reason: AppStream['state']['reason'] = null,
  retryAt: number | null = null,
): AppStream['state'] => ({ status, reason, retryAt })

describe('useEventStreamsStatus', () => {
  describe('its refs', () => {
    it('show an app without streams as idle', async () => {
      const status = statusOf(createTestApp())
      await flushPromises()
      expect(show(status)).toEqual(NOTHING)
    })

    it('are readonly', () => {
      const status = statusOf(createTestApp())
      expect(Object.values(status).filter(isRef)).toHaveLength(7)
      const warnings = warningsOf(() => ((status.total as Ref<number>).value = 5))
      expect([warnings.join().includes('readonly'), status.total.value]).toEqual([true, 0])
    })

    it('count streams that were made before and after it, by their status', async () => {
      const app = createTestApp()
      openIn(app, '/before')
      const status = statusOf(app)
      await flushPromises()
      expect(show(status)).toMatchObject({ status: 'connecting', total: 1, open: 0 })
      openIn(app, '/after')
      openIn(app, ref(null))
      await flushPromises()
      const [before, after] = environment.requests
      await before!.answer()
      expect(show(status)).toMatchObject({ status: 'connecting', total: 3, open: 1 })
      await after!.fail()
      expect(show(status)).toMatchObject({ status: 'reconnecting', open: 1, reconnecting: 1 })
      await before!.end()
      expect(show(status)).toMatchObject({ reconnecting: 2, open: 0, failed: 0 })
    })

    it.each([
      [['failed', 'reconnecting', 'connecting', 'paused', 'open', 'closed', 'idle'], 'failed'],
      [['idle', 'closed', 'open', 'paused', 'connecting', 'reconnecting'], 'reconnecting'],
      [['idle', 'connecting', 'closed', 'open', 'paused'], 'connecting'],
      [['open', 'paused', 'idle', 'closed'], 'paused'],
      [['closed', 'open', 'idle'], 'open'],
      [['idle', 'closed'], 'closed'],
      [['idle', 'idle'], 'idle'],
    ] as const)('show of %j the worst: %s', async (statuses, worst) => {
      const { app } = createAppOf(...statuses.map((status) => state(status)))
      const status = statusOf(app)
      await nextTick()
      expect(show(status)).toMatchObject({ status: worst, total: statuses.length, connections: 0 })
    })

    it('show the soonest of all next attempts', async () => {
      const { app } = createAppOf(
        state('reconnecting', 'network', 3000),
        state('open'),
        state('reconnecting', 'network', 2000),
        state('reconnecting', 'network', null),
      )
      const { retryAt } = statusOf(app)
      await nextTick()
      expect(retryAt.value).toBe(2000)
    })

    it('change with a status and not with messages', async () => {
      const app = createTestApp()
      const status = statusOf(app)
      openIn(app, '/a', { flush: 'sync' })
      await flushPromises()
      await environment.last().send(event('a', 0, '0'))
      const seen: unknown[] = []
      watch(Object.values(status).filter(isRef), () => seen.push(show(status)), { flush: 'sync' })
      for (let number = 1; number <= 100; number++) {
        await environment.last().send(event('a', number, `${number}`))
      }
      expect(seen).toEqual([])
      await environment.last().end()
      expect(seen.at(-1)).toMatchObject({ status: 'reconnecting', open: 0, reconnecting: 1 })
    })

    it('forget a stream whose scope has ended, also one that had failed', async () => {
      const app = createTestApp()
      const [first, second] = [openIn(app), openIn(app)]
      const status = statusOf(app)
      await flushPromises()
      await environment.requests[0]!.answer(new Response('', { status: 404 }))
      expect(show(status)).toMatchObject({ status: 'failed', total: 2, failed: 1 })
      first.scope.stop()
      expect(show(status)).toMatchObject({ status: 'connecting', total: 1, failed: 0 })
      second.scope.stop()
      expect(show(status)).toEqual(NOTHING)
    })

    it('follow components that come and go, as hot updates make them', async () => {
      const isShown = ref(true)
      const Child = defineComponent({
        setup: () => useEventStream('/a'),
        template: '<b>{{ status }}</b>',
      })
      const { wrapper } = mountSetup(
        () => ({ ...useEventStreamsStatus(), isShown, Child }),
        '<p>{{ status }} {{ total }}</p><component :is="Child" v-if="isShown" />',
        [createEventStreams({ environment })],
      )
      const shown = (): string => wrapper.find('p').text()
      await flushPromises()
      expect(shown()).toBe('connecting 1')
      isShown.value = false
      await flushPromises()
      expect(shown()).toBe('idle 0')
      isShown.value = true
      await flushPromises()
      await environment.last().answer()
      expect(shown()).toBe('open 1')
    })

    it('are those of one app: two on a page do not meet', async () => {
      const [a, b] = [createTestApp(), createTestApp()]
      openIn(a)
      const [ofA, ofB] = [statusOf(a), statusOf(b)]
      await flushPromises()
      expect([ofA.total.value, ofB.total.value]).toEqual([1, 0])
    })

    it('stay right when the app is unmounted', async () => {
      const app = createTestApp()
      openIn(app)
      const status = statusOf(app)
      await flushPromises()
      app.unmount()
      expect(show(status)).toMatchObject({ status: 'closed', total: 1, open: 0, retryAt: null })
    })
  })

  describe('reconnect()', () => {
    it('connects the streams that have failed or wait, and leaves the others alone', async () => {
      const app = createTestApp()
      const opened = ['/failed', '/waiting', '/open', '/closed', '/connecting'].map((url) =>
        openIn(app, url),
      )
      const status = statusOf(app)
      await flushPromises()
      const [failed, waiting, open] = environment.requests
      await failed!.answer(new Response('', { status: 404 }))
      await waiting!.fail()
      await open!.answer()
      opened[3]!.stream.close()
      const paths = (): string[] =>
        environment.requests.slice(5).map(({ url }) => new URL(url).pathname)
      expect(status.retryAt.value).toBe(1_001_000)
      status.reconnect()
      await flushPromises()
      expect(paths()).toEqual(['/failed', '/waiting'])
      expect(show(status)).toMatchObject({ failed: 0, open: 1, total: 5, retryAt: null })
    })

    it('works before anything is rendered', async () => {
      const { app, streams } = createAppOf(state('failed', 'http'))
      statusOf(app).reconnect()
      expect(streams[0]!.reconnect).toHaveBeenCalledOnce()
    })

    it('asks a shared connection once: its other streams show that it has been asked', () => {
      const shared = state('reconnecting', 'network', 5000) as {
        -readonly [Name in keyof AppStream['state']]: AppStream['state'][Name]
      }
      const { app, streams } = createAppOf(shared, shared, shared)
      streams[0]!.reconnect.mockImplementation(() => {
        Object.assign(shared, state('reconnecting', 'user'))
      })
      const { reconnect } = statusOf(app)
      reconnect()
      expect(streams.map((stream) => stream.reconnect.mock.calls.length)).toEqual([1, 0, 0])
    })

    it('does not start an attempt anew that it has started', async () => {
      const app = createTestApp()
      openIn(app)
      const { reconnect, status } = statusOf(app)
      await flushPromises()
      await environment.last().fail()
      reconnect()
      reconnect()
      await flushPromises()
      expect(environment.requests).toHaveLength(2)
      expect([environment.last().aborted, status.value]).toEqual([false, 'reconnecting'])
    })
  })

  describe('without the plugin', () => {
    it('is idle, and Vue says what is missing', async () => {
      let status!: UseEventStreamsStatusReturn
      const warnings = warningsOf(() => {
        status = mountSetup(useEventStreamsStatus).result
      })
      status.reconnect()
      await flushPromises()
      expect(show(status)).toEqual(NOTHING)
      expect(warnings.join()).toContain('"Symbol(createEventStreams())" not found')
    })

    it('is idle outside of an app, and Vue says what is missing', async () => {
      let status!: UseEventStreamsStatusReturn
      const warnings = warningsOf(() => {
        status = runInScope(useEventStreamsStatus).result
      })
      await flushPromises()
      expect(show(status)).toEqual(NOTHING)
      expect(warnings.join()).toContain('inject() can only be used')
    })

    it('is idle below a component that provides options only', async () => {
      const app = createApp({})
      app.provide(EVENT_STREAMS_KEY, { options: {} })
      const status = statusOf(app)
      status.reconnect()
      await nextTick()
      expect(show(status)).toEqual(NOTHING)
    })
  })
})
