// @vitest-environment node
/** How a line becomes a message. */
import { describe, expect, it } from 'vitest'
import { ndjson } from '../../../src/client/formats/ndjson.ts'
import { createNdjsonParser } from '../../../src/protocol/parse-ndjson.ts'
import { error, message, messageWithId, parseChunks } from '../../support/event-stream-bytes.ts'
import type { NdjsonOptions } from '../../../src/client/formats/ndjson.ts'
import type { EventStreamParserOptions } from '../../../src/protocol/types.ts'
import type { ParserEvent } from '../../support/event-stream-bytes.ts'

/** What lines say after the id 0. */
function read(options: NdjsonOptions | undefined, ...lines: unknown[]): ParserEvent[] {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  return readText(text.join('\n'), options)
}

function readText(text: string, options?: NdjsonOptions, more?: EventStreamParserOptions) {
  const format = ndjson(options)
  return parseChunks(
    [new TextEncoder().encode(text)],
    { lastEventId: '0', ...more },
    (callbacks, given = {}) => format.createParser(callbacks, given),
  )
}

/** A message that inherits the id 0. */
const plain = (data: string, type = 'message'): ParserEvent =>
  message(data, { type, lastEventId: '0' })

describe('ndjson', () => {
  it('has a name, and asks for NDJSON', () => {
    expect(ndjson()).toMatchObject({
      name: 'ndjson',
      accept: 'application/x-ndjson, application/jsonl, application/json;q=0.5',
    })
  })

  it.each([
    'application/x-ndjson',
    'application/ndjson; charset=utf-8',
    'application/jsonl',
    'application/x-jsonl',
    'application/jsonlines',
    'application/json-lines',
    'application/json;stream=watch',
    'application/stream+json',
    'Application/X-NDJSON ;',
  ])('takes %s', (type) => {
    expect(ndjson().types.test(type)).toBe(true)
  })

  it.each([
    'text/event-stream',
    'text/html',
    'text/plain',
    'application/jsonx',
    'application/xml',
    '',
  ])('does not take %j', (type) => {
    expect(ndjson().types.test(type)).toBe(false)
  })

  it('makes a message of each whole line unless it is told otherwise, JSON or not', () => {
    expect(read(undefined, '{"a": 1}', ' [2] ', '<p>', '')).toEqual([
      plain('{"a": 1}'),
      plain(' [2] '),
      plain('<p>'),
    ])
    expect(ndjson().createParser({}, {})).toEqual(
      Object.fromEntries(
        Object.keys(createNdjsonParser({})).map((name) => [name, expect.any(Function)]),
      ),
    )
  })

  describe('type', () => {
    it('is a field, and the line stays the data', () => {
      expect(read({ type: 'event' }, '{"event": "x", "a":1}', '{"event":7}', { a: 1 })).toEqual([
        plain('{"event": "x", "a":1}', 'x'),
        plain('{"event":7}', '7'),
        plain('{"a":1}'),
      ])
    })

    it('is a function of the value', () => {
      const type = ({ kind, of }: { kind: string; of?: string }): string | undefined =>
        of && `${kind}-${of}`
      expect(read({ type }, { kind: 'a', of: 'b' }, { kind: 'a' })).toEqual([
        plain('{"kind":"a","of":"b"}', 'a-b'),
        plain('{"kind":"a"}'),
      ])
    })

    it.each([null, '', undefined])('is message where it is %j', (event) => {
      expect(read({ type: 'event', data: () => 1 }, { event })).toEqual([plain('1')])
    })
  })

  describe('data', () => {
    it.each<[unknown, string]>([
      ['Hel', '"Hel"'],
      ['', '""'],
      [{ a: [1] }, '{"a":[1]}'],
      [0, '0'],
      [false, 'false'],
      [null, 'null'],
      ['__proto__', '"__proto__"'],
    ])('is the JSON of a field: %j', (payload, data) => {
      expect(read({ data: 'payload' }, { payload, other: 1 })).toEqual([plain(data)])
    })

    it('is empty, which is undefined, where there is none', () => {
      expect(read({ data: 'payload' }, { other: 1 })).toEqual([plain('')])
      expect(read({ data: () => undefined }, { other: 1 })).toEqual([plain('')])
    })

    it('is a function of the value', () => {
      expect(read({ data: ([first]: number[]) => first! * 2 }, [21])).toEqual([plain('42')])
    })
  })

  describe('id', () => {
    it('is a field, and moves the cursor', () => {
      expect(read({ id: 'seq' }, { seq: 7 }, { a: 1 }, { seq: 'é\n' }, { seq: '' })).toEqual([
        ...messageWithId('7', '{"seq":7}'),
        message('{"a":1}', { lastEventId: '7' }),
        ...messageWithId('é\n', '{"seq":"é\\n"}'),
        ...messageWithId('', '{"seq":""}'),
      ])
    })

    it('is a function of the value, whose objects become JSON', () => {
      const id = ({ topic, offset }: Record<string, unknown>): unknown => [{ topic, offset }]
      expect(read({ id, data: () => 1 }, { topic: 'a', offset: 2 })).toEqual(
        messageWithId('[{"topic":"a","offset":2}]', '1'),
      )
    })

    it.each([null, undefined])('is inherited where it is %j', (seq) => {
      expect(read({ id: 'seq', data: () => 1 }, { seq })).toEqual([plain('1')])
    })
  })

  it.each(['constructor', '__proto__', 'toString', 'at'])(
    'does not take what is inherited for a field: %s',
    (name) => {
      const nothing = plain('')
      expect(read({ type: name, id: name, data: name }, {}, [], 1, 'null', '"7"', true)).toEqual(
        Array.from({ length: 6 }, () => nothing),
      )
      expect(read({ data: name }, `{"${name}":1}`)).toEqual([plain('1')])
    },
  )

  it.each([{ type: 'event' }, { data: 'payload' }, { id: () => 1 }])(
    'takes lines that are no JSON for their own data, as without options: %o',
    (options) => {
      expect(read(options, '[DONE]', '{"event":', '<p>')).toEqual([
        plain('[DONE]'),
        plain('{"event":'),
        plain('<p>'),
      ])
    },
  )

  it('reports lines that a function fails for, and goes on', () => {
    const type = ({ meta }: { meta: { kind: string } }): string => meta.kind
    const good = { meta: { kind: 'x' } }
    expect(read({ type }, good, {}, 'null', good)).toEqual([
      plain(JSON.stringify(good), 'x'),
      error('decode'),
      error('decode'),
      plain(JSON.stringify(good), 'x'),
    ])
  })

  it('has the limit of the stream', () => {
    for (const options of [undefined, { type: 'event' }]) {
      expect(readText('1\n"12345"\n', options, { maxMessageSize: 6 })).toEqual([
        plain('1'),
        error('message-too-large'),
      ])
    }
  })
})
