// @vitest-environment node
/** State and errors as plain data. */
import { describe, expect, it } from 'vitest'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import {
  fromSharedError,
  isSharedState,
  toSharedError,
} from '../../../src/client/tabs/shared-state.ts'
import { SHARED } from '../../support/fake-browser-tab.ts'

describe('an error', () => {
  it('keeps what it says, and loses its cause', () => {
    const details = {
      ...{ fatal: true, status: 503, attempt: 2, url: 'https://a.test/', body: 'no' },
      ...{ problem: { title: 'No' }, retryAfter: 1000, hint: 'Wait.' },
    }
    const error = new EventStreamError('http-status', 'Refused.', {
      ...details,
      cause: { token: 'x' },
    })
    const shared = structuredClone(toSharedError(error))
    expect(shared).toEqual({ code: 'http-status', message: 'Refused.', details })
    const copy = fromSharedError(shared)
    expect(copy).toBeInstanceOf(EventStreamError)
    expect(copy).toMatchObject({ code: 'http-status', message: 'Refused.', ...details })
    expect(copy.cause).toBeUndefined()
  })

  it('takes nothing over that does not fit', () => {
    const details = { status: '503', url: 7, stack: 'x', code: 'network', __proto__: { hint: 1 } }
    const error = fromSharedError({ code: 'silence', message: '', details: details as never })
    expect(error).toMatchObject({ code: 'silence', fatal: false })
    expect(error.status).toBeUndefined()
    expect(error.url).toBeUndefined()
  })
})

describe('isSharedState', () => {
  it('takes a state', () => {
    expect(isSharedState(SHARED)).toBe(true)
    const error = toSharedError(new EventStreamError('network', ''))
    expect(isSharedState({ ...SHARED, status: 'failed', reason: 'network', error, more: 1 })).toBe(
      true,
    )
  })

  it.each([
    ...[null, 1, 'open', [], {}],
    { ...SHARED, status: 'paused' },
    { ...SHARED, reason: 'because' },
    { ...SHARED, attempt: -1 },
    { ...SHARED, opens: 1.5 },
    { ...SHARED, openedStatus: '200' },
    { ...SHARED, retryAt: NaN },
    { ...SHARED, disconnectedSince: 'now' },
    { ...SHARED, openedGap: 'x' },
    { ...SHARED, askedGap: undefined },
    { ...SHARED, error: 'x' },
    { ...SHARED, error: { code: 'network', message: 1, details: {} } },
    { ...SHARED, error: { code: 'network', message: '' } },
  ])('takes nothing else: %j', (value) => {
    expect(isSharedState(value)).toBe(false)
  })
})
