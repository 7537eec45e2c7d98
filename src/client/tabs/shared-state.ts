/** The state of a connection as plain data, for the other tabs, and back. */
import { EventStreamError } from '../../protocol/errors.ts'
import type { EventStreamErrorCode, EventStreamErrorDetails } from '../../protocol/errors.ts'
import type { EventStreamGapReason, EventStreamReason } from '../types.ts'

/** What a leader shows of an error: no cause, and no headers, which may hold tokens. */
export interface SharedError {
  readonly code: string
  readonly message: string
  readonly details: EventStreamErrorDetails
}

export type SharedStatus = 'connecting' | 'open' | 'reconnecting' | 'closed' | 'failed'

export interface SharedState {
  readonly status: SharedStatus
  readonly reason: EventStreamReason
  readonly attempt: number
  readonly retryAt: number | null
  readonly disconnectedSince: number | null
  readonly error: SharedError | null
  /** How many errors this leader has had: tells whether this one is new. */
  readonly errors: number
  /** How often this leader has opened the stream. */
  readonly opens: number
  /** Of the last opening. */
  readonly openedAttempt: number
  readonly openedStatus: number
  readonly openedGap: EventStreamGapReason | null
  /** How often the server was asked again in the middle of a stream, and whether something may be missing since. */
  readonly asked: number
  readonly askedGap: EventStreamGapReason | null
}

const STATUSES: readonly unknown[] = ['connecting', 'open', 'reconnecting', 'closed', 'failed']
const REASONS: readonly unknown[] = [
  ...['user', 'disabled', 'unmount', 'no-content', 'complete', 'offline', 'network', 'silence'],
  ...['timeout', 'http', 'content-type', 'hidden', 'pagehide', 'overflow', 'exhausted', null],
]
const GAPS: readonly unknown[] = [
  ...['server', 'no-id', 'expired', 'unsendable-id', 'paused', 'late', null],
]
/** What of an error is shown, and its type. */
const DETAILS = {
  fatal: 'boolean',
  status: 'number',
  attempt: 'number',
  url: 'string',
  body: 'string',
  problem: 'object',
  retryAfter: 'number',
  hint: 'string',
  type: 'string',
  raw: 'string',
} as const

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const isGap = (value: unknown): value is EventStreamGapReason | null => GAPS.includes(value)
/** Positions and counters. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0
const isTime = (value: unknown): value is number | null => value === null || Number.isFinite(value)

/** What does not fit is left out. */
function pickDetails(from: object): EventStreamErrorDetails {
  const details: Record<string, unknown> = {}
  for (const [name, type] of Object.entries(DETAILS)) {
    const value = (from as Record<string, unknown>)[name]
    if (typeof value === type && value !== null) details[name] = value
  }
  return details
}

export function toSharedError(error: EventStreamError): SharedError {
  const { code, message } = error
  return { code, message, details: pickDetails(error) }
}

export function fromSharedError({ code, message, details }: SharedError): EventStreamError {
  return new EventStreamError(code as EventStreamErrorCode, message, pickDetails(details))
}

function isSharedError(value: unknown): value is SharedError {
  return (
    isRecord(value) &&
    typeof value.code === 'string' &&
    typeof value.message === 'string' &&
    isRecord(value.details)
  )
}

/** Whether it is a state, as far as that can be told. */
export function isSharedState(value: unknown): value is SharedState {
  return (
    isRecord(value) &&
    STATUSES.includes(value.status) &&
    REASONS.includes(value.reason) &&
    [value.attempt, value.errors, value.opens, value.asked].every(isCount) &&
    [value.openedAttempt, value.openedStatus].every(isCount) &&
    [value.retryAt, value.disconnectedSince].every(isTime) &&
    [value.openedGap, value.askedGap].every(isGap) &&
    (value.error === null || isSharedError(value.error))
  )
}
