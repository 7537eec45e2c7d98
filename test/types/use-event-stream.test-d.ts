/** What the composable infers, and what it does not let compile. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import { describe, expectTypeOf, it } from 'vitest'
import { computed, ref, shallowRef } from 'vue'
import { createEventStreams, useEventStream } from 'vue-event-stream'
import type {
  EventStreamError,
  EventStreamGapReason,
  EventStreamReason,
  EventStreamStatus,
  Message,
  MessageOf,
  UseEventStreamOptions,
  UseEventStreamReturn,
} from 'vue-event-stream'
import type { Plugin, Ref } from 'vue'
import type { ChatEvents } from './chat-events.ts'

type NewMessage = MessageOf<'new-message', { user: string; text: string }>

describe('useEventStream', () => {
  const stream = useEventStream<ChatEvents>('/chat')

  it('infers payload and message of each handler from an interface', () => {
    useEventStream<ChatEvents>('/chat', {
      on: {
        'new-message': (payload, message) => {
          expectTypeOf(payload).toEqualTypeOf<{ user: string; text: string }>()
          expectTypeOf(message).toEqualTypeOf<NewMessage>()
          expectTypeOf(message.type).toEqualTypeOf<'new-message'>()
        },
        'user-joined': async ({ username }) => void username.toUpperCase(),
        count: (payload) => expectTypeOf(payload).toBeNumber(),
      },
      onMessage(message) {
        expectTypeOf(message).toEqualTypeOf<Message<ChatEvents>>()
      },
      onError: (error) => expectTypeOf(error).toEqualTypeOf<EventStreamError>(),
    })
    stream.on('count', (payload, { key, lastEventId }) => {
      expectTypeOf(payload).toBeNumber()
      expectTypeOf(key).toBeNumber()
      expectTypeOf(lastEventId).toBeString()
    })
    stream.once('user-joined', ({ username }) => expectTypeOf(username).toBeString())
    stream.on('*', (message) => expectTypeOf(message).toEqualTypeOf<Message<ChatEvents>>())
    expectTypeOf(stream.on('count', () => {})).toEqualTypeOf<() => void>()
  })

  it('tells messages apart by their type', async () => {
    stream.on('*', (message) => {
      if (message.type === 'count') expectTypeOf(message.data).toBeNumber()
      else if (message.type === 'user-joined') expectTypeOf(message.data.username).toBeString()
      else expectTypeOf(message).toEqualTypeOf<NewMessage>()
    })
    for await (const message of stream) {
      expectTypeOf(message).toEqualTypeOf<Message<ChatEvents>>()
      if (message.type === 'new-message') expectTypeOf(message.data.text).toBeString()
    }
  })

  it('gives refs of its state', () => {
    expectTypeOf(stream.status.value).toEqualTypeOf<EventStreamStatus>()
    expectTypeOf(stream.reason.value).toEqualTypeOf<EventStreamReason>()
    expectTypeOf(stream.error.value).toEqualTypeOf<EventStreamError | null>()
    expectTypeOf(stream.retryAt.value).toEqualTypeOf<number | null>()
    expectTypeOf(stream.message.value).toEqualTypeOf<Message<ChatEvents> | null>()
    expectTypeOf(stream.lastEventId.value).toBeString()
    expectTypeOf(stream.status).toExtend<Readonly<Ref<EventStreamStatus>>>()
    expectTypeOf(stream.queue.messages).toEqualTypeOf<readonly Message<ChatEvents>[]>()
    expectTypeOf(stream.queue.dropped).toBeNumber()
    expectTypeOf(stream.queue.take(2)).toEqualTypeOf<Message<ChatEvents>[]>()
  })

  it('gives refs that cannot be written', () => {
    // @ts-expect-error readonly
    stream.status.value = 'open'
    // @ts-expect-error readonly
    stream.message.value = null
    // @ts-expect-error readonly
    stream.status = ref('open')
    // @ts-expect-error readonly
    stream.queue.messages = []
    // @ts-expect-error readonly
    stream.queue.messages.push({ type: 'count', data: 1, lastEventId: '', key: 1, replayed: false })
  })

  it('takes every event name without an event map, with unknown payloads', () => {
    const untyped = useEventStream('/any')
    expectTypeOf(untyped).toEqualTypeOf<UseEventStreamReturn<Record<string, unknown>>>()
    untyped.on('anything', (payload) => expectTypeOf(payload).toBeUnknown())
    useEventStream('/any', { on: { anything: (payload) => expectTypeOf(payload).toBeUnknown() } })
    expectTypeOf(untyped.message.value!.type).toBeString()
    expectTypeOf(untyped.message.value!.data).toBeUnknown()
  })

  it('gives the functions of a position typed messages', () => {
    useEventStream<ChatEvents>('/chat', {
      until(message) {
        expectTypeOf(message).toEqualTypeOf<Message<ChatEvents>>()
        return message.type === 'count' && message.data > 100
      },
      getEventId: (message) => (message.type === 'count' ? `${message.data}` : undefined),
      dedupe: ({ type, key }) => `${type} ${key}`,
      onGap: ({ reason }) => expectTypeOf(reason).toEqualTypeOf<EventStreamGapReason>(),
    })
    useEventStream<ChatEvents>('/chat', {
      until: '[DONE]',
      dedupe: false,
      resume: { via: 'both', storage: sessionStorage, key: (url) => new URL(url).pathname },
    })
    // @ts-expect-error a typo
    useEventStream<ChatEvents>('/chat', { until: ({ type }) => type === 'cuont' })
    // @ts-expect-error no such way
    useEventStream('/chat', { resume: { via: 'cookie' } })
  })

  it('takes functions that change a request, or say whether to try again', () => {
    useEventStream('/chat', {
      request({ url, method, headers, body, wasOpen, attempt, lastEventId, signal }) {
        expectTypeOf({ url, method, lastEventId }).toEqualTypeOf<
          Record<'url' | 'method' | 'lastEventId', string>
        >()
        expectTypeOf(headers).toEqualTypeOf<Headers>()
        expectTypeOf({ wasOpen, attempt, signal, body }).not.toBeAny()
        return wasOpen ? { method: 'GET', body: null, url: new URL(url) } : undefined
      },
      reconnect: { shouldReconnect: ({ status }) => (status === 404 ? true : undefined) },
    })
    useEventStream('/chat', { request: async ({ headers }) => headers.set('X-A', 'b') })
    // @ts-expect-error no such member
    useEventStream('/chat', { request: () => ({ uri: '/a' }) })
  })

  it('refuses event names that are not in the map', () => {
    useEventStream<ChatEvents>('/chat', {
      on: {
        // @ts-expect-error a typo
        'new-mesage': () => {},
      },
    })
    // @ts-expect-error a typo
    stream.on('new-mesage', () => {})
    // @ts-expect-error a typo
    stream.once('new-mesage', () => {})
    stream.on('*', (message) => {
      // @ts-expect-error a typo
      return message.type === 'new-mesage'
    })
  })

  it('refuses wrong uses of payloads', () => {
    useEventStream<ChatEvents>('/chat', {
      on: {
        // @ts-expect-error no such member
        'new-message': ({ txt }) => txt,
        // @ts-expect-error it is a number
        count: (payload: string) => payload,
      },
    })
    // @ts-expect-error it is a number
    stream.on('count', (payload) => payload.toUpperCase())
    // @ts-expect-error the message says its type
    stream.on('count', (_, message) => message.type === 'user-joined')
    // @ts-expect-error unknown
    useEventStream('/any').on('anything', (payload) => payload.text)
  })

  it('does not infer an event map from its handlers', () => {
    const untyped = useEventStream('/any', { on: { 'a-name': () => {} } })
    expectTypeOf(untyped).toEqualTypeOf<UseEventStreamReturn<Record<string, unknown>>>()
  })

  it('takes a url as value, ref or getter', () => {
    useEventStream('/a')
    useEventStream(new URL('https://a.test'))
    useEventStream(null)
    useEventStream(undefined)
    useEventStream(ref('/a'))
    useEventStream(ref<string | null>(null))
    useEventStream(shallowRef(new URL('https://a.test')))
    useEventStream(computed(() => '/a'))
    useEventStream(() => '/a')
    useEventStream(() => (Math.random() > 1 ? '/a' : null))
  })

  it('refuses a url that is asynchronous, takes arguments or is something else', () => {
    // @ts-expect-error asynchronous
    useEventStream(async () => '/a')
    // @ts-expect-error asynchronous
    useEventStream(Promise.resolve('/a'))
    // @ts-expect-error takes an argument
    useEventStream((id: number) => `/rooms/${id}`)
    // @ts-expect-error a number
    useEventStream(5)
    // @ts-expect-error false
    useEventStream(() => false)
  })

  it('takes the options that it knows, with the values that they can have', () => {
    useEventStream<ChatEvents>('/chat', {
      enabled: () => true,
      flush: 100,
      decode: { 'new-message': 'json', count: Number },
      headers: async ({ lastEventId, attempt, signal }) => {
        expectTypeOf([lastEventId, attempt, signal]).toEqualTypeOf<
          (string | number | AbortSignal)[]
        >()
        return { Authorization: 'Bearer a' }
      },
      reconnect: { maxAttempts: 3, initialDelay: 500 },
      environment: { now: () => 0 },
    })
    // @ts-expect-error no such option
    useEventStream('/a', { retries: 3 })
    // @ts-expect-error no such policy
    useEventStream('/a', { queue: { overflow: 'drop-all' } })
    // @ts-expect-error no such flush
    useEventStream('/a', { flush: 'post' })
    // @ts-expect-error no such event to decode
    useEventStream<ChatEvents>('/a', { decode: { 'new-mesage': 'text' } })
    const options: UseEventStreamOptions<ChatEvents> = { on: { count: (n) => n.toFixed() } }
    expectTypeOf(useEventStream('/chat', options)).toExtend<object>()
  })
})

describe('UseEventStreamReturn<any>', () => {
  /** A component that shows any connection. */
  interface PanelProps {
    stream: UseEventStreamReturn<any>
  }
  const show = (props: PanelProps): string => props.stream.status.value

  it('accepts a stream of any events', () => {
    show({ stream: useEventStream<ChatEvents>('/chat') })
    show({ stream: useEventStream('/any') })
    show({ stream: useEventStream<{ a: 1 }>('/a') })
    // @ts-expect-error not a stream
    show({ stream: { status: ref('open') } })
  })

  it('is itself a stream of events of any kind', () => {
    const any = useEventStream<any>('/a')
    any.on('whatever', (payload) => expectTypeOf(payload).toBeAny())
    any.reconnect()
  })
})

describe('createEventStreams', () => {
  it('gives a plugin without options of its own', () => {
    expectTypeOf(createEventStreams()).toEqualTypeOf<Plugin<[]>>()
    expectTypeOf(createEventStreams({ baseURL: '/api', flush: 'sync' })).toExtend<Plugin>()
  })

  it('takes no handlers: those are one stream’s', () => {
    // @ts-expect-error a stream's own
    createEventStreams({ on: {} })
    // @ts-expect-error no such option
    createEventStreams({ baseUrl: '/api' })
  })
})
