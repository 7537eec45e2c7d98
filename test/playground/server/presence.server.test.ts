import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPresence } from '../../../playground/server/presence.ts'
import type { Presence } from '../../../playground/server/presence.ts'

const GRACE_MS = 5000

function create(recovered: string[] = []): { presence: Presence; log: string[] } {
  const log: string[] = []
  const presence = createPresence({
    graceMs: GRACE_MS,
    recovered,
    onJoin: (name) => log.push(`${name} joined`),
    onLeave: (name) => log.push(`${name} left`),
    onChange: (names) => log.push(`in: ${names.join(' ')}`),
  })
  return { presence, log }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('createPresence', () => {
  it('lets a name join with its first connection only', () => {
    const { presence, log } = create()
    presence.connect('Ada')
    presence.connect('Ada')
    presence.connect('Bob')
    expect(log).toEqual(['Ada joined', 'in: Ada', 'Bob joined', 'in: Ada Bob'])
  })

  it('lets a name leave one grace after its last connection', () => {
    const { presence, log } = create()
    const [first, second] = [presence.connect('Ada'), presence.connect('Ada')]
    log.length = 0
    first()
    vi.advanceTimersByTime(GRACE_MS * 2)
    expect(log).toEqual([])
    second()
    vi.advanceTimersByTime(GRACE_MS - 1)
    expect(presence.names).toEqual(['Ada'])
    vi.advanceTimersByTime(1)
    expect(log).toEqual(['Ada left', 'in: '])
  })

  it('makes no noise about a reconnect', () => {
    const { presence, log } = create()
    presence.connect('Ada')()
    vi.advanceTimersByTime(GRACE_MS - 1)
    presence.connect('Ada')
    vi.advanceTimersByTime(GRACE_MS * 2)
    expect(log).toEqual(['Ada joined', 'in: Ada'])
  })

  it('counts the end of a connection once', () => {
    const { presence } = create()
    const end = presence.connect('Ada')
    presence.connect('Ada')
    end()
    end()
    vi.advanceTimersByTime(GRACE_MS * 2)
    expect(presence.names).toEqual(['Ada'])
  })

  it('waits one grace for those who were in before a restart', () => {
    const { presence, log } = create(['Ada', 'Bob'])
    presence.connect('Ada')
    vi.advanceTimersByTime(GRACE_MS)
    expect(log).toEqual(['Bob left', 'in: Ada'])
  })

  it('keeps everybody in when it closes', () => {
    const { presence, log } = create()
    const end = presence.connect('Ada')
    presence.connect('Bob')()
    log.length = 0
    presence.close()
    end()
    expect(vi.getTimerCount()).toBe(0)
    expect(log).toEqual([])
  })
})
