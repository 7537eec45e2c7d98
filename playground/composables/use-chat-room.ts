/** A chat room: being in it is being connected. Messages come down the stream and go up with `fetch`. */
import { shallowRef } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { postJson } from './request-json.ts'
import type { ChatEvents, ChatMessageRequest } from '../shared/contract.ts'

const TIMELINE = ['new-message', 'user-joined', 'user-left', 'gap'] as const
const CAPACITY = 300

export function useChatRoom() {
  /** Who we are; null outside of the room. */
  const user = shallowRef<string | null>(null)

  const stream = useEventStream<ChatEvents>(
    () => user.value && `/chat/stream?user=${encodeURIComponent(user.value)}`,
  )
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

  return { user, stream, messages, dropped, present, join, leave, send }
}

export type ChatRoom = ReturnType<typeof useChatRoom>
/** What the room's list shows: messages, comings and goings, gaps. */
export type ChatEntry = ChatRoom['messages']['value'][number]
