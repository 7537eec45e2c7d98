/** All streams of an app at a glance. */
import { isClient } from '@vueuse/core'
import { computed, inject, shallowRef } from 'vue'
import { EVENT_STREAMS_KEY } from './injection-keys.ts'
import { whenRendered } from './when-rendered.ts'
import type { ShallowRef } from 'vue'
import type { EventStreamStatus } from '../client/types.ts'
import type { AppStream } from './injection-keys.ts'

type ReadonlyRef<T> = Readonly<ShallowRef<T>>

export interface UseEventStreamsStatusReturn {
  /**
   * The status that most needs a word, of all streams: `failed`, else `reconnecting`, `connecting`, `paused`, `open`,
   * `closed`; `idle` when all are, or there is none.
   */
  readonly status: ReadonlyRef<EventStreamStatus>
  /** How many streams there are, whatever their status. */
  readonly total: ReadonlyRef<number>
  /** How many of them are `open`. */
  readonly open: ReadonlyRef<number>
  /** How many of them are `reconnecting`. */
  readonly reconnecting: ReadonlyRef<number>
  /** How many of them are `failed`. */
  readonly failed: ReadonlyRef<number>
  /** How many connections they stand on: those that share one count once. */
  readonly connections: ReadonlyRef<number>
  /** When the soonest next attempt of any starts, in milliseconds since 1970; null when none waits for one. */
  readonly retryAt: ReadonlyRef<number | null>
  /**
   * Connects all streams that are `failed` or `reconnecting` at once; those that share a connection once. Leaves alone
   * the others, and those that were asked to reconnect and are at it.
   */
  reconnect(): void
}

/** The first that any stream has is the app's. */
const WORST_FIRST = ['failed', 'reconnecting', 'connecting', 'paused', 'open', 'closed'] as const

/**
 * What all streams of the app are doing, for one banner in the app's frame: readonly refs, and one button for all.
 *
 * A stream counts from `useEventStream` until its scope ends, whichever component made it and whether before or after
 * this call. The refs change when a status does, not with messages. As a stream it starts `idle` and without numbers, on the server
 * and in the first render; the rest is there when the component is mounted, or a microtask later outside of one.
 *
 * Needs the plugin, which is what makes streams those of an app, and a component or `app.runWithContext`. Without it there is
 * nothing to tell: it stays `idle`, and Vue warns in development. Nothing has to be stopped.
 *
 * @example
 * const { status, failed, retryAt, reconnect } = useEventStreamsStatus()
 */
export function useEventStreamsStatus(): UseEventStreamsStatusReturn {
  // Without a default: Vue's own warning says what is missing.
  const context = inject(EVENT_STREAMS_KEY)
  /** Hydration repeats what the server has rendered, which had none. */
  const isReady = shallowRef(false)
  if (isClient) whenRendered(() => (isReady.value = true))

  function counted(): AppStream[] {
    return [...(context?.streams ?? [])].filter(({ isUncounted }) => !isUncounted)
  }

  const all = computed(() => {
    const streams = isReady.value ? counted() : []
    const statuses = streams.map(({ state }) => state.status)
    const count = (status: EventStreamStatus): number =>
      statuses.filter((each) => each === status).length
    const retryAt = Math.min(...streams.map(({ state }) => state.retryAt ?? Infinity))
    const status: EventStreamStatus = WORST_FIRST.find((each) => statuses.includes(each)) ?? 'idle'
    return {
      status,
      total: streams.length,
      open: count('open'),
      reconnecting: count('reconnecting'),
      failed: count('failed'),
      retryAt: retryAt === Infinity ? null : retryAt,
    }
  })

  return {
    status: computed(() => all.value.status),
    total: computed(() => all.value.total),
    open: computed(() => all.value.open),
    reconnecting: computed(() => all.value.reconnecting),
    failed: computed(() => all.value.failed),
    connections: computed(() => (isReady.value && context?.connectionCount?.value) || 0),
    retryAt: computed(() => all.value.retryAt),
    reconnect: () => counted().forEach(reconnect),
  }
}

/** What one stream of a shared connection has asked for shows in the others. */
function reconnect(stream: AppStream): void {
  const { status, reason } = stream.state
  if (status === 'failed' || (status === 'reconnecting' && reason !== 'user')) stream.reconnect()
}
