// @vitest-environment node
/** The losses that the client notices by itself: what their errors say. */
import { describe, expect, it } from 'vitest'
import {
  ended,
  left,
  silent,
  truncated,
  unanswered,
} from '../../../src/client/connection/losses.ts'
import { fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import { isEventStreamError } from '../../../src/protocol/errors.ts'
import type { Attempt } from '../../../src/client/connection/attempt.ts'

function attempt(details: Partial<Attempt> = {}): Attempt {
  const controller = new AbortController()
  return {
    ...{ controller, transport: fetchTransport, url: 'x', sentId: '' },
    ...{ headers: new Headers(), openedAt: 0, isFlowing: true, ...details },
  }
}

describe.each([
  ['unanswered', unanswered(70, attempt()), 'connect-timeout', 'No answer in 70 ms.'],
  ['silent', silent(70, attempt()), 'silence', 'No byte in 70 ms.'],
  ['ended', ended(attempt()), 'network', 'Stream ended.'],
  ['truncated', truncated(), 'truncated', 'The stream ended before it was complete.'],
  ['left', left(), 'network', 'The page was left.'],
])('%s', (_, error, code, message) => {
  it('is an error that a reconnect may mend', () => {
    expect(isEventStreamError(error)).toBe(true)
    expect(error).toMatchObject({ code, message, fatal: false })
  })
})

describe('unanswered', () => {
  it('hints at a proxy that buffers, where there was a request', () => {
    expect(unanswered(70, attempt()).hint).toMatch(/proxy.*X-Accel-Buffering: no/)
  })

  it('hints at nothing while the functions of the app make it', () => {
    expect(unanswered(70, attempt({ url: undefined }))).not.toHaveProperty('hint')
  })

  it('hints at nothing where answers end by themselves: no proxy holds them back', () => {
    const transport = { ...fetchTransport, isContinuous: false }
    expect(unanswered(70, attempt({ transport }))).not.toHaveProperty('hint')
  })
})

describe('silent', () => {
  it('hints at a proxy that buffers, where nothing has come but with the head', () => {
    expect(silent(70, attempt({ isFlowing: false })).hint).toMatch(/proxy.*X-Accel-Buffering: no/)
  })

  it('hints at nothing where more has', () => {
    expect(silent(70, attempt())).not.toHaveProperty('hint')
  })
})

describe('ended', () => {
  it('hints at what the head gives away', () => {
    const headers = new Headers({ 'Content-Length': '7' })
    expect(ended(attempt({ headers })).hint).toMatch(/Content-Length/)
  })

  it('hints at nothing where it does not', () => {
    expect(ended(attempt())).not.toHaveProperty('hint')
  })
})
