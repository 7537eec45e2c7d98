/** One `text/event-stream` response: head at once, heartbeats, a bounded queue, and an end that comes once. */
import { encodeComment, encodeEvent, encodeRetry } from 'vue-event-stream/protocol'
import type { StreamEvent } from './event-log.ts'

export interface SseStream {
  /** Whether the client has taken all that was sent: who makes events on demand makes the next ones then. */
  readonly isTaken: boolean
  /** Harmless after the end. */
  send(event: StreamEvent): void
  /** Several events in one piece. */
  sendAll(events: Iterable<StreamEvent>): void
  /** Resolves with true when the client has taken all that was sent, with false when the stream has ended. */
  whenTaken(): Promise<boolean>
  /** Ends the response after what has been sent. */
  end(): void
  /** Called once, when the client has gone or the server has ended the stream; at once if that is so already. */
  onClose(callback: () => void): void
}

export interface SseResponseOptions {
  heartbeatMs: number
  reconnectionTimeMs: number
  /** Drops the connection: for a client that does not read. It comes back with its last id. */
  cut(): void
  onOpen(stream: SseStream): void
}

/** No buffering: neither in caches nor in proxies (nginx knows the last header). */
export const SSE_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
} as const

/** What may wait for a slow client, on top of the history that it asked for. */
const MAX_QUEUED_BYTES = 1024 * 1024

export function createSseResponse(options: SseResponseOptions): Response {
  const encoder = new TextEncoder()
  const callbacks: (() => void)[] = []
  let controller: ReadableStreamDefaultController<Uint8Array>
  let heartbeat: NodeJS.Timeout | undefined
  let lowestDesiredSize = -Infinity
  let isClosed = false
  let isTaken = false
  const waiting: (() => void)[] = []

  function close(): void {
    if (isClosed) return
    isClosed = true
    clearInterval(heartbeat)
    wake()
    for (const callback of callbacks.splice(0)) callback()
  }

  function wake(): void {
    for (const resume of waiting.splice(0)) resume()
  }

  function encode({ id, type, data }: StreamEvent): string {
    return encodeEvent({ id, type, data: data === undefined ? data : JSON.stringify(data) })
  }

  function write(text: string): void {
    if (isClosed) return
    isTaken = false
    controller.enqueue(encoder.encode(text))
    if ((controller.desiredSize ?? 0) >= lowestDesiredSize) return
    close()
    options.cut()
  }

  const stream: SseStream = {
    get isTaken() {
      return isTaken
    },
    send: (event) => write(encode(event)),
    sendAll(events) {
      let text = ''
      for (const event of events) text += encode(event)
      if (text) write(text)
    },
    async whenTaken() {
      if (!isTaken && !isClosed) await new Promise<void>((resolve) => void waiting.push(resolve))
      return !isClosed
    },
    end() {
      if (isClosed) return
      close()
      controller.close()
    },
    onClose(callback) {
      if (isClosed) callback()
      else callbacks.push(callback)
    },
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(ownController) {
        controller = ownController
        write(encodeComment('welcome') + encodeRetry(options.reconnectionTimeMs))
        try {
          options.onOpen(stream)
        } catch (error) {
          close()
          throw error
        }
        if (isClosed) return
        lowestDesiredSize = (controller.desiredSize ?? 0) - MAX_QUEUED_BYTES
        heartbeat = setInterval(() => write(encodeComment('heartbeat')), options.heartbeatMs)
      },
      // Asked for with nothing left to give: all that was written before has gone out.
      pull() {
        isTaken = true
        wake()
      },
      cancel: close,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  )
  return new Response(body, { headers: SSE_HEADERS })
}
