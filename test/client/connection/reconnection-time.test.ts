// @vitest-environment node
/** The wait as a function: a few values by hand, and bounds for all of them. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reconnectionTime } from '../../../src/client/connection/reconnection-time.ts'
import { MAX_SERVER_DELAY_MS } from '../../../src/client/transports/response.ts'
import type { ReconnectOptions } from '../../../src/client/options.ts'

const duration = fc.oneof(
  fc.constantFrom(0, 1, 100, 1000, 30_000, 1e15),
  fc.double({ min: 0, max: 1e9, noNaN: true }),
)
const policy: fc.Arbitrary<ReconnectOptions> = fc.record(
  {
    initialDelay: duration,
    factor: fc.double({ min: 0, max: 1000, noNaN: true }),
    maxDelay: duration,
    minDelay: duration,
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { requiredKeys: [] },
)
const attempts = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1e9 }))
const serverDelay = fc.option(fc.oneof(duration, fc.constant(Infinity)), { nil: undefined })
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('reconnectionTime', () => {
  it.each([
    ['the defaults', {}, 1, undefined, 0, 1000],
    [
      'a member that is undefined',
      { jitter: undefined, minDelay: undefined },
      2,
      undefined,
      0.5,
      1500,
    ],
    ['no delay at all after many attempts', { initialDelay: 0 }, 2000, undefined, 0.5, 100],
    ['many attempts', {}, 1e9, undefined, 0, 30_000],
    ["a server's wish", {}, 1, 5000, 0.5, 6250],
    ["a server's wish for ever", {}, 1, Infinity, 0, 3_600_000],
    ["a server's wish for nothing", { initialDelay: 0 }, 1, 0, 0, 100],
    ['the first retry of a stable stream', {}, 0, undefined, 0.75, 250],
    ['the first retry of a stable stream without jitter', { jitter: 0 }, 0, undefined, 0.75, 1000],
  ] as const)('is right for %s', (_, options, attempt, server, random, expected) => {
    expect(reconnectionTime(options, attempt, server, random)).toBe(expected)
  })

  it.each([
    ['a backoff', undefined, 939],
    ["a server's wish", 5001, 5309],
  ])('is whole milliseconds for %s, never below a floor', (_, server, expected) => {
    expect(reconnectionTime({}, 1, server, 0.123)).toBe(expected)
    expect(reconnectionTime({ minDelay: 6000.5 }, 1, server, 0.123)).toBe(6001)
  })

  it('is a time between minDelay and what the policy and the server allow, whatever they say', () => {
    fc.assert(
      fc.property(policy, attempts, serverDelay, chance, (options, attempt, server, random) => {
        const time = reconnectionTime(options, attempt, server, random)
        const { minDelay = 100, maxDelay = 30_000, jitter = 0.5 } = options
        const spread = attempt === 0 && jitter > 0 ? 1 : jitter
        const wished = Math.min(server ?? 0, MAX_SERVER_DELAY_MS)
        expect(Number.isInteger(time)).toBe(true)
        expect(time).toBeGreaterThanOrEqual(minDelay)
        expect(time).toBeGreaterThanOrEqual(wished)
        const most = Math.max(minDelay, maxDelay, wished * (1 + spread))
        expect(time).toBeLessThanOrEqual(Math.ceil(most))
      }),
    )
  })

  it('is exact without jitter: chance changes nothing', () => {
    fc.assert(
      fc.property(
        policy,
        attempts,
        serverDelay,
        chance,
        chance,
        (options, attempt, server, a, b) => {
          const exact = { ...options, jitter: 0 }
          expect(reconnectionTime(exact, attempt, server, a)).toBe(
            reconnectionTime(exact, attempt, server, b),
          )
        },
      ),
    )
  })

  it('never gets shorter with another failed attempt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), chance, (attempt, random) => {
        expect(reconnectionTime({}, attempt + 1, undefined, random)).toBeGreaterThanOrEqual(
          reconnectionTime({}, attempt, undefined, random),
        )
      }),
    )
  })
})
