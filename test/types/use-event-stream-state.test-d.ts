/** What a state that is loaded infers of its stream and of what loads it. */
// oxlint-disable vitest/expect-expect -- that it compiles, or does not, is the assertion
import { describe, expectTypeOf, it } from 'vitest'
import { useEventStream, useEventStreamState } from 'vue-event-stream'
import type { LoadReason, MessageOf, StateReducers, UseLoadedStateReturn } from 'vue-event-stream'
import type { ChatEvents } from './chat-events.ts'

interface Chat {
  texts: string[]
}

const stream = useEventStream<ChatEvents>('/chat')
declare function fetchChat(): Promise<{ state: Chat; lastEventId: string }>

describe('useEventStreamState with load', () => {
  it('infers the state from what is loaded, for its reducers and its refs', () => {
    const { state, isLoading, error, reload } = useEventStreamState(stream, {
      load: fetchChat,
      on: {
        'new-message': (chat, { text }, message) => {
          expectTypeOf(chat).toEqualTypeOf<Chat>()
          expectTypeOf(message).toEqualTypeOf<
            MessageOf<'new-message', { user: string; text: string }>
          >()
          return { texts: [...chat.texts, text] }
        },
      },
    })
    expectTypeOf(state.value).toEqualTypeOf<Chat | undefined>()
    expectTypeOf(isLoading.value).toBeBoolean()
    expectTypeOf(error.value?.code).toExtend<string | undefined>()
    expectTypeOf(reload).returns.toBeVoid()
    // @ts-expect-error -- readonly
    state.value = undefined
  })

  it('infers it from a function of the context, in one go or later', () => {
    const later = useEventStreamState(stream, {
      load: async ({ signal, lastEventId, reason }) => {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        expectTypeOf(lastEventId).toBeString()
        expectTypeOf(reason).toEqualTypeOf<LoadReason>()
        await Promise.resolve()
        return { state: 1 }
      },
      on: { count: (total, by) => total + by },
    })
    expectTypeOf(later).toEqualTypeOf<UseLoadedStateReturn<number | undefined>>()
    const now = useEventStreamState(stream, {
      load: ({ lastEventId }) => ({ state: { at: lastEventId }, lastEventId }),
      on: { count: (state) => ({ at: `${state.at}.` }) },
    })
    expectTypeOf(now.state.value).toEqualTypeOf<{ at: string } | undefined>()
  })

  it('adds the type of what is shown before', () => {
    const chat = useEventStreamState(stream, { load: fetchChat, on: {}, initial: null })
    expectTypeOf(chat.state.value).toEqualTypeOf<Chat | null>()
    const same = useEventStreamState(stream, {
      load: fetchChat,
      on: { count: (state) => state },
      initial: (): Chat => ({ texts: [] }),
    })
    expectTypeOf(same.state.value).toEqualTypeOf<Chat>()
  })

  it('takes reducers that are written elsewhere, and no wrong ones', () => {
    const on: StateReducers<ChatEvents, Chat> = { count: (state) => state }
    useEventStreamState(stream, { load: fetchChat, on })
    // @ts-expect-error -- there is no such event
    useEventStreamState(stream, { load: fetchChat, on: { 'new-mesage': (state) => state } })
    // @ts-expect-error -- not the state
    useEventStreamState(stream, { load: fetchChat, on: { count: () => 1 } })
    useEventStreamState(stream, {
      load: fetchChat,
      // @ts-expect-error -- not the payload
      on: { count: (state, by: string) => ({ texts: [...state.texts, by] }) },
    })
    // @ts-expect-error -- no state
    useEventStreamState(stream, { load: () => ({ lastEventId: '1' }), on: {} })
    // @ts-expect-error -- nothing loads it
    useEventStreamState(stream, { on: {} })
    useEventStreamState(stream, {
      // @ts-expect-error -- an id is a text
      load: () => ({ state: 1, lastEventId: 1 }),
      on: {},
    })
  })
})
