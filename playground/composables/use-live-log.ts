/** A log as it is written. The file on the server is the buffer: who pauses leaves the lines in it, and goes on there. */
import { useIntervalFn } from '@vueuse/core'
import { computed, shallowRef, watch } from 'vue'
import { useEventStream, useMessageQueue } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { LOG_LEVELS } from '../shared/contract.ts'
import { createLineDecoder } from './log-line.ts'
import { postJson, request } from './request-json.ts'
import type { MessageOf } from 'vue-event-stream'
import type { LogEvents, LogLevel, LogLineRequest, LogWaiting } from '../shared/contract.ts'
import type { LogLine } from './log-line.ts'

/** What comes down the stream, with the line as `decode` has read it. */
interface Events extends Omit<LogEvents, 'line'> {
  line: LogLine
}

export type LogEntry = {
  [Type in keyof Events]: MessageOf<Type, Events[Type]>
}[keyof Events]

const CAPACITY = 1000
const POLL_INTERVAL_MS = 2000
const LOOK_MS = 1000

export function useLiveLog() {
  const stream = useEventStream<Events>('/log/stream', {
    decode: { line: createLineDecoder() },
    // Behind a proxy that holds streams back: the same lines, under the same ids.
    fallback: { transport: pollingTransport({ url: '/log/since', interval: POLL_INTERVAL_MS }) },
  })
  const { status, lastEventId } = stream
  const queue = useMessageQueue(stream, ['line', 'rotated', 'gap'], { capacity: CAPACITY })

  const levels = shallowRef<LogLevel[]>([...LOG_LEVELS])
  const query = shallowRef('')
  const needle = computed(() => query.value.trim().toLowerCase())

  const counts = computed(() => {
    const all = { error: 0, warn: 0, info: 0, debug: 0 }
    for (const { type, data } of queue.messages.value) if (type === 'line') all[data.level]++
    return all
  })

  const isFiltering = computed(() => needle.value !== '' || levels.value.length < LOG_LEVELS.length)
  function isShown(entry: LogEntry): boolean {
    // Among lines that are picked out only what may be missing still says something.
    if (entry.type !== 'line') return entry.type === 'gap' || !isFiltering.value
    const { level, raw } = entry.data
    return levels.value.includes(level) && raw.toLowerCase().includes(needle.value)
  }
  /** Lines that are let through, and what happened to the file between them. */
  const shown = computed<readonly LogEntry[]>(() => queue.messages.value.filter(isShown))

  const isPaused = computed(() => status.value === 'paused')
  /** What the file has that this page has not read; null while nobody knows. */
  const waiting = shallowRef<LogWaiting | null>(null)

  async function look(): Promise<void> {
    const url = `/api/log/waiting?lastEventId=${encodeURIComponent(lastEventId.value)}`
    const signal = AbortSignal.timeout(LOOK_MS)
    const found = await request<LogWaiting>(url, { signal }).catch(() => null)
    waiting.value = isPaused.value ? found : null
  }
  const looks = useIntervalFn(look, LOOK_MS, { immediate: false, immediateCallback: true })
  watch(isPaused, (paused) => {
    waiting.value = null
    if (paused) looks.resume()
    else looks.pause()
  })

  /** Both reject with the server's words; the lines themselves come back through the stream. */
  async function write(line: LogLineRequest): Promise<void> {
    await postJson('/api/log/lines', line)
  }
  async function rotate(): Promise<void> {
    await postJson('/api/log/rotations')
  }

  return {
    ...{
      stream,
      shown,
      counts,
      levels,
      query,
      needle,
      isPaused,
      waiting,
      write,
      rotate,
      isFiltering,
    },
    size: queue.size,
    dropped: queue.dropped,
    clear: queue.clear,
    capacity: CAPACITY,
    pollInterval: POLL_INTERVAL_MS,
  }
}
