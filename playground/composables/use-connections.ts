/** The page that shows what tabs have together: one stream for all of them, and a count that shows that none misses anything. */
import { computed, shallowRef } from 'vue'
import { useEventStream, useEventStreamState } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { countBeat, NO_BEATS } from './beat-tally.ts'
import { request } from './request-json.ts'
import { useLeaderOrders } from './use-leader-orders.ts'
import { useOpenTabs } from './use-open-tabs.ts'
import type { ConnectionCounts, ConnectionsEvents } from '../shared/contract.ts'

const POLL_INTERVAL_MS = 2000
/** Longer than the others wait for a word of the one that leads. */
const STAND_STILL_MS = 6000
/** So that the page shows what it is about to do. */
const PAINT_MS = 100

const LOCK = 'playground:connections'

/** What this tab is to the others: it has the connection, listens to the tab that has it, nobody has one now, or it is out. */
export type Role = 'leads' | 'follows' | 'none' | 'out'

export function useConnections() {
  const stream = useEventStream<ConnectionsEvents>('/connections/stream', {
    // Everybody may see it: all tabs use one connection, whoever is in the chat room.
    share: 'tabs',
    identity: null,
    fallback: {
      transport: pollingTransport({ url: '/connections/since', interval: POLL_INTERVAL_MS }),
    },
    // The beats before this tab are of no interest, the counts are.
    onGap: ({ reason }) => reason === 'late' && fetchCounts(),
  })
  const { status, transport } = stream

  /** A `gap` says that the server has started anew: so does the count. */
  const tally = useEventStreamState(stream, NO_BEATS, {
    beat: (all, { number }) => countBeat(all, number),
    gap: () => NO_BEATS,
  })
  const told = useEventStreamState(stream, null as ConnectionCounts | null, {
    counts: (_, counts) => counts,
  })
  const fetched = shallowRef<ConnectionCounts | null>(null)
  const counts = computed(() => told.value ?? fetched.value)

  const role = computed<Role>(() => {
    if (status.value === 'closed') return 'out'
    if (status.value !== 'open') return 'none'
    return transport.value === 'tabs' ? 'follows' : 'leads'
  })
  const standsStill = shallowRef(false)
  const order = useLeaderOrders(
    () => role.value === 'leads',
    (what) => (what === 'give-up' ? stream.close() : standStill()),
  )

  async function fetchCounts(): Promise<void> {
    const signal = AbortSignal.timeout(POLL_INTERVAL_MS)
    fetched.value = await request<ConnectionCounts>('/api/connections', { signal }).catch(
      () => null,
    )
  }

  /** As a page that works too hard: nothing of it runs, not even what keeps the stream. */
  function standStill(): void {
    standsStill.value = true
    setTimeout(() => {
      const end = performance.now() + STAND_STILL_MS
      while (performance.now() < end);
      standsStill.value = false
    }, PAINT_MS)
  }

  return {
    ...{ stream, tally, counts, role, standsStill, order },
    tabs: useOpenTabs(LOCK, () => role.value !== 'out'),
    /** Locks are for secure pages only. */
    canShare: 'locks' in navigator,
    pollInterval: POLL_INTERVAL_MS,
  }
}
