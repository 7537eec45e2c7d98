// @vitest-environment node
/** Streaming with fetch, as the transport tells it. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ndjson } from '../../../src/client/formats/ndjson.ts'
import { fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import { createTestAttempt } from './test-attempt.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type { TestAttempt } from './test-attempt.ts'

async function open(
  options?: ConnectionOptions,
  lastEventId = '',
  contentType = 'text/event-stream',
): Promise<TestAttempt> {
  const test = createTestAttempt(options)
  test.lastEventId = lastEventId
  await test.connect(fetchTransport)
  await test.request.respond({ contentType, isComplete: false })
  test.heard()
  return test
}

describe('fetchTransport', () => {
  it('asks for an event stream, and says when it is there', async () => {
    const test = createTestAttempt()
    await test.connect(fetchTransport)
    expect(fetchTransport).toMatchObject({ name: 'fetch' })
    expect(fetchTransport.isContinuous).not.toBe(false)
    expect(test.request.headers.get('Accept')).toBe('text/event-stream')
    await test.request.respond()
    expect(test.heard().map(([kind]) => kind)).toEqual(['request', 'head', 'open'])
    expect(test.outcome).toBe('pending')
  })

  it('tells of all that blocks say, a chunk at a time', async () => {
    const test = await open()
    await test.request.push('retry: 7\n: hi\nid: 1\ndata: a\n\nevent: x\ndata: b\n\nid: 2\n\nda')
    const inherits = { lastEventId: '1' }
    expect(test.heard()).toEqual([
      ['receive'],
      ['retry', 7],
      ['comment', 'hi'],
      ['id', '1'],
      ['message', { type: 'message', data: 'a', ...inherits }, true],
      ['message', { type: 'x', data: 'b', ...inherits }, false],
      ['id', '2'],
    ])
    await test.request.push('ta: c\n\n')
    expect(test.heard()).toEqual([
      ['receive'],
      ['message', { type: 'message', data: 'c', lastEventId: '2' }, false],
    ])
  })

  it('goes on with the cursor', async () => {
    const test = await open({}, '7')
    expect(test.request.headers.get('Last-Event-ID')).toBe('7')
    await test.request.push('data: a\n\n')
    expect(test.heardOf('message')).toEqual([{ type: 'message', data: 'a', lastEventId: '7' }])
  })

  it('ends with the stream, and drops what is not complete', async () => {
    const test = await open()
    await test.request.push('data: half\n')
    await test.request.end()
    expect(test.outcome).toBe('ended')
    expect(test.heard()).toEqual([['receive']])
  })

  it('is lost as the body is, and as the answer says', async () => {
    const cause = new TypeError('terminated')
    const test = await open()
    await test.request.cut(cause)
    expect(test.outcome).toBe(cause)
    const refused = createTestAttempt()
    await refused.connect(fetchTransport)
    await refused.request.respond({ contentType: 'application/json' })
    expect(refused.outcome).toMatchObject({ code: 'content-type', fatal: true })
  })

  it('is lost with a message that is too large, and reads no further', async () => {
    const test = await open({ maxMessageSize: 10 })
    await test.request.push('data: 1\n\ndata: 12345678901\n\ndata: b\n\n')
    expect(test.outcome).toMatchObject({ code: 'message-too-large', fatal: false })
    const kinds = test.heard().map(([kind]) => kind)
    expect(kinds).toEqual(['receive', 'message'])
  })

  it('cannot go on where fetch does not stream', async () => {
    const test = createTestAttempt({
      // As React Native's.
      fetch: async () =>
        ({
          status: 200,
          headers: new Headers({ 'Content-Type': 'text/event-stream' }),
        }) as Response,
    })
    await test.connect(fetchTransport)
    expect(test.outcome).toMatchObject({ code: 'unsupported', fatal: true })
    expect(test.heardOf('open')).toEqual([])
  })

  it('reads only when it may', async () => {
    const test = createTestAttempt()
    test.hold()
    await test.connect(fetchTransport)
    await test.request.respond()
    await test.request.push('data: a\n\n')
    expect(test.request.reads).toBe(0)
    await test.release()
    expect(test.heardOf('message')).toHaveLength(1)
    test.hold()
    await test.request.push('data: b\n\n', 'data: c\n\n')
    // What was asked for before still comes.
    expect(test.heardOf('message')).toHaveLength(2)
    await test.release()
    expect(test.heardOf('message')).toHaveLength(3)
  })

  it('holds nothing once it is aborted, and drops the rest of what is being read', async () => {
    const test = createTestAttempt()
    Object.assign(test.attempt, {
      onMessage(...message: unknown[]) {
        test.note('message', ...message)
        test.controller.abort()
      },
    })
    await test.connect(fetchTransport)
    await test.request.respond()
    await test.request.push('data: a\n\ndata: b\n\n')
    expect(test.heardOf('message')).toHaveLength(1)
    expect(test.live()).toEqual([])
  })
})

describe('format', () => {
  const plain = (data: string, lastEventId = '', type = 'message'): unknown[] => [
    'message',
    { type, data, lastEventId },
    false,
  ]

  it('says what is asked for, and what is taken', async () => {
    const test = createTestAttempt({ format: ndjson() })
    await test.connect(fetchTransport)
    expect(test.request.headers.get('Accept')).toMatch(/^application\/x-ndjson,/)
    await test.request.respond({ isComplete: true })
    expect(test.outcome).toMatchObject({
      code: 'content-type',
      hint: 'Send Content-Type: application/x-ndjson.',
    })
  })

  it.each(['application/x-ndjson', 'application/json; charset=utf-8'])(
    'reads an answer of the type %s',
    async (type) => {
      const test = await open({ format: ndjson({ type: 'event', id: 'seq' }) }, '6', type)
      await test.request.push('{"event":"x"}\n{"seq":7}\n{"ha')
      await test.request.push('lf":1}\n\n\n')
      expect(test.heard()).toEqual([
        ['receive'],
        plain('{"event":"x"}', '6', 'x'),
        ['id', '7'],
        ['message', { type: 'message', data: '{"seq":7}', lastEventId: '7' }, true],
        ['receive'],
        plain('{"half":1}', '7'),
        ['comment', ''],
      ])
    },
  )

  it('takes the last line at the end, and not after a cut', async () => {
    const type = 'application/x-ndjson'
    const ended = await open({ format: ndjson() }, '', type)
    await ended.request.push('1\n2')
    ended.heard()
    await ended.request.end()
    expect(ended.heard()).toEqual([['receive'], plain('2')])
    expect(ended.outcome).toBe('ended')
    const cut = await open({ format: ndjson() }, '', type)
    await cut.request.push('1\n2')
    cut.heard()
    await cut.request.cut()
    expect(cut.heard()).toEqual([])
    expect(cut.outcome).toBeInstanceOf(TypeError)
  })

  it('reports a line that cannot be read, and goes on', async () => {
    const format = ndjson({ type: ({ event }) => event.toString() })
    const test = await open({ format }, '', 'application/x-ndjson')
    await test.request.push('{"a":1}\n{"event":"x"}\n')
    expect(test.heard()).toEqual([
      ['receive'],
      ['error', expect.objectContaining({ code: 'decode', raw: '{"a":1}' })],
      plain('{"event":"x"}', '', 'x'),
    ])
    expect(test.outcome).toBe('pending')
  })

  it('is lost with a line that is too large, the last one too', async () => {
    const options = { format: ndjson(), maxMessageSize: 2 }
    const type = 'application/x-ndjson'
    const test = await open(options, '', type)
    await test.request.push('1\n123\n4\n')
    expect(test.outcome).toMatchObject({ code: 'message-too-large', fatal: false })
    expect(test.heardOf('message')).toHaveLength(1)
    // Only with the end it is clear that there are three characters.
    const late = await open(options, '', type)
    await late.request.push(new Uint8Array([0x31, 0x32, 0xc3]))
    expect(late.outcome).toBe('pending')
    await late.request.end()
    expect(late.outcome).toMatchObject({ code: 'message-too-large' })
  })

  it('holds nothing once it is aborted, and drops the rest of what is being read', async () => {
    const test = createTestAttempt({ format: ndjson() })
    Object.assign(test.attempt, {
      onMessage(...message: unknown[]) {
        test.note('message', ...message)
        test.controller.abort()
      },
    })
    await test.connect(fetchTransport)
    await test.request.respond({ contentType: 'application/x-ndjson', isComplete: false })
    await test.request.push('1\n2\n3')
    expect(test.heardOf('message')).toHaveLength(1)
    expect(test.live()).toEqual([])
  })
})

describe('an answer of the type of event streams', () => {
  it.each(['text/event-stream', 'Text/Event-Stream; charset=utf-8', 'text/event-stream ;'])(
    'has it with and without parameters: %s',
    async (type) => {
      const test = await open({}, '', type)
      await test.request.push('data: a\n\n')
      expect(test.heardOf('message')).toHaveLength(1)
    },
  )
})

describe('an answer of a type of NDJSON', () => {
  // Loading it takes many turns of the event loop.
  beforeAll(() => import('../../../src/client/formats/read-on-demand.ts'))

  it.each([
    'application/x-ndjson',
    'application/ndjson',
    'application/jsonl; charset=utf-8',
    'Application/JsonLines',
  ])('is read without being asked for: %s', async (type) => {
    const test = await open({}, '7', type)
    expect(test.request.headers.get('Accept')).toBe('text/event-stream')
    await test.request.push('{"a":1}\n\n\n2')
    await test.request.end()
    expect(test.heard()).toEqual([
      ['receive'],
      ['message', { type: 'message', data: '{"a":1}', lastEventId: '7' }, false],
      ['comment', ''],
      ['receive'],
      ['message', { type: 'message', data: '2', lastEventId: '7' }, false],
    ])
    expect(test.outcome).toBe('ended')
  })

  it.each([
    'application/json',
    'application/jsonx',
    'text/plain',
    'text/event-streams',
    'x-text/event-stream',
    'text/event-stream+json',
    '',
  ])('is not one of %s', async (type) => {
    const test = await open({}, '', type)
    await test.request.end()
    expect(test.outcome).toMatchObject({ code: 'content-type' })
  })

  it('is left at once when it is not wanted any more', async () => {
    const test = createTestAttempt()
    await test.connect(fetchTransport)
    const responded = test.request.respond({
      contentType: 'application/x-ndjson',
      isComplete: false,
    })
    test.controller.abort()
    await responded
    expect(test.heardOf('message')).toEqual([])
    expect(test.request.isOpen).toBe(false)
    expect(test.live()).toEqual([])
  })

  it('is lost with a clear error where the code for it cannot be loaded', async () => {
    const cause = new TypeError('Failed to fetch dynamically imported module')
    vi.doMock('../../../src/client/formats/read-on-demand.ts', () => {
      throw cause
    })
    vi.resetModules()
    const { fetchTransport: transport } =
      await import('../../../src/client/transports/fetch-transport.ts')
    const test = createTestAttempt()
    await test.connect(transport)
    await test.request.respond({ contentType: 'application/x-ndjson', isComplete: false })
    await vi.waitUntil(() => test.outcome !== 'pending')
    vi.doUnmock('../../../src/client/formats/read-on-demand.ts')
    // As the module loader of the tests tells it; an attempt makes a network error of it.
    expect(test.outcome).toMatchObject({ cause })
  })
})
