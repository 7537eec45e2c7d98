// @vitest-environment node
/** Which lost connections are tried again, and when: the rules alone. */
import { describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createReconnectionPolicy } from '../../../src/client/connection/reconnection-policy.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import type { ConnectionListener } from '../../../src/client/connection/connection-types.ts'
import type { ConnectionOptions, ReconnectOptions } from '../../../src/client/options.ts'
import type { EventStreamErrorCode, EventStreamErrorDetails } from '../../../src/protocol/errors.ts'
import type { ReconnectionPolicy } from '../../../src/client/connection/reconnection-policy.ts'

const EXACT: ReconnectOptions = { factor: 1, jitter: 0 }

function create(options: ConnectionOptions = {}, chance = 0.5): ReconnectionPolicy {
  const { environment } = createFakeEnvironment()
  const call: ConnectionListener['call'] = (fn, ...args) => fn?.(...args)
  return createReconnectionPolicy(options, { ...environment, random: () => chance }, call)
}

const failure = (
  code: EventStreamErrorCode = 'network',
  details: EventStreamErrorDetails = {},
): EventStreamError => new EventStreamError(code, 'x', { attempt: 1, ...details })

/** The answer asks for this wait. */
const asking = (retryAfter: number): EventStreamError => failure('network', { retryAfter })

const refusal = (status = 401, attempt = 1): EventStreamError =>
  failure('http-status', { status, fatal: true, attempt })

describe('createReconnectionPolicy', () => {
  it.each<[ConnectionOptions, Partial<ReconnectionPolicy>]>([
    [{}, { isOn: true, mayReopen: true, goesOnAfterEnd: true }],
    [{ method: 'HEAD' }, { isOn: true, mayReopen: true, goesOnAfterEnd: true }],
    [{ reconnect: true }, { isOn: true, mayReopen: true, goesOnAfterEnd: true }],
    [{ reconnect: {} }, { isOn: true, mayReopen: true, goesOnAfterEnd: true }],
    [{ reconnect: false }, { isOn: false, mayReopen: true, goesOnAfterEnd: false }],
    [{ method: 'POST' }, { isOn: false, mayReopen: false, goesOnAfterEnd: false }],
    [
      { method: 'POST', reconnect: false },
      { isOn: false, mayReopen: false, goesOnAfterEnd: false },
    ],
    [
      { method: 'POST', reconnect: true },
      { isOn: true, mayReopen: true, goesOnAfterEnd: false },
    ],
    [
      { method: 'POST', reconnect: {} },
      { isOn: true, mayReopen: true, goesOnAfterEnd: false },
    ],
  ])('is for %j: %j', (options, expected) => {
    expect(create(options)).toMatchObject(expected)
  })

  it.each<[ConnectionOptions, string | undefined, Partial<ReconnectionPolicy>]>([
    [{}, 'POST', { isOn: false, mayReopen: false, goesOnAfterEnd: false }],
    [{ reconnect: true }, 'POST', { isOn: true, mayReopen: true, goesOnAfterEnd: false }],
    [{ method: 'POST' }, 'GET', { isOn: true, mayReopen: true, goesOnAfterEnd: true }],
    [{ method: 'POST' }, undefined, { isOn: true, mayReopen: true, goesOnAfterEnd: true }],
  ])(
    'goes by the method that is asked with: for %j and %s it is %j',
    (options, method, expected) => {
      const policy = create(options)
      policy.method = method
      expect(policy).toMatchObject(expected)
      const error = failure()
      expect(policy.decide(error)).toBe(expected.isOn ? 750 : error)
    },
  )

  it.each<[ConnectionOptions, number]>([
    [{}, 5000],
    [{ reconnect: true }, 5000],
    [{ reconnect: false }, 5000],
    [{ reconnect: {} }, 5000],
    [{ reconnect: { stableAfter: 0 } }, 0],
    [{ reconnect: { stableAfter: 70 } }, 70],
  ])('has for %j a stream stable after %i ms', (options, expected) => {
    expect(create(options).stableAfter).toBe(expected)
  })

  describe('decide', () => {
    it('waits for the next attempt, the longer the more have failed', () => {
      const { decide } = create({}, 0)
      const delays = [1, 2, 3, 10].map((attempt) => decide(failure('network', { attempt })))
      expect(delays).toEqual([1000, 2000, 4000, 30_000])
    })

    it('takes chance, and the options, into account', () => {
      expect(create({}, 0.5).decide(failure())).toBe(750)
      expect(create({ reconnect: EXACT }, 0.5).decide(failure())).toBe(1000)
      const reconnect = { ...EXACT, initialDelay: 70, minDelay: 0 }
      expect(create({ reconnect }).decide(failure())).toBe(70)
    })

    it('spreads the first wait of a stream that was well', () => {
      expect(create({}, 0.9).decide(failure('network', { attempt: 0 }))).toBeCloseTo(100)
      expect(create({}, 0.9).decide(failure('network', { attempt: undefined }))).toBeCloseTo(100)
    })

    it("waits at least as long as the server's retry and its answer ask, whichever is more", () => {
      const policy = create({ reconnect: EXACT })
      expect(policy.decide(asking(7000))).toBe(7000)
      expect(policy.decide(asking(500))).toBe(1000)
      policy.serverDelay = 9000
      expect(policy.decide(asking(7000))).toBe(9000)
      expect(policy.decide(asking(11_000))).toBe(11_000)
      expect(policy.decide(failure())).toBe(9000)
    })

    it('waits an hour at most, whatever is asked', () => {
      expect(create({ reconnect: EXACT }).decide(asking(1e12))).toBe(3_600_000)
    })

    it('lengthens by chance what an answer asks', () => {
      expect(create({}, 0.5).decide(asking(10_000))).toBe(12_500)
    })

    it('replaces at once what fell silent after it was well', () => {
      const { decide } = create()
      expect(decide(failure('silence', { attempt: 0 }))).toBe(0)
      expect(decide(failure('silence', { attempt: 1 }))).toBe(750)
      expect(decide(failure('network', { attempt: 0 }))).toBe(500)
    })

    it.each<[ConnectionOptions]>([[{ method: 'POST' }], [{ reconnect: false }]])(
      'ends with the error when nothing is repeated: %j',
      (options) => {
        const error = failure()
        expect(create(options).decide(error)).toBe(error)
        const silence = failure('silence', { attempt: 0 })
        expect(create(options).decide(silence)).toBe(silence)
      },
    )

    it('ends with an error that is fatal', () => {
      const error = failure('http-status', { fatal: true, status: 404 })
      expect(create().decide(error)).toBe(error)
      expect(error.fatal).toBe(true)
    })

    it.each([true, {}])('repeats any method where that is asked for: %j', (reconnect) => {
      expect(create({ method: 'POST', reconnect }).decide(failure())).toBe(750)
    })

    describe('maxAttempts', () => {
      it('ends with an error of its own, with what the last one says and that as its cause', () => {
        const { decide } = create({ reconnect: { maxAttempts: 3 } })
        expect(decide(failure('network', { attempt: 2 }))).toEqual(expect.any(Number))
        const last = failure('http-status', { attempt: 3, status: 503, url: '/a', body: 'down' })
        const error = decide(last)
        expect(error).toBeInstanceOf(EventStreamError)
        expect(error).toMatchObject({ code: 'attempts-exhausted', message: '3 attempts failed.' })
        expect(error).toMatchObject({ attempt: 3, status: 503, url: '/a', body: 'down' })
        expect((error as EventStreamError).cause).toBe(last)
      })

      it('is no limit when it is not given, and may be 1', () => {
        expect(create().decide(failure('network', { attempt: 1e9 }))).toEqual(expect.any(Number))
        const { decide } = create({ reconnect: { maxAttempts: 1 } })
        expect(decide(failure())).toMatchObject({ code: 'attempts-exhausted' })
        expect(decide(failure('network', { attempt: 0 }))).toBe(500)
      })

      it('leaves a fatal error what it is', () => {
        const { decide } = create({ reconnect: { maxAttempts: 1 } })
        const error = failure('content-type', { fatal: true })
        expect(decide(error)).toBe(error)
      })
    })

    describe('shouldReconnect', () => {
      const answering = (answer: boolean | undefined): ConnectionOptions => ({
        reconnect: { ...EXACT, maxAttempts: 3, shouldReconnect: () => answer },
      })

      it('is asked with the error', () => {
        const shouldReconnect = vi.fn<(error: EventStreamError) => undefined>()
        const error = failure()
        create({ reconnect: { shouldReconnect } }).decide(error)
        expect(shouldReconnect).toHaveBeenCalledExactlyOnceWith(error)
      })

      it('repeats with true also after a fatal error, which then is none', () => {
        const error = failure('http-status', { fatal: true, status: 404 })
        expect(create(answering(true)).decide(error)).toBe(1000)
        expect(error.fatal).toBe(false)
      })

      it('ends with false also after an error that would be mended', () => {
        const error = failure()
        expect(create(answering(false)).decide(error)).toBe(error)
      })

      it('leaves it to the rules with undefined', () => {
        const { decide } = create(answering(undefined))
        const error = failure('http-status', { fatal: true })
        expect(decide(error)).toBe(error)
        expect(decide(failure())).toBe(1000)
      })

      it('does not go past maxAttempts with true', () => {
        const { decide } = create(answering(true))
        expect(decide(failure('network', { attempt: 3 }))).toMatchObject({
          code: 'attempts-exhausted',
        })
      })
    })

    describe('a refused token', () => {
      const headers = (): HeadersInit => ({})

      it.each<[string, ConnectionOptions]>([
        ['headers', { headers }],
        ['baseHeaders', { baseHeaders: headers }],
        ['request', { request: () => undefined }],
        ['any method', { headers, method: 'POST' }],
        ['reconnect: false', { headers, reconnect: false }],
        ['maxAttempts', { headers, reconnect: { maxAttempts: 1 } }],
      ])('is asked for anew at once, once: %s', (_, options) => {
        for (const status of [401, 403]) {
          const policy = create(options)
          const [first, second] = [refusal(status), refusal(status, 2)]
          expect(policy.decide(first)).toBe(0)
          expect(first.fatal).toBe(false)
          expect(policy.mayAskAgain).toBe(false)
          expect(policy.decide(second)).toBe(second)
          expect(second.fatal).toBe(true)
        }
      })

      it('is asked for again when that is allowed again', () => {
        const policy = create({ headers })
        policy.decide(refusal())
        policy.mayAskAgain = true
        expect(policy.decide(refusal())).toBe(0)
      })

      it.each<[ConnectionOptions]>([
        [{}],
        [{ headers: { Authorization: 'x' } }],
        [{ baseHeaders: new Headers(), body: () => 'x' }],
      ])('is final where nobody can give another one: %j', (options) => {
        const error = refusal()
        expect(create(options).decide(error)).toBe(error)
      })

      it.each([400, 402, 404, 407, 503])('is not what a %i says', (status) => {
        const policy = create({ headers })
        const error = refusal(status)
        expect(policy.decide(error)).toBe(error)
        expect(policy.mayAskAgain).toBe(true)
      })

      it('is asked for at once, whatever the answer asks to wait', () => {
        const policy = create({ headers })
        policy.serverDelay = 5000
        expect(policy.decide(Object.assign(refusal(), { retryAfter: 5000 }))).toBe(0)
      })

      it('is final when shouldReconnect says so, which spends no chance', () => {
        const reconnect = { shouldReconnect: () => false }
        const policy = create({ headers, reconnect })
        const error = refusal()
        expect(policy.decide(error)).toBe(error)
        expect(policy.mayAskAgain).toBe(true)
      })

      it('is asked for again after a wait when shouldReconnect says so', () => {
        const reconnect = { ...EXACT, shouldReconnect: () => true }
        const policy = create({ headers, reconnect })
        expect(policy.decide(refusal())).toBe(0)
        expect(policy.decide(refusal())).toBe(1000)
      })
    })
  })
})
