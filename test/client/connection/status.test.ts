// @vitest-environment node
/** What the status is in each phase, and what it says of each error. */
import { describe, expect, it } from 'vitest'
import { Phase } from '../../../src/client/connection/connection-table.ts'
import { belowPause, liveStatus, statusReason } from '../../../src/client/connection/status.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import type { EventStreamErrorCode } from '../../../src/protocol/errors.ts'
import type { EventStreamReason } from '../../../src/client/types.ts'

/** Every code, so that a new one has to be thought of here. */
const REASONS: Record<EventStreamErrorCode, EventStreamReason> = {
  network: 'network',
  server: 'network',
  'connect-timeout': 'timeout',
  silence: 'silence',
  request: 'network',
  'http-status': 'http',
  'content-type': 'content-type',
  truncated: 'network',
  'message-too-large': 'network',
  decode: 'network',
  encode: 'network',
  validation: 'network',
  handler: 'network',
  load: 'network',
  'attempts-exhausted': 'exhausted',
  unsupported: 'network',
}
const ALL = Object.entries(REASONS) as [EventStreamErrorCode, EventStreamReason][]

describe('statusReason', () => {
  it.each(ALL)('has for %s the reason %s', (code, reason) => {
    for (const isOffline of [false, undefined]) {
      expect(statusReason(new EventStreamError(code, 'x'), isOffline)).toBe(reason)
    }
  })

  it('says offline of a network that is not there', () => {
    expect(statusReason(new EventStreamError('network', 'x'), true)).toBe('offline')
  })

  it.each(ALL.filter(([code]) => code !== 'network'))(
    'says of %s without a network still %s',
    (code, reason) => {
      expect(statusReason(new EventStreamError(code, 'x'), true)).toBe(reason)
    },
  )
})

describe('liveStatus', () => {
  it.each([
    ['CONNECTING', 'connecting', 'reconnecting'],
    ['OPEN', 'open', 'open'],
    ['WAITING', 'connecting', 'reconnecting'],
    ['AWAY', 'paused', 'paused'],
  ] as const)('is in %s right for the first attempt, and for others', (phase, first, later) => {
    expect(liveStatus(Phase[phase], false)).toBe(first)
    expect(liveStatus(Phase[phase], true)).toBe(later)
  })
})

describe('belowPause', () => {
  it.each([
    [false, { reason: 'timeout', status: 'reconnecting' }],
    [true, { reason: 'user', status: 'paused' }],
  ])('shows what is under a pause only where there is none: %s', (isPaused, expected) => {
    const isHeld = (reason?: unknown): boolean => isPaused && reason === 'user'
    expect(belowPause({ isHeld }, 'timeout', 'reconnecting')).toEqual(expected)
  })
})
