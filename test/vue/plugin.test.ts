/** The plugin: defaults for an app's streams, its error handler, and its end as theirs. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createApp, effectScope, h, inject } from 'vue'
import { defaultEnvironment } from '../../src/client/environment.ts'
import { EVENT_STREAMS_KEY } from '../../src/vue/injection-keys.ts'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup } from '../support/mount.ts'
import type { App } from 'vue'
import type { EventStreamsOptions, UseEventStreamOptions } from '../../src/vue/options.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

type Own = UseEventStreamOptions<Record<string, unknown>>
type Stream = UseEventStreamReturn<Record<string, unknown>>

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

/** The platform without `reportError`: that is the plugin's to give. */
function platform(): Partial<ControlledEnvironment> {
  const { reportError: _own, ...rest } = environment
  return rest
}

/** A stream of a mounted component, in an app with the plugin. */
async function mountStream(options: EventStreamsOptions, own: Own = {}): Promise<Stream> {
  const plugin = createEventStreams({ environment: platform(), ...options })
  const { result } = mountSetup(() => useEventStream('/a', own), undefined, [plugin])
  await flushPromises()
  return result
}

/** An app, and a stream of it in a scope that ends with nothing. */
function createAppWithStream(options: EventStreamsOptions = {}, own: Own = {}): [App, Stream] {
  const app = createApp({ render: () => h('i') })
  app.use(createEventStreams({ environment: platform(), ...options }))
  app.mount(document.createElement('div'))
  const scope = effectScope(true)
  onTestFinished(() => scope.stop())
  const stream = app.runWithContext(() => scope.run(() => useEventStream('/a', own))!)
  return [app, stream]
}

describe('createEventStreams', () => {
  describe('its options', () => {
    it('are the defaults of every stream', async () => {
      const seen: string[] = []
      const fetch = vi.fn<ControlledEnvironment['fetch']>((...args) => environment.fetch(...args))
      const stream = await mountStream({
        baseURL: 'https://api.test/v1/',
        credentials: 'include',
        headers: { 'X-App': 'a' },
        fetch,
        initialLastEventId: '7',
        decode: 'text',
        flush: 'sync',
        queue: { capacity: 1 },
        onMessage: ({ data }) => seen.push(`message ${data as string}`),
        onOpen: ({ status }) => seen.push(`open ${status}`),
        onClose: (reason) => seen.push(`close ${reason}`),
      })
      expect(fetch).toHaveBeenCalledOnce()
      expect(fetch.mock.calls[0]![1].credentials).toBe('include')
      expect(environment.last().url).toBe('https://api.test/v1/a')
      expect(environment.last().headers.get('X-App')).toBe('a')
      expect(environment.last().headers.get('Last-Event-ID')).toBe('7')
      await environment.last().send('data: {no json\n\ndata: 2\n\n')
      expect([stream.message.value!.data, stream.queue.size]).toEqual(['2', 1])
      stream.close()
      expect(seen).toEqual(['open 200', 'message {no json', 'message 2', 'close user'])
    })

    it.each<[string, EventStreamsOptions, string]>([
      ['enabled', { enabled: false }, 'idle'],
      ['immediate', { immediate: false }, 'idle'],
      ['none', {}, 'connecting'],
    ])('decide whether streams connect: %s', async (_, options, status) => {
      expect((await mountStream(options)).status.value).toBe(status)
    })

    it('give every request its method and body', async () => {
      await mountStream({ method: 'POST', body: 'hello' })
      expect([environment.last().method, environment.last().body]).toEqual(['POST', 'hello'])
    })

    it('bound the time of an attempt, the silence, the retries and the size of a message', async () => {
      const options = { connectTimeout: 50, silenceTimeout: 70, maxMessageSize: 10 }
      const stream = await mountStream({
        ...options,
        reconnect: { initialDelay: 300, factor: 1, jitter: 0 },
      })
      await environment.advance(50)
      expect([stream.reason.value, stream.retryAt.value]).toEqual(['timeout', 1_000_350])
      await environment.advance(300)
      await environment.last().answer()
      await environment.advance(70)
      expect(stream.reason.value).toBe('silence')
      await environment.advance(300)
      await environment.last().send('data: 12345678901\n\n')
      expect(stream.error.value!.code).toBe('message-too-large')
    })

    it('yield to the options of a stream, unless those are undefined', async () => {
      const defaults = {
        baseURL: '/v1',
        method: 'POST',
        body: 'app',
        credentials: 'include',
      } as const
      await mountStream(defaults, { baseURL: '/v2', method: undefined, body: undefined })
      expect(environment.last().url).toBe('http://page.test/v2/a')
      expect([environment.last().method, environment.last().body]).toEqual(['POST', 'app'])
    })

    it('put their headers under those of the stream, each asked for before every attempt', async () => {
      let token = 0
      await mountStream(
        { headers: async () => ({ Authorization: `Bearer ${++token}`, 'X-Both': 'app' }) },
        { headers: () => ({ 'x-both': 'own', 'X-Own': `after ${token}` }) },
      )
      const { headers } = environment.last()
      expect(headers.get('Authorization')).toBe('Bearer 1')
      expect([headers.get('X-Both'), headers.get('X-Own')]).toEqual(['own', 'after 1'])
      await environment.last().answer()
      await environment.last().end()
      await environment.advance(1000)
      expect(environment.last().headers.get('Authorization')).toBe('Bearer 2')
    })

    it('do not make a POST repeatable with reconnect', async () => {
      const stream = await mountStream({ reconnect: { maxAttempts: 9 } }, { method: 'POST' })
      await environment.last().fail()
      expect(stream.status.value).toBe('failed')
      expect(environment.requests).toHaveLength(1)
    })

    it('let a stream say so itself', async () => {
      const stream = await mountStream({}, { method: 'POST', reconnect: true })
      await environment.last().fail()
      expect(stream.status.value).toBe('reconnecting')
    })

    it('may be none', () => {
      const app = createApp({ render: () => h('i') })
      app.use(createEventStreams())
      const { options, streams } = app.runWithContext(() => inject(EVENT_STREAMS_KEY)!)
      expect([Object.keys(options), streams!.size]).toEqual([['environment'], 0])
    })
  })

  describe('errors of handlers', () => {
    const broken = new Error('broken')
    const fails = (): void => {
      throw broken
    }

    it('go to the errorHandler of the app', async () => {
      const [app] = createAppWithStream({}, { on: { a: fails, b: () => Promise.reject(broken) } })
      const errorHandler = vi.fn<(...args: unknown[]) => void>()
      app.config.errorHandler = errorHandler
      await flushPromises()
      await environment.last().send(event('a', 1), event('b', 1))
      expect(errorHandler.mock.calls).toEqual([
        [broken, null, 'event stream handler'],
        [broken, null, 'event stream handler'],
      ])
    })

    it('do not go there when the stream or the plugin has onError', async () => {
      const onError = vi.fn<(error: unknown) => void>()
      const [app] = createAppWithStream({ onError }, { on: { a: fails } })
      const errorHandler = vi.fn<() => void>()
      app.config.errorHandler = errorHandler
      await flushPromises()
      await environment.last().send(event('a', 1))
      expect(onError.mock.calls).toMatchObject([[{ code: 'handler', cause: broken }]])
      expect(errorHandler).not.toHaveBeenCalled()
    })

    it('go to the platform when the app has no errorHandler', async () => {
      const report = vi.spyOn(defaultEnvironment, 'reportError').mockReturnValue()
      createAppWithStream({}, { on: { a: fails } })
      await flushPromises()
      await environment.last().send(event('a', 1))
      expect(report.mock.calls[0]![0]).toBe(broken)
    })

    it('go to the reportError of the environment when that is given', async () => {
      const [app] = createAppWithStream({ environment }, { on: { a: fails } })
      const errorHandler = vi.fn<() => void>()
      app.config.errorHandler = errorHandler
      await flushPromises()
      await environment.last().send(event('a', 1))
      expect([environment.errors, errorHandler.mock.calls]).toEqual([[broken], []])
    })

    it('go to the errorHandler also from a stream with an environment of its own', async () => {
      const [app] = createAppWithStream({}, { environment: { now: () => 5 }, on: { a: fails } })
      const errorHandler = vi.fn<() => void>()
      app.config.errorHandler = errorHandler
      await flushPromises()
      await environment.last().send(event('a', 1))
      expect(errorHandler).toHaveBeenCalledOnce()
    })

    it('do not cut the stream when the errorHandler throws, too', async () => {
      const seen: unknown[] = []
      const [app, stream] = createAppWithStream(
        {},
        { on: { a: fails, b: (data) => seen.push(data) } },
      )
      app.config.errorHandler = fails
      const report = vi.spyOn(defaultEnvironment, 'reportError').mockReturnValue()
      await flushPromises()
      await environment.last().send(event('a', 1), event('b', 2))
      expect([seen, stream.status.value]).toEqual([[2], 'open'])
      expect(report.mock.calls[0]![0]).toBe(broken)
    })
  })

  describe('the unmount of the app', () => {
    it('closes every stream of it, also those in scopes that go on', async () => {
      const reasons: unknown[] = []
      const [app, stream] = createAppWithStream({ onClose: (reason) => reasons.push(reason) })
      await flushPromises()
      await environment.last().send(event('a', 1))
      app.unmount()
      expect([stream.status.value, stream.reason.value]).toEqual(['closed', 'unmount'])
      expect(reasons).toEqual(['unmount'])
      await environment.frame()
      expect(environment.live()).toEqual(NOTHING_LIVE)
    })

    it('keeps a stream from connecting that was about to', async () => {
      const [app] = createAppWithStream()
      app.unmount()
      await flushPromises()
      expect(environment.requests).toEqual([])
    })

    it('tells components once', async () => {
      const onClose = vi.fn<(reason: unknown) => void>()
      const plugin = createEventStreams({ environment: platform(), onClose })
      const { wrapper } = mountSetup(() => useEventStream('/a'), undefined, [plugin])
      await flushPromises()
      wrapper.unmount()
      expect(onClose.mock.calls).toEqual([['unmount']])
    })

    it('forgets streams whose scope has ended', async () => {
      const app = createApp({ render: () => h('i') })
      app.use(createEventStreams({ environment: platform() }))
      const { streams } = app.runWithContext(() => inject(EVENT_STREAMS_KEY)!)
      const scope = effectScope(true)
      app.runWithContext(() => scope.run(() => useEventStream('/a')))
      expect(streams!.size).toBe(1)
      scope.stop()
      expect(streams!.size).toBe(0)
    })
  })

  it('is for one app: two on a page do not meet', async () => {
    const other = createControlledEnvironment()
    const [first, a] = createAppWithStream({ baseURL: '/first' })
    const [, b] = createAppWithStream({ baseURL: '/second', environment: other })
    await flushPromises()
    expect(environment.requests.map(({ url }) => url)).toEqual(['http://page.test/first/a'])
    expect(other.requests.map(({ url }) => url)).toEqual(['http://page.test/second/a'])
    first.unmount()
    expect([a.status.value, b.status.value]).toEqual(['closed', 'connecting'])
  })

  it('may be installed in two apps: the end of one is not the end of the other', async () => {
    const plugin = createEventStreams({ environment: platform() })
    const mounted = [1, 2].map(() => mountSetup(() => useEventStream('/a'), undefined, [plugin]))
    await flushPromises()
    mounted[0]!.wrapper.unmount()
    const statuses = mounted.map(({ result }) => result.status.value)
    expect(statuses).toEqual(['closed', 'connecting'])
  })

  it('is not needed', async () => {
    const { result } = mountSetup(() => useEventStream('/a', { environment }))
    await flushPromises()
    await environment.last().send(event('a', 1))
    expect(result.status.value).toBe('open')
  })
})
