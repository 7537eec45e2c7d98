// @vitest-environment node
/** Which messages of a replay were delivered before. */
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { fingerprint } from '../../../src/client/position/fingerprint.ts'
import { createReplayFilter } from '../../../src/client/position/replay-filter.ts'

interface TestFilter {
  expectReplay(): void
  clock: { now: number }
  /** Which of these are duplicates, one after the other. */
  duplicatesOf(keys: Iterable<string>): string[]
}

function create(): TestFilter {
  const clock = { now: 1_000_000 }
  const { expectReplay, isDuplicate } = createReplayFilter(() => clock.now)
  /** A number for each, as a fingerprint that is never wrong. */
  const numbers = new Map<string, number>()
  const numberOf = (key: string): number => {
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  }
  const duplicatesOf = (keys: Iterable<string>): string[] =>
    [...keys].filter((key) => isDuplicate(numberOf(key)))
  return { expectReplay, clock, duplicatesOf }
}

const keys = (count: number, first = 0, prefix = 'key'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix} ${first + index}`)

describe('createReplayFilter', () => {
  it('takes nothing for a duplicate before a replay is expected', () => {
    const { duplicatesOf } = create()
    expect(duplicatesOf(['a', 'b', 'a', 'a', 'b'])).toEqual([])
  })

  it('recognises what was delivered before, and only that', () => {
    const { duplicatesOf, expectReplay } = create()
    duplicatesOf(['a', 'b', 'c'])
    expectReplay()
    expect(duplicatesOf(['b', 'c', 'd', 'e'])).toEqual(['b', 'c'])
  })

  it('recognises it in any order, and each time', () => {
    const { duplicatesOf, expectReplay } = create()
    duplicatesOf(['a', 'b', 'c'])
    for (let count = 0; count < 3; count++) {
      expectReplay()
      expect(duplicatesOf(['c', 'a', 'b'])).toEqual(['c', 'a', 'b'])
    }
  })

  it('recognises in the next replay what came first in this one', () => {
    const { duplicatesOf, expectReplay } = create()
    duplicatesOf(['a'])
    expectReplay()
    duplicatesOf(['a', 'b'])
    expectReplay()
    expect(duplicatesOf(['a', 'b', 'c'])).toEqual(['a', 'b'])
  })

  it('takes no message for a duplicate that was never delivered', () => {
    const random = createSeededRandom(1)
    let dropped = 0
    for (let run = 0; run < 100; run++) {
      const { expectReplay, isDuplicate } = createReplayFilter(() => 0)
      const receive = (): boolean => isDuplicate(fingerprint(`${random.next()}\nmessage`, '{}'))
      for (let count = 0; count < 1024; count++) receive()
      expectReplay()
      for (let count = 0; count < 1024; count++) if (receive()) dropped++
    }
    expect(dropped).toBe(0)
  })

  describe('what the server repeats by itself', () => {
    it('is never a duplicate: it proves no replay', () => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(['tick', 'tick', 'a'])
      expectReplay()
      expect(duplicatesOf(['tick', 'a', 'tick'])).toEqual(['a'])
    })

    it.each([2, 3, 512, 1024, 2000])('is never one, however often it came: %i times', (times) => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(Array(times).fill('tick'))
      expectReplay()
      expect(duplicatesOf(Array(3000).fill('tick'))).toHaveLength(0)
    })

    it('is never one, also when the oldest of it is forgotten meanwhile', () => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(['tick', ...keys(1022), 'tick'])
      expectReplay()
      expect(duplicatesOf(['new', 'tick', 'tick', 'tick'])).toEqual([])
    })

    it.each([0, 1])('is known for it once a replay has brought it twice, %i before', (before) => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(keys(before, 0, 'tick'))
      expectReplay()
      duplicatesOf(['tick 0', 'tick 0'])
      expect(duplicatesOf(Array(2000).fill('tick 0'))).toHaveLength(0)
    })

    it('ends no replay for the rest, and draws none out', () => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(['tick', 'tick', 'a'])
      expectReplay()
      expect(duplicatesOf(Array(1023).fill('tick'))).toHaveLength(0)
      expect(duplicatesOf(['a'])).toEqual(['a'])
      expect(duplicatesOf(Array(1024).fill('tick'))).toHaveLength(0)
      expect(duplicatesOf(['a'])).toEqual([])
    })
  })

  describe('the end of a replay', () => {
    it('comes with 1024 messages that are no duplicates', () => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(['a'])
      expectReplay()
      duplicatesOf(keys(1023))
      expect(duplicatesOf(['a'])).toEqual(['a'])
      duplicatesOf(keys(1024, 5000))
      expect(duplicatesOf(['a'])).toEqual([])
    })

    it('comes with 30 s without a duplicate', () => {
      const { duplicatesOf, expectReplay, clock } = create()
      duplicatesOf(['a', 'b', 'c'])
      expectReplay()
      clock.now += 30_000
      expect(duplicatesOf(['a'])).toEqual(['a'])
      clock.now += 29_999
      expect(duplicatesOf(['b', 'new'])).toEqual(['b'])
      clock.now += 30_001
      expect(duplicatesOf(['c'])).toEqual([])
    })

    it('is put off by each duplicate, also by count', () => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(keys(10))
      expectReplay()
      for (let index = 0; index < 10; index++) {
        expect(duplicatesOf(keys(100, 100 * index, 'new'))).toEqual([])
        expect(duplicatesOf(keys(1, index))).toEqual([`key ${index}`])
      }
      duplicatesOf(keys(1023, 0, 'newest'))
      expect(duplicatesOf(['newest 1000'])).toEqual(['newest 1000'])
    })

    it('makes of the same after it one that the server repeats by itself', () => {
      const { duplicatesOf, expectReplay, clock } = create()
      duplicatesOf(['a'])
      expectReplay()
      clock.now += 30_001
      duplicatesOf(['a'])
      expectReplay()
      expect(duplicatesOf(['a'])).toEqual([])
    })
  })

  describe('the memory', () => {
    it.each([0, 1, 500, 1023])('reaches back 1024 messages, %i after the first', (before) => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(keys(before, 0, 'before'))
      duplicatesOf(keys(1024))
      expectReplay()
      expect(duplicatesOf(keys(1024))).toEqual(keys(1024))
    })

    it('reaches back 2048 at most', () => {
      for (let before = 0; before < 3; before++) {
        const { duplicatesOf, expectReplay } = create()
        duplicatesOf([...keys(before, 0, 'before'), 'a', ...keys(2048)])
        expectReplay()
        expect(duplicatesOf(['a'])).toEqual([])
      }
    })

    it('reaches back as far while a replay is expected', () => {
      const { duplicatesOf, expectReplay } = create()
      duplicatesOf(['a', 'z'])
      expectReplay()
      duplicatesOf([...keys(1023), 'z'])
      expect(duplicatesOf(keys(1000, 0, 'new'))).toEqual([])
      expectReplay()
      expect(duplicatesOf(['a', 'new 0', 'new 999'])).toEqual(['new 0', 'new 999'])
    })
  })
})
