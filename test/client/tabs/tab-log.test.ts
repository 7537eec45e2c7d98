// @vitest-environment node
/** What has come lately, with positions. */
import { describe, expect, it } from 'vitest'
import { createTabLog, isBefore, isMark, ORIGIN, toMark } from '../../../src/client/tabs/tab-log.ts'
import type { TabEntry } from '../../../src/client/tabs/tab-log.ts'

const entry = (id: string, data = id): TabEntry => ({
  type: 'message',
  data,
  id,
  hasOwnId: id !== '',
})
const entries = (count: number, data?: string): TabEntry[] =>
  Array.from({ length: count }, (_, index) => entry(`${index + 1}`, data))

describe('isBefore', () => {
  it('compares the term first', () => {
    expect(isBefore({ term: 1, seq: 9 }, { term: 2, seq: 0 })).toBe(true)
    expect(isBefore({ term: 2, seq: 0 }, { term: 1, seq: 9 })).toBe(false)
    expect(isBefore({ term: 1, seq: 1 }, { term: 1, seq: 2 })).toBe(true)
    expect(isBefore({ term: 1, seq: 1 }, { term: 1, seq: 1 })).toBe(false)
  })
})

describe('toMark', () => {
  it('gives an entry that is neither a message nor an id', () => {
    expect(isMark(toMark(undefined))).toBe(true)
    expect(isMark(toMark('no-id'))).toBe(true)
    expect(isMark(entry(''))).toBe(false)
    expect(isMark({ type: null, data: '', id: 'a', hasOwnId: true })).toBe(false)
  })
})

describe('createTabLog', () => {
  it.each<[string, Partial<TabEntry>, boolean]>([
    ['has an id', {}, false],
    ['inherits one', { hasOwnId: false }, true],
    ['takes it back', { id: '' }, true],
    ['is a heartbeat', { type: 'ping', hasOwnId: false }, false],
    ['needs none', { type: 'connected', hasOwnId: false }, false],
    ['is only an id', { type: null }, false],
    ['is a mark', toMark('no-id'), false],
  ])('knows whether it holds a message that no id stands for: %s', (_, more, expected) => {
    const log = createTabLog()
    log.append({ term: 1, seq: 1, entries: [entry('a'), { ...entry('b'), ...more }] })
    expect(log.hasAnonymous(['connected'])).toBe(expected)
    log.append({ term: 1, seq: 3, entries: entries(1000) })
    expect(log.hasAnonymous([])).toBe(false)
  })

  it('knows nothing at first', () => {
    const log = createTabLog()
    expect(log.end).toBe(ORIGIN)
    expect(log.next(7)).toBe(1)
    expect(log.find('')).toBeUndefined()
  })

  it('gives what comes after a position, in chunks of one term', () => {
    const log = createTabLog()
    log.append({ term: 1, seq: 1, entries: [entry('a'), entry('b')] })
    log.append({ term: 3, seq: 1, entries: [entry('c')] })
    expect(log.end).toEqual({ term: 3, seq: 1 })
    expect(log.next(3)).toBe(2)
    expect(log.next(4)).toBe(1)
    expect(log.after({ term: 1, seq: 1 })).toEqual([
      { term: 1, seq: 2, entries: [entry('b')] },
      { term: 3, seq: 1, entries: [entry('c')] },
    ])
    expect(log.after({ term: 2, seq: 5 })).toEqual([{ term: 3, seq: 1, entries: [entry('c')] }])
    expect(log.after(log.end)).toEqual([])
  })

  it('keeps 1000 entries, and knows that it does not reach back any further', () => {
    const log = createTabLog()
    for (const one of entries(2100)) log.append({ term: 1, seq: log.next(1), entries: [one] })
    expect(log.after({ term: 1, seq: 1099 })).toBeUndefined()
    expect(log.after({ term: 1, seq: 1100 })![0]!.entries).toHaveLength(1000)
    expect(log.find('1100')).toBeUndefined()
    expect(log.find('1101')).toEqual({ term: 1, seq: 1101 })
  })

  it('keeps 1 Mi characters', () => {
    const log = createTabLog()
    log.append({ term: 1, seq: 1, entries: entries(9, 'x'.repeat(131_072)) })
    expect(log.after({ term: 1, seq: 1 })).toBeUndefined()
    expect(log.after({ term: 1, seq: 2 })![0]!.entries).toHaveLength(7)
  })

  it('keeps the newest entry, however long it is, and that alone', () => {
    const log = createTabLog()
    const long = 'x'.repeat(2_000_000)
    log.append({ term: 1, seq: 1, entries: entries(1, long) })
    expect(log.after(ORIGIN)).toEqual([{ term: 1, seq: 1, entries: entries(1, long) }])
    log.append({ term: 1, seq: 2, entries: entries(1, 'short') })
    expect(log.after(ORIGIN)).toBeUndefined()
    expect(log.after({ term: 1, seq: 1 })).toHaveLength(1)
  })

  it('finds the last message with an id, and not one that inherits it', () => {
    const log = createTabLog()
    log.append({
      term: 1,
      seq: 1,
      entries: [entry('a'), entry('a'), { ...entry('a'), hasOwnId: false }],
    })
    expect(log.find('a')).toEqual({ term: 1, seq: 2 })
    expect(log.find('b')).toBeUndefined()
  })

  it('finds its start by the id that the stream began with, until that is given up', () => {
    const log = createTabLog()
    log.startAt({ term: 5, seq: 0 }, '')
    expect(log.find('')).toEqual({ term: 5, seq: 0 })
    expect(log.find('x')).toBeUndefined()
    log.append({ term: 5, seq: 1, entries: entries(1001) })
    expect(log.find('')).toBeUndefined()
  })

  it('knows the positions of its own stream by their terms', () => {
    const log = createTabLog()
    expect(log.knows(ORIGIN)).toBe(false)
    log.startAt({ term: 1, seq: 0 })
    log.append({ term: 2, seq: 1, entries: entries(1) })
    log.follow(4)
    expect([1, 2, 3, 4].map((term) => log.knows({ term, seq: 9 }))).toEqual([
      true,
      true,
      false,
      true,
    ])
    for (let term = 5; term < 200; term++) log.follow(term)
    expect(log.knows({ term: 99, seq: 0 })).toBe(false)
    expect(log.knows({ term: 100, seq: 0 })).toBe(true)
    log.startAt(ORIGIN)
    expect(log.knows(ORIGIN)).toBe(false)
    expect(log.knows({ term: 199, seq: 0 })).toBe(false)
  })

  it('starts anew', () => {
    const log = createTabLog()
    log.append({ term: 1, seq: 1, entries: entries(3) })
    log.startAt({ term: 2, seq: 7 })
    expect(log.end).toEqual({ term: 2, seq: 7 })
    expect(log.after({ term: 1, seq: 3 })).toBeUndefined()
    expect(log.after({ term: 2, seq: 7 })).toEqual([])
    expect(log.find('1')).toBeUndefined()
    expect(log.next(2)).toBe(8)
  })
})
