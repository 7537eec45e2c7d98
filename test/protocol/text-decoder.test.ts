/** The decoder keeps byte order marks, and of one call to the next only a character that is cut: the parser relies on both. */
import { describe, expect, it } from 'vitest'
import { bytes } from '../support/event-stream-bytes.ts'
import { createUtf8Decoder } from '../../src/protocol/text-decoder.ts'

describe('createUtf8Decoder', () => {
  it('decodes UTF-8', () => {
    expect(createUtf8Decoder().decode(bytes('aé你😀'))).toBe('aé你😀')
  })

  it('keeps every byte order mark, in every call', () => {
    const decoder = createUtf8Decoder()
    expect(decoder.decode(bytes('\uFEFF\uFEFFa'))).toBe('\uFEFF\uFEFFa')
    expect(decoder.decode(bytes('\uFEFFb'))).toBe('\uFEFFb')
  })

  it('replaces what is not UTF-8 and does not throw', () => {
    expect(createUtf8Decoder().decode(bytes('a', 0xff, 'b', 0xe2, 0x82, '\n'))).toBe(
      'a\uFFFDb\uFFFD\n',
    )
  })

  it.each(['a', 'é'])('remembers nothing of a line, after %j', (before) => {
    const decoder = createUtf8Decoder()
    decoder.decode(bytes(before))
    expect(decoder.decode(bytes(0xe2, 0x82, '\n'))).toBe('\uFFFD\n')
    expect(decoder.decode(bytes(0xac, 'a\n'))).toBe('\uFFFDa\n')
    expect(decoder.decode(bytes('\uFEFFb\n'))).toBe('\uFEFFb\n')
  })

  it.each(['aé你😀b', '😀\uFFFDé', 'é', 'abc', '\uFEFF你a'])(
    'puts %j together, cut anywhere',
    (text) => {
      const whole = bytes(text)
      for (let first = 1; first < whole.length; first++) {
        for (let second = first + 1; second < whole.length; second++) {
          const decoder = createUtf8Decoder()
          const parts = [whole.slice(0, first), whole.slice(first, second), whole.slice(second)]
          expect(parts.map(decoder.decode).join('')).toBe(text)
        }
      }
    },
  )

  it('sees the end of an unfinished character in the next call, whatever comes', () => {
    const decoder = createUtf8Decoder()
    expect(decoder.decode(bytes('a', 0xe2))).toBe('a')
    // As many characters as bytes, and something is unfinished all the same.
    expect(decoder.decode(bytes('b', 0xe2))).toBe('\uFFFDb')
    expect(decoder.decode(bytes('c'))).toBe('\uFFFDc')
  })

  it('forgets an unfinished character when it is reset', () => {
    const decoder = createUtf8Decoder()
    expect(decoder.decode(bytes('a', 0xe2, 0x82))).toBe('a')
    decoder.reset()
    expect(decoder.decode(bytes(0xac, 'b'))).toBe('\uFFFDb')
    expect(decoder.decode(bytes('\uFEFFc'))).toBe('\uFEFFc')
  })

  it('decodes ASCII and other texts in any order', () => {
    const decoder = createUtf8Decoder()
    const lines = ['a\n', 'é\n', 'b\n', 'c\n', '你\n', '😀\n', 'd\n']
    expect(lines.map((line) => decoder.decode(bytes(line)))).toEqual(lines)
  })
})
