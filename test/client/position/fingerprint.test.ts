// @vitest-environment node
/** A number that stands for a name and a text: the same for the same, another one for any other. */
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { fingerprint } from '../../../src/client/position/fingerprint.ts'

const COUNT = 100_000
const LONG = '-0123456789'.repeat(10)

function createTexts(): string[] {
  const random = createSeededRandom(1)
  const texts = new Set<string>()
  while (texts.size < COUNT) texts.add(`${random.next()}`)
  return [...texts]
}

const texts = createTexts()
const counted = Array.from({ length: COUNT }, (_, index) => `${1_700_000_000_000 + index * 450}-0`)

describe('fingerprint', () => {
  it('is a whole number that is exact, and the same each time', () => {
    for (const text of texts.slice(0, 1000)) {
      const number = fingerprint(text)
      expect(Number.isSafeInteger(number) && number >= 0).toBe(true)
      expect(fingerprint(text)).toBe(number)
      expect(fingerprint(text, '')).toBe(number)
    }
  })

  it.each([
    ['one character', 'abc', 'abd'],
    ['the order', 'abc', 'bac'],
    ['the length', 'a', 'a\0'],
    ['the first character', `a${'x'.repeat(1000)}`, `b${'x'.repeat(1000)}`],
    ['the last character', `${'x'.repeat(1000)}a`, `${'x'.repeat(1000)}b`],
    ['the upper half of a character', '\u0141', '\u0041'],
    ['one half of a pair', '\ud83d\ude00', '\ud83d\ude01'],
    ['a slash at the end', 'https://server.test/a', 'https://server.test/a/'],
  ])('tells texts apart by %s', (_, a, b) => {
    expect(fingerprint(a)).not.toBe(fingerprint(b))
    expect(fingerprint(a, 'text')).not.toBe(fingerprint(b, 'text'))
    expect(fingerprint('name', a)).not.toBe(fingerprint('name', b))
  })

  it('tells name and text apart', () => {
    expect(fingerprint('a', 'b')).not.toBe(fingerprint('b', 'a'))
    expect(fingerprint('a', '')).not.toBe(fingerprint('', 'a'))
  })

  it.each<[string, number, () => number[]]>([
    ['a name', 0, () => texts.map((text) => fingerprint(text))],
    ['a name for a text', 0, () => texts.map((text) => fingerprint(text, '{"refresh":true}'))],
    ['a name that counts', 0, () => counted.map((text) => fingerprint(text, '{"refresh":true}'))],
    ['the start of a long name', 0, () => texts.map((text) => fingerprint(text + LONG))],
    ['a text of a name', 5, () => texts.map((text) => fingerprint('5', text))],
    ['a text of a name, counted', 5, () => counted.map((text) => fingerprint('5', `{"a":${text}`))],
    ['the start of a long text', 5, () => texts.map((text) => fingerprint('5', text + LONG))],
    ['both', 0, () => texts.map((text, index) => fingerprint(counted[index]!, text))],
  ])('tells very many apart by %s, and takes %i for others at most', (_, limit, create) => {
    // Chance takes one of them for another in 32 bits, and none in two million such tests in 53.
    expect(COUNT - new Set(create()).size).toBeLessThanOrEqual(limit)
  })
})
