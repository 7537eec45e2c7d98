/** Notifications: the last 20 of a stream, and what this visitor has read and put away, the same in all tabs. */
import { computed, watch } from 'vue'
import { useEventStream, useMessageQueue } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { postJson } from './request-json.ts'
import { useLateHistory } from './use-late-history.ts'
import { useSeenIds } from './use-seen-ids.ts'
import { useSession } from './use-session.ts'
import { LIMITS } from '../shared/contract.ts'
import type { MessageOf } from 'vue-event-stream'
import type {
  NotificationEvents,
  NotificationReceipt,
  NotificationRequest,
} from '../shared/contract.ts'

const SHOWN = ['notification', 'gap'] as const
const POLL_INTERVAL_MS = 3000

export type Notification = MessageOf<'notification', NotificationEvents['notification']>

/** @param onNotification Called for each, also for those that are replayed. */
export function useNotifications(
  onNotification: (notification: NotificationEvents['notification']) => void,
) {
  const session = useSession()
  const { user, headers } = session
  /** What is for everybody, or also what is for who has signed in. */
  const path = computed(() => (user.value === null ? '/notifications' : '/notifications/mine'))

  const stream = useEventStream<NotificationEvents>(() => `${path.value}/stream`, {
    // One connection for all tabs of the same person. The token is in a header, so that no log and no history has it.
    share: 'tabs',
    identity: user,
    headers,
    // The sign-in has ended: what is for everybody goes on.
    onError: ({ status }) => status === 401 && session.forget(),
    // A tab that comes late, to a connection that has told more than is remembered, asks for what it lacks.
    onGap: ({ reason }) => reason === 'late' && history.fetchMissed(),
    on: { notification: onNotification },
    // Behind a proxy that holds streams back: the same, under the same ids.
    fallback: {
      transport: pollingTransport({ url: () => `${path.value}/since`, interval: POLL_INTERVAL_MS }),
    },
  })
  const history = useLateHistory(() => `/api${path.value}/history`, stream, SHOWN, headers)
  const queue = useMessageQueue(stream, SHOWN, { capacity: LIMITS.notifications })
  const kept = history.withHistory(queue.messages, SHOWN, LIMITS.notifications)

  // What was told to one person is not shown to the next. The server tells the last 20 anew.
  watch(user, () => {
    queue.clear()
    history.clear()
  })

  const read = useSeenIds('playground:notifications-read')
  const dismissed = useSeenIds('playground:notifications-dismissed')

  const notifications = computed(() => kept.value.filter((entry) => entry.type === 'notification'))
  /** Newest first, without what was put away. */
  const shown = computed(() =>
    notifications.value
      .filter(({ lastEventId }) => !dismissed.has(lastEventId))
      .map((_, index, all) => all.at(-1 - index)!),
  )
  const isUnread = ({ lastEventId }: Notification): boolean => !read.has(lastEventId)

  /** Rejects with the server's words; the notification itself comes back through the stream. */
  function broadcast(notification: NotificationRequest): Promise<NotificationReceipt> {
    return postJson<NotificationReceipt>('/api/notifications', notification)
  }

  return {
    ...{ stream, session, shown, isUnread, broadcast },
    unread: computed(() => shown.value.filter(isUnread).length),
    /** The server could not say what came while this page was away. */
    hasGap: computed(() => kept.value.some(({ type }) => type === 'gap')),
    markAllRead: () => read.add(shown.value.map(({ lastEventId }) => lastEventId)),
    dismiss: ({ lastEventId }: Notification) => dismissed.add([lastEventId]),
    dismissAll: () => dismissed.add(shown.value.map(({ lastEventId }) => lastEventId)),
    dropped: queue.dropped,
    pollInterval: POLL_INTERVAL_MS,
  }
}
