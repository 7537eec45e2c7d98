/** The library's words for a connection, as sentences. */
import type { EventStreamError, EventStreamReason, EventStreamStatus } from 'vue-event-stream'
import type { Problem } from '../shared/contract.ts'

const REASONS: Partial<Record<NonNullable<EventStreamReason>, string>> = {
  user: 'the page asked for it',
  disabled: 'it is switched off',
  'no-content': 'the server has no stream here',
  complete: 'the stream is complete',
  offline: 'there is no network',
  network: 'the connection was lost',
  silence: 'the server fell silent',
  timeout: 'the server did not answer in time',
  http: 'the server answered with an error',
  'content-type': 'the answer is not an event stream',
  hidden: 'the page was hidden',
  pagehide: 'the page was left',
  overflow: 'the page does not take its messages',
  exhausted: 'too many attempts have failed',
}

/** A reason in words; an empty text when there is none. */
export function describeReason(reason: EventStreamReason): string {
  return reason ? (REASONS[reason] ?? reason) : ''
}

const STATUSES: Record<EventStreamStatus, string> = {
  idle: 'Not connected.',
  connecting: 'Connecting.',
  open: 'Connected.',
  reconnecting: 'Reconnecting.',
  paused: 'Paused.',
  closed: 'Closed.',
  failed: 'Failed.',
}

/** Status and reason as one sentence: `Reconnecting: the connection was lost.` */
export function describeStatus(status: EventStreamStatus, reason: EventStreamReason): string {
  const text = STATUSES[status]
  return reason ? `${text.slice(0, -1)}: ${describeReason(reason)}.` : text
}

/** How messages come: `streaming`, `from another tab`, or `asking every 5 s`; an empty text before there was an attempt. */
export function describeTransport(transport: string | null, pollInterval: number): string {
  if (transport === 'polling') return `asking every ${pollInterval / 1000} s`
  if (transport === 'tabs') return 'from another tab'
  return transport === 'fetch' ? 'streaming' : (transport ?? '')
}

/** Why a stream has failed: in the server's words, where it has said any. */
export function describeError({ problem, message }: EventStreamError): string {
  const { detail, title }: Partial<Problem> = problem ?? {}
  return detail ?? title ?? message
}
