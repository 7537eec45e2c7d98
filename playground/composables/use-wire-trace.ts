/** The last minute of a stream: when messages came, when it was open, and whether as a stream. */
import { computed, onScopeDispose, shallowReactive, watch } from 'vue'
import { useClock } from './use-clock.ts'
import type { EventStreamStatus } from 'vue-event-stream'
import type { AnyStream } from './any-stream.ts'

const WINDOW_MS = 60_000
/** Marks that are nearer to each other cannot be told apart, however many messages come. */
const MIN_GAP_MS = 250

interface Span {
  status: EventStreamStatus
  isPolling: boolean
  from: number
}

/** Positions run from 0 (a minute ago) to 1 (now). */
export function useWireTrace(stream: AnyStream) {
  const now = useClock()
  const times = shallowReactive<number[]>([])
  const spans = shallowReactive<Span[]>([])

  onScopeDispose(
    stream.on('*', () => {
      const time = Date.now()
      if (time - (times.at(-1) ?? 0) < MIN_GAP_MS) return
      times.push(time)
      if (times[0]! < time - WINDOW_MS) times.shift()
    }),
  )
  watch(
    [stream.status, stream.transport],
    ([status, transport]) => {
      const from = Date.now()
      spans.push({ status, isPolling: transport === 'polling', from })
      // The last span that began before the window is still on it.
      while (spans[1] && spans[1].from < from - WINDOW_MS) spans.shift()
    },
    { flush: 'sync', immediate: true },
  )

  const toPosition = (time: number): number =>
    Math.min(1, Math.max(0, 1 - (now.value - time) / WINDOW_MS))

  const ticks = computed(() =>
    times.filter((time) => now.value - time < WINDOW_MS).map((time) => toPosition(time)),
  )
  const segments = computed(() =>
    spans
      .map(({ status, isPolling, from }, index) => ({
        status,
        isPolling,
        from: toPosition(from),
        to: toPosition(spans[index + 1]?.from ?? now.value),
      }))
      .filter(({ from, to }) => to > from),
  )
  return { ticks, segments }
}
