// @vitest-environment node
/** A stream that says when it is complete: closed then, and truncated when it ends without. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

// Loaded on demand: here it is there from the start.
await import('../../../src/client/delivery/message-iterator.ts')

const start = useTestStreams()
const COMPLETE = ['closed complete', 'onClose complete']

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await stream.open()
  stream.takeLog()
  return stream
}

describe('a text', () => {
  const until = '[DONE]'

  it('ends the stream as complete, and is not delivered', async () => {
    const stream = await startOpen({ until })
    await stream.request.push('data: 1\n\ndata: [DONE]\n\n')
    expect(stream.log).toEqual(['message message 1', ...COMPLETE])
    expect(stream.client).toMatchObject({
      ...{ status: 'closed', reason: 'complete', error: null, received: 1 },
      ...{ disconnectedSince: null, retryAt: null, message: { data: 1 } },
    })
    expect(stream.request.isOpen).toBe(false)
    expect(stream.live()).toEqual([])
  })

  it('drops what comes after it', async () => {
    const stream = await startOpen({ until })
    await stream.request.push('data: [DONE]\n\nid: 9\ndata: 2\n\nretry: 7\n')
    await stream.request.push('data: 3\n\n')
    expect(stream.log).toEqual(COMPLETE)
    expect(stream.client.lastEventId).toBe('')
  })

  it('may come in any type, with an id, which moves the cursor', async () => {
    const stream = await startOpen({ until })
    await stream.request.push('id: 9\nevent: end\ndata: [DONE]\n\n')
    expect(stream.log).toEqual(COMPLETE)
    expect(stream.client.lastEventId).toBe('9')
  })

  it.each([
    'data: "[DONE]"\n\n',
    'data: [DONE] \n\n',
    'data: [done]\n\n',
    'data: [DONE]\ndata:\n\n',
  ])('is compared with the data as it came: not %j', async (text) => {
    const stream = await startOpen({ until, decode: 'text' })
    await stream.request.push(text)
    expect(stream.client).toMatchObject({ status: 'open', received: 1 })
  })

  it('may be empty', async () => {
    const stream = await startOpen({ until: '' })
    await stream.request.push('data:\n\n')
    expect(stream.log).toEqual(COMPLETE)
  })

  it('waits in a pause for its turn', async () => {
    const stream = await startOpen({ until })
    stream.client.pause()
    await stream.request.push('data: 1\n\ndata: [DONE]\n\n')
    expect(stream.takeLog()).toEqual(['paused user'])
    stream.client.resume()
    await settle()
    expect(stream.log.slice(-3)).toEqual(['message message 1', ...COMPLETE])
  })

  it('ends a for await after the last message', async () => {
    const stream = await startOpen({ until })
    const seen: unknown[] = []
    const done = (async () => {
      for await (const { data } of stream.client) seen.push(data)
    })()
    await settle()
    await stream.request.push('data: 1\n\ndata: 2\n\ndata: [DONE]\n\n')
    await done
    expect(seen).toEqual([1, 2])
  })

  it('lets open() start anew', async () => {
    const stream = await startOpen({ until })
    await stream.request.push('data: [DONE]\n\n')
    stream.client.open()
    await settle()
    await stream.open()
    expect(stream.requests).toHaveLength(2)
    expect(stream.client.status).toBe('open')
  })

  it('is one that a replay brings again', async () => {
    const stream = await startOpen({ until })
    await stream.request.push('id: 1\ndata: [DONE]\n\n')
    stream.client.open()
    await settle()
    await stream.open()
    await stream.request.push('id: 1\ndata: [DONE]\n\n')
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'complete' })
  })
})

describe('a function', () => {
  it('ends the stream after the message has been handled', async () => {
    const order: string[] = []
    const stream = await startOpen({
      until({ type, data, lastEventId }) {
        order.push(`until ${type} ${JSON.stringify(data)} ${lastEventId}`)
        return data === 2
      },
      onMessage: () => order.push('onMessage'),
      on: { a: () => order.push('on') },
      onClose: () => order.push('onClose'),
    })
    stream.client.on('*', () => order.push('*'))
    await stream.request.push('data: 1\n\nid: 5\nevent: a\ndata: 2\n\ndata: 3\n\n')
    expect(order).toEqual([
      ...['onMessage', '*', 'until message 1 '],
      ...['onMessage', 'on', '*', 'until a 2 5', 'onClose'],
    ])
    expect(stream.log).toEqual(['message message 1', 'message a 2', ...COMPLETE])
    expect(stream.client).toMatchObject({ received: 2, lastEventId: '5', message: { data: 2 } })
    expect(stream.live()).toEqual([])
  })

  it('does not wait for handlers that take their time', async () => {
    const stream = await startOpen({ until: () => true, onMessage: () => new Promise(() => {}) })
    await stream.request.push('data: 1\n\n')
    expect(stream.client.status).toBe('closed')
  })

  it('costs nothing when it fails, and is reported', async () => {
    const stream = await startOpen({
      until() {
        throw new Error('no')
      },
    })
    await stream.request.push('data: 1\n\ndata: 2\n\n')
    expect(stream.client).toMatchObject({ status: 'open', received: 2 })
    expect(stream.errors).toMatchObject([{ code: 'handler' }, { code: 'handler' }])
  })

  it('is not asked when a handler has left the stream, or about what cannot be decoded', async () => {
    const asked: unknown[] = []
    const until = ({ data }: { data: unknown }): boolean => !asked.push(data)
    const stream = await startOpen({ until, onMessage: () => stream.client.close() })
    await stream.request.push('data: {\n\n', 'data: 1\n\n')
    expect(asked).toEqual([])
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'user' })
  })

  it('is not asked about a duplicate', async () => {
    const asked: unknown[] = []
    const stream = await startOpen({ until: ({ data }) => !asked.push(data) })
    await stream.request.push('id: 1\ndata: 1\n\n')
    await stream.request.cut()
    await stream.advance(750)
    await stream.open()
    await stream.request.push('id: 1\ndata: 1\n\n')
    expect(asked).toEqual([1])
  })
})

describe.each<[string, TestStreamOptions['until']]>([
  ['a text', '[DONE]'],
  ['a function', () => false],
])('an end without it: %s', (_, until) => {
  it('is a loss for a GET, which is tried again', async () => {
    const stream = await startOpen({ until })
    await stream.request.end()
    expect(stream.log).toEqual(['reconnecting network', 'error truncated'])
    expect(stream.errors[0]).toMatchObject({ code: 'truncated', fatal: false, attempt: 1 })
    await stream.advance(750)
    await stream.open()
    expect(stream.client).toMatchObject({ status: 'open', error: null })
  })

  it.each<TestStreamOptions>([{ method: 'POST' }, { reconnect: false }])(
    'fails where nothing is repeated: %j',
    async (options) => {
      const stream = await startOpen({ until, ...options })
      await stream.request.push('data: 1\n\n')
      await stream.request.end()
      expect(stream.log.slice(1)).toEqual([
        ...['failed network', 'error truncated', 'onClose network'],
      ])
      expect(stream.client.error).toMatchObject({ code: 'truncated', fatal: true })
      expect(stream.live()).toEqual([])
    },
  )

  it('is a loss for a POST that may be repeated', async () => {
    const stream = await startOpen({ until, method: 'POST', reconnect: true })
    await stream.request.end()
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
    await stream.advance(750)
    expect(stream.requests).toHaveLength(2)
  })

  it('is a network error when the connection is cut', async () => {
    const stream = await startOpen({ until })
    await stream.request.cut()
    expect(stream.errors[0]).toMatchObject({ code: 'network' })
  })

  it('is none when the server says that there is no content', async () => {
    const stream = await start({ until })
    await stream.request.respond({ status: 204, hasBody: false })
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'no-content' })
  })
})
