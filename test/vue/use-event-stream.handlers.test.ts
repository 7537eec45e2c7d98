/** Who hears which message, in which order, and until when. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { effectScope, h, nextTick, onMounted, ref } from 'vue'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, startStream } from '../support/mount.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

// Loaded on demand: here it is there from the start.
await import('../../src/client/delivery/message-iterator.ts')

let environment: ControlledEnvironment
let seen: unknown[]
beforeEach(() => {
  environment = createControlledEnvironment()
  seen = []
})

const note =
  (name: string) =>
  (...args: unknown[]): void =>
    void seen.push([name, ...args])
const names = (): unknown[] => seen.map((entry) => (entry as unknown[])[0])

describe('the handlers', () => {
  it('get every message in order: onMessage, then those of its type, then those of every type', async () => {
    const { stream } = await startStream(environment, {
      onMessage: note('onMessage'),
      on: { a: note('map') },
    })
    stream.on('*', note('on *'))
    stream.on('a', note('on a'))
    await environment.last().send(event('a', 'first', '1'), event('b', 'second'))
    const first = { type: 'a', data: 'first', lastEventId: '1', key: 1, replayed: false }
    const second = { type: 'b', data: 'second', lastEventId: '1', key: 2, replayed: false }
    expect(seen).toEqual([
      ['onMessage', first],
      ['map', 'first', first],
      ['on a', 'first', first],
      ['on *', first],
      ['onMessage', second],
      ['on *', second],
    ])
  })

  it('get every message of a frame, not just the last', async () => {
    await startStream(environment, { on: { a: note('a') } })
    await environment.last().send(...Array.from({ length: 50 }, (_, index) => event('a', index)))
    expect(seen.map((entry) => (entry as unknown[])[1])).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    )
  })

  it('are added once by once(), for a type or for all', async () => {
    const { stream } = await startStream(environment)
    stream.once('a', note('once a'))
    stream.once('*', note('once *'))
    await environment.last().send(event('b', 1), event('a', 2), event('a', 3))
    expect(names()).toEqual(['once *', 'once a'])
  })

  it('go with what on() and once() return', async () => {
    const { stream } = await startStream(environment)
    const ends = [
      stream.on('a', note('on')),
      stream.once('a', note('once')),
      stream.on('*', note('*')),
    ]
    for (const end of ends) end()
    await environment.last().send(event('a', 1))
    expect(seen).toEqual([])
  })

  it.each(['__proto__', 'constructor', 'toString', 'error', 'open', 'close', 'message'])(
    'hear an event named %s like any other',
    async (name) => {
      const { stream } = await startStream(environment, {
        on: Object.fromEntries([[name, note('map')]]),
        queue: {},
      })
      stream.on(name, note('on'))
      await environment.last().send(event('other', 0), event(name, { n: 1 }))
      await environment.frame()
      expect(names()).toEqual(['map', 'on'])
      expect(stream.queue.messages.map(({ type }) => type)).toEqual(['other', name])
      expect(stream.status.value).toBe('open')
    },
  )

  it('need no map with a prototype, and ignore what a prototype brings', async () => {
    const on: Record<string, (...args: unknown[]) => void> = Object.create({ a: note('inherited') })
    on.b = note('own')
    await startStream(environment, { on })
    await environment.last().send(event('a', 1), event('b', 1))
    expect(names()).toEqual(['own'])
  })

  it('hear an event named * only with onMessage and on("*")', async () => {
    const { stream } = await startStream(environment, { onMessage: note('onMessage') })
    stream.on('*', note('on *'))
    stream.on('a', note('on a'))
    await environment.last().send(event('*', 1))
    expect(names()).toEqual(['onMessage', 'on *'])
  })

  it('that throw or reject go to onError, and the others are called all the same', async () => {
    const errors: EventStreamError[] = []
    const broken = new Error('broken')
    const { stream } = await startStream(environment, {
      onError: (error) => errors.push(error),
      on: {
        a() {
          throw broken
        },
        b: () => Promise.reject(broken),
      },
    })
    stream.on('a', note('after'))
    await environment.last().send(event('a', 1), event('b', 2), event('a', 3))
    expect(names()).toEqual(['after', 'after'])
    expect(errors.map(({ code, type, cause }) => [code, type, cause])).toEqual([
      ['handler', 'a', broken],
      ['handler', 'a', broken],
      ['handler', 'b', broken],
    ])
    expect([stream.status.value, environment.errors]).toEqual(['open', []])
  })

  it('that nobody watches over go to the environment', async () => {
    const broken = new Error('broken')
    const { stream } = await startStream(environment)
    stream.on('a', () => {
      throw broken
    })
    await environment.last().send(event('a', 1))
    expect(environment.errors).toEqual([broken])
  })
})

describe('handlers of a component on the stream of another one', () => {
  it('end with the component, and the stream goes on', async () => {
    const isShown = ref(true)
    let stream!: UseEventStreamReturn
    const Child = {
      setup() {
        stream.on('a', note('on'))
        stream.on('*', note('*'))
        stream.once('later', note('once'))
        return () => h('i')
      },
    }
    mountSetup(() => {
      stream = useEventStream('/a', { environment, on: { a: note('parent') } })
      return { Child, isShown }
    }, '<component :is="Child" v-if="isShown" />')
    await flushPromises()
    await environment.last().send(event('a', 1))
    expect(names()).toEqual(['parent', 'on', '*'])
    isShown.value = false
    await nextTick()
    await environment.last().send(event('a', 2), event('later', 3))
    expect(names()).toEqual(['parent', 'on', '*', 'parent'])
    expect(stream.status.value).toBe('open')
  })

  it('live as long as the stream when they are added outside of a scope', async () => {
    const { stream, scope } = await startStream(environment)
    const own = effectScope(true)
    own.run(() => stream.on('a', note('in a scope')))
    stream.on('a', note('outside'))
    own.stop()
    await environment.last().send(event('a', 1))
    expect(names()).toEqual(['outside'])
    scope.stop()
  })
})

describe('for await', () => {
  it('in a component takes every message from its start on, and ends with the component', async () => {
    const { wrapper } = mountSetup(() => {
      const stream = useEventStream('/a', { environment })
      onMounted(async () => {
        for await (const { data } of stream) seen.push(data)
        seen.push('ended')
      })
      return stream
    })
    await flushPromises()
    await environment.last().send(event('a', 1), event('b', 2))
    await environment.last().send(event('a', 3))
    expect(seen).toEqual([1, 2, 3])
    wrapper.unmount()
    await flushPromises()
    expect(seen).toEqual([1, 2, 3, 'ended'])
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })

  it('throws the error of a stream that fails', async () => {
    const { stream } = await startStream(environment)
    const loop = (async () => {
      for await (const message of stream) seen.push(message)
    })()
    const failure = loop.catch((error: unknown) => error)
    await environment.last().answer(new Response('', { status: 404 }))
    expect(await failure).toMatchObject({ code: 'http-status', status: 404 })
  })

  it('leaves the stream alone when the loop is left', async () => {
    const { stream } = await startStream(environment, { on: { a: note('on') } })
    const loop = (async () => {
      for await (const { data } of stream) if (data === 1) return
    })()
    await flushPromises()
    await environment.last().send(event('a', 1), event('a', 2))
    await loop
    await environment.last().send(event('a', 3))
    expect([names().length, stream.status.value]).toEqual([3, 'open'])
  })
})
