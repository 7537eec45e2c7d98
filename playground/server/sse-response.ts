/** One `text/event-stream` response: head at once, heartbeats, a bounded queue, and an end that comes once. */
import { encodeComment, encodeEvent, encodeRetry } from 'vue-event-stream/protocol'
import type { StreamEvent } from './event-log.ts'

export interface SseStream {
  /** Harmless after the end. */
  send(event: StreamEvent): void
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

  function close(): void {
    if (isClosed) return
    isClosed = true
    clearInterval(heartbeat)
    for (const callback of callbacks.splice(0)) callback()
  }

  function write(text: string): void {
    if (isClosed) return
    controller.enqueue(encoder.encode(text))
    if ((controller.desiredSize ?? 0) >= lowestDesiredSize) return
    close()
    options.cut()
  }

  const stream: SseStream = {
    send: ({ id, type, data }) =>
      write(encodeEvent({ id, type, data: data === undefined ? data : JSON.stringify(data) })),
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
      cancel: close,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  )
  return new Response(body, { headers: SSE_HEADERS })
}
