/** A transport as a user of the package would write it: over a WebSocket whose messages are `{ id, type, payload }`. */
import { EventStreamError } from 'vue-event-stream/client'
import type { Transport, TransportAttempt } from 'vue-event-stream/client'

/** What of a WebSocket it needs. */
export interface SocketLike extends EventTarget {
  close(): void
}

export interface SocketTransportOptions {
  /** Opens a socket. */
  connect(url: string): SocketLike
  /** So many characters of messages may wait. @default 1 Mi */
  capacity?: number
}

export function socketTransport({
  connect,
  capacity = 1024 * 1024,
}: SocketTransportOptions): Transport {
  return {
    name: 'socket',
    async connect(attempt) {
      const { url, init } = await attempt.createRequest('query')
      if ((init.headers as Headers).has('Authorization')) {
        throw new EventStreamError('unsupported', 'A WebSocket sends no headers.', { fatal: true })
      }
      const socket = connect(url.replace(/^http/, 'ws'))
      await listen(socket, attempt, capacity)
    },
  }
}

function listen(socket: SocketLike, attempt: TransportAttempt, capacity: number): Promise<void> {
  const { signal } = attempt

  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      socket.close()
      resolve()
    })
    socket.addEventListener('open', () => {
      attempt.onOpen({ status: 101, headers: new Headers() })
    })
    socket.addEventListener('message', (event) => {
      attempt.receive(() => tell(attempt, (event as MessageEvent<string>).data))
      // A socket cannot be stopped.
      if (attempt.waiting() > capacity) attempt.onOverflow()
    })
    socket.addEventListener('close', (event) => {
      const { wasClean, code } = event as CloseEvent
      if (code === 4401) {
        reject(new EventStreamError('http-status', 'Signed out.', { status: 401, fatal: true }))
      } else if (wasClean) resolve()
      else reject(new Error(`The socket closed with ${code}.`))
    })
  })
}

interface SocketMessage {
  id?: string
  type?: string
  payload: unknown
}

function tell(attempt: TransportAttempt, text: string): void {
  if (text === '') return attempt.onComment()
  let message: SocketMessage
  try {
    message = JSON.parse(text)
  } catch (cause) {
    return attempt.onError(new EventStreamError('decode', 'Not JSON.', { raw: text, cause }))
  }
  const { id, type = 'message', payload } = message
  const data = JSON.stringify(payload)
  if (id === undefined) {
    attempt.onMessage({ type, data, lastEventId: attempt.lastEventId }, false)
  } else {
    attempt.onLastEventId(id)
    attempt.onMessage({ type, data, lastEventId: id }, true)
  }
}
