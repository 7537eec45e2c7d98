/** A `fetch` in the hands of a test: every call is noted down and waits until the test answers it. */
import { settle } from './settle.ts'
import type { Environment } from '../../src/client/environment.ts'

export interface ResponseHead {
  status?: number
  /** `text/event-stream` unless said otherwise; null for none. */
  contentType?: string | null
  headers?: Record<string, string>
  /** False: the response has no body, as with 204. */
  hasBody?: boolean
  /** Whether the body is at its end: by default that of everything that is not a stream. */
  isComplete?: boolean
}

/** One call of `fetch`. What the test does resolves when the client has dealt with it. */
export interface ControlledRequest {
  readonly url: string
  readonly init: RequestInit
  readonly headers: Headers
  /** How often the body was read. */
  readonly reads: number
  /** The client has cancelled the body. */
  readonly isCancelled: boolean
  /** It costs something: neither refused, ended, cut, cancelled nor aborted. */
  readonly isOpen: boolean
  /** Answers with this head; the body stays open. */
  respond(head?: ResponseHead): Promise<void>
  /** Sends each part as a chunk of its own. What nobody wants any more is dropped. */
  push(...parts: (string | Uint8Array)[]): Promise<void>
  /** Ends the body as a server does that is done. */
  end(): Promise<void>
  /** Breaks the body off. */
  cut(error?: unknown): Promise<void>
  /** Rejects the call, as `fetch` does without a network. */
  refuse(error?: unknown): Promise<void>
}

export interface ControlledServer {
  readonly fetch: Environment['fetch']
  /** Every call so far, in order. */
  readonly requests: ControlledRequest[]
  /** False: aborting does nothing, as with a `fetch` that an app has written itself. */
  honoursSignal: boolean
}

export function createControlledServer(): ControlledServer {
  const server: ControlledServer = {
    requests: [],
    honoursSignal: true,
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        const request = createRequest(url, init, server.honoursSignal, resolve, reject)
        server.requests.push(request)
      }),
  }
  return server
}

function createRequest(
  url: string,
  init: RequestInit,
  honoursSignal: boolean,
  resolve: (response: Response) => void,
  reject: (error: unknown) => void,
): ControlledRequest {
  let body: ReadableStreamDefaultController<Uint8Array>
  let reads = 0
  let isOver = false
  let isCancelled = false

  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => void (body = controller),
    cancel() {
      isCancelled = true
      setOver()
    },
  })
  const getReader = stream.getReader.bind(stream) as () => ReadableStreamDefaultReader<Uint8Array>
  Object.assign(stream, {
    getReader() {
      const reader = getReader()
      const read = reader.read.bind(reader)
      return Object.assign(reader, {
        read() {
          reads++
          return read()
        },
      })
    },
  })

  /** As a real `fetch` does it lets go of the signal. */
  function setOver(): void {
    isOver = true
    signal.removeEventListener('abort', abort)
  }

  function finish(how: () => void): Promise<void> {
    if (!isOver) {
      setOver()
      how()
    }
    return settle()
  }

  const signal = init.signal!
  const abort = (): void =>
    void finish(() => {
      reject(signal.reason)
      body.error(signal.reason)
    })
  if (honoursSignal && signal.aborted) abort()
  else if (honoursSignal) signal.addEventListener('abort', abort)

  return {
    url,
    init,
    headers: new Headers(init.headers),
    get reads() {
      return reads
    },
    get isCancelled() {
      return isCancelled
    },
    get isOpen() {
      return !isOver
    },
    respond({ status = 200, contentType, headers, hasBody = true, isComplete }: ResponseHead = {}) {
      const all = new Headers(headers)
      if (contentType !== null) all.set('Content-Type', contentType ?? 'text/event-stream')
      if (!hasBody) setOver()
      // Not `new Response()`: that one refuses statuses that `fetch` may well give.
      resolve({ status, headers: all, body: hasBody ? stream : null } as Response)
      const isStream =
        status === 200 &&
        (contentType === undefined || /^text\/event-stream *(;|$)/i.test(`${contentType}`))
      return (isComplete ?? !isStream) ? finish(() => body.close()) : settle()
    },
    async push(...parts) {
      for (const part of parts) {
        if (!isOver) body.enqueue(typeof part === 'string' ? new TextEncoder().encode(part) : part)
        await settle()
      }
    },
    end: () => finish(() => body.close()),
    cut: (error = new TypeError('terminated')) => finish(() => body.error(error)),
    refuse: (error = new TypeError('fetch failed')) => finish(() => reject(error)),
  }
}
