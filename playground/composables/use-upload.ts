/** An upload whose progress is what the server has received: the bytes go up, the numbers come down. */
import { onScopeDispose, shallowRef, watch } from 'vue'
import { useEventStream } from 'vue-event-stream'
import { pollingTransport } from 'vue-event-stream/client'
import { formatBytes } from './format.ts'
import { postJson, request } from './request-json.ts'
import { createRateMeter } from './rate-meter.ts'
import { useClock } from './use-clock.ts'
import type { RequestError } from './request-json.ts'
import type { UploadEvents, UploadTicket } from '../shared/contract.ts'

export type UploadPhase = 'ready' | 'uploading' | 'cancelling' | 'cancelled' | 'failed' | 'done'

const LAST_EVENTS = ['complete', 'error', 'cancelled']
/** A bar that moves. */
const POLL_INTERVAL_MS = 1000
const CANCEL_TIMEOUT_MS = 5000
const NO_PROGRESS: UploadEvents['progress'] = { received: 0, total: 0, files: [] }

export function useUpload() {
  const phase = shallowRef<UploadPhase>('ready')
  const files = shallowRef<readonly File[]>([])
  const progress = shallowRef(NO_PROGRESS)
  /** Bytes per second. */
  const rate = shallowRef(0)
  const failure = shallowRef('')
  /** The server's name for the upload under way: the stream follows it. */
  const ticket = shallowRef<UploadTicket | null>(null)
  const meter = createRateMeter()
  let transfer: AbortController | undefined

  const stream = useEventStream<UploadEvents>(
    () => ticket.value && `/uploads/${ticket.value.id}/stream`,
    {
      on: {
        progress: (next) => (progress.value = next),
        complete,
        // An ordinary event name: the connection's own errors are in `stream.error`.
        error: ({ message }) => fail(message),
        // Nobody here has asked for it: the line broke, and the server took it for a farewell.
        cancelled() {
          if (phase.value === 'uploading') fail('The transfer broke off.')
          else end('cancelled')
        },
      },
      until: ({ type }) => LAST_EVENTS.includes(type),
      fallback: {
        transport: pollingTransport({
          url: () => `/uploads/${ticket.value?.id}/since`,
          interval: POLL_INTERVAL_MS,
        }),
      },
    },
  )

  function complete(result: UploadEvents['complete']): void {
    progress.value = { ...result, total: result.received }
    end('done')
  }

  /** Whoever knows it first: the request's answer, or the server's last event. */
  function end(last: UploadPhase): void {
    phase.value = last
    stream.close()
  }

  // By the clock, not by the events: when nothing comes, the rate has to fall.
  watch(useClock(), (now) => {
    if (phase.value === 'uploading') rate.value = meter.measure(progress.value.received, now)
  })

  async function start(chosen: readonly File[]): Promise<void> {
    files.value = chosen
    phase.value = 'uploading'
    progress.value = NO_PROGRESS
    rate.value = 0
    failure.value = ''
    meter.reset()
    ticket.value = null
    transfer?.abort()
    const { signal } = (transfer = new AbortController())
    try {
      const next = await postJson<UploadTicket>('/api/uploads')
      checkLimits(chosen, next)
      await checkReadable(chosen)
      if (signal.aborted) return
      ticket.value = next
      stream.open()
      const result = await send(chosen, next, signal)
      // The stream may be closed or late: this answer is as true as its last event.
      if (!signal.aborted && ticket.value === next) complete(result)
    } catch (error) {
      if (!signal.aborted) fail((error as Error).message)
    }
  }

  function send(
    chosen: readonly File[],
    { id }: UploadTicket,
    signal: AbortSignal,
  ): Promise<UploadEvents['complete']> {
    const body = new FormData()
    for (const file of chosen) body.append('files', file)
    return request(`/api/uploads/${id}/files`, { method: 'POST', body, signal })
  }

  /** Whoever notices first: the request that failed, or the server that says why. */
  function fail(message: string): void {
    if (phase.value !== 'uploading') return
    failure.value = message
    phase.value = 'failed'
    transfer?.abort()
    stream.close()
  }

  /** The server is told first, so that it does not take the cut for an accident. */
  async function cancel(): Promise<void> {
    if (phase.value !== 'uploading') return
    const own = transfer
    if (!ticket.value) {
      own?.abort()
      return end('cancelled')
    }
    phase.value = 'cancelling'
    try {
      const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS)
      await request(`/api/uploads/${ticket.value.id}`, { method: 'DELETE', signal })
    } catch (error) {
      if (phase.value !== 'cancelling') return
      if ((error as RequestError).status === 409) {
        phase.value = 'uploading' // it had ended already, and the answer that says how is on its way
        return
      }
      end('cancelled') // the server is gone or hangs: nobody else will say it
    }
    own?.abort()
  }

  function reset(): void {
    phase.value = 'ready'
    files.value = []
    ticket.value = null
  }

  onScopeDispose(() => transfer?.abort())
  return {
    phase,
    files,
    progress,
    rate,
    failure,
    stream,
    start,
    cancel,
    reset,
    retry: () => start(files.value),
    pollInterval: POLL_INTERVAL_MS,
  }
}

export type Upload = ReturnType<typeof useUpload>

function checkLimits(files: readonly File[], { maxBytes, maxFiles }: UploadTicket): void {
  if (files.length > maxFiles) {
    throw new Error(`These are ${files.length} files; one upload may have ${maxFiles}.`)
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  if (bytes > maxBytes) {
    throw new Error(
      `These files are ${formatBytes(bytes)} together; one upload may have ${formatBytes(maxBytes)}.`,
    )
  }
}

/** Folders, and files that have changed since they were chosen, look like a dead server to `fetch`. */
async function checkReadable(files: readonly File[]): Promise<void> {
  for (const file of files) {
    await file
      .slice(0, 1)
      .arrayBuffer()
      .catch(() => {
        throw new Error(
          `"${file.name}" cannot be read. It is a folder, or it has changed: choose it again.`,
        )
      })
  }
}
