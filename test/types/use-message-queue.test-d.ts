/** What queues and states infer of a stream. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import { describe, expectTypeOf, it } from 'vitest'
import {
  createEventStreams,
  useEventStream,
  useEventStreamState,
  useMessageQueue,
} from 'vue-event-stream'
import type {
  Message,
  MessageOf,
  UseEventStreamReturn,
  UseMessageQueueReturn,
} from 'vue-event-stream'
import type { ChatEvents } from './chat-events.ts'

type NewMessage = MessageOf<'new-message', { user: string; text: string }>
type Joined = MessageOf<'user-joined', { username: string }>

const stream = useEventStream<ChatEvents>('/chat')

describe('useMessageQueue', () => {
  it('holds all messages without types', () => {
    const queue = useMessageQueue(stream)
    expectTypeOf(queue).toEqualTypeOf<UseMessageQueueReturn<Message<ChatEvents>>>()
    expectTypeOf(useMessageQueue(stream, { capacity: 5 })).toEqualTypeOf(queue)
  })

  it('holds the messages of one type', () => {
    const { messages, take, drain } = useMessageQueue(stream, 'new-message')
    expectTypeOf(messages.value).toEqualTypeOf<readonly NewMessage[]>()
    expectTypeOf(take()).toEqualTypeOf<NewMessage[]>()
    expectTypeOf(drain()[0]!.data.text).toBeString()
  })

  it('holds the messages of several types, told apart by their type', () => {
    const { messages } = useMessageQueue(stream, ['new-message', 'user-joined'], { capacity: 5 })
    expectTypeOf(messages.value).toEqualTypeOf<readonly (NewMessage | Joined)[]>()
    for (const message of messages.value) {
      if (message.type === 'user-joined') expectTypeOf(message).toEqualTypeOf<Joined>()
    }
    const types = ['count', 'user-joined'] as const
    expectTypeOf(useMessageQueue(stream, types).messages.value[0]!.type).toEqualTypeOf<
      'count' | 'user-joined'
    >()
  })

  it('takes any type of a stream without a map', () => {
    const { messages } = useMessageQueue(useEventStream('/any'), ['a', 'b'])
    expectTypeOf(messages.value[0]!.data).toBeUnknown()
  })

  it('takes a stream of any events', () => {
    const any = stream as UseEventStreamReturn<any>
    expectTypeOf(useMessageQueue(any, 'whatever').size.value).toBeNumber()
  })

  it('refuses to pause a stream that others hear as well; a stream can pause for its own queue', () => {
    useMessageQueue(stream, { overflow: 'drop-newest' })
    // @ts-expect-error only for the stream's own queue
    useMessageQueue(stream, { overflow: 'pause' })
    // @ts-expect-error only for the stream's own queue
    useMessageQueue(stream, 'count', { overflow: 'pause' })
    useEventStream('/any', { queue: { capacity: 5, overflow: 'pause' } })
    createEventStreams({ queue: { overflow: 'pause' } })
    // @ts-expect-error no such overflow
    useEventStream('/any', { queue: { overflow: 'stop' } })
  })

  it('refuses types that the stream has not, and writing', () => {
    // @ts-expect-error a typo
    useMessageQueue(stream, 'new-mesage')
    // @ts-expect-error a typo
    useMessageQueue(stream, ['count', 'new-mesage'])
    // @ts-expect-error no such option
    useMessageQueue(stream, { size: 5 })
    const { messages, size } = useMessageQueue(stream, 'count')
    // @ts-expect-error readonly
    messages.value = []
    // @ts-expect-error readonly
    messages.value.push()
    // @ts-expect-error readonly
    size.value = 0
    // @ts-expect-error another type
    expectTypeOf(messages.value[0]!.type === 'user-joined').toBeBoolean()
  })
})

describe('useEventStreamState', () => {
  it('infers the state from its start, and payloads from the stream', () => {
    const count = useEventStreamState(stream, 0, {
      count: (state, payload, message) => {
        expectTypeOf([state, payload]).toEqualTypeOf<number[]>()
        expectTypeOf(message).toEqualTypeOf<MessageOf<'count', number>>()
        return state + payload
      },
      'user-joined': (state, { username }) => state + username.length,
    })
    expectTypeOf(count.value).toBeNumber()
  })

  it('takes a function that makes the start', () => {
    const users = useEventStreamState(stream, () => new Set<string>(), {
      'user-joined': (state, { username }) => new Set([...state, username]),
    })
    expectTypeOf(users.value).toEqualTypeOf<Set<string>>()
    const last = useEventStreamState(stream, null as string | null, {
      'new-message': (_, { text }) => text,
    })
    expectTypeOf(last.value).toEqualTypeOf<string | null>()
  })

  it('refuses wrong names, payloads and states, and writing', () => {
    // @ts-expect-error a typo
    useEventStreamState(stream, 0, { cuont: (state: number) => state })
    // @ts-expect-error not a number
    useEventStreamState(stream, 0, { count: (state) => `${state}` })
    // @ts-expect-error no such member
    useEventStreamState(stream, 0, { 'user-joined': (_, { name }) => name })
    const count = useEventStreamState(stream, 0, {})
    // @ts-expect-error readonly
    count.value = 1
  })
})
