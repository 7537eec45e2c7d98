/** A chat room: being in it is being connected. Messages come down the stream and go up with `fetch`. */
import { shallowRef } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { postJson } from './request-json.ts'
import type { ChatEvents, ChatMessageRequest } from '../shared/contract.ts'

const TIMELINE = ['new-message', 'user-joined', 'user-left', 'gap'] as const
const CAPACITY = 300
/** People who talk to each other wait for each other. */
const POLL_INTERVAL_MS = 2000

export function useChatRoom() {
  /** Who we are; null outside of the room. */
  const user = shallowRef<string | null>(null)

  const query = (): string => `user=${encodeURIComponent(user.value ?? '')}`
  const stream = useEventStream<ChatEvents>(() => user.value && `/chat/stream?${query()}`, {
    // Behind a proxy that holds streams back: the same messages, under the same ids.
    fallback: {
      transport: pollingTransport({
        url: () => `/chat/since?${query()}`,
        interval: POLL_INTERVAL_MS,
      }),
    },
  })
  const { messages, dropped, clear } = useMessageQueue(stream, TIMELINE, { capacity: CAPACITY })
  const present = useEventStreamState(stream, [] as string[], {
    presence: (_, { users }) => users,
  })

  function join(name: string): void {
    clear()
    user.value = name
    stream.open()
  }

  function leave(): void {
    user.value = null
  }

  /** Rejects with the server's words; the message itself comes back through the stream. */
  async function send(text: string): Promise<void> {
    if (user.value === null) throw new Error('Join the room first.')
    const message: ChatMessageRequest = { user: user.value, text }
    await postJson('/api/chat/messages', message)
  }

  return {
    ...{ user, stream, messages, dropped, present, join, leave, send },
    pollInterval: POLL_INTERVAL_MS,
  }
}

export type ChatRoom = ReturnType<typeof useChatRoom>
/** What the room's list shows: messages, comings and goings, gaps. */
export type ChatEntry = ChatRoom['messages']['value'][number]
