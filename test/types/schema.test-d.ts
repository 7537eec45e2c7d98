/** The option `schema`: the event map is inferred from it, whatever made the schemas. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import {
  createEventStreams,
  useEventStream,
  useEventStreamState,
  useMessageQueue,
} from 'vue-event-stream'
import { createEventStreamClient } from 'vue-event-stream/client'
import { z } from 'zod'
import type { Message, MessageOf, StandardSchemaV1, UseEventStreamReturn } from 'vue-event-stream'
import type { ChatEvents } from './chat-events.ts'

interface Inferred {
  /** zod */
  'new-message': { user: string; text: string }
  /** valibot */
  'user-joined': { username: string }
  /** arktype */
  count: number
}

const schema = {
  'new-message': z.object({ user: z.string(), text: z.string() }),
  'user-joined': v.object({ username: v.string() }),
  count: type('number'),
}

describe('schema', () => {
  const stream = useEventStream('/chat', { schema })

  it('makes the event map', () => {
    expectTypeOf(stream).toEqualTypeOf<UseEventStreamReturn<Inferred>>()
    const client = createEventStreamClient('/chat', { schema })
    client.on('count', (payload) => expectTypeOf(payload).toBeNumber())
    expectTypeOf(client.message).toEqualTypeOf<Message<Inferred> | null>()
  })

  it('is inferred into handlers, also those that stand next to it', async () => {
    useEventStream('/chat', {
      schema: {
        zod: z.object({ a: z.number() }),
        valibot: v.object({ b: v.string() }),
        arktype: type({ c: 'boolean' }),
      },
      on: {
        zod: ({ a }) => expectTypeOf(a).toBeNumber(),
        valibot: ({ b }, { type: name }) => {
          expectTypeOf(b).toBeString()
          expectTypeOf(name).toEqualTypeOf<'valibot'>()
        },
        arktype: ({ c }) => expectTypeOf(c).toBeBoolean(),
      },
      onMessage(message) {
        if (message.type === 'zod') expectTypeOf(message.data).toEqualTypeOf<{ a: number }>()
      },
      onBatch(messages, { replayed }) {
        expectTypeOf(replayed).toBeBoolean()
        for (const message of messages) {
          if (message.type === 'valibot') expectTypeOf(message.data.b).toBeString()
        }
      },
    })
    stream.on('count', (payload) => expectTypeOf(payload).toBeNumber())
    stream.once('user-joined', ({ username }) => expectTypeOf(username).toBeString())
    stream.on('*', (message) => expectTypeOf(message).toEqualTypeOf<Message<Inferred>>())
    for await (const message of stream) {
      if (message.type === 'count') expectTypeOf(message.data).toBeNumber()
    }
  })

  it('is inferred into queues and state', () => {
    const queue = useMessageQueue(stream, 'count')
    expectTypeOf(queue.take()).toEqualTypeOf<MessageOf<'count', number>[]>()
    expectTypeOf(useMessageQueue(stream).take()).toEqualTypeOf<Message<Inferred>[]>()
    useEventStreamState(stream, 0, { count: (sum, payload) => sum + payload })
    // @ts-expect-error it is a number
    useEventStreamState(stream, 0, { count: (_sum, payload) => payload.length })
    // @ts-expect-error a typo
    useMessageQueue(stream, 'cuont')
  })

  it('gives what transforms make', () => {
    useEventStream('/times', {
      schema: {
        zod: z.object({ at: z.string().transform((text) => new Date(text)) }),
        coerced: z.coerce.date(),
        valibot: v.pipe(v.string(), v.transform(Number)),
        arktype: type('string.numeric.parse'),
        defaulted: z.object({ page: z.number().default(1) }),
      },
      on: {
        zod: ({ at }) => expectTypeOf(at).toEqualTypeOf<Date>(),
        coerced: (date) => expectTypeOf(date).toEqualTypeOf<Date>(),
        valibot: (number) => expectTypeOf(number).toBeNumber(),
        arktype: (number) => expectTypeOf(number).toBeNumber(),
        defaulted: ({ page }) => expectTypeOf(page).toBeNumber(),
      },
    })
  })

  it('may check only some of the events of an explicit map, which may be an interface', () => {
    const partial = useEventStream<ChatEvents>('/chat', {
      schema: { count: z.number() },
      on: { 'user-joined': ({ username }) => expectTypeOf(username).toBeString() },
    })
    expectTypeOf(partial).toEqualTypeOf<UseEventStreamReturn<ChatEvents>>()
    // @ts-expect-error it makes a text
    useEventStream<ChatEvents>('/chat', { schema: { count: z.string() } })
    // @ts-expect-error a typo
    useEventStream<ChatEvents>('/chat', { schema: { cuont: z.number() } })
  })

  it('refuses wrong names and payloads', () => {
    // @ts-expect-error a typo
    useEventStream('/chat', { schema, on: { cuont: () => {} } })
    // @ts-expect-error it is a number
    useEventStream('/chat', { schema, on: { count: (payload) => payload.toUpperCase() } })
    // @ts-expect-error a typo
    stream.on('cuont', () => {})
    // @ts-expect-error no such member
    stream.on('new-message', ({ texts }) => texts)
    // @ts-expect-error no schema
    useEventStream('/chat', { schema: { count: (data: unknown) => Number(data) } })
    // @ts-expect-error no schema
    createEventStreamClient('/chat', { schema: { count: {} } })
  })

  it('may be asynchronous, and made by hand', () => {
    const own: StandardSchemaV1<unknown, { id: number }> = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: async (value) => ({ value: { id: Number(value) } }),
      },
    }
    useEventStream('/own', {
      schema: { own },
      on: { own: ({ id }) => expectTypeOf(id).toBeNumber() },
    })
  })

  it('may be a default of the app', () => {
    createEventStreams({ schema: { count: z.number() } })
    const defaults = createEventStreams({ schema })
    expectTypeOf(defaults).not.toBeAny()
  })
})

describe('failWhen and caughtUp', () => {
  it('look at any type, also those that are not in the event map', () => {
    useEventStream<ChatEvents>('/chat', {
      failWhen: ({ type: name, data }) => {
        expectTypeOf(name).toBeString()
        expectTypeOf(data).toBeUnknown()
        return name === 'error' && (data === 'gone' ? 'fatal' : true)
      },
      caughtUp: ({ type: name, comment }) => name === 'caught-up' || comment === 'live',
    })
    createEventStreamClient('/chat', { caughtUp: (mark) => mark.type === 'live' })
    // @ts-expect-error no such verdict
    createEventStreamClient('/chat', { failWhen: () => 'failed' })
    // @ts-expect-error not asynchronous
    createEventStreamClient('/chat', { failWhen: async () => true })
    // @ts-expect-error not asynchronous
    createEventStreamClient('/chat', { caughtUp: async () => true })
  })

  it('say of each message whether it is replayed', () => {
    useEventStream<ChatEvents>('/chat', {
      on: { count: (_count, { replayed }) => expectTypeOf(replayed).toBeBoolean() },
    })
  })
})
