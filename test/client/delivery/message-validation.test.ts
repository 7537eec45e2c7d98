// @vitest-environment node
/** The option `schema`: what it makes of payloads, what it refuses, and what waits while it takes its time. */
import { type } from 'arktype'
import * as v from 'valibot'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { until } from '../../support/client-run.ts'
import { settle } from '../../support/settle.ts'
import { useSharedStreams } from '../../support/shared-streams.ts'
import { useStoredStreams } from '../../support/stored-streams.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import { createSlowSchema } from '../../support/slow-schema.ts'
import type { StandardSchemaV1 } from '../../../src/protocol/standard-schema.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

// Loaded on demand: here it is there from the start.
await import('../../../src/client/delivery/message-iterator.ts')

const start = useTestStreams()
const startStored = useStoredStreams()
const openPage = useSharedStreams()

beforeAll(() => import('../../../src/client/delivery/message-stages.ts'))

/** The code that is loaded on demand is there. */
async function startLoaded(options: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await until(() => stream.requests.length > 0)
  return stream
}

async function startOpen(options: TestStreamOptions): Promise<TestStream> {
  const stream = await startLoaded(options)
  await stream.open()
  stream.takeLog()
  return stream
}

/** A schema in the hand of the test, which is no library. */
function schemaOf(validate: (value: unknown) => unknown): StandardSchemaV1<unknown, any> {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } }
}

const ofValidators: [string, StandardSchemaV1<any, { n: number }>][] = [
  ['zod', z.object({ n: z.coerce.number().positive() })],
  ['valibot', v.object({ n: v.pipe(v.unknown(), v.transform(Number), v.minValue(1)) })],
  ['arktype', type({ n: 'string.numeric.parse |> number > 0' })],
]

describe.each(ofValidators)('a schema of %s', (_vendor, message) => {
  it('gives handlers what it makes of the data', async () => {
    const seen: unknown[] = []
    const stream = await startOpen({
      schema: { message },
      on: { message: (payload, { data }) => seen.push(payload, data) },
    })
    await stream.request.push('data: {"n":"5"}\n\n')
    expect(seen).toEqual([{ n: 5 }, { n: 5 }])
    expect(stream.client.message?.data).toEqual({ n: 5 })
  })

  it('keeps invalid data from everybody, and says what is wrong with it', async () => {
    const stream = await startOpen({ schema: { message } })
    await stream.request.push('id: 1\ndata: {"n":"-5"}\n\nid: 2\ndata: {"n":"6"}\n\n')
    expect(stream.log).toEqual(['error validation', 'message message {"n":6}'])
    const [error] = stream.errors
    expect(error).toMatchObject({ fatal: false, type: 'message', raw: '{"n":"-5"}' })
    expect(error!.issues).toHaveLength(1)
    expect(error!.issues![0]!.message).toEqual(expect.any(String))
    expect(error!.issues![0]!.path).toHaveLength(1)
  })
})

describe('invalid data', () => {
  const schema = { message: z.number() }

  it('moves the cursor on, and is counted; the stream stays open', async () => {
    const stream = await startOpen({ schema })
    await stream.request.push('id: 7\ndata: "x"\n\n')
    expect(stream.client).toMatchObject({
      status: 'open',
      lastEventId: '7',
      received: 1,
      message: null,
    })
    await stream.request.cut()
    await stream.advance(1000)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('7')
  })

  it('is committed, as what handlers have dealt with', async () => {
    const stream = await startStored({}, { schema })
    await until(() => stream.requests.length > 0)
    await stream.open()
    await stream.request.push('id: 7\ndata: "x"\n\n')
    await stream.advance(250)
    expect(stream.storedId()).toBe('7')
  })

  it('is warned of in development, once', async () => {
    const stream = await startOpen({ schema })
    await stream.request.push('data: "x"\n\ndata: "y"\n\n')
    expect(stream.warnings).toEqual([
      expect.stringMatching(/^\[vue-event-stream\] invalid-data \(message\)/),
    ])
  })

  it('keeps the id that is in it', async () => {
    const stream = await startOpen({
      schema: { message: z.object({ id: z.string(), n: z.number() }) },
      getEventId: ({ data }) => (data as { id: string }).id,
    })
    await stream.request.push('data: {"id":"a","n":"x"}\n\n')
    expect(stream.log).toEqual(['error validation'])
    expect(stream.client.lastEventId).toBe('a')
  })

  it('that comes twice is refused once', async () => {
    const stream = await startOpen({ schema })
    await stream.request.push('id: 7\ndata: "x"\n\n')
    await stream.request.cut()
    await stream.advance(1000)
    await stream.open()
    await stream.request.push('id: 7\ndata: "x"\n\n')
    expect(stream.errors.map(({ code }) => code)).toEqual(['validation', 'network'])
    expect(stream.client.duplicates).toBe(1)
  })

  it('is not in the message that a loop gets next', async () => {
    const stream = await startOpen({ schema })
    const loop = stream.client[Symbol.asyncIterator]()
    const next = loop.next()
    await settle()
    await stream.request.push('data: "x"\n\ndata: 5\n\n')
    expect((await next).value).toMatchObject({ data: 5 })
  })
})

describe('which schema', () => {
  it('is that of the type; the others are as they come', async () => {
    const stream = await startOpen({ schema: { a: z.number() } })
    await stream.request.push('event: a\ndata: "x"\n\nevent: b\ndata: "x"\n\n')
    expect(stream.log).toEqual(['error validation', 'message b "x"'])
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'is none for a type %s that has none of its own',
    async (name) => {
      const stream = await startOpen({ schema: { a: z.number() } })
      await stream.request.push(`event: ${name}\ndata: 1\n\n`)
      expect(stream.log).toEqual([`message ${name} 1`])
    },
  )

  it('may be of a type that is called constructor', async () => {
    const stream = await startOpen({ schema: { constructor: z.number() } as never })
    await stream.request.push('event: constructor\ndata: "x"\n\n')
    expect(stream.log).toEqual(['error validation'])
  })

  it('sees what decode has made', async () => {
    const stream = await startOpen({ decode: 'text', schema: { message: z.literal('5') } })
    await stream.request.push('data: 5\n\n')
    expect(stream.log).toEqual(['message message "5"'])
  })

  it('is not asked for data that cannot be decoded', async () => {
    const stream = await startOpen({ schema: { message: schemaOf(() => expect.unreachable()) } })
    await stream.request.push('data: {\n\n')
    expect(stream.log).toEqual(['error decode'])
  })
})

describe('a schema that fails', () => {
  const failure = new Error('broken')
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
    [
      'rejects later',
      () =>
        settle().then(() => {
          throw failure
        }),
    ],
  ])('because it %s is a validation error with the cause', async (_how, validate) => {
    const stream = await startOpen({ schema: { message: schemaOf(validate) } })
    await stream.request.push('data: 1\n\nevent: b\ndata: 2\n\n')
    await settle()
    expect(stream.log).toEqual(['error validation', 'message b 2'])
    expect(stream.errors[0]).toMatchObject({ cause: failure, raw: '1', type: 'message' })
  })

  it.each([undefined, null, 5])('because it answers %s is one, too', async (answer) => {
    for (const given of [answer, Promise.resolve(answer)]) {
      const stream = await startOpen({ schema: { message: schemaOf(() => given) } })
      await stream.request.push('data: 1\n\n')
      if (typeof answer === 'number') continue
      expect(stream.log).toEqual(['error validation'])
      expect(stream.errors[0]!.cause).toBeInstanceOf(TypeError)
    }
  })
})

describe('an asynchronous schema', () => {
  it('lets nothing overtake: messages, ids, the end', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    await stream.request.push('id: 1\nevent: slow\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\n\n')
    await stream.request.end()
    expect([stream.log, stream.client.lastEventId]).toEqual([[], ''])
    await slow.answer({ value: 'one' })
    expect(stream.log).toEqual([
      ...['message slow "one"', 'message message 2', 'reconnecting network', 'error network'],
    ])
    expect(stream.client.lastEventId).toBe('3')
  })

  it('is asked one by one, and once for each', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    await stream.request.push(
      'event: slow\ndata: 1\n\nevent: slow\ndata: 1\n\nevent: slow\ndata: 3\n\n',
    )
    expect(slow.asked).toEqual([1])
    await slow.answer({ value: 'a' })
    expect(slow.asked).toEqual([1, 1])
    await slow.answer({ issues: [{ message: 'no' }] })
    await slow.answer({ value: 'c' })
    expect(slow.asked).toEqual([1, 1, 3])
    expect(stream.log).toEqual(['message slow "a"', 'error validation', 'message slow "c"'])
  })

  it('stops reading', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    await stream.request.push('event: slow\ndata: 1\n\n')
    const { reads } = stream.request
    await stream.request.push('data: 2\n\n', 'data: 3\n\n')
    expect(stream.request.reads).toBeLessThanOrEqual(reads + 1)
    expect(stream.log).toEqual([])
    await slow.answer({ value: 1 })
    expect(stream.log).toEqual(['message slow 1', 'message message 2', 'message message 3'])
  })

  it('counts as progress when it is done', async () => {
    const slow = createSlowSchema()
    const stream = await startLoaded({ schema: { slow } })
    await stream.request.refuse()
    await stream.advance(1000)
    await stream.open()
    await stream.request.push('id: 1\nevent: slow\ndata: 1\n\n')
    expect(stream.client.attempt).toBe(1)
    await slow.answer({ value: 1 })
    expect(stream.client.attempt).toBe(0)
  })

  it('delivers nothing while the app pauses, and then in order', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    await stream.request.push('event: slow\ndata: 1\n\ndata: 2\n\n')
    stream.client.pause()
    await slow.answer({ value: 1 })
    expect(stream.takeLog()).toEqual(['paused user'])
    stream.client.resume()
    await settle()
    expect(stream.takeLog()).toEqual(['message slow 1', 'message message 2', 'open'])
  })

  it('is waited for over a cut; what was read is not asked for again', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    await stream.request.push('id: 1\nevent: slow\ndata: 1\n\nid: 2\ndata: 2\n\n')
    stream.client.reconnect()
    await stream.advance(1000)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('2')
    await slow.answer({ value: 1 })
    expect(stream.data).toEqual([1, 2])
  })

  it('whose message is dropped by close() has not been delivered: it comes again', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    await stream.request.push('id: 1\ndata: 0\n\nid: 2\nevent: slow\ndata: 1\n\nid: 3\ndata: 2\n\n')
    stream.client.close()
    expect(stream.client.lastEventId).toBe('1')
    await slow.answer({ value: 1 })
    expect(stream.takeLog()).toEqual(['message message 0', 'closed user', 'onClose user'])
    stream.client.open()
    await settle()
    await stream.open()
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
    await stream.request.push('id: 2\nevent: slow\ndata: 1\n\nid: 3\ndata: 2\n\n')
    expect(slow.asked).toEqual([1, 1])
    await slow.answer({ value: 1 })
    expect(stream.data).toEqual([0, 1, 2])
  })

  it('that never answers does not hold the stream that is opened anew, or another one', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    for (const leave of [
      () => (stream.client.close(), stream.client.open()),
      () => stream.client.setUrl('https://server.test/other'),
      () => (stream.client.setEnabled(false), stream.client.setEnabled(true)),
    ]) {
      await stream.request.push('event: slow\ndata: 1\n\n')
      leave()
      await settle()
      await stream.open()
      await stream.request.push('data: 2\n\n')
      expect(stream.data.splice(0)).toEqual([2])
    }
  })

  it('whose answer comes after a change of the URL says nothing there', async () => {
    const slow = createSlowSchema()
    const stream = await startOpen({ schema: { slow } })
    await stream.request.push('event: slow\ndata: 1\n\n')
    stream.client.setUrl('https://server.test/other')
    await settle()
    await stream.open()
    await stream.request.push('event: slow\ndata: 2\n\ndata: 3\n\n')
    await slow.answer({ value: 'old' })
    expect(stream.data).toEqual([])
    await slow.answer({ value: 'new' })
    expect(stream.data).toEqual(['new', 3])
  })

  it('is not committed ahead of', async () => {
    const slow = createSlowSchema()
    const stream = await startStored({}, { schema: { slow } })
    await until(() => stream.requests.length > 0)
    await stream.open()
    await stream.request.push('id: 1\ndata: 0\n\nid: 2\nevent: slow\ndata: 1\n\nid: 3\ndata: 2\n\n')
    await stream.advance(250)
    expect(stream.storedId()).toBe('1')
    await slow.answer({ value: 1 })
    await stream.advance(250)
    expect(stream.storedId()).toBe('3')
  })
})

describe('with a connection that several share', () => {
  it('checks for each subscriber by itself', async () => {
    const page = openPage()
    const plain = page.start()
    const checked = page.start({ schema: { message: z.number().transform(String) } })
    await until(() => page.requests.length > 0)
    await settle()
    await page.request.respond()
    await page.request.push('id: 1\ndata: 1\n\nid: 2\ndata: "x"\n\nid: 3\ndata: 3\n\n')
    expect(page.requests).toHaveLength(1)
    expect(plain.data).toEqual([1, 'x', 3])
    expect(checked.data).toEqual(['1', '3'])
    expect([plain.errors, checked.errors.map(({ code }) => code)]).toEqual([[], ['validation']])
    expect(checked.client).toMatchObject({ lastEventId: '3', received: 3, duplicates: 0 })
  })

  it('holds back one subscriber, and no other', async () => {
    const page = openPage()
    const slow = createSlowSchema()
    const plain = page.start()
    const checked = page.start({ schema: { message: slow } })
    await until(() => page.requests.length > 0)
    await settle()
    await page.request.respond()
    await page.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    expect([plain.data, checked.data]).toEqual([[1, 2], []])
    expect(checked.client.lastEventId).toBe('')
    await slow.answer({ value: 'a' })
    await slow.answer({ value: 'b' })
    expect(checked.data).toEqual(['a', 'b'])
    expect(checked.client).toMatchObject({ lastEventId: '2', received: 2 })
  })

  it('goes on with the message that was being checked when it left', async () => {
    const page = openPage()
    const slow = createSlowSchema()
    page.start()
    const checked = page.start({ schema: { message: slow } })
    await until(() => page.requests.length > 0)
    await settle()
    await page.request.respond()
    await page.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    await slow.answer({ value: 'a' })
    checked.client.close()
    await slow.answer({ value: 'too late' })
    checked.client.open()
    await settle()
    await slow.answer({ value: 'b' })
    expect(checked.data).toEqual(['a', 'b'])
    expect(page.requests).toHaveLength(1)
  })

  it('commits no message that is still being checked', async () => {
    const page = openPage()
    const slow = createSlowSchema()
    const resume = { storage: 'session', key: 'chat' } as const
    page.start({ resume })
    page.start({ resume, schema: { message: slow } })
    await until(() => page.requests.length > 0)
    await settle()
    await page.request.respond()
    await page.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    const stored = (): unknown =>
      (JSON.parse(page.stored.session.get('vue-event-stream:chat') ?? '{}') as { id?: string }).id
    await page.advance(250)
    expect(stored()).toBe(undefined)
    await slow.answer({ value: 'a' })
    await page.advance(250)
    expect(stored()).toBe('1')
    await slow.answer({ value: 'b' })
    await page.advance(250)
    expect(stored()).toBe('2')
  })
})
