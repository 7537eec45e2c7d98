/** The log of a chaos run: what it holds, and that no message passes for another one. */
import { describe, expect, it } from 'vitest'
import { createChaosLog } from './chaos-log.ts'

const LENGTH = 1000
const log = createChaosLog(1, LENGTH)
const indexes = Array.from({ length: LENGTH }, (_, index) => index)
const events = indexes.map(log.event)
const messageAt = (index: number): { type: string; data: string; lastEventId: string } => {
  const { type, data } = log.event(index)
  return { type, data, lastEventId: log.lastEventIdAt(index) }
}

describe('createChaosLog', () => {
  it('is the same for the same seed, and another one for another', () => {
    const textOf = (seed: number): string =>
      JSON.stringify(indexes.map(createChaosLog(seed, LENGTH).event))
    expect(textOf(1)).toBe(JSON.stringify(events))
    expect(textOf(2)).not.toBe(JSON.stringify(events))
  })

  it('gives an own id to half of the events, the last one among them', () => {
    for (const length of [1, 2, 7, 1000]) {
      const some = createChaosLog(3, length)
      expect(some.ownIds).toBe(Math.ceil(length / 2))
      expect(some.hasOwnId(length - 1)).toBe(true)
    }
    const own = indexes.filter(log.hasOwnId)
    expect(events.filter(({ id }) => id !== undefined)).toHaveLength(LENGTH / 2)
    expect(own.filter((index) => index < LENGTH / 2).length).toBeGreaterThan(LENGTH / 5)
    expect(new Set(own.map((index) => events[index]!.id)).size).toBe(own.length)
  })

  it('holds several lines, empty ones, large texts, and characters of two to four bytes', () => {
    const having = (pattern: RegExp): number =>
      events.filter(({ data }) => pattern.test(data)).length
    expect(having(/\n/)).toBeGreaterThan(100)
    expect(having(/\n(\n|$)/)).toBeGreaterThan(0)
    expect(having(/\n /)).toBeGreaterThan(0)
    for (const character of ['é', '你', '😀'])
      expect(having(new RegExp(character))).toBeGreaterThan(100)
    expect(events.filter(({ data }) => data.length > 1000).length).toBeGreaterThan(10)
  })

  it('knows every id, and no other', () => {
    for (const index of indexes.filter(log.hasOwnId)) {
      expect(log.positionOf(events[index]!.id!)).toBe(index)
    }
    expect(log.positionOf('')).toBe(-1)
    const without = indexes.find((index) => !log.hasOwnId(index))
    for (const id of ['x', `e-${without}`, 'e-', 'e--1', 'e-1000', `x-${LENGTH - 1}`]) {
      expect(log.positionOf(id)).toBe(undefined)
    }
  })

  it('hands an id on to the events after it', () => {
    let last = ''
    for (const index of indexes) {
      last = events[index]!.id ?? last
      expect(log.lastEventIdAt(index)).toBe(last)
    }
    expect(log.lastEventIdAt(-1)).toBe('')
  })

  it('identifies its events as messages', () => {
    expect(indexes.map((index) => log.identify(messageAt(index)))).toEqual(indexes)
  })

  it('identifies nothing else', () => {
    const message = messageAt(500)
    const others = [
      { type: `${message.type}x` },
      { data: message.data.slice(0, -1) },
      { data: `${message.data}\n` },
      { data: message.data.replace('#500', '#501') },
      { data: message.data.replace('#500', '#1000') },
      { data: message.data.slice(1) },
      { data: undefined },
      { lastEventId: `${message.lastEventId}0` },
      { lastEventId: '' },
    ]
    for (const other of others) expect(log.identify({ ...message, ...other })).toBe(undefined)
  })
})
