/** Asks again and again: where nothing streams. */
import { DEFAULT_MAX_MESSAGE_SIZE_CHARS, EVENT_STREAM_MIME_TYPE } from '../../protocol/constants.ts'
import { EventStreamError } from '../../protocol/errors.ts'
import { createUtf8Decoder } from '../../protocol/text-decoder.ts'
import { createDeadline } from './deadline.ts'
import { readStream } from './fetch-transport.ts'
import { deliver, parseAnswer, parseLines, toMessagesOfAnswer } from './polled-messages.ts'
import { isSafeMethod } from './request.ts'
import { MAX_SERVER_DELAY_MS, readBody } from './response.ts'
import { unsupported } from './unsupported.ts'
import type { UrlSource } from '../options.ts'
import type { ToMessages } from './polled-messages.ts'
import type { Transport, TransportAttempt } from './transport.ts'

export interface PollingTransportOptions {
  /** Where to ask, if not at the stream's own URL. Relative ones go under `baseURL`. */
  url?: UrlSource
  /** Milliseconds between an answer and the next request. The server's `retry:` may make it longer. @default 5000 */
  interval?: number
  /**
   * The messages in a JSON answer, or in a line of NDJSON. By default the answer is an array of messages, or an object
   * with one in `messages`; and a line is one message. With the option `format` that says what a line is.
   */
  toMessages?: ToMessages
}

const EVENT_STREAM = /^text/i
const LINES = /^application\/(x-)?(ndjson|jsonl|json-?lines)\b/i
const TYPES =
  /^(text\/event-stream|application\/((x-)?(ndjson|jsonl|json-?lines)|([\w.-]+\+)?json)) *(;|$)/i
const ACCEPT = `application/json, application/x-ndjson, ${EVENT_STREAM_MIME_TYPE};q=0.5`

/**
 * Gets messages by asking for those after the cursor, again and again: behind proxies that hold streams back, and with
 * servers that cannot stream. An answer is JSON, NDJSON, or an event stream that ends; a 204 ends the stream, as it does
 * with every transport. The cursor goes where `resume` says, so ids, replays, queues and handlers are the same ones.
 *
 * The status is `open` from the first good answer to the first failed one. `connectTimeout` is the longest time that one
 * answer may take, to its end: raise it for a server that holds its answers back until there is something to say.
 *
 * @example
 * useEventStream('/api/chat', { fallback: { transport: pollingTransport({ url: '/api/chat/since' }) } })
 */
export function pollingTransport({
  url,
  interval = 5000,
  toMessages = toMessagesOfAnswer,
}: PollingTransportOptions = {}): Transport {
  return {
    name: 'polling',
    isContinuous: false,
    async connect(attempt) {
      const { signal, options } = attempt
      if (!isSafeMethod(options.method) && !(options.mayGoOn?.() ?? options.reconnect)) {
        throw unsupported(`Polling would repeat the ${options.method}: set reconnect to allow it.`)
      }
      let wait = interval
      const onRetry = (time: number): void => {
        wait = Math.max(interval, Math.min(time, MAX_SERVER_DELAY_MS))
        attempt.onRetry(time)
      }
      while (!signal.aborted) {
        await poll(attempt, url, toMessages, onRetry)
        await sleep(attempt, Math.max(wait, attempt.delay()))
        await attempt.whenReady()
      }
    },
  }
}

/** Asks once, and delivers what the answer holds. */
async function poll(
  attempt: TransportAttempt,
  url: UrlSource | undefined,
  toMessages: ToMessages,
  onRetry: (time: number) => void,
): Promise<void> {
  const { options, receive, signal, whenReady } = attempt
  const { maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE_CHARS } = options
  const { limit, extend, rest, stop } = createDeadline(attempt)
  try {
    // What a refusal says is read within a limit of its own.
    const asking = { url, accept: ACCEPT, types: TYPES, onHead: rest }
    const response = await limit(attempt.ask(asking))
    extend()
    const type = response.headers.get('Content-Type')!
    const areLines = LINES.test(type)
    const format = areLines ? options.format : undefined
    if (format || EVENT_STREAM.test(type)) {
      const listener = {
        ...attempt,
        options: { ...options, format },
        onRetry,
        receive(read: () => void) {
          extend()
          receive(read)
        },
      }
      await limit((format?.read ?? readStream)(response, listener))
      return receive(() => {})
    }
    const decoder = createUtf8Decoder()
    let body = ''
    const keep = (bytes: Uint8Array): void => {
      body += decoder.decode(bytes)
      if (body.length <= maxMessageSize) return
      const text = `An answer is over maxMessageSize (${maxMessageSize}).`
      throw new EventStreamError('message-too-large', text)
    }
    await limit(readBody(response, signal, whenReady, keep))
    const answers = areLines ? parseLines(attempt, body) : [parseAnswer(body)]
    receive(() => {
      for (const answer of answers) deliver(attempt, answer, toMessages)
    })
  } finally {
    stop()
  }
}

/** Until the time has passed, or the attempt is not wanted any more. */
function sleep({ environment, signal }: TransportAttempt, time: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = environment.after(time, end)
    signal.addEventListener('abort', end)
  })
}
