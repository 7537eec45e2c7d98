/** What a stream of lines says, however the network cuts it, and what the parser promises beyond that. */
import { describe, expect, it, vi } from 'vitest'
import {
  bytes,
  comment,
  cutAt,
  cutIntoBytes,
  error,
  message,
  messageWithId,
  movedTo,
  withEmptyChunks,
} from '../support/event-stream-bytes.ts'
import { createRecordingNdjsonParser, parseNdjson } from '../support/ndjson-bytes.ts'
import { DEFAULT_MAX_MESSAGE_SIZE_CHARS } from '../../src/protocol/constants.ts'
import { EventStreamError } from '../../src/protocol/errors.ts'
import { createNdjsonParser } from '../../src/protocol/parse-ndjson.ts'
import type { ParserEvent } from '../support/event-stream-bytes.ts'
import type { NdjsonParserOptions } from '../../src/protocol/types.ts'

const TOO_LARGE = error('message-too-large')

/** Fields `type`, `data` and `id`, as texts. */
const toMessage: NdjsonParserOptions['toMessage'] = (line) => JSON.parse(line)

const ROWS: [rule: string, input: string | Uint8Array, output: ParserEvent[]][] = [
  ['nothing says nothing', '', []],
  ['a line is the data of a message', '{"a":1}\n', [message('{"a":1}')]],
  ['lines come in order', '1\n"b"\n[3]\n', [message('1'), message('"b"'), message('[3]')]],
  ['CRLF ends a line', '1\r\n2\r\n', [message('1'), message('2')]],
  ['line ends may be mixed', '1\r\n2\n3\r\n', [message('1'), message('2'), message('3')]],
  ['CR alone ends no line', '1\r2\n', [message('1\r2')]],
  ['of two CR one belongs to the line end', '1\r\r\n', [message('1\r')]],
  ['the last line needs no line end', '1\n2', [message('1'), message('2')]],
  ['the last line may have half a line end', '1\n2\r', [message('1'), message('2')]],
  ['spaces around a text stay', ' 1 \t\n', [message(' 1 \t')]],
  ['a blank line after a line is no message', '1\n\n2\n', [message('1'), message('2')]],
  ['two LF end a line as well as one', '1\n\n2\n\n', [message('1'), message('2')]],
  ['two CRLF end a line as well as one', '1\r\n\r\n2', [message('1'), message('2')]],
  ['further blank lines are signs of life', '1\n\n\n\n', [message('1'), comment(''), comment('')]],
  [
    'blank lines at the start are signs of life',
    '\n\n1\n',
    [comment(''), comment(''), message('1')],
  ],
  [
    'a line of white space is blank',
    '1\n \t\r\n  \r\n2',
    [message('1'), comment(''), message('2')],
  ],
  [
    'other spaces are no white space of JSON',
    '\u00a0\n\u2028\n',
    [message('\u00a0'), message('\u2028')],
  ],
  [
    'characters that end lines elsewhere end none',
    '"\u0085\u2028\u2029\v\f"\n',
    [message('"\u0085\u2028\u2029\v\f"')],
  ],
  ['characters of many bytes stay whole', '"é你😀"\n"😀"', [message('"é你😀"'), message('"😀"')]],
  ['one byte order mark is dropped', '\uFEFF1\n2\n', [message('1'), message('2')]],
  [
    'a second one is not, nor a later one',
    '\uFEFF\uFEFF1\n\uFEFF2\n',
    [message('\uFEFF1'), message('\uFEFF2')],
  ],
  [
    'what is no UTF-8 becomes U+FFFD',
    bytes('"', 0xff, 0xc3, '"\n"', 0xe2, 0x82),
    [message('"\uFFFD\uFFFD"'), message('"\uFFFD')],
  ],
  [
    'what is no JSON is left to whoever decodes it',
    '{"half\n<p>\n1',
    [message('{"half'), message('<p>'), message('1')],
  ],
  ['colons mean nothing', ': hi\ndata: 1\n', [message(': hi'), message('data: 1')]],
  ['NUL is a character', '"\0"\n', [message('"\0"')]],
  [
    'a line of more than a kilobyte stays whole',
    `"${'é'.repeat(3000)}"\n1`,
    [message(`"${'é'.repeat(3000)}"`), message('1')],
  ],
]

/** Longer streams are cut near both ends and now and then between. */
function positionsOf({ length }: Uint8Array): number[] {
  const all = Array.from({ length: length + 1 }, (_, position) => position)
  return all.filter((at) => length < 1000 || at < 32 || at > length - 32 || at % 97 === 0)
}

describe('createNdjsonParser', () => {
  describe.each(ROWS)('%s', (_, input, output) => {
    const stream = typeof input === 'string' ? bytes(input) : input

    it('in one chunk', () => {
      expect(parseNdjson([stream])).toEqual(output)
    })

    it('byte by byte', () => {
      expect(parseNdjson(cutIntoBytes(stream))).toEqual(output)
      expect(parseNdjson(withEmptyChunks(cutIntoBytes(stream)))).toEqual(output)
    })

    it('cut in two at every position', () => {
      for (const position of positionsOf(stream)) {
        expect(parseNdjson(cutAt(stream, [position])), `cut at byte ${position}`).toEqual(output)
      }
    })
  })

  it('reads without any callback', () => {
    const parser = createNdjsonParser({})
    expect(() => parser.feed(bytes('\n\n1\n'))).not.toThrow()
    expect(() => parser.end()).not.toThrow()
  })

  it('reports while it is fed, as soon as the line end is there', () => {
    const parser = createRecordingNdjsonParser()
    parser.feed(bytes('1'))
    expect(parser.events).toEqual([])
    parser.feed(bytes('\n2'))
    expect(parser.events).toEqual([message('1')])
    parser.end()
    expect(parser.events).toEqual([message('1'), message('2')])
  })

  it('starts anew after the end of a stream, but for the last event ID', () => {
    const parser = createRecordingNdjsonParser({ toMessage })
    parser.feed(bytes('{"id":"7","data":"a"}\n\n'))
    parser.end()
    parser.end()
    parser.feed(bytes('\uFEFF\n{"data":"b"}'))
    parser.end()
    expect(parser.events).toEqual([
      ...messageWithId('7', 'a'),
      comment(''),
      message('b', { lastEventId: '7' }),
    ])
  })

  describe('toMessage', () => {
    it('says type, data and id of a line', () => {
      const lines = '{"type":"x","data":"a","id":"1"}\n{"data":"b"}\n{"type":"","data":"c"}'
      expect(parseNdjson([bytes(lines)], { toMessage })).toEqual([
        ...messageWithId('1', 'a', { type: 'x' }),
        message('b', { lastEventId: '1' }),
        message('c', { lastEventId: '1' }),
      ])
    })

    it('moves the cursor by a line without data, and by one with the empty id', () => {
      const lines = '{"id":"1"}\n{}\n{"id":"","data":""}\n'
      expect(parseNdjson([bytes(lines)], { toMessage, lastEventId: '0' })).toEqual([
        movedTo('1'),
        ...messageWithId('', ''),
      ])
    })

    it('costs no other line when it throws', () => {
      const stream = bytes('{"data":"a"}\n{"da\r\n{"data":"c"}\n<')
      const expected = [message('a'), error('decode'), message('c'), error('decode')]
      for (let position = 0; position <= stream.length; position++) {
        expect(parseNdjson(cutAt(stream, [position]), { toMessage })).toEqual(expected)
      }
      const onError = vi.fn<(error: EventStreamError) => void>()
      const parser = createNdjsonParser({ onError }, { toMessage })
      parser.feed(stream)
      const [[reported]] = onError.mock.calls as [[EventStreamError]]
      expect(reported).toMatchObject({ code: 'decode', fatal: false, raw: '{"da' })
      expect(reported.cause).toBeInstanceOf(SyntaxError)
    })
  })

  describe('lastEventId', () => {
    it('is what messages inherit', () => {
      const parser = createRecordingNdjsonParser({ lastEventId: '7' })
      parser.feed(bytes('1\n'))
      parser.reset()
      parser.feed(bytes('2\n'))
      expect(parser.events).toEqual([message('1', { lastEventId: '7' }), message('2')])
    })
  })

  describe('maxMessageSize', () => {
    it.each([
      ['a line', '12345\n123456\n1\n'],
      ['the last line', '12345\n123456'],
      ['what may be a line end', '12345\n12345\r\n1\n'],
      ['a blank line', '12345\n      \n1\n'],
      ['characters, not bytes', 'é你😀e\né你😀ee\n1'],
    ])('bounds %s, wherever the stream is cut', (_, text) => {
      const stream = bytes(text)
      const expected = [message(text.split('\n')[0]!), TOO_LARGE]
      const options = { maxMessageSize: 5 }
      expect(parseNdjson(cutIntoBytes(stream), options)).toEqual(expected)
      for (let position = 0; position <= stream.length; position++) {
        expect(parseNdjson(cutAt(stream, [position]), options)).toEqual(expected)
      }
    })

    it('fails at once, and reads nothing more until it starts anew', () => {
      const parser = createRecordingNdjsonParser({ maxMessageSize: 3 })
      parser.feed(bytes('12'))
      parser.feed(bytes('34'))
      expect(parser.events).toEqual([TOO_LARGE])
      parser.feed(bytes('5\n6\n'))
      expect(parser.events).toEqual([TOO_LARGE])
      parser.end()
      parser.feed(bytes('7\n'))
      expect(parser.events).toEqual([TOO_LARGE, message('7')])
    })

    it('says how much it is', () => {
      const onError = vi.fn<(error: EventStreamError) => void>()
      createNdjsonParser({ onError }, { maxMessageSize: 1 }).feed(bytes('12'))
      const [[reported]] = onError.mock.calls as [[EventStreamError]]
      expect(reported).toBeInstanceOf(EventStreamError)
      expect(reported.message).toBe('Message over maxMessageSize (1).')
    })

    it('may be infinite, and 16 Mi characters is what it is otherwise', () => {
      const line = bytes('x'.repeat(DEFAULT_MAX_MESSAGE_SIZE_CHARS), '\n')
      const [event] = parseNdjson([line])
      expect(event).toMatchObject({ on: 'message' })
      const longer = [bytes('x'), line]
      expect(parseNdjson(longer)).toEqual([TOO_LARGE])
      expect(parseNdjson(longer, { maxMessageSize: Infinity })).toMatchObject([{ on: 'message' }])
    })
  })

  it.each(['reset', 'end'] as const)('drops the rest when a callback calls %s', (verb) => {
    for (const stop of ['message', 'id', 'comment', 'error']) {
      const parser = createRecordingNdjsonParser({ toMessage }, ({ on }) => {
        if (on === stop) parser[verb]()
      })
      parser.feed(bytes('\n<\n{"id":"1","data":"a"}\n{"id":"2","data":"b"}\n{"data":"c'))
      expect(parser.events.at(-1)!.on).toBe(stop)
      parser.feed(bytes('{"data":"d"}\n'))
      expect(parser.events.at(-1)).toMatchObject({ on: 'message', data: 'd' })
    }
  })

  it.each([1, 64, 4096])('takes time in proportion to an endless line in chunks of %i', (size) => {
    const chunk = bytes('x'.repeat(size))
    function timeOf(count: number): number {
      const parser = createNdjsonParser({})
      const start = process.cpuUsage()
      for (let fed = 0; fed < count; fed++) parser.feed(chunk)
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    timeOf(2000)
    const short = Math.max(timeOf(2000), 1000)
    // 20 times as much: what is quadratic takes 400 times as long.
    expect(timeOf(40_000 / Math.ceil(size / 400))).toBeLessThan(100 * short)
  })
})
