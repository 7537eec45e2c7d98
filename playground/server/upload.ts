/** One upload: waiting → receiving → complete, failed or cancelled, told as events on a stream of its own. */
import { createEventLog } from './event-log.ts'
import { RequestProblem, toProblem } from './problem.ts'
import { createThrottle } from './throttle.ts'
import { UploadCancelled, readTotal, receiveFiles } from './upload-receiver.ts'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { UploadEvents, UploadedFile } from '../shared/contract.ts'
import type { EventLog } from './event-log.ts'
import type { StoredFile, StoredUpload, UploadFolder } from './upload-folder.ts'
import type { Reception } from './upload-receiver.ts'

const LAST_EVENT_TYPES = ['complete', 'error', 'cancelled'] as const
type LastEventType = (typeof LAST_EVENT_TYPES)[number]

export interface Upload {
  readonly id: string
  readonly state: 'waiting' | 'receiving' | LastEventType
  readonly events: EventLog
  /** Receives the body of the request; throws the problem when it does not become complete. */
  receive(request: IncomingMessage): Promise<UploadEvents['complete']>
  /** Resolves when the upload has ended, however it did: what had come too late to cancel stays. */
  cancel(): Promise<void>
  openFile(number: number): Promise<{ file: StoredFile; handle: FileHandle }>
}

export interface UploadLimits {
  maxBytes: number
  maxFiles: number
}

const KEPT_EVENTS = 100
const PROGRESS_INTERVAL_MS = 50

/** `stored` is an upload that an earlier run of the server has completed. */
export function createUpload(
  id: string,
  folder: UploadFolder,
  limits: UploadLimits,
  stored?: StoredUpload,
): Upload {
  const events = createEventLog({ capacity: KEPT_EVENTS, newcomerEvents: 1 })
  const cancellation = new AbortController()
  let state: Upload['state'] = 'waiting'
  let markEnded = (): void => {}
  const ended = new Promise<void>((resolve) => {
    markEnded = resolve
  })
  if (stored) complete(stored)

  function end<Type extends LastEventType>(type: Type, data: UploadEvents[Type]): void {
    state = type
    events.append(type, data)
    markEnded()
  }

  function complete(upload: StoredUpload): UploadEvents['complete'] {
    stored = upload
    const data = {
      received: upload.received,
      files: upload.files.map((file, index) => ({ ...file, url: urlOf(id, index + 1) })),
    }
    end('complete', data)
    return data
  }

  async function store(request: IncomingMessage, reception: Reception): Promise<StoredUpload> {
    const total = readTotal(request, limits.maxBytes)
    const publishProgress = (): void => {
      const files = reception.files.map((file): UploadedFile => ({ ...file, url: null }))
      const data = { received: reception.received, total, files }
      events.append('progress', data satisfies UploadEvents['progress'])
    }
    const progress = createThrottle(PROGRESS_INTERVAL_MS, publishProgress)
    try {
      await folder.begin(id)
      progress.touch()
      await receiveFiles({
        ...limits,
        request,
        reception,
        pathOf: (number) => folder.pathOf(id, number),
        signal: cancellation.signal,
        onBytes: progress.touch,
      })
    } finally {
      progress.stop()
    }
    publishProgress()
    const upload = { id, time: Date.now(), ...reception }
    await folder.complete(upload)
    return upload
  }

  return {
    id,
    events,
    get state() {
      return state
    },

    async receive(request) {
      if (state !== 'waiting') {
        throw new RequestProblem(409, 'This upload has had its files', 'Create another one.')
      }
      state = 'receiving'
      const reception: Reception = { received: 0, files: [] }
      try {
        return complete(await store(request, reception))
      } catch (error) {
        await folder.remove(id)
        if (error instanceof UploadCancelled) {
          end('cancelled', { received: reception.received })
          throw new RequestProblem(409, 'The upload was cancelled')
        }
        const problem = toProblem(error)
        end('error', { message: [problem.message, problem.detail].filter(Boolean).join('. ') })
        throw problem
      }
    },

    async cancel() {
      cancellation.abort()
      if (state === 'waiting') end('cancelled', { received: 0 })
      await ended
    },

    async openFile(number) {
      const file = stored?.files[number - 1]
      const handle = file ? await folder.open(id, number) : null
      if (file && handle) return { file, handle }
      throw new RequestProblem(404, 'There is no such file')
    },
  }
}

export function isLastEventType(type: string | undefined): boolean {
  return LAST_EVENT_TYPES.some((last) => last === type)
}

function urlOf(id: string, number: number): string {
  return `/api/uploads/${id}/files/${number}`
}
