/** The client without Vue: what it infers and refuses. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import { describe, expectTypeOf, it } from 'vitest'
import { createEventStreamClient } from 'vue-event-stream/client'
import type { EventStreamClient, EventStreamStatus, Message } from 'vue-event-stream/client'
import type { ChatEvents } from './chat-events.ts'

describe('createEventStreamClient', () => {
  const client = createEventStreamClient<ChatEvents>('/chat', {
    on: { count: (payload) => expectTypeOf(payload).toBeNumber() },
    onStatus: (status) => expectTypeOf(status).toEqualTypeOf<EventStreamStatus>(),
  })

  it('infers payloads from an interface', async () => {
    client.on('new-message', ({ text }, { type }) => {
      expectTypeOf(text).toBeString()
      expectTypeOf(type).toEqualTypeOf<'new-message'>()
    })
    client.tap((message) => expectTypeOf(message).toEqualTypeOf<Message<ChatEvents>>())
    for await (const message of client) {
      if (message.type === 'count') expectTypeOf(message.data).toBeNumber()
    }
  })

  it('has plain properties, to read only', () => {
    expectTypeOf(client.status).toEqualTypeOf<EventStreamStatus>()
    expectTypeOf(client.message).toEqualTypeOf<Message<ChatEvents> | null>()
    // @ts-expect-error readonly
    client.status = 'open'
    // @ts-expect-error readonly
    client.received = 0
  })

  it('takes any event name without an event map', () => {
    const untyped = createEventStreamClient('/any')
    expectTypeOf(untyped).toEqualTypeOf<EventStreamClient<Record<string, unknown>>>()
    untyped.on('anything', (payload) => expectTypeOf(payload).toBeUnknown())
  })

  it('takes a url that is asked for before every attempt, also asynchronously', () => {
    createEventStreamClient(null)
    createEventStreamClient(new URL('https://a.test'))
    createEventStreamClient(async ({ attempt, lastEventId }) => `/a/${attempt}/${lastEventId}`)
    // @ts-expect-error a number
    createEventStreamClient(() => 5)
    // @ts-expect-error undefined is no url here
    createEventStreamClient(undefined)
  })

  it('refuses wrong names and payloads', () => {
    // @ts-expect-error a typo
    client.on('cuont', () => {})
    // @ts-expect-error it is a number
    client.on('count', (payload) => payload.toUpperCase())
    // @ts-expect-error no such reason
    client.close('because')
    // @ts-expect-error a typo
    createEventStreamClient<ChatEvents>('/chat', { on: { cuont: () => {} } })
  })

  it('can be passed on as a client of any events', () => {
    const accept = (any: EventStreamClient<any>): EventStreamStatus => any.status
    accept(client)
    accept(createEventStreamClient('/any'))
  })
})
