// @vitest-environment node
/** From text to payload. */
import { describe, expect, it, vi } from 'vitest'
import { decodeData } from '../../../src/client/delivery/decode-data.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'
import type { EventStreamMessage } from '../../../src/protocol/types.ts'
import type { Decoding } from '../../../src/client/options.ts'

const message = (data: string, type = 'message'): EventStreamMessage => ({
  ...{ type, data, lastEventId: '7' },
})

describe('decodeData', () => {
  it.each([undefined, 'json'] as const)(
    'reads JSON with %s, and no data as undefined',
    (decoding) => {
      expect(decodeData(message('{"a":[1,null]}'), decoding)).toEqual({ a: [1, null] })
      expect(decodeData(message('"é"'), decoding)).toBe('é')
      expect(decodeData(message(''), decoding)).toBe(undefined)
      for (const broken of ['{', 'undefined', '[DONE]', ' ']) {
        expect(() => decodeData(message(broken), decoding)).toThrow(SyntaxError)
      }
    },
  )

  it('gives the text with text', () => {
    expect(decodeData(message('{"a":1}'), 'text')).toBe('{"a":1}')
    expect(decodeData(message(''), 'text')).toBe('')
  })

  it('asks a function with text and message, also when there is no data', () => {
    const decode = vi.fn<AnyFunction>((data: string) => data.length)
    expect(decodeData(message('abc', 'a'), decode)).toBe(3)
    expect(decode).toHaveBeenCalledExactlyOnceWith('abc', message('abc', 'a'))
    expect(decodeData(message(''), decode)).toBe(0)
  })

  it('takes what a map says for the type, and JSON for the others', () => {
    const map = { a: 'text', b: (data: string) => data.length, c: 'json', d: undefined } as const
    expect(decodeData(message('1', 'a'), map)).toBe('1')
    expect(decodeData(message('123', 'b'), map)).toBe(3)
    for (const type of ['c', 'd', 'e', 'message']) {
      expect(decodeData(message('1', type), map)).toBe(1)
    }
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'looks only at what a map says itself: %s',
    (type) => {
      expect(decodeData(message('1', type), {})).toBe(1)
      const own = Object.fromEntries([[type, 'text']]) as { [type: string]: Decoding }
      expect(decodeData(message('1', type), own)).toBe('1')
    },
  )
})
