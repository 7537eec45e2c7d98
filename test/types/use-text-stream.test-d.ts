/** What a text stream infers, and what it does not let compile. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { computed, ref } from 'vue'
import { ndjson, useEventStreamState, useMessageQueue, useTextStream } from 'vue-event-stream'
import { z } from 'zod'
import type {
  EventStreamError,
  EventStreamStatus,
  Message,
  MessageOf,
  TextStreamResult,
  UseTextStreamOptions,
  UseTextStreamReturn,
} from 'vue-event-stream'
import type { Ref } from 'vue'
import type { ChatEvents } from './chat-events.ts'

interface Delta {
  delta: string
  usage?: { tokens: number }
}

describe('useTextStream', () => {
  const stream = useTextStream<{ delta: Delta; done: null }>('/answer')

  it('gives refs that cannot be written, and what came of a send()', async () => {
    expectTypeOf(stream.text).toExtend<Readonly<Ref<string>>>()
    expectTypeOf(stream.text.value).toBeString()
    expectTypeOf(stream.isStreaming.value).toBeBoolean()
    expectTypeOf(stream.status.value).toEqualTypeOf<EventStreamStatus>()
    expectTypeOf(stream.error.value).toEqualTypeOf<EventStreamError | null>()
    expectTypeOf(await stream.send({ q: 1 })).toEqualTypeOf<TextStreamResult>()
    const { text, isComplete, error } = await stream.send()
    expectTypeOf([text, isComplete, error] as const).toEqualTypeOf<
      readonly [string, boolean, EventStreamError | null]
    >()
    // @ts-expect-error readonly
    stream.text.value = ''
    // @ts-expect-error readonly
    stream.isStreaming.value = true
    // @ts-expect-error readonly
    stream.messages.value = []
  })

  it('takes a URL, or a ref or getter of one, and anything that can be sent', () => {
    useTextStream(new URL('http://a.test'))
    useTextStream(ref('/a'))
    useTextStream(computed(() => `/a`))
    const { send } = useTextStream(() => '/a')
    void send([1])
    void send('text')
    void send(new FormData())
    void send(new Uint8Array(3))
    void send(null)
    // @ts-expect-error a text stream always knows where to
    useTextStream(null)
    // @ts-expect-error a number is no body
    void send(7)
  })

  it('types the message of pick, and of all that looks at one', () => {
    useTextStream<ChatEvents>('/answer', {
      pick(message) {
        expectTypeOf(message).toEqualTypeOf<Message<ChatEvents>>()
        return message.type === 'new-message' ? message.data.text : undefined
      },
      until: (message) => message.type === 'count' && message.data > 5,
      getEventId: (message) => (message.type === 'count' ? `${message.data}` : undefined),
      on: { 'user-joined': ({ username }) => expectTypeOf(username).toBeString() },
      resume: {
        request: ({ lastEventId, lastMessage, responseHeaders }) => {
          expectTypeOf(lastEventId).toBeString()
          if (lastMessage) expectTypeOf(lastMessage.type).toBeString()
          expectTypeOf(responseHeaders).toEqualTypeOf<Headers>()
          return lastMessage ? { url: '/rest' } : undefined
        },
      },
    })
    // @ts-expect-error a typo
    useTextStream<ChatEvents>('/answer', { pick: ({ type }) => (type === 'cuont' ? '' : null) })
    // @ts-expect-error a number is no text
    useTextStream<ChatEvents>('/answer', { pick: ({ type }) => type.length })
    // @ts-expect-error not asynchronous
    useTextStream<ChatEvents>('/answer', { pick: async () => '' })
  })

  it('knows nothing of payloads without an event map, and is in no way', () => {
    const untyped = useTextStream('/answer', {
      pick: ({ data }) => data.choices[0]?.delta.content,
      until: ({ data }) => data.done,
      format: ndjson(),
    })
    expectTypeOf(untyped).toEqualTypeOf<UseTextStreamReturn<Record<string, any>>>()
    expectTypeOf(untyped.messages.value[0]!.data).toBeAny()
  })

  it('infers its events from schemas, also next to pick', () => {
    const checked = useTextStream('/answer', {
      schema: {
        delta: z.object({ delta: z.string() }),
        usage: v.object({ tokens: v.number() }),
      },
      pick: (message) => {
        if (message.type === 'usage') expectTypeOf(message.data.tokens).toBeNumber()
        return message.type === 'delta' ? message.data.delta : undefined
      },
      on: { usage: ({ tokens }) => expectTypeOf(tokens).toBeNumber() },
    })
    checked.on('usage', ({ tokens }) => expectTypeOf(tokens).toBeNumber())
    expectTypeOf(checked.messages.value).toEqualTypeOf<
      readonly Message<{ delta: { delta: string }; usage: { tokens: number } }>[]
    >()
    useTextStream('/answer', {
      schema: { delta: z.object({ delta: z.string() }) },
      // @ts-expect-error no such member
      pick: ({ data }) => data.text,
    })
    // @ts-expect-error a typo
    checked.on('usgae', () => {})
  })

  it('refuses what would send a request unasked, and what is none of its options', () => {
    // @ts-expect-error send() has the body
    useTextStream('/answer', { body: '' })
    // @ts-expect-error only send() sends
    useTextStream('/answer', { immediate: true })
    // @ts-expect-error only send() sends
    useTextStream('/answer', { enabled: true })
    // @ts-expect-error an answer is nobody else's
    useTextStream('/answer', { share: 'app' })
    // @ts-expect-error an answer is nobody else's
    useTextStream('/answer', { identity: 'ada' })
    // @ts-expect-error the next connection would be another answer
    useTextStream('/answer', { renew: {} })
    // @ts-expect-error a typo
    useTextStream('/answer', { untill: '[DONE]' })
    // @ts-expect-error only for a stream's own queue
    useTextStream('/answer', { queue: { overflow: 'pause' } })
    expectTypeOf<UseTextStreamOptions>().not.toHaveProperty('body')
    expectTypeOf(stream).not.toHaveProperty('open')
    expectTypeOf(stream).not.toHaveProperty('queue')
  })

  it('is one of the streams that queues and state are made of', () => {
    const queue = useMessageQueue(stream, 'delta', { capacity: 5 })
    expectTypeOf(queue.messages.value).toEqualTypeOf<readonly MessageOf<'delta', Delta>[]>()
    expectTypeOf(useMessageQueue(stream).take()).toEqualTypeOf<
      Message<{ delta: Delta; done: null }>[]
    >()
    const tokens = useEventStreamState(stream, 0, {
      delta: (sum, { usage }) => sum + (usage?.tokens ?? 0),
    })
    expectTypeOf(tokens.value).toBeNumber()
    const { state } = useEventStreamState(stream, {
      load: () => ({ state: [] as string[] }),
      on: { delta: (all, { delta }) => [...all, delta] },
    })
    expectTypeOf(state.value).toEqualTypeOf<string[] | undefined>()
    // @ts-expect-error a typo
    useMessageQueue(stream, 'dleta')
    // @ts-expect-error a typo
    useEventStreamState(stream, 0, { dleta: (sum: number) => sum })
    // @ts-expect-error no such member
    useEventStreamState(stream, '', { delta: (_, { text }) => text })
  })
})
