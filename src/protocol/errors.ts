/** What can go wrong with a stream, as one class with permanent codes. */
import type { StandardSchemaIssue } from './standard-schema.ts'

export type EventStreamErrorCode =
  | 'network'
  | 'server'
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
  | 'load'
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
  /** The first 4,096 characters of the response's body. */
  body?: string
  /** The body of an `application/problem+json` response. @see https://www.rfc-editor.org/rfc/rfc9457 */
  problem?: Record<string, unknown>
  /** What `schema` has found wrong with the data. */
  issues?: readonly StandardSchemaIssue[]
  /** How many milliseconds the server asks to wait (`Retry-After`). */
  retryAfter?: number
  /** The likely cause, and what to do about it, where the answer gives it away. */
  hint?: string
  cause?: unknown
}

/**
 * Every error this library makes. `code` says what happened and never changes its meaning; `message` says what
 * happened and what to do; `cause` keeps the original.
 */
export class EventStreamError extends Error {
  override readonly name = 'EventStreamError'
  declare readonly code: EventStreamErrorCode
  declare readonly fatal: boolean
  declare readonly status?: number
  declare readonly attempt?: number
  declare readonly url?: string
  declare readonly type?: string
  declare readonly raw?: string
  declare readonly body?: string
  declare readonly problem?: Record<string, unknown>
  declare readonly issues?: readonly StandardSchemaIssue[]
  declare readonly retryAfter?: number
  declare readonly hint?: string

  constructor(code: EventStreamErrorCode, message: string, details: EventStreamErrorDetails = {}) {
    super(message, details)
    Object.assign(this, details, { code, fatal: !!details.fatal })
  }
}

/** Whether a value is an `EventStreamError`, also one of another copy of this library on the page. */
export function isEventStreamError(value: unknown): value is EventStreamError {
  return value instanceof Error && value.name === 'EventStreamError'
}
