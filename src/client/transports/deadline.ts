/** How long one may wait for an answer to a poll: for its head, and for its end or, of an event stream, its next byte. */
import { EventStreamError } from '../../protocol/errors.ts'
import type { Cancel } from '../environment.ts'
import type { TransportAttempt } from './transport.ts'

const LATE =
  'The server may be busy. One that holds its answers back needs a longer connectTimeout.'

export interface Deadline {
  /** Gives what the work gives, unless nothing comes for too long. */
  limit<T>(work: Promise<T>): Promise<T>
  /** The time starts anew. */
  extend(): void
  /** Nothing is waited for, for now. */
  rest(): void
  /** It is over. */
  stop(): void
}

/** It is `connectTimeout`. Time in which nothing is wanted does not count. */
export function createDeadline({
  environment,
  options,
  signal,
  whenReady,
}: TransportAttempt): Deadline {
  const { connectTimeout = 15_000 } = options
  let fail: (error: EventStreamError) => void
  const isOver = new Promise<never>((_, reject) => (fail = reject))
  isOver.catch(() => {})
  let cancel: Cancel | undefined

  function extend(): void {
    rest()
    if (connectTimeout > 0) cancel = environment.after(connectTimeout, onTime)
  }

  function onTime(): void {
    if (whenReady()) return extend()
    const text = `No answer in ${connectTimeout} ms.`
    fail(new EventStreamError('connect-timeout', text, { hint: LATE }))
  }

  function rest(): void {
    cancel?.()
  }

  function stop(): void {
    rest()
    signal.removeEventListener('abort', stop)
  }

  signal.addEventListener('abort', stop)
  extend()
  return {
    limit: (work) => Promise.race([work, isOver]),
    extend,
    rest,
    stop,
  }
}
