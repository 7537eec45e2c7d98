/** What decides whether and where a stream connects: `url`, `enabled`, `immediate` and `close()`. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { computed, createApp, nextTick, ref, shallowRef } from 'vue'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope } from '../support/mount.ts'
import type { MaybeRefOrGetter } from 'vue'
import type { UseEventStreamOptions } from '../../src/vue/options.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

type Url = MaybeRefOrGetter<string | URL | null | undefined>

async function start(
  url: Url,
  options: UseEventStreamOptions<Record<string, unknown>> = {},
): Promise<UseEventStreamReturn<Record<string, unknown>>> {
  const { result } = runInScope(() => useEventStream(url, { environment, ...options }))
  await flushPromises()
  return result
}

const paths = (): string[] => environment.requests.map(({ url }) => new URL(url).pathname)
const live = (): string[] =>
  environment.requests.filter(({ aborted }) => !aborted).map(({ url }) => new URL(url).pathname)

describe('url', () => {
  it('is idle while its getter throws, and asks nobody for "undefined"', async () => {
    const user = shallowRef<{ id: number } | null>({ id: 1 })
    const app = createApp({
      setup() {
        const { status } = useEventStream(() => `/u/${user.value!.id}`, { environment })
        return () => status.value
      },
    })
    const errors: unknown[] = []
    app.config.errorHandler = (error) => void errors.push(error)
    const host = document.createElement('div')
    app.mount(host)
    await flushPromises()
    user.value = null
    await flushPromises()
    expect(paths()).toEqual(['/u/1'])
    expect(live()).toEqual([])
    expect(host.textContent).toBe('idle')
    expect(errors).toHaveLength(1)
    app.unmount()
  })

  it.each<[string, () => Url, string]>([
    ['a string', () => '/a', 'http://page.test/a'],
    ['an absolute string', () => 'https://other.test/a?b=1', 'https://other.test/a?b=1'],
    ['a URL', () => new URL('https://other.test/a'), 'https://other.test/a'],
    ['a ref', () => ref('/a'), 'http://page.test/a'],
    ['a ref of a URL', () => shallowRef(new URL('https://other.test/a')), 'https://other.test/a'],
    ['a computed', () => computed(() => '/a'), 'http://page.test/a'],
    ['a getter', () => () => '/a', 'http://page.test/a'],
    ['a getter of a URL', () => () => new URL('https://other.test/a'), 'https://other.test/a'],
  ])('may be %s', async (_, create, expected) => {
    await start(create())
    expect(environment.requests.map(({ url }) => url)).toEqual([expected])
  })

  it.each<[string, Url]>([
    ['null', null],
    ['undefined', undefined],
    ['a ref of null', ref(null)],
    ['a getter of undefined', () => undefined],
  ])('is none when it is %s: the stream is idle', async (_, url) => {
    const stream = await start(url)
    expect([stream.status.value, stream.reason.value, stream.error.value]).toEqual([
      'idle',
      null,
      null,
    ])
    stream.open()
    stream.reconnect()
    await flushPromises()
    expect(environment.requests).toEqual([])
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('is asked for only when the component is mounted', () => {
    const calls: string[] = []
    mountSetup(() => {
      const stream = useEventStream(() => (calls.push('url'), '/a'), { environment })
      calls.push('set up')
      return stream
    })
    expect(calls).toEqual(['set up', 'url'])
  })

  it('connects as soon as there is one, and is idle when it goes', async () => {
    const room = ref<string | null>(null)
    const stream = await start(() => room.value && `/rooms/${room.value}`)
    room.value = 'a'
    expect(stream.status.value).toBe('connecting')
    await flushPromises()
    await environment.last().send(event('a', 1, '5'))
    await environment.frame()
    room.value = null
    expect([stream.status.value, stream.lastEventId.value, stream.message.value]).toEqual([
      'idle',
      '',
      null,
    ])
    await environment.frame()
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(paths()).toEqual(['/rooms/a'])
  })

  it('replaces the connection when it changes, and everything starts anew', async () => {
    const url = ref('/a')
    const stream = await start(url)
    await environment.last().send(event('a', 1, '5'))
    await environment.frame()
    url.value = '/b'
    expect([stream.status.value, stream.lastEventId.value, stream.received.value]).toEqual([
      'connecting',
      '',
      0,
    ])
    expect(stream.message.value).toBeNull()
    await flushPromises()
    expect(live()).toEqual(['/b'])
    expect(environment.last().headers.has('Last-Event-ID')).toBe(false)
  })

  it('clears the error of the old one', async () => {
    const url = ref('/a')
    const stream = await start(url)
    await environment.last().answer(new Response('', { status: 404 }))
    expect([stream.status.value, stream.error.value!.status]).toEqual(['failed', 404])
    url.value = '/b'
    expect([stream.status.value, stream.error.value, stream.attempt.value]).toEqual([
      'connecting',
      null,
      0,
    ])
    await flushPromises()
    expect(live()).toContain('/b')
  })

  it('changes nothing when it is the same text', async () => {
    const url = shallowRef(new URL('http://page.test/a'))
    await start(url)
    url.value = new URL('http://page.test/a')
    await flushPromises()
    expect(paths()).toEqual(['/a'])
  })

  it('sends only the last of several changes', async () => {
    const url = ref('/a')
    await start(url)
    for (const next of ['/b', '/c', '/d']) url.value = next
    await flushPromises()
    expect(paths()).toEqual(['/a', '/d'])
  })

  it('lets nothing of the old connection arrive', async () => {
    const url = ref('/a')
    const seen: unknown[] = []
    const stream = await start(url, { onMessage: ({ data }) => seen.push(data), queue: {} })
    const old = environment.last()
    await old.send(event('m', 'old, before'))
    url.value = '/b'
    await old.send(event('m', 'old, after'))
    await environment.last().send(event('m', 'new'))
    await environment.frame()
    expect(seen).toEqual(['old, before', 'new'])
    expect(stream.message.value!.data).toBe('new')
    expect(stream.received.value).toBe(1)
  })

  it('lets nothing of the old connection arrive whose answer comes late', async () => {
    const url = ref('/a')
    const seen: unknown[] = []
    const stream = await start(url, {
      onMessage: ({ data }) => seen.push(data),
      onOpen: () => seen.push('open'),
      onError: (error) => seen.push(error),
      // One that does not look at the signal.
      fetch: (input, init) => environment.fetch(input, { ...init, signal: undefined }),
    })
    const old = environment.last()
    url.value = '/b'
    await flushPromises()
    await environment.last().answer()
    await old.send(event('m', 'old'))
    expect(seen).toEqual(['open'])
    expect(stream.status.value).toBe('open')
    expect(environment.live().requests).toBe(1)
  })

  it('drops the rest of a chunk when a handler changes it', async () => {
    const url = ref('/a')
    const seen: unknown[] = []
    await start(url, {
      onMessage({ data }) {
        seen.push(data)
        url.value = '/b'
      },
    })
    await environment.last().send(event('m', 1), event('m', 2))
    expect(seen).toEqual([1])
    expect(live()).toEqual(['/b'])
  })

  it.each([204, 404])(
    'does not wake a stream that a %i ended when only its getter ran',
    async (status) => {
      const state = shallowRef({ path: '/a', other: 1 })
      const stream = await start(() => state.value.path)
      await environment.last().answer(new Response(null, { status }))
      const ended = stream.status.value
      state.value = { path: '/a', other: 2 }
      await flushPromises()
      expect(stream.status.value).toBe(ended)
      expect(environment.requests).toHaveLength(1)
    },
  )

  it('hands a message to every handler although one of them made its getter run', async () => {
    const state = shallowRef({ path: '/a', other: 1 })
    const seen: unknown[] = []
    await start(() => state.value.path, {
      onMessage: () => (state.value = { path: '/a', other: 2 }),
      on: { a: (data) => seen.push(data) },
    })
    await environment.last().send(event('a', 1))
    expect(seen).toEqual([1])
  })

  it('connects anew at the first URL without the cursor of another one', async () => {
    const url = ref<string | null>('/a')
    await start(url, { initialLastEventId: '7' })
    url.value = null
    url.value = '/b'
    await flushPromises()
    expect(environment.last().headers.has('Last-Event-ID')).toBe(false)
  })
})

describe('close()', () => {
  it('wins over changes of the url until open()', async () => {
    const url = ref('/a')
    const stream = await start(url)
    stream.close()
    url.value = '/b'
    await flushPromises()
    expect(paths()).toEqual(['/a'])
    expect(environment.live()).toEqual(NOTHING_LIVE)
    stream.open()
    await flushPromises()
    expect(paths()).toEqual(['/a', '/b'])
    url.value = '/c'
    await flushPromises()
    expect(live()).toEqual(['/c'])
  })

  it('before the component is mounted keeps it from connecting', async () => {
    const { result } = mountSetup(() => {
      const stream = useEventStream('/a', { environment })
      stream.close()
      return stream
    })
    await flushPromises()
    expect(environment.requests).toEqual([])
    result.open()
    await flushPromises()
    expect(paths()).toEqual(['/a'])
  })

  it('keeps the cursor for open()', async () => {
    const stream = await start('/a')
    await environment.last().send(event('a', 1, '5'))
    stream.close()
    expect(stream.lastEventId.value).toBe('5')
    stream.open()
    await flushPromises()
    expect(environment.last().headers.get('Last-Event-ID')).toBe('5')
  })
})

describe('enabled', () => {
  it.each<[string, MaybeRefOrGetter<boolean>]>([
    ['a value', false],
    ['a ref', ref(false)],
    ['a getter', () => false],
  ])('keeps the stream idle when it is false, as %s', async (_, enabled) => {
    const stream = await start('/a', { enabled })
    expect([stream.status.value, stream.reason.value]).toEqual(['idle', 'disabled'])
    stream.open()
    stream.reconnect()
    await flushPromises()
    expect(environment.requests).toEqual([])
  })

  it.each<[string, (flag: { value: boolean }) => MaybeRefOrGetter<boolean>]>([
    ['a ref', (flag) => flag as MaybeRefOrGetter<boolean>],
    ['a getter', (flag) => () => flag.value],
  ])('ends the connection and takes it up again with its cursor, as %s', async (_, toEnabled) => {
    const flag = ref(true)
    const stream = await start('/a', { enabled: toEnabled(flag) })
    await environment.last().send(event('a', 1, '5'))
    flag.value = false
    expect([stream.status.value, stream.reason.value]).toEqual(['idle', 'disabled'])
    expect(stream.lastEventId.value).toBe('5')
    await environment.frame()
    expect(environment.live()).toEqual(NOTHING_LIVE)
    flag.value = true
    expect(stream.status.value).toBe('connecting')
    await flushPromises()
    expect(environment.last().headers.get('Last-Event-ID')).toBe('5')
  })

  it('does not undo close()', async () => {
    const enabled = ref(true)
    const stream = await start('/a', { enabled })
    stream.close()
    enabled.value = false
    enabled.value = true
    await flushPromises()
    expect(stream.status.value).toBe('closed')
    expect(environment.requests).toHaveLength(1)
  })

  it('waits with a url that changes meanwhile', async () => {
    const enabled = ref(false)
    const url = ref('/a')
    await start(url, { enabled })
    url.value = '/b'
    await nextTick()
    enabled.value = true
    await flushPromises()
    expect(paths()).toEqual(['/b'])
  })

  it('connects only to the new url when both change with one value', async () => {
    const room = shallowRef({ url: '/a', enabled: false })
    await start(() => room.value.url, { enabled: () => room.value.enabled })
    room.value = { url: '/b', enabled: true }
    await flushPromises()
    expect(paths()).toEqual(['/b'])
    room.value = { url: '/c', enabled: false }
    await flushPromises()
    expect(paths()).toEqual(['/b'])
    expect(environment.live().requests).toBe(0)
  })
})

describe('immediate: false', () => {
  it('waits for open()', async () => {
    const stream = await start('/a', { immediate: false })
    expect([stream.status.value, stream.reason.value]).toEqual(['idle', null])
    stream.open()
    await flushPromises()
    expect(paths()).toEqual(['/a'])
  })

  it('connects when mounted if open() was called before', async () => {
    mountSetup(() => {
      const stream = useEventStream('/a', { environment, immediate: false })
      stream.open()
      expect(stream.status.value).toBe('idle')
      return stream
    })
    await flushPromises()
    expect(paths()).toEqual(['/a'])
  })

  it('does not connect with a new url or enabled either', async () => {
    const url = ref('/a')
    const enabled = ref(false)
    await start(url, { immediate: false, enabled })
    url.value = '/b'
    enabled.value = true
    await flushPromises()
    expect(environment.requests).toEqual([])
  })
})
