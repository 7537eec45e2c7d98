import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createVisits } from '../../../playground/server/visits.ts'
import type { Visits } from '../../../playground/server/visits.ts'

const LEASE_MS = 15_000

function create(maxStreams = 10): { visits: Visits; log: string[]; ask(name: string): void } {
  const log: string[] = []
  const visits = createVisits({ pollLeaseMs: LEASE_MS, maxStreams })
  const ask = (name: string): void =>
    visits.visit(name, () => {
      log.push(`${name} begins`)
      return () => log.push(`${name} ends`)
    })
  return { visits, log, ask }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('createVisits', () => {
  it('begins with the first question, and ends one lease after the last', () => {
    const { log, ask } = create()
    ask('Ada')
    for (let asked = 0; asked < 3; asked++) {
      vi.advanceTimersByTime(LEASE_MS - 1)
      ask('Ada')
    }
    vi.advanceTimersByTime(LEASE_MS - 1)
    expect(log).toEqual(['Ada begins'])
    vi.advanceTimersByTime(1)
    expect(log).toEqual(['Ada begins', 'Ada ends'])
    ask('Ada')
    expect(log).toEqual(['Ada begins', 'Ada ends', 'Ada begins'])
  })

  it('looks after so many at a time, and says so to the next one', () => {
    const { log, ask } = create(1)
    ask('Ada')
    expect(() => ask('Bob')).toThrow('Too many visitors')
    ask('Ada')
    vi.advanceTimersByTime(LEASE_MS)
    ask('Bob')
    expect(log).toEqual(['Ada begins', 'Ada ends', 'Bob begins'])
  })

  it('ends nothing once it is closed, and leaves no timer', () => {
    const { visits, log, ask } = create()
    ask('Ada')
    visits.close()
    expect(vi.getTimerCount()).toBe(0)
    expect(log).toEqual(['Ada begins'])
  })
})
