// @vitest-environment node
/** From the JSON or NDJSON of an answer to its messages. */
import { describe, expect, it } from 'vitest'
import {
  deliver,
  parseAnswer,
  parseLines,
  toMessagesOfAnswer,
} from '../../../src/client/transports/polled-messages.ts'
import { createTestAttempt } from './test-attempt.ts'
import type { EventStreamError } from '../../../src/protocol/errors.ts'
import type { ToMessages } from '../../../src/client/transports/polled-messages.ts'

const message = (data: string, lastEventId = '', type = 'message'): object => {
  return { type, data, lastEventId }
}

/** What is told of an answer after this cursor. */
function told(answer: unknown, lastEventId = '', toMessages: ToMessages = toMessagesOfAnswer) {
  const test = createTestAttempt()
  test.lastEventId = lastEventId
  deliver(test.attempt, answer, toMessages)
  return test.heard()
}

describe('toMessagesOfAnswer', () => {
  it.each<[string, unknown, unknown[]]>([
    ['an array', [{ data: 1 }, { data: 2 }], [{ data: 1 }, { data: 2 }]],
    ['an empty array', [], []],
    ['an object with messages', { messages: [{ data: 1 }], next: 7 }, [{ data: 1 }]],
    ['an object without', { data: 1 }, [{ data: 1 }]],
    ['messages that are no array', { messages: 5, data: 1 }, [{ messages: 5, data: 1 }]],
    ['a text', 'a', ['a']],
    ['null', null, [null]],
  ])('takes %s', (_, answer, messages) => {
    expect([...toMessagesOfAnswer(answer)]).toEqual(messages)
  })
})

describe('parseAnswer', () => {
  it('gives any JSON', () => {
    expect(parseAnswer(' [{"a":1}] ')).toEqual([{ a: 1 }])
    expect(parseAnswer('null')).toBe(null)
  })

  it.each(['', '{"half', '<h1>Welcome</h1>'])('fails as decode with %j', (text) => {
    let error: unknown
    try {
      parseAnswer(text)
    } catch (cause) {
      error = cause
    }
    expect(error).toMatchObject({ code: 'decode', fatal: false, raw: text })
    expect((error as Error).cause).toBeInstanceOf(SyntaxError)
  })

  it('keeps the first 1000 characters', () => {
    const text = `<${'x'.repeat(2000)}`
    expect(() => parseAnswer(text)).toThrow(expect.objectContaining({ raw: text.slice(0, 1000) }))
  })
})

describe('parseLines', () => {
  it('gives a value for each line, whatever ends it, and none for empty ones', () => {
    const { attempt, heard } = createTestAttempt()
    expect(parseLines(attempt, '{"a":1}\r\n\n  \n[2]\n"x"')).toEqual([{ a: 1 }, [2], 'x'])
    expect(parseLines(attempt, '')).toEqual([])
    expect(heard()).toEqual([])
  })

  it('reports a line that cannot be read, and goes on with the next', () => {
    const { attempt, heard } = createTestAttempt()
    expect(parseLines(attempt, '1\n{"half\r\n3\n')).toEqual([1, 3])
    const [[kind, error]] = heard() as [[string, EventStreamError]]
    expect(kind).toBe('error')
    expect(error).toMatchObject({ code: 'decode', fatal: false, raw: '{"half' })
    expect(error.cause).toBeInstanceOf(SyntaxError)
  })
})

describe('deliver', () => {
  it('tells of messages in order, with their types, ids and data', () => {
    const answer = [{ data: 'a' }, { type: 'x', id: '1', data: 'b' }, { id: 2, data: { c: [3] } }]
    expect(told(answer)).toEqual([
      ['message', message('a'), false],
      ['id', '1'],
      ['message', message('b', '1', 'x'), true],
      ['id', '2'],
      ['message', message('{"c":[3]}', '2'), true],
    ])
  })

  it.each<[unknown, string]>([
    ['', ''],
    ['"a"', '"a"'],
    [0, '0'],
    [false, 'false'],
    [null, 'null'],
    [[], '[]'],
    [{}, '{}'],
  ])('takes a text as it is, and of anything else its JSON: %j', (data, text) => {
    expect(told([{ data }])).toEqual([['message', message(text), false]])
  })

  it('lets messages without an id inherit that of the message before, or the cursor', () => {
    expect(told([{ data: 'a' }, { id: '8', data: 'b' }, { data: 'c' }], '7')).toEqual([
      ['message', message('a', '7'), false],
      ['id', '8'],
      ['message', message('b', '8'), true],
      ['message', message('c', '8'), false],
    ])
  })

  it.each([undefined, null])('takes an id that is %s for none', (id) => {
    expect(told([{ id, data: 'a' }], '7')).toEqual([['message', message('a', '7'), false]])
  })

  it.each([0, ''])('takes %j for an id', (id) => {
    expect(told([{ id, data: 'a' }])).toEqual([
      ['id', `${id}`],
      ['message', message('a', `${id}`), true],
    ])
  })

  it('moves the cursor with what is nothing but an id', () => {
    expect(told([{ id: '9' }, { id: '10', type: 'x' }])).toEqual([
      ['id', '9'],
      ['id', '10'],
    ])
  })

  it.each<unknown>([null, 'text', 5, {}, { type: 'x' }, { event: 'x', payload: 1 }])(
    'reports what is no message, and goes on: %j',
    (wrong) => {
      const [first, second, ...rest] = told([wrong, { data: 'a' }])
      expect(first).toEqual(['error', expect.objectContaining({ code: 'decode', fatal: false })])
      expect((first![1] as EventStreamError).raw).toBe(JSON.stringify(wrong))
      expect(second).toEqual(['message', message('a'), false])
      expect(rest).toEqual([])
    },
  )

  it('takes the messages that the app makes of an answer', () => {
    const toMessages: ToMessages = (answer) =>
      (answer as { items: { n: number }[] }).items.map(({ n }) => ({ id: n, data: { n } }))
    expect(told({ items: [{ n: 1 }] }, '', toMessages)).toEqual([
      ['id', '1'],
      ['message', message('{"n":1}', '1'), true],
    ])
  })

  it('takes them one by one, and reports what fails on the way', () => {
    const cause = new Error('no more')
    const heard = told({ a: 1 }, '', function* () {
      yield { data: 'a' }
      throw cause
    })
    expect(heard).toEqual([
      ['message', message('a'), false],
      ['error', expect.objectContaining({ code: 'decode', raw: '{"a":1}', cause })],
    ])
  })

  it('reports an answer in which toMessages finds nothing that it can go through', () => {
    const heard = told({}, '', () => undefined as never)
    expect(heard).toEqual([['error', expect.objectContaining({ code: 'decode', raw: '{}' })]])
  })

  it('reports what cannot be read of a message that the app made, and goes on with the next', () => {
    const cause = new Error('no data')
    const circular: unknown[] = []
    circular.push(circular)
    const wrong = {
      get data(): never {
        throw cause
      },
    }
    const heard = told({}, '', () => [wrong, { data: circular }, { data: 1n }, { data: 'a' }])
    const unreadable = { code: 'decode', message: 'A message cannot be read.', raw: '' }
    expect(heard).toEqual([
      ['error', expect.objectContaining({ ...unreadable, cause })],
      ['error', expect.objectContaining(unreadable)],
      ['error', expect.objectContaining(unreadable)],
      ['message', message('a'), false],
    ])
  })

  it('keeps the first 1000 characters of what it reports', () => {
    const heard = told([{ text: 'x'.repeat(2000) }])
    expect((heard[0]![1] as EventStreamError).raw).toHaveLength(1000)
  })
})
