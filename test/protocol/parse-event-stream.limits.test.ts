/**
 * Messages of very many lines: exactly those over the limit are refused, and all others arrive whole, however the
 * stream is cut. Data lines are copied into one text after 64 Ki characters of the stream, so these streams are longer.
 */
import { describe, expect, it, vi } from 'vitest'
import {
  bytes,
  comment,
  createRecordingParser,
  cutAt,
  cutIntoBytes,
  error,
  message,
  messageWithId,
  movedTo,
  parseChunks,
  retry,
} from '../support/event-stream-bytes.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createEventStreamParser } from '../../src/protocol/parse-event-stream.ts'
import type { ParserEvent } from '../support/event-stream-bytes.ts'

vi.setConfig({ testTimeout: 30_000 }) // millions of lines on a busy machine

const TOO_LARGE = error('message-too-large')
const KIB = 1024
const MILLION = 1_000_000
/** Makes the parser copy what it has at the end of the chunk. */
const LONG_COMMENT = `:${'c'.repeat(64 * KIB)}\n`

function block(lines: readonly string[], lineEnd = '\n'): string {
  return lines.map((line) => `data:${line}${lineEnd}`).join('') + lineEnd
}

function cutEvery(size: number, stream: Uint8Array): Uint8Array[] {
  const count = Math.ceil(stream.length / size)
  return Array.from({ length: count }, (_, index) =>
    stream.subarray(index * size, (index + 1) * size),
  )
}

const withoutComments = (events: ParserEvent[]): ParserEvent[] =>
  events.filter(({ on }) => on !== 'comment')

/** What came of each message; comparing texts of millions of characters in a report takes very long. */
const outcomes = (events: ParserEvent[], expected: string): string[] =>
  events.map((event) => {
    if (event.on === 'message') return event.data === expected ? 'whole' : 'wrong'
    return event.on
  })

describe('createEventStreamParser', () => {
  describe('maxMessageSize', () => {
    describe.each([0, 1, 2, 7, 12, 13, 100, 5000])('at lines of %d characters', (length) => {
      const count = Math.ceil(200_000 / (length + 6))
      const lines = Array.from({ length: count }, (_, index) => `${index % 10}`.repeat(length))
      const expected = lines.join('\n')
      const stream = bytes(block(lines))

      it.each([stream.length, 64 * KIB, 1000, 13, 7])('is exact in chunks of %d bytes', (size) => {
        const chunks = cutEvery(size, stream)
        const parse = (maxMessageSize: number): string[] =>
          outcomes(parseChunks(chunks, { maxMessageSize }), expected)
        expect(parse(expected.length)).toEqual(['whole'])
        expect(parse(expected.length - 1)).toEqual(['error'])
      })
    })

    it('is exact wherever the lines so far were copied', () => {
      const texts = [['a', '', 'bc'], [''], ['', ''], ['', 'a', ''], ['你', '😀', 'ab']]
      for (const lines of texts) {
        const expected = lines.join('\n')
        const stream = bytes(LONG_COMMENT, block(lines))
        for (let position = LONG_COMMENT.length; position <= stream.length; position++) {
          const chunks = cutAt(stream, [position])
          const events = withoutComments(parseChunks(chunks))
          expect(events, `${JSON.stringify(lines)} cut at ${position}`).toEqual([message(expected)])
        }
      }
    })

    it('is exact when lines are copied one by one', () => {
      const lines = ['a', '', '', 'bc', '你', '😀'.repeat(30), 'd'.repeat(60), '']
      const expected = lines.join('\n')
      const filler = Array.from({ length: 1100 }, () => bytes(`:${'c'.repeat(60)}\n`))
      const chunks = [...lines.map((line) => `data:${line}\n`), '\n'].flatMap((text) =>
        cutIntoBytes(bytes(text)).concat(filler),
      )
      const parse = (maxMessageSize: number): ParserEvent[] =>
        withoutComments(parseChunks(chunks, { maxMessageSize }))
      expect(parse(expected.length)).toEqual([message(expected)])
      expect(parse(expected.length - 1)).toEqual([TOO_LARGE])
    })

    it('is that of a plain join, for random lines, comments, line ends and cuts', () => {
      for (let seed = 1; seed <= 25; seed++) {
        const { below, pick, next } = createSeededRandom(seed)
        const characters = pick(['ab', 'aé', '你a', '😀b'])
        const lines: string[] = []
        let text = ''
        for (let count = 1 + below(6000); count > 0; count--) {
          const line = pick([...characters]).repeat(below(pick([2, 14, 40])))
          lines.push(line)
          text += `data:${line}${pick(['\n', '\r', '\r\n'])}`
          if (next() < 0.001) text += LONG_COMMENT
        }
        const expected = lines.join('\n')
        const stream = bytes(`${text}\n\n`)
        const size = pick([1, 5, 100, 4096, 70_000, stream.length])
        const chunks = cutEvery(size, stream)
        const limit = Math.max(expected.length, text.includes(LONG_COMMENT) ? 64 * KIB + 1 : 0)
        const parse = (maxMessageSize: number): string[] =>
          outcomes(withoutComments(parseChunks(chunks, { maxMessageSize })), expected)
        expect(parse(Math.max(limit, 45)), `seed ${seed}, chunks of ${size}`).toEqual(['whole'])
        if (expected.length <= 64 * KIB) continue
        expect(parse(expected.length - 1), `seed ${seed}, chunks of ${size}`).toEqual(['error'])
      }
    })

    it('lets a message of a million lines through', () => {
      const lines = Array.from({ length: MILLION }, (_, index) => `${index}`)
      const events = parseChunks(cutEvery(64 * KIB, bytes(block(lines))))
      expect(outcomes(events, lines.join('\n'))).toEqual(['whole'])
    })

    it.each([
      ['data', 'data\n'],
      ['data:', 'data:\n'],
      ['data: and CR', 'data:\r'],
      ['data: and CR LF', 'data:\r\n'],
    ])('refuses %s once there are too many', (_, line) => {
      const stream = bytes(line.repeat(100_001), line.slice(-1))
      const chunks = cutEvery(1000, stream)
      const parse = (maxMessageSize: number): string[] =>
        outcomes(parseChunks(chunks, { maxMessageSize }), '\n'.repeat(100_000))
      expect(parse(100_000)).toEqual(['whole'])
      expect(parse(99_999)).toEqual(['error'])
    })
  })

  describe('a message whose lines were copied', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index}`)
    const expected = lines.join('\n')
    const unfinished = cutEvery(1000, bytes(`id: 1\nevent: t\n${block(lines).slice(0, -1)}`))

    it('has its id and type', () => {
      const id = bytes('id: 2\n\n')
      expect(parseChunks([...unfinished, id])).toEqual(messageWithId('2', expected, { type: 't' }))
    })

    it('leaves nothing for the next one', () => {
      const events = parseChunks([...unfinished, bytes('\ndata: a\n\ndata: b\ndata: c\n\n')])
      expect(outcomes(events, expected)).toEqual(['id', 'whole', 'wrong', 'wrong'])
      const next = { lastEventId: '1' }
      expect(events.slice(2)).toEqual([message('a', next), message('b\nc', next)])
    })

    it.each(['end', 'reset'] as const)('is forgotten at %s()', (way) => {
      const parser = createRecordingParser()
      for (const chunk of unfinished) parser.feed(chunk)
      parser[way]()
      parser.feed(bytes('\ndata: a\n\n'))
      expect(parser.events).toEqual([message('a')])
    })

    it('is forgotten when it is too large', () => {
      const parser = createRecordingParser({ maxMessageSize: 100_000 })
      for (const chunk of unfinished) parser.feed(chunk)
      expect(parser.events).toEqual([TOO_LARGE])
      parser.reset()
      parser.feed(bytes('\ndata: a\n\n'))
      expect(parser.events).toEqual([TOO_LARGE, message('a')])
    })
  })

  describe('a stream without end', () => {
    /** Feeds it in chunks of 64 KiB, and gives what was reported: the first ones, the last one, and how many. */
    function parseMany(line: string, count: number, rest = ''): [ParserEvent[], number] {
      const stream = bytes(line.repeat(count), rest)
      const events = parseChunks(cutEvery(64 * KIB, stream), { maxMessageSize: 100 })
      return [[...events.slice(0, 1), ...events.slice(-1)], events.length]
    }

    it.each(['\n', '\r', '\r\n'])('of blank lines (%j) says nothing', (line) => {
      expect(parseMany(line, MILLION)).toEqual([[], 0])
    })

    it('of ids keeps the last one', () => {
      const end = message('a', { lastEventId: '123', hasOwnId: true })
      expect(parseMany('id: 123\n', MILLION, 'data: a\n\n')).toEqual([[movedTo('123'), end], 2])
    })

    it('of blocks with an id reports each one', () => {
      const id = movedTo('123')
      expect(parseMany('id: 123\n\n', 100_000)).toEqual([[id, id], 100_000])
    })

    it('of types keeps the last one', () => {
      const end = message('a', { type: 'u' })
      expect(parseMany('event: t\n', MILLION, 'event: u\ndata: a\n\n')).toEqual([[end, end], 1])
    })

    it('of comments reports each one', () => {
      expect(parseMany(': a\n', 100_000)).toEqual([[comment('a'), comment('a')], 100_000])
    })

    it('of unknown fields says nothing', () => {
      expect(parseMany('unknown: a\n', 100_000)).toEqual([[], 0])
    })

    it.each(['', 'data:', ':', 'id:', 'event:', 'retry:', 'unknown'])(
      'in one line that starts with %j is too large',
      (start) => {
        const stream = bytes(start, '1'.repeat(100_000))
        expect(parseChunks(cutEvery(50, stream), { maxMessageSize: 100 })).toEqual([TOO_LARGE])
      },
    )

    it('of UTF-8 continuation bytes, which say nothing of characters, is too large', () => {
      const stray = new Uint8Array(1000).fill(0x80)
      expect(parseChunks(cutEvery(50, stray), { maxMessageSize: 100 })).toEqual([TOO_LARGE])
    })
  })

  it('reports a retry of a million digits as Infinity', () => {
    const stream = bytes('retry: ', '9'.repeat(MILLION), '\n')
    expect(parseChunks(cutEvery(64 * KIB, stream))).toEqual([retry(Infinity)])
  })

  describe('costs', () => {
    it.each([1, 2, 80])('copies each character a bounded number of times (%d a line)', (length) => {
      let copied = 0
      const { slice } = String.prototype
      vi.spyOn(String.prototype, 'slice').mockImplementation(function (this: string, ...range) {
        const part = slice.apply(this, range)
        copied += part.length
        return part
      })
      const parser = createEventStreamParser({})
      const chunk = bytes(`data:${'x'.repeat(length)}\n`.repeat(10))
      const characters = 400_000
      for (let fed = 0; fed < characters; fed += 10 * (length + 1)) parser.feed(chunk)
      // Once as a line, once in the copy of many lines.
      expect(copied).toBeGreaterThan(characters / 2)
      expect(copied).toBeLessThanOrEqual(2.5 * characters)
    })
  })
})
