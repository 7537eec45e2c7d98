/** What the status is, and what it says of an error. */
import { Phase } from './connection-table.ts'
import type { EventStreamError, EventStreamErrorCode } from '../../protocol/errors.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { EventStreamReason, EventStreamStatus } from '../types.ts'

const REASONS: { readonly [Code in EventStreamErrorCode]?: EventStreamReason } = {
  'connect-timeout': 'timeout',
  silence: 'silence',
  'http-status': 'http',
  'content-type': 'content-type',
  'attempts-exhausted': 'exhausted',
}

/** `network` of every error that has no reason of its own; a network that is not there is `offline`. */
export function statusReason(
  { code }: EventStreamError,
  isOffline: boolean | undefined,
): EventStreamReason {
  return code === 'network' && isOffline ? 'offline' : (REASONS[code] ?? 'network')
}

/** A pause lies over whatever the connection does. */
export function belowPause(
  gate: Pick<DeliveryGate, 'isHeld'>,
  reason: EventStreamReason,
  status: EventStreamStatus,
): { reason: EventStreamReason; status: EventStreamStatus } {
  return gate.isHeld('user') ? { reason: 'user', status: 'paused' } : { reason, status }
}

/** @param isRepeated Whether there was an attempt before, with or without success. */
export function liveStatus(phase: Phase, isRepeated: boolean): EventStreamStatus {
  if (phase === Phase.OPEN) return 'open'
  if (phase === Phase.AWAY) return 'paused'
  return isRepeated ? 'reconnecting' : 'connecting'
}

/** Whether there is no connection, and none will come by itself. */
export function isAtRest({ status }: { readonly status: EventStreamStatus }): boolean {
  return /^(idle|closed|failed)$/.test(status)
}
