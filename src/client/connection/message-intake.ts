/** What a transport tells of one connection, in order and through the gate. */
import { isHeartbeat } from '../delivery/heartbeat.ts'
import { isThenable } from '../delivery/survive.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { TransportAttempt } from '../transports/transport.ts'
import type { ConnectionListener, Reception } from './connection-types.ts'
import type { SilenceWatchdog } from './silence-watchdog.ts'

const MESSAGE_OVERHEAD_CHARS = 256

/** What a message that waits costs, in characters. */
export function waitingChars(data: string): number {
  return data.length + MESSAGE_OVERHEAD_CHARS
}

export interface MessageIntakeListener {
  /** Something has come. */
  onActivity(): void
  /** It has been read, and delivered as far as nothing holds it. */
  onRead(): void
  /** A message has come, and may have to wait. */
  onArrival(type: string, hasOwnId: boolean): void
  onMessage(message: EventStreamMessage, hasOwnId: boolean): Reception
  readonly onMark?: ConnectionListener['onMark']
  /** A block with an id has come, and may have to wait. */
  onReceivedId(id: string): void
  /** It is delivered; its message, if it has one, comes next. */
  onLastEventId(id: string): void
  /** The last block moved the cursor, and no message came with it. */
  onCursor(): void
  /** Something has come that was not delivered before; or a failure. */
  onNews(news: true | EventStreamError): void
  onRetry(reconnectionTime: number): void
  onError(error: EventStreamError): void
}

export type MessageIntake = Pick<
  TransportAttempt,
  'receive' | 'waiting' | 'onMessage' | 'onLastEventId' | 'onComment' | 'onRetry' | 'onError'
>

/** @param signal Of the attempt: what comes after it is aborted is dropped. */
export function createMessageIntake(
  signal: AbortSignal,
  gate: DeliveryGate,
  watchdog: Pick<SilenceWatchdog, 'heartbeat'>,
  listener: MessageIntakeListener,
): MessageIntake {
  let isCursorAhead = false
  /** Asked for every message: a field costs less than the signal, which is the platform's. */
  let isOver = signal.aborted
  signal.addEventListener('abort', () => (isOver = true))
  let waiting = 0

  function settleCursor(): void {
    if (!isCursorAhead) return
    isCursorAhead = false
    listener.onCursor()
    listener.onNews(true)
  }

  function deliver(message: EventStreamMessage, hasOwnId: boolean): unknown {
    const chars = waitingChars(message.data)
    waiting -= chars
    const news = listener.onMessage(message, hasOwnId)
    if (isThenable(news)) {
      waiting += chars
      return news
    }
    isCursorAhead = false
    if (news) listener.onNews(news)
    return undefined
  }

  function moveCursor(id: string): void {
    isCursorAhead = true
    listener.onLastEventId(id)
  }

  return {
    receive(read) {
      if (isOver) return
      listener.onActivity()
      read()
      if (isOver) return
      gate.pass(settleCursor)
      listener.onRead()
    },
    waiting: () => waiting,
    onMessage(message, hasOwn) {
      if (isOver) return
      // An empty one takes the position away: nothing can be replayed after it.
      const hasOwnId = hasOwn && message.lastEventId !== ''
      if (isHeartbeat(message.type)) watchdog.heartbeat()
      else listener.onArrival(message.type, hasOwnId)
      waiting += waitingChars(message.data)
      gate.pass(deliver, message, hasOwnId)
    },
    onLastEventId(id) {
      if (isOver) return
      listener.onReceivedId(id)
      gate.pass(moveCursor, id)
    },
    onComment(comment = '') {
      if (isOver) return
      watchdog.heartbeat()
      gate.pass(() => listener.onMark?.(comment))
    },
    onRetry: (time) => isOver || listener.onRetry(time),
    onError(error) {
      if (!isOver) gate.pass(() => isOver || listener.onError(error))
    },
  }
}
