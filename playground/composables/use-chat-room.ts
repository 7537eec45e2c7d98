/** A chat room: being in it is being connected. Messages come down the stream and go up with `fetch`. */
import { computed, shallowRef } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { postJson } from './request-json.ts'
import { useLateHistory } from './use-late-history.ts'
import type { GapDetails } from 'vue-event-stream'
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
    // All tabs of one person are one connection, and one person in the room. Who has another name has another one: the
    // stream is in the room for the name it was opened with.
    share: 'tabs',
    identity: () => user.value ?? undefined,
    onGap: catchUp,
    // Behind a proxy that holds streams back: the same messages, under the same ids.
    fallback: {
      transport: pollingTransport({
        url: () => `/chat/since?${query()}`,
        interval: POLL_INTERVAL_MS,
      }),
    },
  })
  const live = useMessageQueue(stream, TIMELINE, { capacity: CAPACITY })
  const told = useEventStreamState(
    stream,
    { users: [] as string[], times: 0 },
    {
      presence: ({ times }, { users }) => ({ users, times: times + 1 }),
    },
  )

  // A tab that comes late, to a connection that has told more than is remembered, asks for what it lacks.
  const history = useLateHistory('/api/chat/history', stream, TIMELINE)
  const fetched = shallowRef({ users: [] as string[], times: -1 })
  /** Who was told last, by whichever way. */
  const present = computed(() =>
    fetched.value.times === told.value.times ? fetched.value.users : told.value.users,
  )

  async function catchUp({ reason }: GapDetails): Promise<void> {
    if (reason !== 'late') return
    const { times } = told.value
    for (const { type, data } of await history.fetchMissed()) {
      if (type === 'presence') fetched.value = { ...(data as ChatEvents['presence']), times }
    }
  }

  function join(name: string): void {
    live.clear()
    history.clear()
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
    ...{ user, stream, present, join, leave, send },
    messages: history.withHistory(live.messages, TIMELINE, CAPACITY),
    dropped: live.dropped,
    pollInterval: POLL_INTERVAL_MS,
  }
}

export type ChatRoom = ReturnType<typeof useChatRoom>
/** What the room's list shows: messages, comings and goings, gaps. */
export type ChatEntry = ChatRoom['messages']['value'][number]
