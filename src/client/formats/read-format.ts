/** Reads an answer with the parsers of a format. */
import { readBody } from '../transports/response.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { TransportAttempt } from '../transports/transport.ts'
import type { StreamFormat } from './stream-format.ts'

/** Delivers messages until the end of the answer, and what that completes. */
export async function readFormat(
  response: Response,
  attempt: TransportAttempt,
  format = attempt.options.format as Pick<StreamFormat, 'createParser'>,
): Promise<void> {
  const { signal, options, whenReady, lastEventId } = attempt
  const { maxMessageSize } = options
  let failure: EventStreamError | undefined
  function onError(error: EventStreamError): void {
    if (error.code === 'decode') attempt.onError(error)
    else failure = error
  }
  function receive(read: () => void): void {
    attempt.receive(read)
    if (failure) throw failure
  }
  const callbacks = { ...attempt, onError }
  const parser = format.createParser(callbacks, { maxMessageSize, lastEventId })
  const reset = (): void => parser.reset()
  // The rest of what is being read is dropped.
  signal.addEventListener('abort', reset)
  try {
    await readBody(response, signal, whenReady, (bytes) => receive(() => parser.feed(bytes)))
    receive(() => parser.end())
  } finally {
    signal.removeEventListener('abort', reset)
  }
}
