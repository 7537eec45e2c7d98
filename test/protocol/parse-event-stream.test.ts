/** What the parser promises beyond the format: its life, its limits, and what it costs. */
import { describe, expect, it, vi } from 'vitest'
import {
  bytes,
  comment,
  createRecordingParser,
  cutIntoBytes,
  error,
  message,
  messageWithId,
  movedTo,
  parseChunks,
  retry,
} from '../support/event-stream-bytes.ts'
import { createEventStreamParser } from '../../src/protocol/parse-event-stream.ts'
import { DEFAULT_MAX_MESSAGE_SIZE_CHARS } from '../../src/protocol/constants.ts'
import { EventStreamError } from '../../src/protocol/errors.ts'
import type { ParserEvent } from '../support/event-stream-bytes.ts'

const TOO_LARGE = error('message-too-large')

describe('createEventStreamParser', () => {
  it('reads without any callback', () => {
    const parser = createEventStreamParser({})
    const stream = bytes('id: 1\nevent: t\nretry: 1\n: a\ndata: b\n\n')
    expect(() => parser.feed(stream)).not.toThrow()
  })

  it('reports while it is fed, as soon as the line end is there', () => {
    const parser = createRecordingParser()
    parser.feed(bytes('data: a\n'))
    expect(parser.events).toEqual([])
    parser.feed(bytes('\n'))
    expect(parser.events).toEqual([message('a')])
  })

  it('does not wait for the LF of a CR LF', () => {
    const parser = createRecordingParser()
    parser.feed(bytes('data: a\r\n\r'))
    expect(parser.events).toEqual([message('a')])
    parser.feed(bytes('\ndata: b\r\n\r\n'))
    expect(parser.events).toEqual([message('a'), message('b')])
  })

  describe.each(['\n', '\r', '\r\n'])('a large chunk of lines that end with %j', (lineEnd) => {
    // Lines that had begun before it are decoded by themselves, if it is large.
    const event = (index: number): string =>
      `id: ${index}${lineEnd}data: ${'é'.repeat(index % 50)}${lineEnd}${lineEnd}`
    const text = Array.from({ length: 200 }, (_, index) => event(index)).join('')
    const stream = bytes(text)
    const expected = parseChunks([...cutIntoBytes(stream)])

    it('is read after a line that had begun, wherever that was cut', () => {
      expect(stream.length).toBeGreaterThan(10_000)
      expect(expected).toHaveLength(400)
      for (let cut = 0; cut < 200; cut++) {
        expect(parseChunks([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected)
      }
    })

    it('is dropped when the line before it has the parser reset', () => {
      const parser = createRecordingParser(undefined, ({ on }) => {
        if (on === 'comment') parser.reset()
      })
      parser.feed(bytes(': beg'))
      parser.feed(bytes(`un${lineEnd}${text}data: unfinished`))
      parser.feed(bytes(`data: after${lineEnd}${lineEnd}`))
      expect(parser.events).toEqual([comment('begun'), message('after')])
    })
  })

  it('lets the caller use the fed array again', () => {
    const parser = createRecordingParser()
    const buffer = new Uint8Array(8)
    for (const part of ['id: 1\nda', 'ta: long', ' enough ', 'to wait\n', 'data: b\n']) {
      buffer.set(bytes(part))
      parser.feed(buffer)
    }
    buffer.fill(0)
    parser.feed(bytes('\n'))
    expect(parser.events).toEqual(messageWithId('1', 'long enough to wait\nb'))
  })

  it('reads views that start and end within a larger buffer', () => {
    const stream = bytes('data: no\n\ndata: yes\n\ndata: no\n\n')
    expect(parseChunks([stream.subarray(10, 21)])).toEqual([message('yes')])
  })

  it('does not mix up two parsers', () => {
    const [first, second] = [createRecordingParser(), createRecordingParser()]
    first.feed(bytes('id: 1\ndata: a'))
    second.feed(bytes('id: 2\ndata: b'))
    first.feed(bytes('\n\n'))
    second.feed(bytes('\n\n'))
    expect(first.events).toEqual(messageWithId('1', 'a'))
    expect(second.events).toEqual(messageWithId('2', 'b'))
  })

  describe('end()', () => {
    it('drops the unfinished line and the unfinished event', () => {
      const parser = createRecordingParser()
      parser.feed(bytes('event: t\nid: 1\ndata: a\ndata: b'))
      parser.end()
      parser.feed(bytes('c\n\ndata: d\n\n'))
      expect(parser.events).toEqual([message('d')])
    })

    it('keeps the last event id for the next stream', () => {
      const parser = createRecordingParser()
      parser.feed(bytes('id: 1\n\nid: 2\n'))
      parser.end()
      parser.feed(bytes('data: a\n\n'))
      expect(parser.events).toEqual([movedTo('1'), message('a', { lastEventId: '1' })])
    })

    it('lets the next stream start with a byte order mark', () => {
      const parser = createRecordingParser()
      parser.feed(bytes('data: a\n\n'))
      parser.end()
      parser.feed(bytes('\uFEFFdata: b\n\n'))
      expect(parser.events).toEqual([message('a'), message('b')])
    })

    it('does nothing on a parser that has read nothing', () => {
      const parser = createRecordingParser()
      parser.end()
      parser.end()
      parser.feed(bytes('data: a\n\n'))
      expect(parser.events).toEqual([message('a')])
    })
  })

  describe('reset()', () => {
    it('forgets the unfinished line, the unfinished event and the last event id', () => {
      const parser = createRecordingParser()
      parser.feed(bytes('id: 1\n\nid: 2\nevent: t\ndata: a\ndata: b'))
      parser.reset()
      parser.feed(bytes('c\n\ndata: d\n\n'))
      expect(parser.events).toEqual([movedTo('1'), message('d')])
    })

    it('forgets the id that the parser started with', () => {
      const parser = createRecordingParser({ lastEventId: '1' })
      parser.reset()
      parser.feed(bytes('data: a\n\n'))
      expect(parser.events).toEqual([message('a')])
    })

    it('lets the next stream start with a byte order mark', () => {
      const parser = createRecordingParser()
      parser.feed(bytes('data: a\r'))
      parser.reset()
      parser.feed(bytes('\uFEFFdata: b\n\n'))
      expect(parser.events).toEqual([message('b')])
    })

    const rest = 'data: x\n\n: x\nretry: 9\nid: 9\n\ndata: unfinished'
    it.each<[callback: string, stream: string, last: ParserEvent]>([
      ['onMessage', `data: a\n\n${rest}`, message('a')],
      ['onComment', `: a\n${rest}`, comment('a')],
      ['onRetry', `retry: 1\n${rest}`, retry(1)],
      ['onLastEventId', `id: 1\n\n${rest}`, movedTo('1')],
      ['onLastEventId before its message', `id: 1\ndata: a\n\n${rest}`, movedTo('1')],
    ])('inside %s drops the rest of what is being fed', (_, stream, last) => {
      const parser = createRecordingParser(undefined, () => parser.reset())
      parser.feed(bytes(stream))
      expect(parser.events).toEqual([last])
      parser.feed(bytes('\uFEFFdata: fresh\n\n'))
      expect(parser.events).toEqual([last, message('fresh')])
    })

    it('inside onError makes the parser ready for the next stream', () => {
      const parser = createRecordingParser({ maxMessageSize: 10 }, ({ on }) => {
        if (on === 'error') parser.reset()
      })
      parser.feed(bytes('data: too long\n\ndata: x\n\n'))
      parser.feed(bytes('data: a\n\n'))
      expect(parser.events).toEqual([TOO_LARGE, message('a')])
    })
  })

  describe('lastEventId', () => {
    it('is inherited until the stream sends an id, and is not told', () => {
      const stream = bytes('data: a\n\nid: 2\ndata: b\n\n')
      expect(parseChunks([stream], { lastEventId: '1' })).toEqual([
        message('a', { lastEventId: '1' }),
        ...messageWithId('2', 'b'),
      ])
    })
  })

  describe('maxMessageSize', () => {
    it('is the longest line that is read, name and colon included', () => {
      const options = { maxMessageSize: 10 }
      for (const line of ['data: 6789', ': comment8', 'event: 789', 'id: 567890', 'unknown: 0']) {
        expect(line).toHaveLength(10)
        expect(parseChunks([bytes(`${line}\n\n`)], options)).not.toContainEqual(TOO_LARGE)
        expect(parseChunks([bytes(`${line}+\n\n`)], options)).toEqual([TOO_LARGE])
      }
    })

    it('is the longest data, line feeds included', () => {
      const options = { maxMessageSize: 12 }
      const exactly = 'data: 1234\ndata: 6789\ndata: 12\n\n'
      expect(parseChunks([bytes(exactly)], options)).toEqual([message('1234\n6789\n12')])
      const over = 'data: 1234\ndata: 6789\ndata: 123\n\n'
      expect(parseChunks([bytes(over)], options)).toEqual([TOO_LARGE])
    })

    it('counts empty data lines, so that they cannot grow for ever', () => {
      const stream = bytes('data\n'.repeat(12), '\n')
      expect(parseChunks([stream], { maxMessageSize: 11 })).toEqual([message('\n'.repeat(11))])
      expect(parseChunks([stream], { maxMessageSize: 10 })).toEqual([TOO_LARGE])
    })

    it('counts characters, not bytes', () => {
      const stream = bytes('data:', '你'.repeat(5), '\n\n')
      for (const chunks of [[stream], cutIntoBytes(stream)]) {
        expect(parseChunks(chunks, { maxMessageSize: 10 })).toEqual([message('你你你你你')])
        expect(parseChunks(chunks, { maxMessageSize: 9 })).toEqual([TOO_LARGE])
      }
    })

    it('counts the two units of an emoji', () => {
      const stream = bytes('data:', '😀'.repeat(5), '\n\n')
      expect(parseChunks([stream], { maxMessageSize: 15 })).toEqual([message('😀😀😀😀😀')])
      expect(parseChunks([stream], { maxMessageSize: 14 })).toEqual([TOO_LARGE])
    })

    it('does not count a byte order mark', () => {
      const stream = bytes('\uFEFF:你你你\n')
      for (const chunks of [[stream], cutIntoBytes(stream)]) {
        expect(parseChunks(chunks, { maxMessageSize: 4 })).toEqual([comment('你你你')])
      }
    })

    it('does not add up messages, comments or blocks', () => {
      const stream = bytes('data: 6789\n: comment8\nid: 567890\n\n'.repeat(50))
      const events = parseChunks([stream], { maxMessageSize: 10 })
      expect(events).not.toContainEqual(TOO_LARGE)
      expect(events.filter(({ on }) => on === 'message')).toHaveLength(50)
    })

    it('stops an endless line, at the latest after three bytes for each character', () => {
      const limit = 1000
      const parser = createRecordingParser({ maxMessageSize: limit })
      const chunk = bytes('x'.repeat(100))
      let fed = 0
      while (parser.events.length === 0 && fed < 10 * limit) {
        parser.feed(chunk)
        fed += chunk.length
      }
      expect(parser.events).toEqual([TOO_LARGE])
      expect(fed).toBeGreaterThan(limit)
      expect(fed).toBeLessThanOrEqual(3 * limit + chunk.length)
    })

    it('reports what came before the line that is too long', () => {
      const stream = bytes('id: 1\ndata: a\n\n: b\ndata: too long\n\ndata: c\n\n')
      expect(parseChunks([stream], { maxMessageSize: 10 })).toEqual([
        ...messageWithId('1', 'a'),
        comment('b'),
        TOO_LARGE,
      ])
    })

    it('lets nothing through after the error, until reset()', () => {
      const parser = createRecordingParser({ maxMessageSize: 10 })
      parser.feed(bytes('data: too long\n\ndata: a\n\n: a'))
      parser.feed(bytes('\n\ndata: b\n\nretry: 1\nid: 1\n\n'))
      parser.feed(bytes('data: too long as well\n\n'))
      expect(parser.events).toEqual([TOO_LARGE])
      parser.reset()
      parser.feed(bytes('data: c\n\n'))
      expect(parser.events).toEqual([TOO_LARGE, message('c')])
    })

    it('forgets the message it was in the middle of', () => {
      const parser = createRecordingParser({ maxMessageSize: 10 })
      parser.feed(bytes('event: t\nid: 1\ndata: a\ndata: too long\n'))
      parser.reset()
      parser.feed(bytes('data: b\n\n'))
      expect(parser.events).toEqual([TOO_LARGE, message('b')])
    })

    it('is reported as an error that names the limit', () => {
      const onError = vi.fn<(error: EventStreamError) => void>()
      createEventStreamParser({ onError }, { maxMessageSize: 10 }).feed(bytes('data: too long\n'))
      expect(onError).toHaveBeenCalledOnce()
      const [reported] = onError.mock.calls[0]!
      expect(reported).toBeInstanceOf(EventStreamError)
      expect(reported.message).toContain('maxMessageSize (10)')
      expect(reported.message).toContain('maxMessageSize')
    })

    it('stops silently without onError', () => {
      const onMessage = vi.fn<() => void>()
      const parser = createEventStreamParser({ onMessage }, { maxMessageSize: 10 })
      parser.feed(bytes('data: too long\n\ndata: a\n\n'))
      expect(onMessage).not.toHaveBeenCalled()
    })

    it('is 16 Mi characters when not given', () => {
      const rest = DEFAULT_MAX_MESSAGE_SIZE_CHARS - 'data:'.length
      const longest = new Uint8Array(rest).fill(0x61)
      const parts = [bytes('data:'), longest, bytes('\n\n')]
      expect(parseChunks(parts).map(({ on }) => on)).toEqual(['message'])
      expect(parseChunks([bytes('data: '), longest, bytes('\n\n')])).toEqual([TOO_LARGE])
    })

    it('has no end when it is Infinity', () => {
      const line = new Uint8Array(DEFAULT_MAX_MESSAGE_SIZE_CHARS).fill(0x61)
      const chunks = [bytes('data:'), line, bytes('\n\n')]
      const events = parseChunks(chunks, { maxMessageSize: Infinity })
      expect(events.map(({ on }) => on)).toEqual(['message'])
    })
  })

  describe('costs', () => {
    it.each([100, 4096])(
      'copies and decodes each byte of an endless line at most once, %i at a time',
      (size) => {
        const set = vi.spyOn(Uint8Array.prototype, 'set')
        const decode = vi.spyOn(TextDecoder.prototype, 'decode')
        const parser = createEventStreamParser({})
        const chunk = bytes('x'.repeat(size))
        const fed = 2_000 * size
        for (let i = 0; i < 2_000; i++) parser.feed(chunk)
        const total = (calls: unknown[][]): number =>
          calls.reduce((sum, [source]) => sum + (source as Uint8Array).length, 0)
        expect(total(set.mock.calls)).toBeLessThanOrEqual(fed)
        expect(total(decode.mock.calls)).toBeLessThanOrEqual(fed)
        expect(total(decode.mock.calls)).toBeGreaterThan(fed - 1024)
      },
    )

    it('decodes each byte once, and at most once per chunk', () => {
      const decode = vi.spyOn(TextDecoder.prototype, 'decode')
      const stream = bytes('id: 1\nevent: t\ndata: a\ndata: b\n\n'.repeat(100))
      const decoded = (): number =>
        decode.mock.calls.reduce((sum, [input]) => sum + (input as Uint8Array).length, 0)

      parseChunks([stream])
      expect(decode).toHaveBeenCalledTimes(1)
      expect(decoded()).toBe(stream.length)

      decode.mockClear()
      parseChunks(cutIntoBytes(stream))
      expect(decode).toHaveBeenCalledTimes(500) // once per line
      expect(decoded()).toBe(stream.length)
    })

    it.each([
      ['CR', '\n', '\r'],
      ['LF', '\r', '\n'],
    ])('looks once per chunk for a %s that is not there', (_, lineEnd, absent) => {
      const indexOf = vi.spyOn(String.prototype, 'indexOf')
      const includes = vi.spyOn(String.prototype, 'includes')
      const stream = bytes(`data: a${lineEnd}${lineEnd}`.repeat(1000))
      const events = parseChunks([stream])
      const calls = [...indexOf.mock.calls, ...includes.mock.calls]
      const searches = calls.filter(([searched]) => searched === absent)
      expect(events).toHaveLength(1000)
      expect(searches).toHaveLength(1)
    })
  })
})
