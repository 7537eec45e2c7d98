/** What a component sees of `schema`, `caughtUp` and `onBatch`, given by itself or by the app. */
import { flushPromises } from '@vue/test-utils'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'
import { mountSetup } from '../support/mount.ts'
import type { EventStreamsOptions, UseEventStreamOptions } from '../../src/vue/options.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeAll(() => import('../../src/client/delivery/message-stages.ts'))
beforeEach(() => {
  environment = createControlledEnvironment()
})

const schema = { a: z.object({ n: z.coerce.number() }) }

async function mountStream(
  options: UseEventStreamOptions<any>,
  defaults: EventStreamsOptions = {},
) {
  const plugin = createEventStreams({ environment, ...defaults })
  const { result, wrapper } = mountSetup(
    () => {
      const stream = useEventStream<{ a: { n: number } }>('/a', { queue: {}, ...options })
      const queue = useMessageQueue(stream, 'a')
      const sum = useEventStreamState(stream, 0, { a: (total, { n }) => total + n })
      return { stream, queue, sum }
    },
    '<i />',
    [plugin],
  )
  await vi.waitUntil(() => environment.requests.length > 0)
  return { ...result, wrapper }
}

describe('schema', () => {
  it.each<[string, UseEventStreamOptions<any>, EventStreamsOptions]>([
    ['of the stream', { schema }, {}],
    ['of the app', {}, { schema }],
    ['of the stream, over that of the app', { schema }, { schema: { a: z.string() } }],
  ])('%s checks what handlers, queues and states get', async (_whose, options, defaults) => {
    const seen: unknown[] = []
    const errors: unknown[] = []
    const { stream, queue, sum } = await mountStream(
      {
        ...options,
        on: { a: (payload: unknown) => seen.push(payload) },
        onError: ({ code }) => errors.push(code),
      },
      defaults,
    )
    await environment.last().send(event('a', { n: '1' }), event('a', 'no'), event('a', { n: '2' }))
    await environment.frame()
    expect(seen).toEqual([{ n: 1 }, { n: 2 }])
    expect(stream.queue.messages.map(({ data }) => data)).toEqual(seen)
    expect(queue.messages.value.map(({ data }) => data)).toEqual(seen)
    expect([sum.value, errors]).toEqual([3, ['validation']])
  })
})

describe('onBatch', () => {
  it.each<[string, (onBatch: () => void) => [UseEventStreamOptions<any>, EventStreamsOptions]]>([
    ['of the stream', (onBatch) => [{ onBatch, flush: 'sync' }, {}]],
    ['of the app', (onBatch) => [{}, { onBatch, flush: 'sync' }]],
  ])('%s comes as often as flush says', async (_whose, give) => {
    const onBatch = vi.fn<() => void>()
    await mountStream(...give(onBatch))
    await environment.last().send(event('a', { n: 1 }), event('a', { n: 2 }))
    expect(onBatch).toHaveBeenCalledTimes(2)
  })

  it('gets the last messages when the component is unmounted, and nothing after that', async () => {
    const onBatch = vi.fn<(messages: unknown[]) => void>()
    const { wrapper } = await mountStream({ onBatch })
    await environment.last().send(event('a', { n: 1 }))
    expect(onBatch).not.toHaveBeenCalled()
    wrapper.unmount()
    expect(onBatch).toHaveBeenCalledOnce()
    await flushPromises()
    await environment.frame()
    expect(onBatch).toHaveBeenCalledOnce()
  })
})

describe('failWhen and caughtUp', () => {
  it('work as defaults of the app', async () => {
    const seen: unknown[] = []
    const { stream } = await mountStream(
      {
        initialLastEventId: '1',
        onMessage: ({ data, replayed }) => seen.push([data, replayed]),
      },
      {
        caughtUp: ({ comment }) => comment === 'live',
        failWhen: ({ type }) => type === 'error' && 'fatal',
      },
    )
    await environment.last().send(event('a', { n: 1 }), ': live\n\n', event('a', { n: 2 }))
    expect(seen).toEqual([
      [{ n: 1 }, true],
      [{ n: 2 }, false],
    ])
    await environment.last().send(event('error', 'gone'))
    expect([stream.status.value, stream.error.value?.code]).toEqual(['failed', 'server'])
  })
})
