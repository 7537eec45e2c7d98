/** The browser's own `EventSource`. */
import { EventStreamError } from '../../protocol/errors.ts'
import { DEFAULT_MAX_MESSAGE_SIZE_CHARS } from '../../protocol/constants.ts'
import { unsupported } from './unsupported.ts'
import type { Transport, TransportAttempt } from './transport.ts'
import type { AttemptRequest } from './request.ts'

export interface EventSourceTransportOptions {
  /** Event types to listen to, beside those that have handlers or queues of their own: for `onMessage` and `on('*')`. */
  types?: readonly string[]
}

/**
 * Streams with the browser's native `EventSource`: no preflight across origins, shown in the browser's tools, and there
 * where `fetch` cannot stream. What `EventSource` cannot do, this cannot either:
 *
 * - GET only, and no headers and no body: a stream that has some fails as `unsupported`, rather than without them.
 *   Cookies go along as `credentials` says (`'include'` across origins).
 * - The cursor goes into the query (`resume.param`), since the first request of an `EventSource` has no `Last-Event-ID`.
 * - It reads event streams only: with `format` a stream fails as well.
 * - It hears only the event types that are named: by `on`, a queue, or `types` here; and `message`.
 * - It does not see statuses, headers, the body of an error, `retry:`, comments, and blocks with nothing but an id. So
 *   every failure is a `network` error that is tried again, a 204 too: set `reconnect.maxAttempts`. `silenceTimeout`
 *   counts messages only.
 * - It cannot stop reading: while nothing is taken messages wait, up to `maxMessageSize` in all; then the connection is
 *   left, and made anew after the last id that was delivered. When it is only that handlers are slow, the page gets fewer
 *   turns instead, which slows the server; up to twice as much may wait then.
 *
 * @example
 * useEventStream('/api/news', { transport: eventSourceTransport() })
 */
export function eventSourceTransport({ types = [] }: EventSourceTransportOptions = {}): Transport {
  return {
    name: 'event-source',
    async connect(attempt) {
      const { environment, signal, options } = attempt
      if (options.format) throw unsupported(`EventSource reads no ${options.format.name}.`)
      const EventSource = environment.platform('EventSource') as
        | typeof globalThis.EventSource
        | undefined
      if (!EventSource) throw unsupported('There is no EventSource here.')
      const request = await attempt.createRequest('query')
      refuseUnsendable(request)
      const withCredentials = request.init.credentials === 'include'
      const source = new EventSource(request.url, { withCredentials })
      signal.addEventListener('abort', () => source.close())
      await listen(source, attempt, types)
    },
  }
}

/** Settles when the connection is lost: an `EventSource` knows no end. */
function listen(
  source: EventSource,
  attempt: TransportAttempt,
  types: readonly string[],
): Promise<void> {
  const { signal, options } = attempt
  const { maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE_CHARS } = options
  const heard = new Set<string>()
  let lastEventId = ''

  function receive({ type, data, lastEventId: id }: MessageEvent<string>): void {
    // Some leave out an id that is inherited. One that the server takes back cannot be told from that.
    const hasOwnId = id !== '' && id !== lastEventId
    if (hasOwnId) lastEventId = id
    if (hasOwnId) attempt.onLastEventId(id)
    attempt.onMessage({ type, data, lastEventId: id }, hasOwnId)
  }

  /** Messages go on coming whatever one does. (The attempt may be over after that.) */
  function limit(): void {
    if (attempt.waiting() > maxMessageSize) attempt.onOverflow()
  }

  return new Promise((resolve, reject) => {
    const lose = (error: EventStreamError): void => {
      source.close()
      reject(error)
    }
    /** A server may call its events `open` and `error`, too. */
    const hear = (event: Event): void => {
      if (signal.aborted) return
      if (!isMessage(event)) {
        if (event.type === 'open') attempt.onOpen({ status: 200, headers: new Headers() })
        if (event.type === 'error') lose(new EventStreamError('network', 'EventSource failed.'))
      } else if (event.data.length > maxMessageSize) {
        const text = `Message over maxMessageSize (${maxMessageSize}).`
        lose(new EventStreamError('message-too-large', text))
      } else {
        attempt.receive(() => receive(event))
        limit()
      }
    }
    const want = (type: string): void => {
      if (!heard.has(type)) source.addEventListener(type, hear)
      heard.add(type)
    }
    for (const type of ['open', 'error', 'message', 'heartbeat', 'ping', ...types]) want(type)
    attempt.onWantedType(want)
    signal.addEventListener('abort', () => resolve())
  })
}

function isMessage(event: Event): event is MessageEvent<string> {
  return 'data' in event
}

function refuseUnsendable({
  init: { method = 'GET', headers, body, credentials },
}: AttemptRequest): void {
  const names = [...(headers as Headers).keys()].filter((name) => name !== 'accept')
  if (method.toUpperCase() !== 'GET') throw unsupported(`EventSource cannot ${method}.`)
  if (body !== undefined && body !== null) throw unsupported('EventSource sends no body.')
  if (credentials === 'omit') throw unsupported('EventSource sends cookies.')
  if (names.length > 0) throw unsupported(`EventSource sends no headers: ${names.join(', ')}.`)
}
