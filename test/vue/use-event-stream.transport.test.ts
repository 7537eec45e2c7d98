/** What a component sees of the transport in use, and what a transport hears of the types that components want. */
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { effectScope, ref } from 'vue'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, startStream } from '../support/mount.ts'
import type { Transport, TransportAttempt } from '../../src/client/transports/transport.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

// Loaded on demand: here it is there from the start.
await import('../../src/client/connection/transport-choice.ts')

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

/** A transport that is open until it is left, and notes the types that it is asked for. */
function createOwn(name = 'own') {
  const types: string[] = []
  const attempts: TransportAttempt[] = []
  const transport: Transport = {
    name,
    async connect(attempt) {
      attempts.push(attempt)
      await Promise.resolve()
      attempt.onOpen({ status: 200, headers: new Headers() })
      attempt.onWantedType((type) => types.push(type))
      await new Promise<void>((resolve) => {
        attempt.signal.addEventListener('abort', () => resolve())
      })
    },
  }
  return {
    ...{ transport, types, attempts },
    send(type: string, data: unknown) {
      const message = { type, data: JSON.stringify(data), lastEventId: '' }
      attempts.at(-1)!.receive(() => attempts.at(-1)!.onMessage(message, false))
    },
  }
}

describe('transport', () => {
  it('is null before the first attempt, then the name of the one in use', async () => {
    const url = ref<string | null>(null)
    const { result: stream } = runInScope(() => useEventStream(url, { environment }))
    await flushPromises()
    expect(stream.transport.value).toBe(null)
    url.value = '/a'
    await flushPromises()
    expect(stream.transport.value).toBe('fetch')
    stream.close()
    expect(stream.transport.value).toBe('fetch')
  })

  it("is an own one's name, in the same moment as the status", async () => {
    const { transport } = createOwn()
    const { wrapper } = mountSetup(
      () => useEventStream('/a', { environment, transport }),
      '{{ status }} {{ transport }}',
    )
    await flushPromises()
    expect(wrapper.text()).toBe('open own')
  })

  it('says that the fallback has taken over, and that the first one is back', async () => {
    const { transport } = createOwn('reserve')
    const { wrapper, result } = mountSetup(
      () =>
        useEventStream('/a', {
          environment,
          reconnect: { jitter: 0 },
          fallback: { transport, afterAttempts: 2 },
        }),
      '{{ transport }}',
    )
    await flushPromises()
    const shown = [wrapper.text()]
    for (let count = 0; count < 2; count++) {
      await environment.last().fail()
      await environment.advance(3000)
      shown.push(wrapper.text())
    }
    result.reconnect()
    await flushPromises()
    expect([...shown, wrapper.text()]).toEqual(['fetch', 'fetch', 'reserve', 'fetch'])
  })
})

describe('a transport that has to ask for event types', () => {
  it('hears of those of the map, of handlers, queues and states, once each', async () => {
    const { transport, types } = createOwn()
    const { stream } = await startStream(environment, {
      transport,
      on: { map: () => {}, none: undefined },
      onMessage: () => {},
      queue: {},
      resume: { gapEvent: 'gap' },
    })
    stream.on('on', () => {})
    stream.on('on', () => {})
    stream.once('once', () => {})
    stream.on('*', () => {})
    useMessageQueue(stream)
    useMessageQueue(stream, 'queue')
    useMessageQueue(stream, ['queue', 'queues'], { capacity: 1 })
    useEventStreamState(stream as never, 0, { state: (state: number) => state } as never)
    expect([...new Set(types)]).toEqual(['gap', 'map', 'on', 'once', 'queue', 'queues', 'state'])
  })

  it('hears again of all with each connection, also of those that were asked for meanwhile', async () => {
    const { transport, types } = createOwn()
    const { stream } = await startStream(environment, { transport, on: { a: () => {} } })
    stream.close()
    expect(types.splice(0)).toEqual(['a'])
    useMessageQueue(stream, 'b')
    types.length = 0
    stream.open()
    await flushPromises()
    expect(types).toEqual(['a', 'b'])
  })

  it('delivers to a queue the types that it has named, and to the own one all', async () => {
    const own = createOwn()
    const { stream } = await startStream(environment, { ...own, queue: {}, flush: 'sync' })
    const scope = effectScope(true)
    const queue = scope.run(() => useMessageQueue(stream, 'a'))!
    own.send('a', 1)
    own.send('b', 2)
    expect(queue.drain().map(({ data }) => data)).toEqual([1])
    scope.stop()
    own.send('a', 3)
    expect(queue.size.value).toBe(0)
    expect(stream.queue.messages.map(({ data }) => data)).toEqual([1, 2, 3])
  })

  it('is not asked by one that hears all anyway', async () => {
    const { stream } = await startStream(environment, { flush: 'sync' })
    const { size } = useMessageQueue(stream, 'a')
    await environment.last().send(event('a', 1), event('b', 2))
    expect([size.value, stream.received.value]).toEqual([1, 2])
  })
})
