/** Where events can be cut, and what is left of them then. */
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../support/seeded-random.ts'
import { cutOffset, isWholeBlock, splitBytes } from './chaos-wire.ts'

const random = createSeededRandom(1)
const RUNS = 200

/** Every offset that comes up. */
function offsets(text: string, cut: 'utf8' | 'crlf' | 'byte'): Set<number> {
  const block = Buffer.from(text)
  const found = new Set<number>()
  for (let run = 0; run < RUNS; run++) found.add(cutOffset(block, cut, random)!)
  return found
}

describe('cutOffset', () => {
  it('is inside of a character', () => {
    expect(offsets('aé你😀b', 'utf8')).toEqual(new Set([2, 4, 5, 7, 8, 9]))
  })

  it('is between CR and LF', () => {
    expect(offsets('a\r\nb\r\n\r\n', 'crlf')).toEqual(new Set([2, 5, 7]))
  })

  it('is anywhere but at the ends', () => {
    expect(offsets('abcde', 'byte')).toEqual(new Set([1, 2, 3, 4]))
  })

  it('is undefined where there is no such place', () => {
    expect(cutOffset(Buffer.from('abc\n\n'), 'utf8', random)).toBe(undefined)
    expect(cutOffset(Buffer.from('abc\n\n'), 'crlf', random)).toBe(undefined)
  })
})

describe('isWholeBlock', () => {
  it.each([
    ['data: 1\n\n', 0],
    ['data: 1\r\r', 0],
    ['data: 1\r\n\r\n', 1],
  ])('says that %j may lack %i bytes', (text, spare) => {
    const block = Buffer.from(text)
    for (let missing = 0; missing < block.length; missing++) {
      expect(isWholeBlock(block, block.length - missing)).toBe(missing <= spare)
    }
  })
})

describe('splitBytes', () => {
  it('loses nothing and makes no empty part', () => {
    for (let length = 0; length < 20; length++) {
      const bytes = Buffer.from(Array.from({ length }, (_, index) => index))
      for (const count of [1, 2, 8]) {
        const parts = splitBytes(bytes, count, random)
        expect(Buffer.concat(parts)).toEqual(bytes)
        expect(parts.every((part) => part.length > 0)).toBe(true)
        expect(parts.length).toBeLessThanOrEqual(count)
      }
    }
  })

  it('makes as many parts as asked for, where there are enough bytes', () => {
    const counts = Array.from(
      { length: RUNS },
      () => splitBytes(Buffer.alloc(1000), 3, random).length,
    )
    expect(Math.max(...counts)).toBe(3)
  })
})
