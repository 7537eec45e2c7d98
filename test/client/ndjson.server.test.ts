/** Streams of NDJSON from a real server, over real sockets: cut anywhere, with and without ids, shared, and by type alone. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { ndjson } from '../../src/client/formats/ndjson.ts'
import { createAppConnections } from '../../src/client/sharing/app-connections.ts'
import { pollingTransport } from '../../src/client/transports/polling-transport.ts'
import { QUICK, startRun, until } from '../support/client-run.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { ClientRun } from '../support/client-run.ts'

const NDJSON = 'application/x-ndjson'

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** How many requests this test has had before. */
  nth: number
  /** What the client goes on after. */
  lastEventId: string | undefined
  /** Writes these parts, each as soon as the one before is on its way. */
  send(...parts: (string | Uint8Array)[]): Promise<void>
}
type Responder = (exchange: Exchange) => unknown

let server: Server
let respond: Responder
let asked: (string | undefined)[]
const runs: ClientRun[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    const header = request.headers['last-event-id']
    const lastEventId = header === undefined ? undefined : `${header}`
    const nth = asked.push(lastEventId) - 1
    response.setHeader('Content-Type', NDJSON)
    async function send(...parts: (string | Uint8Array)[]): Promise<void> {
      for (const part of parts) {
        await new Promise((resolve) => response.write(part, resolve))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    void respond({ request, response, nth, lastEventId, send })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  for (const { client } of runs) client.close()
  // oxlint-disable-next-line vitest/no-standalone-expect -- of every test
  expect(runs.splice(0).flatMap(({ reported }) => reported)).toEqual([])
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

function connect(responder: Responder, options: EventStreamClientOptions = {}): ClientRun {
  respond = responder
  asked = []
  const { port } = server.address() as AddressInfo
  const run = startRun(`http://127.0.0.1:${port}/lines`, options)
  runs.push(run)
  return run
}

const VALUES = [
  { seq: 1, text: 'é你😀' },
  { seq: 2, text: '\u2028"\\\n' },
  { seq: 3, text: '' },
  { seq: 4, text: 'x'.repeat(20) },
]
const TEXT = VALUES.map((value) => `${JSON.stringify(value)}\r\n`).join('\n')
const BYTES = new TextEncoder().encode(TEXT)
/** All lines after this id. */
const after = (id: string | undefined): string =>
  VALUES.filter(({ seq }) => seq > Number(id ?? 0))
    .map((value) => `${JSON.stringify(value)}\n`)
    .join('')

describe('a stream of NDJSON', () => {
  it.each([
    ['with the option', ndjson()],
    ['by its type alone', undefined],
  ])('is read %s', async (_, format) => {
    const run = connect(({ send }) => send(TEXT), { format })
    await until(() => run.messages.length === VALUES.length)
    expect(run.data()).toEqual(VALUES)
    expect(run.messages.map(({ type, lastEventId }) => [type, lastEventId])).toEqual(
      VALUES.map(() => ['message', '']),
    )
    expect(run.client).toMatchObject({ status: 'open', transport: 'fetch', received: 4 })
    expect(run.errors).toEqual([])
  })

  it('says types, payloads and ids as the app names them', async () => {
    const lines =
      '{"event":"add","body":{"n":1},"meta":{"rev":7}}\n{"event":"ping"}\n{"event":"end"}\n'
    const added: unknown[] = []
    const run = connect(({ send }) => send(lines), {
      format: ndjson({ type: 'event', data: 'body', id: ({ meta }) => meta?.rev }),
      on: { add: (payload, { lastEventId }) => added.push(payload, lastEventId) },
      until: ({ type }) => type === 'end',
    })
    await until(() => run.client.status === 'closed')
    expect(added).toEqual([{ n: 1 }, '7'])
    expect(run.messages.map(({ type, data }) => [type, data])).toEqual([
      ['add', { n: 1 }],
      ['ping', undefined],
      ['end', undefined],
    ])
    expect(run.client).toMatchObject({ reason: 'complete', lastEventId: '7' })
  })

  it('is whole wherever its chunks are cut', async () => {
    for (let at = 0; at <= BYTES.length; at++) {
      const run = connect(
        async ({ response, send }) => {
          await send(...[BYTES.subarray(0, at), BYTES.subarray(at)].filter(({ length }) => length))
          response.end()
        },
        { format: at % 2 ? ndjson() : undefined, reconnect: false },
      )
      await until(() => run.client.status === 'closed')
      expect(run.data(), `cut at byte ${at}`).toEqual(VALUES)
      expect(run.errors).toEqual([])
    }
  })

  it('goes on where it was cut off, at every byte', async () => {
    const whole = new TextEncoder().encode(after(undefined))
    for (let at = 0; at < whole.length; at++) {
      const run = connect(
        async ({ response, nth, lastEventId, send }) => {
          if (nth > 0) return send(after(lastEventId))
          response.flushHeaders()
          if (at > 0) await send(whole.subarray(0, at))
          response.destroy()
        },
        { format: ndjson({ id: 'seq' }), reconnect: QUICK },
      )
      await until(() => run.messages.length >= VALUES.length)
      expect(run.data(), `cut at byte ${at}`).toEqual(VALUES)
      const complete = new TextDecoder().decode(whole.subarray(0, at)).split('\n').length - 1
      expect(asked).toEqual([undefined, complete > 0 ? `${complete}` : undefined])
      expect(run.errors.map(({ code }) => code)).toEqual(['network'])
      expect(run.gaps).toEqual([])
      run.client.close()
    }
  })

  it('is whole in random chunks', async () => {
    const { below } = createSeededRandom(20_260_602)
    const values = Array.from({ length: 500 }, (_, seq) => ({ seq, text: '你'.repeat(below(60)) }))
    const bytes = new TextEncoder().encode(values.map((v) => `${JSON.stringify(v)}\n`).join(''))
    const run = connect(
      async ({ send, response }) => {
        for (let at = 0; at < bytes.length;) {
          const end = at + 1 + below(700)
          await send(bytes.subarray(at, end))
          at = end
        }
        response.end()
      },
      { format: ndjson(), reconnect: false },
    )
    await until(() => run.client.status === 'closed')
    expect(run.data()).toEqual(values)
  })

  it('takes the last line when the answer ends without a line feed', async () => {
    const run = connect(({ response }) => response.end('1\n2'), { reconnect: false })
    await until(() => run.client.status === 'closed')
    expect(run.data()).toEqual([1, 2])
    expect(run.client.reason).toBe('complete')
  })

  it('costs no other line when one is bad', async () => {
    const run = connect(({ send }) => send('{"a":1}\n{"a":\n<p>\n\n', '{"a":2}\n'))
    await until(() => run.messages.length === 2)
    expect(run.data()).toEqual([{ a: 1 }, { a: 2 }])
    expect(run.errors).toMatchObject([
      { code: 'decode', fatal: false, raw: '{"a":' },
      { code: 'decode', fatal: false, raw: '<p>' },
    ])
    expect(run.client).toMatchObject({ status: 'open', error: null })
    expect(asked).toHaveLength(1)
  })

  it('costs no other line when one is bad and has to be looked into', async () => {
    const run = connect(({ send }) => send('{"t":"x"}\n{"t":\n', 'null\n{"t":"y"}\n'), {
      format: ndjson({ type: (line) => line.t }),
    })
    await until(() => run.messages.length === 2)
    expect(run.messages.map(({ type }) => type)).toEqual(['x', 'y'])
    expect(run.errors).toMatchObject([
      { code: 'decode', fatal: false, raw: '{"t":' },
      { code: 'decode', fatal: false, raw: 'null' },
    ])
  })

  it('is connected anew after a line that is too large', async () => {
    const run = connect(({ nth, send }) => send(nth > 0 ? '2\n' : `1\n"${'x'.repeat(100)}"\n3\n`), {
      maxMessageSize: 50,
    })
    await until(() => run.messages.length === 2)
    expect(run.data()).toEqual([1, 2])
    expect(run.errors).toMatchObject([{ code: 'message-too-large', fatal: false }])
  })

  it('tells of a gap after a cut, as there are no ids', async () => {
    const run = connect(async ({ nth, send, response }) => {
      await send(`${nth}\n`)
      if (nth === 0) response.destroy()
    })
    await until(() => run.messages.length === 2)
    expect(run.gaps).toEqual([{ reason: 'no-id', lastEventId: '' }])
    expect(run.data()).toEqual([0, 1])
  })

  it('finds the cursor with getEventId, and drops what is replayed', async () => {
    const run = connect(
      async ({ nth, send, response }) => {
        await send(nth === 0 ? TEXT.slice(0, TEXT.indexOf('\n{"seq":3')) : after('1'))
        if (nth === 0) response.destroy()
      },
      { getEventId: ({ data }) => `${(data as { seq: number }).seq}` },
    )
    await until(() => run.messages.length === VALUES.length)
    expect(run.data()).toEqual(VALUES)
    expect(asked).toEqual([undefined, '2'])
    expect(run.client).toMatchObject({ duplicates: 1, lastEventId: '4' })
    expect(run.gaps).toEqual([])
  })

  it('is complete with until, a text or a function, and truncated without it', async () => {
    const text = connect(({ send }) => send('1\n[DONE]\n2\n'), { until: '[DONE]' })
    await until(() => text.client.status === 'closed')
    expect(text.data()).toEqual([1])
    const read = connect(({ send }) => send('{"n":1}\n[DONE]\n{"n":2}\n'), {
      format: ndjson({ data: 'n' }),
      until: '[DONE]',
    })
    await until(() => read.client.status === 'closed')
    expect([read.data(), read.errors]).toEqual([[1], []])
    const done = connect(({ send }) => send('{"a":1}\n{"done":true}\n{"a":2}\n'), {
      until: ({ data }) => (data as { done?: boolean }).done === true,
    })
    await until(() => done.client.status === 'closed')
    expect(done.data()).toEqual([{ a: 1 }, { done: true }])
    const broken = connect(({ response }) => response.end('{"a":1}\n{"do'), {
      until: '[DONE]',
      reconnect: false,
    })
    await until(() => broken.client.status === 'failed')
    expect(broken.errors.map(({ code }) => code)).toEqual(['decode', 'truncated'])
  })

  it('fails with a line of plain text that failWhen knows, whatever else is read of lines', async () => {
    for (const format of [ndjson(), ndjson({ id: 'seq' })]) {
      const run = connect(({ send }) => send('{"seq":1}\nupstream timed out\n{"seq":2}\n'), {
        format,
        failWhen: ({ data }) => data === 'upstream timed out' && 'fatal',
      })
      await until(() => run.client.status === 'failed')
      expect(run.data()).toEqual([{ seq: 1 }])
      expect(run.errors).toMatchObject([{ code: 'server', raw: 'upstream timed out' }])
    }
  })

  it('is decoded as the app says', async () => {
    const run = connect(({ send }) => send('{"t":"a","n":1}\n{"t":"b"}\r\nplain\n'), {
      format: { ...ndjson(), name: 'text' },
      decode: 'text',
    })
    await until(() => run.messages.length === 3)
    expect(run.data()).toEqual(['{"t":"a","n":1}', '{"t":"b"}', 'plain'])
  })

  it('is an answer to a POST, which is sent once', async () => {
    const run = connect(
      async ({ request, response }) => {
        let body = ''
        for await (const chunk of request.setEncoding('utf8')) body += chunk
        response.end(`{"echo":${body}}\n{"done":true}`)
      },
      { method: 'POST', body: '"hi"', format: ndjson(), reconnect: undefined },
    )
    await until(() => run.client.status === 'closed')
    expect(run.data()).toEqual([{ echo: 'hi' }, { done: true }])
    expect(asked).toHaveLength(1)
  })

  it('is taken for dead when nothing comes, and blank lines keep it alive', async () => {
    const dead = connect(({ send }) => send('1\n'), { silenceTimeout: 40 })
    await until(() => asked.length >= 2)
    expect(dead.errors[0]).toMatchObject({ code: 'silence' })
    dead.client.close()
    let beats = 0
    const alive = connect(
      async ({ response, send }) => {
        while (!response.destroyed && beats++ < 200) await send('\n')
      },
      { silenceTimeout: 4000 },
    )
    await until(() => beats >= 200)
    expect(alive.client).toMatchObject({ status: 'open', received: 0 })
    expect(alive.errors).toEqual([])
    expect(asked).toHaveLength(1)
  })

  it('is one connection for streams that share it', async () => {
    const connections = createAppConnections()
    // What they report to is a part of what they have in common.
    const environment = { reportError: (error: unknown): void => void first.reported.push(error) }
    const sharing = (): EventStreamClientOptions => {
      return { share: 'app', connections, format: ndjson({ id: 'seq' }), environment }
    }
    const { port } = server.address() as AddressInfo
    const first = connect(({ send }) => send(after(undefined)), sharing())
    await until(() => first.messages.length === VALUES.length)
    const second = startRun(`http://127.0.0.1:${port}/lines`, sharing(), createEventStreamClient)
    runs.push(second)
    await until(() => second.messages.length === VALUES.length)
    expect(second.data()).toEqual(VALUES)
    expect(asked).toHaveLength(1)
    expect(connections.count()).toBe(1)
    connections.dispose()
  })

  it('is polled in the same format', async () => {
    const run = connect(
      ({ lastEventId, response }) => response.end(after(lastEventId).split('\n', 2).join('\n')),
      { format: ndjson({ id: 'seq', data: 'text' }), transport: pollingTransport({ interval: 5 }) },
    )
    await until(() => run.messages.length === VALUES.length)
    expect(run.data()).toEqual(VALUES.map(({ text }) => text))
    expect(asked.slice(0, 2)).toEqual([undefined, '2'])
  })

  it('is refused with a hint when the server sends something else', async () => {
    const run = connect(
      ({ response }) => response.setHeader('Content-Type', 'text/html').end('<p>'),
      { format: ndjson() },
    )
    await until(() => run.client.status === 'failed')
    expect(run.errors[0]).toMatchObject({ code: 'content-type', body: '<p>' })
  })
})
