/** What is encoded comes back from the parser as it went in, and nothing else does. */
import {
  assert,
  constant,
  constantFrom,
  double,
  integer,
  maxSafeNat,
  oneof,
  option,
  property,
  record,
  array,
  string,
} from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytes,
  comment,
  cutAt,
  cutIntoBytes,
  message,
  messageWithId,
  movedTo,
  parseChunks,
  retry,
} from '../support/event-stream-bytes.ts'
import { encodeComment, encodeEvent, encodeRetry } from '../../src/protocol/encode-event-stream.ts'
import { EventStreamError } from '../../src/protocol/errors.ts'
import type { Arbitrary } from 'fast-check'
import type { EncodableEvent } from '../../src/protocol/types.ts'
import type { ParserEvent } from '../support/event-stream-bytes.ts'

const LINE_END = /\r\n|\r|\n/g
const FORBIDDEN = ['\r', '\n', '\0']

/** What an attacker would try, and any other character. */
const harmlessUnit = oneof(
  constantFrom(
    ':',
    ' ',
    'data',
    'event',
    'id',
    'retry',
    'data: x',
    '\uFEFF',
    '\u2028',
    '\u0085',
    '😀',
  ),
  string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(
    (char) => !FORBIDDEN.includes(char),
  ),
)
const harmless: Arbitrary<string> = string({ unit: harmlessUnit, maxLength: 12 })
const anyText: Arbitrary<string> = string({
  unit: oneof(harmlessUnit, constantFrom('\r', '\n', '\r\n', '\n\n', '\0', '\ndata: forged\n\n')),
  maxLength: 12,
})
/** Any UTF-16 units, halves of pairs included: no text, but JavaScript has them. */
const anyUnits: Arbitrary<string> = array(integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map(
  (units) => String.fromCharCode(...units),
)
const maybe = <T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> =>
  option(arbitrary, { nil: undefined })
const anyEvent: Arbitrary<EncodableEvent> = record({
  type: maybe(harmless),
  id: maybe(harmless),
  data: maybe(anyText),
})

const parse = (text: string): ParserEvent[] => parseChunks([bytes(text)])

/** What the parser must say of one event after `lastEventId`. */
function expected({ type, id, data }: EncodableEvent, lastEventId = ''): ParserEvent[] {
  const events: ParserEvent[] = id === undefined ? [] : [movedTo(id)]
  if (data === undefined) return events
  const details = {
    type: type || 'message',
    lastEventId: id ?? lastEventId,
    hasOwnId: id !== undefined,
  }
  return [...events, message(data.replace(LINE_END, '\n'), details)]
}

describe('encodeEvent', () => {
  it('writes a block of fields and the blank line that ends it', () => {
    const text = encodeEvent({ type: 'new-message', id: '42', data: '{"text":"hi"}' })
    expect(text).toBe('event: new-message\nid: 42\ndata: {"text":"hi"}\n\n')
  })

  it('leaves out what is not given', () => {
    expect(encodeEvent({ data: 'a' })).toBe('data: a\n\n')
    expect(encodeEvent({ id: '1' })).toBe('id: 1\n\n')
    expect(encodeEvent({ type: 't' })).toBe('event: t\n\n')
    expect(encodeEvent({})).toBe('\n')
  })

  it('writes one data line for each line of the text', () => {
    const text = encodeEvent({ data: 'a\nb\r\nc\rd' })
    expect(text).toBe('data: a\ndata: b\ndata: c\ndata: d\n\n')
  })

  it.each([
    ['empty data', { data: '' }, [message('')]],
    ['data of line ends only', { data: '\n\r\n' }, [message('\n\n')]],
    ['data with spaces at its start', { data: '  a' }, [message('  a')]],
    ['data that looks like a field', { data: 'id: 1' }, [message('id: 1')]],
    ['a type with a space at its start', { type: ' t', data: 'a' }, [message('a', { type: ' t' })]],
    ['an empty type', { type: '', data: 'a' }, [message('a')]],
    ['an empty id, which resets', { id: '', data: 'a' }, messageWithId('', 'a')],
    ['an id without data', { id: '1' }, [movedTo('1')]],
    ['a type without data', { type: 't' }, []],
  ])('keeps %s', (_, event: EncodableEvent, events) => {
    expect(parse(encodeEvent(event))).toEqual(events)
  })

  it.each(
    FORBIDDEN.flatMap(
      (char) =>
        [
          ['type', char],
          ['id', char],
        ] as const,
    ),
  )('refuses a %s that holds %j', (name, char) => {
    for (const value of [char, `a${char}`, `${char}a`, `a${char}data: forged`]) {
      let thrown: unknown
      try {
        encodeEvent({ [name]: value, data: 'a' })
      } catch (caught) {
        thrown = caught
      }
      expect(thrown).toBeInstanceOf(EventStreamError)
      expect(thrown).toMatchObject({ code: 'encode', fatal: false })
      expect((thrown as Error).message).toContain(name)
    }
  })

  it('gives back type, data and id of every event', () => {
    assert(
      property(anyEvent, (event) => {
        expect(parse(encodeEvent(event))).toEqual(expected(event))
      }),
    )
  })

  it('gives back every stream of events, comments and reconnection times, however it is cut', () => {
    const part = oneof(
      anyEvent.map((event) => ({ event, text: encodeEvent(event) })),
      anyText.map((text) => ({ comment: text, text: encodeComment(text) })),
      maxSafeNat().map((time) => ({ time, text: encodeRetry(time) })),
    )
    assert(
      property(array(part, { maxLength: 8 }), maxSafeNat(), (parts, cut) => {
        let lastEventId = ''
        const events = parts.flatMap((item) => {
          if ('time' in item) return [retry(item.time)]
          if ('comment' in item) return item.comment.split(LINE_END).map((line) => comment(line))
          const next = expected(item.event, lastEventId)
          lastEventId = item.event.id ?? lastEventId
          return next
        })
        const stream = bytes(...parts.map(({ text }) => text))
        expect(parseChunks(cutAt(stream, [cut % (stream.length + 1)]))).toEqual(events)
        expect(parseChunks(cutIntoBytes(stream))).toEqual(events)
      }),
    )
  })

  it('lets no value forge a field or an event, whatever its characters', () => {
    const toText = (units: string): string =>
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes(units))
    const hostile = oneof(anyText, anyUnits)
    assert(
      property(hostile, hostile, hostile, (type, id, data) => {
        let text: string | undefined
        try {
          text = encodeEvent({ type, id, data })
        } catch {
          // refused
        }
        const isRefused = text === undefined
        expect(isRefused).toBe(/[\r\n\0]/.test(`${type}${id}`))
        const event = { type: toText(type), id: toText(id), data: toText(data) }
        expect(parse(text ?? '')).toEqual(isRefused ? [] : expected(event))
      }),
    )
  })
})

describe('encodeComment', () => {
  it('writes a comment and a blank line', () => {
    expect(encodeComment('hello')).toBe(': hello\n\n')
    expect(encodeComment()).toBe(': \n\n')
  })

  it('writes a comment line for each line of the text', () => {
    expect(encodeComment('a\rdata: b\r\n\ndata: c')).toBe(': a\n: data: b\n: \n: data: c\n\n')
  })

  it('never says anything but comments', () => {
    assert(
      property(oneof(anyText, anyUnits), (text) => {
        const events = parse(encodeComment(text))
        expect(events.length).toBeGreaterThan(0)
        expect(events.filter(({ on }) => on !== 'comment')).toEqual([])
      }),
    )
  })
})

describe('encodeRetry', () => {
  it('writes the field and a blank line', () => {
    expect(encodeRetry(3000)).toBe('retry: 3000\n\n')
    expect(encodeRetry(0)).toBe('retry: 0\n\n')
    expect(encodeRetry(-0)).toBe('retry: 0\n\n')
  })

  it('takes every whole number from 0', () => {
    assert(
      property(oneof(maxSafeNat(), constant(Number.MAX_SAFE_INTEGER)), (time) => {
        expect(parse(encodeRetry(time))).toEqual([retry(time)])
      }),
    )
  })

  it('refuses every other number', () => {
    const others = oneof(
      constantFrom(-1, 0.5, NaN, Infinity, -Infinity, 2 ** 53, 1e21),
      integer({ max: -1 }),
      double().filter((number) => !Number.isSafeInteger(number)),
    )
    assert(
      property(others, (time) => {
        expect(() => encodeRetry(time)).toThrow(
          expect.objectContaining({ name: 'EventStreamError', code: 'encode' }),
        )
      }),
    )
  })
})
