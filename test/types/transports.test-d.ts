/** The options `transport` and `fallback`, and what transports of users are given. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import { describe, expectTypeOf, it } from 'vitest'
import { createEventStreams, useEventStream } from 'vue-event-stream'
import {
  createEventStreamClient,
  eventSourceTransport,
  pollingTransport,
} from 'vue-event-stream/client'
import type {
  AttemptRequest,
  EventStreamError,
  FallbackOptions,
  PolledMessage,
  Transport,
  TransportAttempt,
} from 'vue-event-stream/client'

describe('transport', () => {
  it('is a value, everywhere', () => {
    createEventStreamClient('/a', { transport: eventSourceTransport() })
    useEventStream('/a', { transport: pollingTransport() })
    createEventStreams({ transport: pollingTransport({ interval: 1000 }) })
    expectTypeOf(eventSourceTransport()).toEqualTypeOf<Transport>()
    expectTypeOf(pollingTransport()).toEqualTypeOf<Transport>()
    // @ts-expect-error no name
    createEventStreamClient('/a', { transport: 'polling' })
    // @ts-expect-error not the function that makes one
    createEventStreamClient('/a', { transport: pollingTransport })
    // @ts-expect-error no list
    createEventStreamClient('/a', { transport: [pollingTransport()] })
  })

  it('is named in the state', () => {
    expectTypeOf(createEventStreamClient('/a').transport).toEqualTypeOf<string | null>()
  })

  it('may be one of the app', () => {
    const own: Transport = {
      name: 'own',
      async connect(attempt) {
        expectTypeOf(attempt).toEqualTypeOf<TransportAttempt>()
        expectTypeOf(attempt.signal).toEqualTypeOf<AbortSignal>()
        expectTypeOf(attempt.createRequest()).resolves.toEqualTypeOf<AttemptRequest>()
        expectTypeOf(attempt.ask({ accept: 'a/b', types: /a/ })).resolves.toEqualTypeOf<Response>()
        expectTypeOf(attempt.whenReady()).toEqualTypeOf<Promise<void> | undefined>()
        expectTypeOf(attempt.waiting()).toEqualTypeOf<number>()
        expectTypeOf(attempt.onError).parameter(0).toEqualTypeOf<EventStreamError>()
        // @ts-expect-error the cursor is moved by what is told
        attempt.lastEventId = '1'
      },
    }
    createEventStreamClient('/a', { transport: own, fallback: { transport: own } })
    // @ts-expect-error no name
    createEventStreamClient('/a', { transport: { connect: async () => {} } })
    // @ts-expect-error nothing to wait for
    createEventStreamClient('/a', { transport: { name: 'own', connect: () => {} } })
  })
})

describe('fallback', () => {
  it('needs a transport; its times are numbers', () => {
    const fallback: FallbackOptions = { transport: pollingTransport() }
    useEventStream('/a', { fallback })
    const times = { afterAttempts: 2, muteAfter: 5000, retryAfter: 60_000 }
    createEventStreamClient('/a', { fallback: { ...fallback, ...times } })
    // @ts-expect-error no transport
    createEventStreamClient('/a', { fallback: times })
    // @ts-expect-error not the transport itself
    createEventStreamClient('/a', { fallback: pollingTransport() })
    // @ts-expect-error a text
    createEventStreamClient('/a', { fallback: { ...fallback, muteAfter: '5 s' } })
    // @ts-expect-error a typo
    createEventStreamClient('/a', { fallback: { ...fallback, afterAttempt: 2 } })
  })
})

describe('eventSourceTransport', () => {
  it('takes event types', () => {
    const types = ['a', 'b'] as const
    eventSourceTransport({ types })
    // @ts-expect-error one text
    eventSourceTransport({ types: 'a' })
  })
})

describe('pollingTransport', () => {
  it('takes a URL as the client does', () => {
    pollingTransport({ url: '/a' })
    pollingTransport({ url: new URL('https://a.test') })
    pollingTransport({ url: async ({ lastEventId, attempt }) => `/a/${lastEventId}/${attempt}` })
    // @ts-expect-error a number
    pollingTransport({ url: 5 })
  })

  it('takes what makes messages of an answer, and does not know what that is', () => {
    pollingTransport({
      toMessages(answer) {
        expectTypeOf(answer).toBeUnknown()
        return [{ id: 1, type: 'x', data: { any: ['thing'] } }, { id: 'a' }, { data: 'b' }]
      },
    })
    pollingTransport({
      *toMessages() {
        yield { data: 1 } satisfies PolledMessage
      },
    })
    // @ts-expect-error one message
    pollingTransport({ toMessages: () => ({ data: 1 }) })
    // @ts-expect-error an id that is neither text nor number
    pollingTransport({ toMessages: () => [{ id: {} }] })
    // @ts-expect-error not now
    pollingTransport({ toMessages: async () => [] })
  })
})
