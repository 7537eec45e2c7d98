/** Why an attempt or a connection ended, before it is known whether that is the end of the stream. */
import type { EventStreamErrorCode } from '../protocol/errors.ts'
import type { EventStreamReason } from './types.ts'

export interface Failure {
  readonly code: EventStreamErrorCode
  /** What happened, and what to do about it. */
  readonly text: string
  readonly status?: number
  readonly cause?: unknown
  /** Trying again cannot help. */
  readonly isFinal?: boolean
}

const REASONS: { [Code in EventStreamErrorCode]?: NonNullable<EventStreamReason> } = {
  'connect-timeout': 'timeout',
  silence: 'silence',
  'http-status': 'http',
  'content-type': 'content-type',
  'attempts-exhausted': 'exhausted',
}

/** The status reason that an error code stands for. */
export function reasonOf(code: EventStreamErrorCode): NonNullable<EventStreamReason> {
  return REASONS[code] ?? 'network'
}
