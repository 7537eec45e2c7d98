import { describe, expect, it } from 'vitest'
import { createRedisMirror } from '../../../playground/server/redis-mirror.ts'
import type { StreamEvent } from '../../../playground/server/event-log.ts'
import type { RedisMirror, StreamEntry } from '../../../playground/server/redis-mirror.ts'

const entry = (ms: number, number = 0): StreamEntry => ({
  id: `${ms}-${number}`,
  event: { type: 'note', data: ms },
})
const entries = (...all: number[]): StreamEntry[] => all.map((ms) => entry(ms))
const BEGIN: StreamEntry = { id: '1-0' }
const GAP = (lastEventId: string): StreamEvent => ({ type: 'gap', data: { lastEventId } })
const dataOf = (events: readonly StreamEvent[]): unknown[] => events.map(({ data }) => data)

function mirrorOf(all: StreamEntry[], capacity = 4, newcomerEvents = 2): RedisMirror {
  const mirror = createRedisMirror({ capacity, newcomerEvents })
  mirror.reset(all)
  return mirror
}

describe('createRedisMirror', () => {
  it('answers an id with what came after it', () => {
    const mirror = mirrorOf([BEGIN, ...entries(10, 11, 12)])
    expect(dataOf(mirror.since('11-0'))).toEqual([12])
    expect(mirror.since('12-0')).toEqual([])
    expect(dataOf(mirror.since('1-0'))).toEqual([10, 11, 12])
  })

  it('gives newcomers the last events, and of an empty stream an id to come back with', () => {
    expect(dataOf(mirrorOf([BEGIN, ...entries(10, 11, 12)]).since(null))).toEqual([11, 12])
    const empty = mirrorOf([BEGIN])
    expect(empty.since(null)).toEqual([{ id: '1-0' }])
    empty.take(entries(10))
    expect(dataOf(empty.since('1-0'))).toEqual([10])
  })

  it('knows the id just before the oldest event, and no older one', () => {
    const mirror = mirrorOf(entries(10, 11, 12, 13, 14))
    expect(dataOf(mirror.since('10-0'))).toEqual([11, 12, 13, 14])
    mirror.take(entries(15))
    expect(dataOf(mirror.since('11-0'))).toEqual([12, 13, 14, 15])
    expect(mirror.since('10-0')[0]).toEqual(GAP('10-0'))
  })

  it.each(['9-0', '11-1', '99-0', 'mf3a1b-7', '', '1e3-0', '-1-0'])(
    'answers the id %j, which is none of its own, with a gap and all it has',
    (id) => {
      const events = mirrorOf(entries(10, 11)).since(id)
      expect(events[0]).toEqual(GAP(id))
      expect(dataOf(events.slice(1))).toEqual([10, 11])
    },
  )

  it('ends a gap in an empty stream with an id, so that the next answer is none', () => {
    expect(mirrorOf([BEGIN]).since('7-0')).toEqual([GAP('7-0'), { id: '1-0' }])
  })

  it('takes every entry once, whoever brings it', () => {
    const mirror = mirrorOf(entries(10))
    const heard: unknown[] = []
    const stop = mirror.subscribe('10-0', ({ data }) => void heard.push(data))
    mirror.take(entries(10, 11, 12))
    mirror.take(entries(11, 12, 13))
    stop()
    mirror.take(entries(14))
    expect(heard).toEqual([11, 12, 13])
    expect(dataOf(mirror.since('10-0'))).toEqual([11, 12, 13, 14])
  })

  it('compares ids by their numbers', () => {
    const mirror = mirrorOf([entry(9, 9)])
    expect(['9-10', '10-0', '100-1'].every(mirror.isAhead)).toBe(true)
    expect(['9-9', '9-8', '8-100', 'x', '9'].some(mirror.isAhead)).toBe(false)
  })

  it('takes nothing of a stream that has begun anew', () => {
    const mirror = mirrorOf(entries(10))
    expect(mirror.take([{ id: '20-0' }, entry(21)])).toBe(false)
    expect(mirror.lastId).toBe('10-0')
  })

  it('tells who listens of a gap when it begins anew, and what is left', () => {
    const mirror = mirrorOf(entries(10))
    const heard: StreamEvent[] = []
    mirror.subscribe('10-0', (event) => heard.push(event))
    mirror.reset([{ id: '20-0' }, entry(21)])
    expect(heard).toEqual([GAP('10-0'), { id: '21-0', type: 'note', data: 21 }])
  })
})
