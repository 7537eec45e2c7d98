// @vitest-environment node
/** When messages may be missing: said once, after `onOpen` and before the first message. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { GapDetails } from '../../../src/client/types.ts'
import type { ResponseHead } from '../../support/controlled-server.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()

interface GapStream extends TestStream {
  gaps: GapDetails[]
}

async function startGap(options: TestStreamOptions = {}, head?: ResponseHead): Promise<GapStream> {
  const gaps: GapDetails[] = []
  const stream = await start({
    url: 'https://page.test/events',
    ...options,
    onGap(details) {
      gaps.push(details)
      return options.onGap?.(details)
    },
  })
  await stream.request.respond(head)
  return Object.assign(stream, { gaps })
}

/** Cuts the connection, and answers the next one. What was logged until then is taken out. */
async function reopen(stream: TestStream, head?: ResponseHead): Promise<void> {
  await stream.request.cut()
  await stream.advance(stream.client.retryAt! - stream.environment.now())
  stream.takeLog()
  await stream.request.respond(head)
}

const mercure = (id: string): ResponseHead => ({ headers: { 'Mercure-Last-Event-ID': id } })

describe('onGap', () => {
  it('comes after onOpen and before the first message, once for each open', async () => {
    const stream = await startGap()
    expect(stream.log).toEqual(['connecting', 'open', 'onOpen'])
    await stream.request.push('id: 7\ndata: 1\n\ndata: 2\n\n')
    for (let count = 0; count < 3; count++) {
      await reopen(stream)
      await stream.request.push('data: 3\n\n')
      expect(stream.log).toEqual(['open', 'onOpen', 'onGap no-id', 'message message 3'])
    }
    const gap = { reason: 'no-id', lastEventId: '7' }
    expect(stream.gaps).toEqual([gap, gap, gap])
  })

  it('does not come when all is there', async () => {
    const stream = await startGap()
    await stream.request.push('id: 7\ndata: 1\n\n')
    await reopen(stream)
    expect(stream.log).toEqual(['open', 'onOpen'])
  })

  it('does not come after onOpen has closed the stream', async () => {
    let isFirst = true
    const stream = await startGap({
      onOpen() {
        if (!isFirst) stream.client.close()
        isFirst = false
      },
    })
    await stream.request.push('data: 1\n\n')
    await reopen(stream)
    expect(stream.gaps).toEqual([])
  })

  it('is told before anything of the stream also while it is paused', async () => {
    const stream = await startGap()
    await stream.request.push('data: 1\n\n')
    stream.client.pause()
    await stream.page('pagehide', 'pageshow')
    stream.takeLog()
    await stream.open()
    await stream.request.push('data: 2\n\n')
    expect(stream.log).toEqual(['paused user', 'onOpen', 'onGap no-id'])
    stream.client.resume()
    await settle()
    expect(stream.log.slice(3)).toEqual(['open', 'message message 2'])
  })

  it('waits with the loss of a stream that is paused', async () => {
    const stream = await startGap()
    await stream.request.push('data: 1\n\n')
    stream.client.pause()
    stream.takeLog()
    await stream.request.cut()
    await stream.advance(20_000)
    expect(stream.log).toEqual([])
    expect(stream.requests).toHaveLength(1)
    stream.client.resume()
    await stream.advance(1000)
    await stream.open()
    expect(new Set(stream.log.splice(0, stream.log.indexOf('open')))).toEqual(
      new Set(['reconnecting network', 'error network']),
    )
    expect(stream.log).toEqual(['open', 'onOpen', 'onGap no-id'])
  })

  it('costs nothing when it fails', async () => {
    const stream = await startGap({
      onGap() {
        throw new Error('no')
      },
    })
    await stream.request.push('data: 1\n\n')
    await reopen(stream)
    await stream.request.push('data: 2\n\n')
    expect(stream.client).toMatchObject({ status: 'open', received: 2 })
    expect(stream.errors.at(-1)).toMatchObject({ code: 'handler', cause: { message: 'no' } })
  })

  it('shows one reason: what was not sent, then what the server says, then what has no id', async () => {
    const stream = await startGap()
    await stream.request.push('id: a\tb\ndata: 1\n\ndata: 2\n\n')
    await reopen(stream, mercure('other'))
    expect(stream.gaps).toEqual([{ reason: 'unsendable-id', lastEventId: 'a\tb' }])
    await stream.request.push('id: 7\ndata: 3\n\n')
    await reopen(stream, mercure('6'))
    expect(stream.gaps[1]).toEqual({ reason: 'server', lastEventId: '7' })
    await reopen(stream, mercure('7'))
    expect(stream.gaps[2]).toEqual({ reason: 'no-id', lastEventId: '7' })
    expect(stream.gaps).toHaveLength(3)
  })
})

describe('no-id', () => {
  it.each([
    ['a message without an id', 'data: 1\n\n'],
    ['a message that inherits its id', 'id: 1\ndata: 1\n\ndata: 2\n\n'],
    ['a message after an id without data', 'id: 1\n\ndata: 2\n\n'],
    ['a message whose id holds a NUL', 'id: a\0b\ndata: 2\n\n'],
    ['a message that cannot be decoded', 'data: {\n\n'],
    ['a message of an unknown type', 'event: beat\ndata: 1\n\n'],
    ['a message that takes the cursor away', 'id: 1\ndata: 1\n\nid:\ndata: 2\n\n'],
  ])('follows the first reopen after %s, and every one after it', async (_, text) => {
    const stream = await startGap()
    await stream.request.push(text, 'id: 9\ndata: 1\n\n')
    await reopen(stream)
    await stream.request.push('id: 10\ndata: 1\n\n')
    await reopen(stream)
    expect(stream.gaps.map(({ reason }) => reason)).toEqual(['no-id', 'no-id'])
  })

  it.each([
    ['nothing', ''],
    ['a comment', ': hello\n'],
    ['a heartbeat', 'event: heartbeat\ndata: 1\n\n'],
    ['a ping', 'event: ping\ndata:\n\n'],
    ['an id without data', 'id: 1\n\n'],
    ['half a message', 'data: 1\n'],
  ])('does not follow %s', async (_, text) => {
    const stream = await startGap()
    if (text) await stream.request.push(text)
    await reopen(stream)
    expect(stream.gaps).toEqual([])
  })

  it.each<[string, TestStreamOptions]>([
    ['', {}],
    [', also where ids are known late', { getEventId: () => undefined }],
  ])('does not follow messages that are volatile, and does follow others%s', async (_, options) => {
    const resume = { volatile: ['connected', 'typing'] }
    const stream = await startGap({ ...options, resume })
    await stream.request.push(
      'event: connected\ndata:\n\nid: 1\ndata: 1\n\nevent: typing\ndata: 2\n\n',
    )
    await reopen(stream)
    expect(stream.gaps).toEqual([])
    await stream.request.push('event: connected\ndata:\n\ndata: 3\n\n')
    await reopen(stream)
    expect(stream.gaps).toEqual([{ reason: 'no-id', lastEventId: '1' }])
  })

  it('does not follow messages that getEventId gives an id, and does for others', async () => {
    const getEventId = ({ data }: { data: unknown }): string | undefined =>
      data === 1 ? '1' : undefined
    const stream = await startGap({ getEventId })
    await stream.request.push('data: 1\n\n')
    await reopen(stream)
    expect(stream.gaps).toEqual([])
    await stream.request.push('data: 2\n\n')
    await reopen(stream)
    expect(stream.gaps).toEqual([{ reason: 'no-id', lastEventId: '1' }])
  })

  it('follows a message that came and was never delivered', async () => {
    const stream = await startGap()
    stream.client.pause()
    await stream.request.push('data: 1\n\n')
    stream.client.close()
    stream.client.open()
    await stream.advance(0)
    await stream.open()
    expect(stream.client.received).toBe(0)
    expect(stream.gaps).toEqual([{ reason: 'no-id', lastEventId: '' }])
  })

  it('follows close() and open(), too', async () => {
    const stream = await startGap()
    await stream.request.push('data: 1\n\n')
    stream.client.close()
    stream.client.open()
    await stream.advance(0)
    await stream.open()
    expect(stream.gaps).toHaveLength(1)
  })

  it('does not follow a failed attempt: there is nothing that could be missing', async () => {
    const stream = await start()
    await stream.request.refuse()
    await stream.advance(750)
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })
})

describe('server', () => {
  it('follows a head that names another id than the one that was sent', async () => {
    const stream = await startGap()
    await stream.request.push('id: 7\ndata: 1\n\n')
    await reopen(stream, mercure('5'))
    expect(stream.gaps).toEqual([{ reason: 'server', lastEventId: '7' }])
    await reopen(stream, mercure('7'))
    expect(stream.gaps).toHaveLength(1)
  })

  it('follows the first head where an id was sent, and only then', async () => {
    const sent = await startGap({ initialLastEventId: '7' }, mercure('earliest'))
    expect(sent.log).toEqual(['connecting', 'open', 'onOpen', 'onGap server'])
    expect((await startGap({}, mercure('earliest'))).gaps).toEqual([])
  })

  it('compares ids as they are on the wire', async () => {
    const stream = await startGap()
    await stream.request.push('id: é你😀\ndata: 1\n\n')
    await stream.request.cut()
    await stream.advance(1000)
    await stream.request.respond(mercure(stream.request.headers.get('Last-Event-ID')!))
    expect(stream.gaps).toEqual([])
  })

  it('goes with each message of the type that the app names, which is delivered', async () => {
    const handled: unknown[] = []
    const stream = await startGap({
      resume: { gapEvent: 'gap' },
      on: { gap: (data) => handled.push(data) },
    })
    stream.takeLog()
    await stream.request.push('id: 7\nevent: gap\ndata: {"from":3}\n\n', 'id: 8\ndata: 1\n\n')
    expect(new Set(stream.log)).toEqual(
      new Set(['onGap server', 'message gap {"from":3}', 'message message 1']),
    )
    expect(handled).toEqual([{ from: 3 }])
    expect(stream.gaps).toEqual([{ reason: 'server', lastEventId: '7' }])
    await stream.request.push('event: gap\ndata:\n\n')
    expect(stream.gaps).toHaveLength(2)
  })

  it('comes before the handlers of the message that says so', async () => {
    const order: string[] = []
    const stream = await startGap({
      resume: { gapEvent: 'gap' },
      onGap: () => order.push('onGap'),
      onMessage: () => order.push('onMessage'),
    })
    await stream.request.push('event: gap\ndata:\n\n')
    expect(order).toEqual(['onGap', 'onMessage'])
  })

  it('is what such a message means, not that messages have no id', async () => {
    const stream = await startGap({ resume: { gapEvent: 'gap' } })
    await stream.request.push('event: gap\ndata:\n\n')
    await reopen(stream)
    expect(stream.gaps.map(({ reason }) => reason)).toEqual(['server'])
  })
})

describe('unsendable-id', () => {
  it.each(['a\tb', '\u007f', 'a ', ' a', 'x'.repeat(4097)])(
    'follows every reopen with an id that no header carries: %j',
    async (id) => {
      const stream = await startGap()
      await stream.request.push(`id: ${id}\ndata: 1\n\n`)
      await reopen(stream)
      await reopen(stream)
      const gap = { reason: 'unsendable-id', lastEventId: id }
      expect(stream.gaps).toEqual([gap, gap])
      expect(stream.client.status).toBe('open')
      await stream.request.push('id: 5\ndata: 1\n\n')
      await reopen(stream)
      expect(stream.gaps).toHaveLength(2)
    },
  )

  it('follows the first open with such an initialLastEventId', async () => {
    const stream = await startGap({ initialLastEventId: 'a\tb' })
    expect(stream.gaps).toEqual([{ reason: 'unsendable-id', lastEventId: 'a\tb' }])
  })
})
