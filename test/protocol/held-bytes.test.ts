/** The buffer of an unfinished line: what it holds, and what it costs. */
import { describe, expect, it, vi } from 'vitest'
import { bytes } from '../support/event-stream-bytes.ts'
import { createHeldBytes } from '../../src/protocol/held-bytes.ts'

const KIB = 1024
const text = (view: Uint8Array): string => new TextDecoder().decode(view)

describe('createHeldBytes', () => {
  it('holds nothing at first', () => {
    const held = createHeldBytes()
    expect(held.length).toBe(0)
    expect(held.take(bytes('')).length).toBe(0)
  })

  it('gives what was appended, in order, and then what it is given', () => {
    const held = createHeldBytes()
    held.append(bytes('a'))
    held.append(bytes(''))
    held.append(bytes('bc'))
    expect(held.length).toBe(3)
    expect(text(held.take(bytes('de')))).toBe('abcde')
  })

  it('holds nothing after it has given', () => {
    const held = createHeldBytes()
    held.append(bytes('abc'))
    held.take(bytes('d'))
    expect(held.length).toBe(0)
    held.append(bytes('e'))
    expect(text(held.take(bytes('')))).toBe('e')
  })

  it('holds nothing after clear()', () => {
    const held = createHeldBytes()
    held.append(bytes('abc'))
    held.clear()
    expect(held.length).toBe(0)
    expect(text(held.take(bytes('d')))).toBe('d')
  })

  it('copies: the appended array may change afterwards', () => {
    const held = createHeldBytes()
    const array = bytes('abc')
    held.append(array)
    array.fill(0)
    expect(text(held.take(bytes('')))).toBe('abc')
  })

  it('holds lines of any length, in pieces of any length', () => {
    for (const size of [1, 7, 1023, 1024, 1025, 5000]) {
      const held = createHeldBytes()
      const line = Array.from({ length: 40 }, (_, i) =>
        String.fromCharCode(97 + (i % 26)).repeat(size),
      )
      for (const piece of line) held.append(bytes(piece))
      expect(held.length).toBe(40 * size)
      expect(text(held.take(bytes('!')))).toBe(`${line.join('')}!`)
    }
  })

  it('doubles its buffer, so that bytes are copied a bounded number of times', () => {
    const held = createHeldBytes()
    const set = vi.spyOn(Uint8Array.prototype, 'set')
    const piece = new Uint8Array(10)
    for (let i = 0; i < 10_000; i++) held.append(piece)
    const copied = set.mock.calls.reduce((sum, [source]) => sum + source.length, 0)
    expect(held.length).toBe(100_000)
    expect(copied).toBeLessThanOrEqual(3 * held.length)
  })

  it('uses its buffer again for lines of ordinary length', () => {
    const held = createHeldBytes()
    held.append(new Uint8Array(10))
    const first = held.take(new Uint8Array(10)).buffer
    held.append(new Uint8Array(20))
    expect(held.take(new Uint8Array(20)).buffer).toBe(first)
  })

  it.each([
    ['taken', (held: ReturnType<typeof createHeldBytes>) => void held.take(bytes(''))],
    ['cleared', (held: ReturnType<typeof createHeldBytes>) => held.clear()],
  ])('gives the buffer of a very long line back once it is %s', (_, end) => {
    const held = createHeldBytes()
    held.append(new Uint8Array(1000 * KIB))
    end(held)
    expect(held.take(bytes('a')).buffer.byteLength).toBeLessThanOrEqual(64 * KIB)
  })
})
