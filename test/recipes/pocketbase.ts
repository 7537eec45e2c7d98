/** Recipe of the README: PocketBase's realtime API. */
import { ref, toValue, watch } from 'vue'
import { useEventStream } from 'vue-event-stream'
import type { MaybeRefOrGetter } from 'vue'

interface Realtime {
  PB_CONNECT: { clientId: string }
  [topic: `${string}/${string}`]: { action: string; record: { id: string } }
}

export function useRecords(topics: MaybeRefOrGetter<string[]>, load: () => Promise<unknown>) {
  const clientId = ref('')
  const url = () => (toValue(topics).length > 0 ? '/api/realtime' : null)
  const stream = useEventStream<Realtime>(url, {
    on: { PB_CONNECT: (connection) => void (clientId.value = connection.clientId) },
    getEventId: () => '', // its ids are the connection's: nothing can be replayed after them
    silenceTimeout: 330_000, // it ends a connection that had nothing for five minutes
  })
  watch([clientId, () => toValue(topics)], async ([id, subscriptions]) => {
    if (!id || subscriptions.length === 0) return
    const body = JSON.stringify({ clientId: id, subscriptions })
    const headers = { 'Content-Type': 'application/json' }
    const { ok, status } = await fetch('/api/realtime', { method: 'POST', headers, body })
    if (ok) await load() // not before: what changed until now does not come
    else if (status !== 404) throw new Error(`Not subscribed: ${status}`) // 404: the next connection is on its way
  })
  return stream
}
