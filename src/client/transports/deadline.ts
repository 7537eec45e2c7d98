/** The longest time that an answer may be without a byte. */
import { EventStreamError } from '../../protocol/errors.ts'
import type { Cancel } from '../environment.ts'
import type { TransportAttempt } from './transport.ts'

const LATE =
  'The server may be busy. One that holds its answers back needs a longer connectTimeout.'

export interface Deadline {
  /** Gives what the work gives, unless nothing comes for too long. */
  limit<T>(work: Promise<T>): Promise<T>
  extend(): void
  /** Nothing is waited for, for now. */
  rest(): void
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
  let cancel: Cancel | undefined
  let fail: (error: EventStreamError) => void

  function extend(): void {
    cancel?.()
    if (connectTimeout > 0) cancel = environment.after(connectTimeout, onTime)
  }

  function onTime(): void {
    if (whenReady()) extend()
    else
      fail(
        new EventStreamError('connect-timeout', `No answer in ${connectTimeout} ms.`, {
          hint: LATE,
        }),
      )
  }

  const isOver = new Promise<never>((_, reject) => (fail = reject))
  isOver.catch(() => {})
  function stop(): void {
    cancel?.()
    signal.removeEventListener('abort', stop)
  }

  signal.addEventListener('abort', stop)
  extend()
  return {
    limit: (work) => Promise.race([work, isOver]),
    extend,
    rest: () => cancel?.(),
    stop,
  }
}
