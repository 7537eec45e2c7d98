/** Whose stream it is: another identity is another stream, in the same breath. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { computed, createApp, effectScope, nextTick, ref, shallowRef } from 'vue'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope } from '../support/mount.ts'
import type { Ref } from 'vue'
import type { UseEventStreamOptions } from '../../src/vue/options.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

type Options = UseEventStreamOptions<Record<string, unknown>>
type Stream = UseEventStreamReturn<Record<string, unknown>>

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

async function start(options: Options, url: string | Ref<string> = '/a'): Promise<Stream> {
  const { result } = runInScope(() => useEventStream(url, { environment, ...options }))
  await flushPromises()
  return result
}

const live = (): string[] =>
  environment.requests.filter(({ aborted }) => !aborted).map(({ url }) => new URL(url).pathname)

describe('identity', () => {
  it.each<[string, () => Options['identity']]>([
    ['a text', () => 'ada'],
    ['null', () => null],
    ['undefined', () => undefined],
    ['a ref', () => ref('ada')],
    ['a getter', () => () => 'ada'],
    ['a computed', () => computed(() => 'ada')],
  ])('may be %s', async (_, identity) => {
    const stream = await start({ identity: identity() })
    expect([live(), stream.status.value]).toEqual([['/a'], 'connecting'])
  })

  it.each<[unknown, unknown]>([
    ['ada', 'bob'],
    ['ada', null],
    [undefined, 'ada'],
    [null, undefined],
    ['ada', undefined],
  ])('starts anew when it changes from %s to %s', async (before, after) => {
    const identity = shallowRef(before as string)
    const stream = await start({ identity, flush: 'sync' })
    await environment.last().send(event('a', 1, '7'))
    identity.value = after as string
    expect(environment.requests[0]!.aborted).toBe(true)
    await flushPromises()
    expect(environment.requests).toHaveLength(2)
    expect(environment.last().headers.get('Last-Event-ID')).toBeNull()
    expect([stream.lastEventId.value, stream.received.value]).toEqual(['', 0])
  })

  it('leaves the stream alone when it is set to what it is', async () => {
    const user = shallowRef({ id: 'ada' })
    await start({ identity: () => user.value.id })
    user.value = { id: 'ada' }
    await flushPromises()
    expect(environment.requests).toHaveLength(1)
  })

  it('lets nothing through of the one before, not even a microtask later', async () => {
    const identity = ref('ada')
    const seen: unknown[] = []
    const stream = await start({ identity, on: { a: (data) => seen.push(data) } })
    const request = environment.last()
    await request.answer()
    const sent = request.send(event('a', 'for ada'))
    identity.value = 'bob'
    expect(stream.status.value).toBe('connecting')
    await sent
    await nextTick()
    expect(seen).toEqual([])
  })

  it('asks for nothing in the name of the one before when it changes with enabled', async () => {
    const user = shallowRef<string | null>(null)
    const options = { enabled: () => user.value !== null, identity: () => user.value }
    const names: string[] = []
    const { result } = runInScope(() =>
      useEventStream('/a', {
        environment,
        ...options,
        headers() {
          names.push(String(user.value))
          return {}
        },
      }),
    )
    await flushPromises()
    expect(result.reason.value).toBe('disabled')
    user.value = 'ada'
    await flushPromises()
    user.value = null
    await flushPromises()
    expect([live(), result.reason.value]).toEqual([[], 'disabled'])
    user.value = 'bob'
    await flushPromises()
    expect([names, live(), environment.requests.length]).toEqual([['ada', 'bob'], ['/a'], 2])
  })

  it('may change together with the url: one request follows', async () => {
    const room = ref(1)
    const url = computed(() => `/rooms/${room.value}`)
    await start({ identity: () => `ada in ${room.value}` }, url)
    room.value = 2
    await flushPromises()
    expect(live()).toEqual(['/rooms/2'])
  })

  it('is nobody while its getter throws', async () => {
    const user = shallowRef<{ id: string } | null>({ id: 'ada' })
    const errors: unknown[] = []
    const app = createApp({
      setup: () => useEventStream('/a', { environment, identity: () => user.value!.id }),
      template: '<b />',
    })
    app.config.errorHandler = (error) => void errors.push(error)
    app.mount(document.createElement('div'))
    await flushPromises()
    user.value = null
    await flushPromises()
    expect(environment.requests.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(errors).toHaveLength(1)
    app.unmount()
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('may be a default of the plugin, and reactive there', async () => {
    const identity = ref('ada')
    const plugin = createEventStreams({ environment, identity: () => identity.value })
    mountSetup(() => useEventStream('/a'), undefined, [plugin])
    mountSetup(() => useEventStream('/public', { identity: null }), undefined, [plugin])
    await flushPromises()
    identity.value = 'bob'
    await flushPromises()
    expect(environment.requests.map(({ url }) => new URL(url).pathname)).toEqual([
      '/a',
      '/public',
      '/a',
    ])
    expect(live()).toEqual(['/public', '/a'])
  })

  it('is not looked at any more after the scope has ended', async () => {
    const identity = ref('ada')
    const scope = effectScope(true)
    scope.run(() => useEventStream('/a', { environment, identity }))
    await flushPromises()
    scope.stop()
    identity.value = 'bob'
    await flushPromises()
    expect([environment.requests.length, environment.live()]).toEqual([1, NOTHING_LIVE])
  })
})
