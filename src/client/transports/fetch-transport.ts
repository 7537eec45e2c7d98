/** The default: one request whose answer goes on without an end, read as it comes. */
import { EVENT_STREAM_MIME_TYPE } from '../../protocol/constants.ts'
import { createEventStreamParser } from '../../protocol/parse-event-stream.ts'
import { readBody } from './response.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { Transport, TransportAttempt } from './transport.ts'

export const EVENT_STREAM: RegExp = /^text\/event-stream *(;|$)/i

export const fetchTransport: Transport = {
  name: 'fetch',
  async connect(attempt) {
    const accept = EVENT_STREAM_MIME_TYPE
    const response = await attempt.ask({ accept, types: EVENT_STREAM, isStream: true })
    await readEventStream(response, attempt)
  },
}

/**
 * Delivers an event stream until its end.
 * @param onBytes Something has come.
 */
export async function readEventStream(
  response: Response,
  attempt: TransportAttempt,
  onRetry: (reconnectionTime: number) => void = attempt.onRetry,
  onBytes?: () => void,
): Promise<void> {
  const { signal, options, whenReady, receive, lastEventId } = attempt
  let failure: EventStreamError | undefined
  const parser = createEventStreamParser(
    { ...attempt, onRetry, onError: (error) => (failure = error) },
    { maxMessageSize: options.maxMessageSize, lastEventId },
  )
  // The rest of what is being read is dropped.
  signal.addEventListener('abort', parser.reset)
  try {
    await readBody(response, signal, whenReady, (bytes) => {
      onBytes?.()
      receive(() => parser.feed(bytes))
      if (failure) throw failure
    })
  } finally {
    signal.removeEventListener('abort', parser.reset)
  }
}
