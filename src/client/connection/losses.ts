/** The ways to lose a connection that the client notices by itself, as errors. */
import { EventStreamError } from '../../protocol/errors.ts'
import { BUFFERED, hintOfEnd } from '../transports/hints.ts'
import type { Attempt } from './attempt.ts'

/** There was a request unless the app's functions still make it. What ends by itself no proxy holds back. */
export const unanswered = (timeout: number, { url, transport }: Attempt): EventStreamError =>
  new EventStreamError(
    'connect-timeout',
    `No answer in ${timeout} ms.`,
    url && transport.isContinuous !== false ? { hint: BUFFERED } : {},
  )

export const silent = (silentMs: number, { isFlowing }: Attempt): EventStreamError =>
  new EventStreamError('silence', `No byte in ${silentMs} ms.`, isFlowing ? {} : { hint: BUFFERED })

export const ended = ({ headers }: Attempt): EventStreamError => {
  const hint = hintOfEnd(headers!)
  return new EventStreamError('network', 'Stream ended.', hint ? { hint } : {})
}

export const truncated = (): EventStreamError =>
  new EventStreamError('truncated', 'The stream ended before it was complete.')

export const left = (): EventStreamError => new EventStreamError('network', 'The page was left.')
