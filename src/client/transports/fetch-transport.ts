/** The default: one request whose answer goes on without an end, read as it comes. */
import { EVENT_STREAM_MIME_TYPE } from '../../protocol/constants.ts'
import { EventStreamError } from '../../protocol/errors.ts'
import { createEventStreamParser } from '../../protocol/parse-event-stream.ts'
import { warn } from '../diagnostics.ts'
import { readBody } from './response.ts'
import type { ReadAnswer } from '../formats/stream-format.ts'
import type { ReadRenewing } from './renewal.ts'
import type { Transport } from './transport.ts'

/** What is read when the app does not say how. */
const TYPES = /^(text\/event-stream|application\/(x-)?(ndjson|jsonl(ines)?)) *(;|$)/i

export const fetchTransport: Transport = {
  name: 'fetch',
  async connect(attempt) {
    const { format, renew } = attempt.options
    const asking = { accept: EVENT_STREAM_MIME_TYPE, types: TYPES, isStream: true, ...format }
    // Few streams are handed over; one that cannot be is read as any other.
    const loaded =
      renew &&
      (await import('./renewal.ts').catch((cause) =>
        warn(attempt.environment, 'renew-not-loaded', `${cause}`),
      ))
    const read: ReadRenewing = loaded?.read ?? readStream
    await read(await attempt.ask(asking), attempt, asking, readStream, warn, EventStreamError)
  },
}

/** Delivers a stream until its end. */
export const readStream: ReadAnswer = async (response, attempt) => {
  const { signal, options, whenReady, receive, lastEventId } = attempt
  const { format, maxMessageSize } = options
  if (format || !/^text/i.test(response.headers.get('Content-Type')!)) {
    // Few streams are NDJSON, and `ndjson()` has what reads it.
    const { read } =
      format ??
      (await import('../formats/read-on-demand.ts').catch((cause) => {
        throw new EventStreamError('network', 'No code to read NDJSON.', { cause })
      }))
    return read(response, attempt)
  }
  let failure: EventStreamError | undefined
  const parser = createEventStreamParser(
    { ...attempt, onError: (error) => (failure = error) },
    { maxMessageSize, lastEventId },
  )
  // The rest of what is being read is dropped.
  signal.addEventListener('abort', parser.reset)
  try {
    await readBody(response, signal, whenReady, (bytes) => {
      receive(() => parser.feed(bytes))
      if (failure) throw failure
    })
  } finally {
    signal.removeEventListener('abort', parser.reset)
  }
}
