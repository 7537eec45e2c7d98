/** From the bytes of one connection to its messages and its cursor, in order and through the gate. */
import { createEventStreamParser } from '../../protocol/parse-event-stream.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { SilenceWatchdog } from './silence-watchdog.ts'

export interface StreamReaderListener {
  /** A message has come, and may have to wait. */
  onArrival(type: string, hasOwnId: boolean): void
  /** @returns Whether it is news, and not one that was delivered before. */
  onMessage(message: EventStreamMessage, hasOwnId: boolean): boolean
  /** A block with an id has come; its message, if it has one, comes next. */
  onLastEventId(id: string): void
  /** The last block moved the cursor, and no message came with it. */
  onCursor(): void
  /** Something has come that was not delivered before. */
  onNews(): void
  onRetry(reconnectionTime: number): void
  onError(error: EventStreamError): void
}

/** Types that servers send as a sign of life, beside comments. */
export function isHeartbeat(type: string): boolean {
  return type === 'heartbeat' || type === 'ping'
}

/** Gives what takes the bytes in. Once the attempt is aborted the rest of what is being read is dropped. */
export function createStreamReader(
  lastEventId: string,
  signal: AbortSignal,
  maxMessageSize: number | undefined,
  gate: DeliveryGate,
  watchdog: SilenceWatchdog,
  listener: StreamReaderListener,
): (bytes: Uint8Array) => void {
  let isCursorAhead = false
  const parser = createEventStreamParser(
    {
      onMessage(message, hasOwn) {
        // An empty one takes the position away: nothing can be replayed after it.
        const hasOwnId = hasOwn && message.lastEventId !== ''
        if (isHeartbeat(message.type)) watchdog.heartbeat()
        else listener.onArrival(message.type, hasOwnId)
        gate.pass(() => {
          isCursorAhead = false
          if (listener.onMessage(message, hasOwnId)) listener.onNews()
        })
      },
      onLastEventId(id) {
        gate.pass(() => {
          isCursorAhead = true
          listener.onLastEventId(id)
        })
      },
      onComment: watchdog.heartbeat,
      onRetry: listener.onRetry,
      onError: (error) => gate.pass(() => signal.aborted || listener.onError(error)),
    },
    { maxMessageSize, lastEventId },
  )
  signal.addEventListener('abort', parser.reset)

  function settleCursor(): void {
    if (!isCursorAhead) return
    isCursorAhead = false
    listener.onCursor()
    listener.onNews()
  }

  return (bytes) => {
    parser.feed(bytes)
    if (!signal.aborted) gate.pass(settleCursor)
  }
}
