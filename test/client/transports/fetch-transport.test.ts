// @vitest-environment node
/** Streaming with fetch, as the transport tells it. */
import { describe, expect, it } from 'vitest'
import { EVENT_STREAM, fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import { createTestAttempt } from './test-attempt.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type { TestAttempt } from './test-attempt.ts'

async function open(options?: ConnectionOptions, lastEventId = ''): Promise<TestAttempt> {
  const test = createTestAttempt(options)
  test.lastEventId = lastEventId
  await test.connect(fetchTransport)
  await test.request.respond()
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

describe('EVENT_STREAM', () => {
  it('takes the type with and without parameters, and no other', () => {
    const types = ['text/event-stream', 'Text/Event-Stream; charset=utf-8', 'text/event-stream ;']
    expect(types.every((type) => EVENT_STREAM.test(type))).toBe(true)
    const others = ['text/event-streams', 'x-text/event-stream', 'text/event-stream+json', '']
    expect(others.some((type) => EVENT_STREAM.test(type))).toBe(false)
  })
})
