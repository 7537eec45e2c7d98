// @vitest-environment node
/** How soon an attempt may be brought forward: now, but once a second at most. */
import { describe, expect, it } from 'vitest'
import { createHurryLimit } from '../../../src/client/connection/hurry-limit.ts'
import type { HurryLimit } from '../../../src/client/connection/hurry-limit.ts'

function create(): { limit: HurryLimit; clock: { now: number } } {
  const clock = { now: 5000 }
  return { limit: createHurryLimit(() => clock.now), clock }
}

describe('createHurryLimit', () => {
  it('allows the first one at once', () => {
    const { limit } = create()
    expect(limit.nextAt()).toBe(5000)
    expect(limit.take()).toBe(5000)
  })

  it('takes nothing by telling when', () => {
    const { limit } = create()
    for (let count = 0; count < 3; count++) expect(limit.nextAt()).toBe(5000)
  })

  it('allows the next one a second after the last', () => {
    const { limit, clock } = create()
    limit.take()
    expect(limit.nextAt()).toBe(6000)
    clock.now = 5400
    expect(limit.nextAt()).toBe(6000)
    clock.now = 6000
    expect(limit.nextAt()).toBe(6000)
  })

  it('allows it at once when the last one is long ago, and counts from then', () => {
    const { limit, clock } = create()
    limit.take()
    clock.now = 9000
    expect(limit.take()).toBe(9000)
    expect(limit.nextAt()).toBe(10_000)
  })

  it('gives one that was put off its time again, however often it is asked for', () => {
    const { limit, clock } = create()
    limit.take()
    clock.now = 5300
    expect([limit.take(), limit.take(), limit.take()]).toEqual([6000, 6000, 6000])
    clock.now = 5999
    expect(limit.take()).toBe(6000)
    clock.now = 6001
    expect(limit.take()).toBe(7000)
  })

  it('waits a second at most when the clock is set back', () => {
    const { limit, clock } = create()
    limit.take()
    clock.now = 1000
    expect(limit.nextAt()).toBe(2000)
    expect(limit.take()).toBe(2000)
    expect(limit.nextAt()).toBe(2000)
  })
})
