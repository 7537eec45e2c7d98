/** The default: one request whose answer goes on without an end, read as it comes. */
import { EVENT_STREAM_MIME_TYPE } from '../../protocol/constants.ts'
import { createEventStreamParser } from '../../protocol/parse-event-stream.ts'
import { warn } from '../diagnostics.ts'
import { readBody } from './response.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { ReadAnswer, StreamFormat } from '../formats/stream-format.ts'
import type { ReadRenewing } from './renewal.ts'
import type { Transport } from './transport.ts'

/** What is read when the app does not say how. */
const TYPES = /^(text\/event-stream|application\/(x-)?(ndjson|jsonl(ines)?)) *(;|$)/i

export const fetchTransport: Transport = {
  name: 'fetch',
  async connect(attempt) {
    const { format, renew } = attempt.options
    let reader: Pick<StreamFormat, 'read'> | undefined = format
    /** Few streams are NDJSON, and `ndjson()` has what reads it. */
    async function onHead(type: string): Promise<void> {
      if (!format)
        reader = /^a/i.test(type) ? await import('../formats/read-on-demand.ts') : undefined
    }
    const readAnswer: ReadAnswer = (...args) => (reader?.read ?? readStream)(...args)
    const asking = {
      accept: EVENT_STREAM_MIME_TYPE,
      types: TYPES,
      isStream: true,
      ...format,
      onHead,
    }
    // Few streams are handed over; one that cannot be is read as any other.
    const loaded =
      renew &&
      (await import('./renewal.ts').catch((cause) =>
        warn(attempt.environment, 'renew-not-loaded', `${cause}`),
      ))
    const read: ReadRenewing = loaded?.read ?? readAnswer
    await read(await attempt.ask(asking), attempt, asking, readAnswer)
  },
}

/** Delivers an event stream until its end. */
export const readStream: ReadAnswer = async (response, attempt) => {
  const { signal, options, whenReady, receive, lastEventId } = attempt
  let failure: EventStreamError | undefined
  const parser = createEventStreamParser(
    { ...attempt, onError: (error) => (failure = error) },
    { maxMessageSize: options.maxMessageSize, lastEventId },
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
