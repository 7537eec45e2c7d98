/** One attempt from request to end of stream. It decides nothing: it tells what happened, while it is wanted. */
import { EventStreamError } from '../protocol/errors.ts'
import { createEventStreamParser } from '../protocol/parse-event-stream.ts'
import { createRequest, withoutSecrets } from './request.ts'
import { discardBody, readBody } from './transports/fetch-transport.ts'
import type { EventStreamMessage } from '../protocol/types.ts'
import type { Environment } from './environment.ts'
import type { Failure } from './failure.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from './types.ts'

export interface AttemptSink {
  /** The request is ready; the URL is one that may be shown. */
  onRequest(url: string): void
  /** The response head is there. Returns whether to read the body as an event stream. */
  onHead(response: Response): boolean
  /** A chunk has been parsed. */
  onChunk(): void
  onMessage(message: EventStreamMessage, hasOwnId: boolean): void
  onLastEventId(lastEventId: string): void
  onComment(): void
  onRetry(delay: number): void
  /** The attempt is over: by a failure, or, without one, at the end of the stream. */
  onEnd(failure?: Failure): void
  /** What to wait for before reading on. */
  whenReady(): Promise<void> | undefined
}

/** Runs one attempt. As soon as the context's signal is aborted, the sink hears no more. */
export async function runAttempt(
  source: UrlSource,
  options: ConnectionOptions,
  environment: Environment,
  context: AttemptContext,
  sink: AttemptSink,
): Promise<void> {
  const { signal } = context
  let code: 'request' | 'network' = 'request'
  try {
    await Promise.resolve() // the app's functions run outside of the effect that asked for the connection
    if (signal.aborted) return
    const request = await createRequest(source, options, environment, context)
    if (signal.aborted) return
    sink.onRequest(withoutSecrets(request.url))
    code = 'network'
    const response = await (options.fetch ?? environment.fetch)(request.url, request.init)
    if (signal.aborted || !sink.onHead(response) || signal.aborted || !response.body) {
      discardBody(response)
    } else {
      await readBody(response.body, signal, createReader(options, context, sink))
    }
    if (!signal.aborted) sink.onEnd()
  } catch (cause) {
    if (!signal.aborted) sink.onEnd(toFailure(code, cause))
  }
}

function createReader(
  { maxMessageSize }: ConnectionOptions,
  { lastEventId, signal }: AttemptContext,
  sink: AttemptSink,
): Parameters<typeof readBody>[2] {
  const parser = createEventStreamParser(
    {
      onMessage: sink.onMessage,
      onLastEventId: sink.onLastEventId,
      onComment: sink.onComment,
      onRetry: sink.onRetry,
      onError: ({ code, message }) => sink.onEnd({ code, text: message }),
    },
    { maxMessageSize, lastEventId },
  )
  // A handler may end the attempt in the middle of a chunk: the rest of it is dropped.
  signal.addEventListener('abort', parser.reset)
  return {
    whenReady: sink.whenReady,
    onBytes(bytes) {
      parser.feed(bytes)
      if (!signal.aborted) sink.onChunk()
    },
  }
}

function toFailure(code: 'request' | 'network', cause: unknown): Failure {
  if (cause instanceof EventStreamError) {
    return { code: cause.code, text: cause.message, cause: cause.cause, isFinal: cause.fatal }
  }
  const text =
    code === 'request'
      ? 'The request could not be made: a function of the options (url, headers, body, request) failed.'
      : 'The connection could not be made or was cut.'
  return { code, text, cause }
}
