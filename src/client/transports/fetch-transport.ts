/** The default: one request whose answer goes on without an end, read as it comes. */
import { EVENT_STREAM_MIME_TYPE } from '../../protocol/constants.ts'
import { EventStreamError } from '../../protocol/errors.ts'
import { createEventStreamParser } from '../../protocol/parse-event-stream.ts'
import { readBody } from './response.ts'
import type { StreamFormat } from '../formats/stream-format.ts'
import type { Transport, TransportAttempt } from './transport.ts'

export const EVENT_STREAM: RegExp = /^text\/event-stream *(;|$)/i
/** What is read when the app does not say how. */
const TYPES = /^(text\/event-stream|application\/(x-)?(ndjson|jsonl|json-?lines)) *(;|$)/i

const EVENT_STREAM_FORMAT: StreamFormat = {
  name: 'event-stream',
  accept: EVENT_STREAM_MIME_TYPE,
  types: TYPES,
  createParser: createEventStreamParser,
}

export const fetchTransport: Transport = {
  name: 'fetch',
  async connect(attempt) {
    const { format } = attempt.options
    const { accept, types } = format ?? EVENT_STREAM_FORMAT
    const response = await attempt.ask({ accept, types, isStream: true })
    await readStream(response, attempt, format)
  },
}

/**
 * Delivers a stream until its end.
 * @param format How it is written; where nobody says, an event stream or NDJSON, as its type is.
 * @param onBytes Something has come.
 */
export async function readStream(
  response: Response,
  attempt: TransportAttempt,
  format: StreamFormat | undefined,
  onRetry: (reconnectionTime: number) => void = attempt.onRetry,
  onBytes?: () => void,
): Promise<void> {
  const { signal, options, whenReady, receive } = attempt
  const isEventStream = !format && EVENT_STREAM.test(response.headers.get('Content-Type')!)
  format ??= isEventStream ? EVENT_STREAM_FORMAT : await loadNdjson(response)
  let failure: EventStreamError | undefined
  const parser = format.createParser(
    {
      ...attempt,
      onRetry,
      onError(error) {
        if (error.code === 'decode') attempt.onError(error)
        else failure = error
      },
    },
    { maxMessageSize: options.maxMessageSize, lastEventId: attempt.lastEventId },
  )
  const read = (work: () => void): void => {
    receive(work)
    if (failure) throw failure
  }
  // The rest of what is being read is dropped.
  signal.addEventListener('abort', parser.reset)
  try {
    await readBody(response, signal, whenReady, (bytes) => {
      onBytes?.()
      read(() => parser.feed(bytes))
    })
    // Of an event stream nothing is left.
    if (!isEventStream) read(parser.end)
  } finally {
    signal.removeEventListener('abort', parser.reset)
  }
}

/** Few streams are NDJSON, and who expects it gives `ndjson()`, which has the code. */
async function loadNdjson({ body }: Response): Promise<StreamFormat> {
  try {
    const { createNdjsonParser } = await import('../../protocol/parse-ndjson.ts')
    return { ...EVENT_STREAM_FORMAT, createParser: createNdjsonParser }
  } catch (cause) {
    void body?.cancel()
    const text = 'The code that reads NDJSON could not be loaded: set format: ndjson().'
    throw new EventStreamError('network', text, { cause })
  }
}
