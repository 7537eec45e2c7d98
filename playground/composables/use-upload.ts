/** An upload whose progress is what the server has received: the bytes go up, the numbers come down. */
import { onScopeDispose, shallowRef, watch } from 'vue'
import { useEventStream } from 'vue-event-stream'
import { formatBytes } from './format.ts'
import { postJson, request } from './request-json.ts'
import { createRateMeter } from './rate-meter.ts'
import { useClock } from './use-clock.ts'
import type { UploadEvents, UploadTicket } from '../shared/contract.ts'

export type UploadPhase = 'ready' | 'uploading' | 'cancelling' | 'cancelled' | 'failed' | 'done'

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
        complete(result) {
          progress.value = { ...result, total: result.received }
          end('done')
        },
        // An ordinary event name: the connection's own errors are in `stream.error`.
        error({ message }) {
          fail(message)
          stream.close()
        },
        cancelled: () => end('cancelled'),
      },
    },
  )

  /** The server has said its last word: a stream that is not closed would reconnect. */
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
    try {
      const next = await postJson<UploadTicket>('/api/uploads')
      checkLimits(chosen, next)
      ticket.value = next
      stream.open()
      await send(chosen, next)
    } catch (error) {
      fail((error as Error).message)
    }
  }

  async function send(chosen: readonly File[], { id }: UploadTicket): Promise<void> {
    const body = new FormData()
    for (const file of chosen) body.append('files', file)
    transfer = new AbortController()
    const { signal } = transfer
    await request(`/api/uploads/${id}/files`, { method: 'POST', body, signal })
  }

  /** Whoever notices first: the request that failed, or the server that says why. */
  function fail(message: string): void {
    if (phase.value !== 'uploading') return
    failure.value = message
    phase.value = 'failed'
    transfer?.abort()
  }

  /** The server is told first, so that it does not take the cut for an accident. */
  async function cancel(): Promise<void> {
    if (phase.value !== 'uploading') return
    phase.value = 'cancelling'
    try {
      await request(`/api/uploads/${ticket.value!.id}`, { method: 'DELETE' })
    } catch {
      // It may have ended meanwhile, or the server is gone: then nobody else will say it.
      if (phase.value === 'cancelling') phase.value = 'cancelled'
    } finally {
      transfer?.abort()
    }
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
