/** The decoder keeps byte order marks and remembers nothing of a whole line: the parser relies on both. */
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
    expect(createUtf8Decoder().decode(bytes('a', 0xff, 'b', 0xe2, 0x82))).toBe('a\uFFFDb\uFFFD')
  })

  it.each(['a', 'é'])('remembers nothing of a line, after %j', (before) => {
    const decoder = createUtf8Decoder()
    decoder.decode(bytes(before))
    expect(decoder.decode(bytes(0xe2, 0x82, '\n'))).toBe('\uFFFD\n')
    expect(decoder.decode(bytes(0xac, 'a\n'))).toBe('\uFFFDa\n')
    expect(decoder.decode(bytes('\uFEFFb\n'))).toBe('\uFEFFb\n')
  })

  it('decodes ASCII and other texts in any order', () => {
    const decoder = createUtf8Decoder()
    const lines = ['a\n', 'é\n', 'b\n', 'c\n', '你\n', '😀\n', 'd\n']
    expect(lines.map((line) => decoder.decode(bytes(line)))).toEqual(lines)
  })
})
