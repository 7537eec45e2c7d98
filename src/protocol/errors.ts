/** What can go wrong with a stream, as one class with permanent codes. */

export type EventStreamErrorCode =
  | 'network'
  | 'connect-timeout'
  | 'silence'
  | 'request'
  | 'http-status'
  | 'content-type'
  | 'truncated'
  | 'message-too-large'
  | 'decode'
  | 'encode'
  | 'validation'
  | 'handler'
  | 'attempts-exhausted'
  | 'unsupported'

export interface EventStreamErrorDetails {
  /** The stream has ended for good: nothing will be retried. */
  fatal?: boolean
  /** The response's HTTP status. */
  status?: number
  /** How many attempts in a row had failed, this one included. */
  attempt?: number
  /** Where the stream is, without query, fragment and credentials: they may hold tokens. */
  url?: string
  /** The event type of the message that caused it. */
  type?: string
  /** The data of the message that caused it, as it came. */
  raw?: string
  cause?: unknown
}

/**
 * Every error this library makes. `code` says what happened and never changes its meaning; `message` says what
 * happened and what to do; `cause` keeps the original.
 */
export class EventStreamError extends Error {
  override readonly name = 'EventStreamError'
  readonly code: EventStreamErrorCode
  readonly fatal: boolean
  readonly status?: number
  readonly attempt?: number
  readonly url?: string
  readonly type?: string
  readonly raw?: string

  constructor(
    code: EventStreamErrorCode,
    message: string,
    { cause, ...details }: EventStreamErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.fatal = false
    Object.assign(this, details)
  }
}

/** Whether a value is an `EventStreamError`, also one of another copy of this library on the page. */
export function isEventStreamError(value: unknown): value is EventStreamError {
  return value instanceof Error && value.name === 'EventStreamError'
}
