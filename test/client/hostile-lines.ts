/** What lines of NDJSON may be that no honest server sends, and what the app gets of them. Runs in Node and in browsers. */
import { afterEach, describe, expect, it } from 'vitest'
import { ndjson } from '../../src/client/formats/ndjson.ts'
import { startRun, until } from '../support/client-run.ts'
import { linesPath } from '../support/fault-paths-lines.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { ClientRun } from '../support/client-run.ts'

/** How lines are read. */
const READERS = [
  ['by type alone', undefined],
  ['with a format', ndjson()],
  ['with fields', ndjson({ type: 'type', id: 'id' })],
] as const

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)]

/** The content of a stream; of its messages the payloads, and of its errors what could not be read. */
interface LinesRow {
  name: string
  content: string | number[]
  data: unknown[]
  raw?: string[]
}

const ROWS: LinesRow[] = [
  {
    name: 'values of every kind',
    content: '1\n-0.5e3\n"a"\n""\nnull\ntrue\nfalse\n[]\n[[1],{}]\n{}\n',
    data: [1, -500, 'a', '', null, true, false, [], [[1], {}], {}],
  },
  {
    name: 'bytes that are no UTF-8',
    content: [
      ...[...utf8('"a'), 0xff, 0xc3, 0x28, ...utf8('b"\n')],
      // Characters that the end of their line cuts off.
      ...[...utf8('"c'), 0xf0, 0x9f, ...utf8('"\n'), 0xe4, ...utf8('\n"d"\n')],
    ],
    data: ['a\ufffd\ufffd(b', 'c\ufffd', 'd'],
    raw: ['\ufffd'],
  },
  {
    name: 'surrogates',
    content: [...utf8('"\\ud800"\n"'), 0xed, 0xa0, 0x80, ...utf8('"\n')],
    data: ['\ud800', '\ufffd\ufffd\ufffd'],
  },
  {
    name: 'NUL',
    content: '"a\\u0000b"\n"a\0b"\n\0\n"c"\n',
    data: ['a\0b', 'c'],
    raw: ['"a\0b"', '\0'],
  },
  {
    name: 'byte order marks at the start and later',
    content: '\ufeff"a"\n\ufeff"b"\n"\ufeffc"\n\ufeff\n"d"\n',
    data: ['a', '\ufeffc', 'd'],
    raw: ['\ufeff"b"', '\ufeff'],
  },
  {
    name: 'white space that is none of JSON',
    content: ' 1 \t\r\n\f\n\u00a0\n\u2028\n2\r3\n4\n',
    data: [1, 4],
    raw: ['\f', '\u00a0', '\u2028', '2\r3'],
  },
  {
    name: 'line ends of every kind, and without any text between',
    content: '\n\r\n\n\r\r\n1\r\n\n\n2\n\r\n',
    data: [1, 2],
  },
  {
    name: 'what is nearly JSON',
    content: `{a:1}\n{'a':1}\n[1,]\nNaN\nundefined\n1 2\n{"a":1}{"b":2}\ndata: {"a":1}\n1\n`,
    data: [1],
    raw: [
      ...['{a:1}', "{'a':1}", '[1,]', 'NaN', 'undefined', '1 2', '{"a":1}{"b":2}'],
      'data: {"a":1}',
    ],
  },
]

/** Numbered events, as the names of objects' own things. */
const TYPES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '*', 'error']

export function describeHostileLines(
  name: string,
  serverUrl: () => string,
  start: typeof startRun = startRun,
): void {
  const runs: ClientRun[] = []

  function connect(path: string, options: EventStreamClientOptions = {}): ClientRun {
    const run = start(serverUrl() + path, options)
    runs.push(run)
    return run
  }

  describe(`${name}`, () => {
    afterEach(() => {
      for (const { client } of runs) client.close()
      expect(runs.splice(0).flatMap(({ reported }) => reported)).toEqual([])
    })

    describe.each(READERS)('read %s', (_, format) => {
      it.each(ROWS)('gives what there is to give of $name', async ({ content, data, raw = [] }) => {
        const bytes = typeof content === 'string' ? content : new Uint8Array(content)
        const run = connect(linesPath(bytes), { format })
        await until(() => run.messages.length + run.errors.length >= data.length + raw.length)
        expect(run.data()).toEqual(data)
        expect(run.errors.map((error) => [error.code, error.fatal, error.raw])).toEqual(
          raw.map((line) => ['decode', false, line]),
        )
        expect(run.client).toMatchObject({ status: 'open', error: null, attempt: 0 })
      })

      it('gives a line of ten million characters', async () => {
        const run = connect('/long-line?chars=10000000', { format })
        await until(() => run.messages.length === 3, 20_000)
        const [first, long, end] = run.data()
        expect([first, (long as string).length, end]).toEqual(['first', 10_000_000, 'end'])
        expect(run.errors).toEqual([])
      })

      it('is connected anew at a line over the limit', async () => {
        const options = { format, maxMessageSize: 100_000, reconnect: { initialDelay: 60_000 } }
        const run = connect('/long-line?chars=10000000', options)
        await until(() => run.errors.length > 0)
        expect(run.data()).toEqual(['first'])
        expect(run.errors).toMatchObject([{ code: 'message-too-large', fatal: false }])
        expect(run.client.status).toBe('reconnecting')
      })

      it('goes on after a line of a hundred thousand arrays in each other', async () => {
        const run = connect('/long-line?depth=100000', { format })
        await until(() => run.data().includes('end'))
        expect(run.data().at(0)).toBe('first')
        expect(run.messages.length + run.errors.length).toBe(3)
        expect(run.client.status).toBe('open')
      })
    })

    it('takes the names of what objects inherit for names', async () => {
      const heard: unknown[] = []
      const lines = TYPES.map((type, at) => `${JSON.stringify({ type, id: at, data: type })}\n`)
      const run = connect(linesPath(`${lines.join('')}{"__proto__":{"polluted":1}}\n{}\n`), {
        format: ndjson({ type: 'type', id: 'id', data: 'data' }),
        on: Object.fromEntries(
          TYPES.filter((type) => type !== '*').map((type) => [type, (data) => heard.push(data)]),
        ),
      })
      await until(() => run.messages.length === TYPES.length + 2)
      expect(run.messages.map(({ type }) => type)).toEqual([...TYPES, 'message', 'message'])
      expect(run.data()).toEqual([...TYPES, undefined, undefined])
      expect(heard).toEqual(TYPES.filter((type) => type !== '*'))
      expect(({} as { polluted?: number }).polluted).toBe(undefined)
      expect(run.client.lastEventId).toBe(String(TYPES.length - 1))
    })

    it('goes on though an id cannot be sent, and says that messages may be missing', async () => {
      const run = connect(linesPath('{"id":"a\\u0000b"}\n{"id":"a\\nb"}\n', 'cut'), {
        format: ndjson({ id: 'id' }),
      })
      await until(() => run.gaps.length > 0)
      expect(run.messages.map(({ lastEventId }) => lastEventId).slice(0, 2)).toEqual([
        ...['a\0b', 'a\nb'],
      ])
      expect(run.gaps[0]).toEqual({ reason: 'unsendable-id', lastEventId: 'a\nb' })
    })

    it('takes the last line at an end, and drops it at a cut', async () => {
      const options = { reconnect: false }
      const ended = connect(linesPath('1\n2', 'clean'), options)
      await until(() => ended.client.status === 'closed')
      expect([ended.data(), ended.client.reason, ended.errors]).toEqual([[1, 2], 'complete', []])
      const cut = connect(linesPath('1\n2', 'cut'), options)
      await until(() => cut.client.status === 'failed')
      // Chromium may drop what it has got when the connection breaks.
      expect([[], [1]]).toContainEqual(cut.data())
      expect(cut.errors.map(({ code }) => code)).toEqual(['network'])
    })

    it('reports the half of a line at an end, and asks for all of it', async () => {
      const run = connect(linesPath('{"id":1}\n{"id":', 'clean'), {
        format: ndjson({ id: 'id' }),
        reconnect: { initialDelay: 60_000 },
      })
      await until(() => run.client.status === 'reconnecting')
      expect(run.data()).toEqual([{ id: 1 }])
      expect(run.errors).toMatchObject([{ code: 'decode', raw: '{"id":' }, { code: 'network' }])
      expect(run.client.lastEventId).toBe('1')
    })
  })
}
