// @vitest-environment node
/** Ways to lose or repeat a message without a word, each of which was there once. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const PAGE = 'https://page.test/events'

async function startOpen(options: TestStreamOptions = {}): Promise<TestStream> {
  const stream = await start({ url: PAGE, ...options })
  await stream.open()
  stream.takeLog()
  return stream
}

async function reopen(stream: TestStream): Promise<string[]> {
  await stream.request.cut()
  await stream.advance(1000)
  await stream.open()
  return stream.takeLog().filter((line) => line.startsWith('onGap'))
}

const message = (id: number): string => `id: ${id}\ndata: ${id}\n\n`

describe('a replay', () => {
  const replay = message(2) + message(3) + message(4)

  /** The first of three messages is delivered, and pauses the stream. */
  async function startPaused(options: TestStreamOptions = {}): Promise<TestStream> {
    let isFirst = true
    const stream = await startOpen({
      ...options,
      onMessage() {
        if (isFirst) stream.client.pause()
        isFirst = false
      },
    })
    await stream.request.push(message(1) + message(2) + message(3))
    return stream
  }

  const DELIVERED = [1, 2, 3, 4].map((id) => `message message ${id}`)
  const messages = ({ log }: TestStream): string[] =>
    log.filter((line) => line.startsWith('message'))

  it('is recognised after a pause in which the page was left and came back', async () => {
    const stream = await startPaused()
    await stream.page('pagehide', 'pageshow')
    await stream.open()
    await stream.advance(29_000)
    stream.client.resume()
    await stream.request.push(replay)
    expect(messages(stream)).toEqual(DELIVERED)
    expect(stream.client.duplicates).toBe(2)
    expect(stream.requests).toHaveLength(2)
  })

  it('is recognised when the pause comes late in the time in which one is expected', async () => {
    const stream = await startOpen()
    await stream.request.push(message(1) + message(2) + message(3))
    await stream.request.cut()
    await stream.advance(1000)
    await stream.open()
    await stream.advance(20_000)
    stream.client.pause()
    await stream.advance(29_000)
    stream.client.resume()
    await stream.request.push(replay)
    expect(messages(stream)).toEqual(DELIVERED)
    expect(stream.client.duplicates).toBe(2)
  })

  it('is recognised after a pause so long that the connection was given up', async () => {
    const stream = await startPaused()
    await stream.advance(600_000)
    stream.client.resume()
    await stream.advance(0)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('3')
    await stream.open()
    await stream.request.push(replay)
    expect(messages(stream)).toEqual(DELIVERED)
    expect(stream.client.duplicates).toBe(2)
  })

  it('is recognised after a pause of any length where the connection is kept', async () => {
    const stream = await startPaused({ method: 'POST' })
    stream.client.reconnect()
    await stream.advance(0)
    await stream.open()
    stream.client.pause()
    await stream.advance(600_000)
    stream.client.resume()
    await stream.request.push(replay)
    expect(messages(stream)).toEqual(DELIVERED)
    expect(stream.client.duplicates).toBe(2)
    expect(stream.requests).toHaveLength(2)
  })
})

describe('onGap', () => {
  it('tells of the same gap event each time it comes', async () => {
    const stream = await startOpen({ resume: { gapEvent: 'lost' } })
    for (let count = 0; count < 3; count++) {
      await stream.request.push('id: 0\nevent: lost\ndata: {}\n\n')
      expect(stream.takeLog()).toEqual(['onGap server', 'message lost {}'])
      await reopen(stream)
    }
  })

  it('tells that a block with nothing but an empty id took the cursor away', async () => {
    const stream = await startOpen()
    await stream.request.push(`${message(1)}id:\n\n`)
    expect(stream.client.lastEventId).toBe('')
    expect(await reopen(stream)).toEqual(['onGap no-id'])
  })

  it('tells that an empty id in the data took the cursor away', async () => {
    const stream = await startOpen({ getEventId: ({ data }) => `${data as string}` })
    await stream.request.push('data: "a"\n\ndata: ""\n\n')
    expect(await reopen(stream)).toEqual(['onGap no-id'])
  })

  it('tells that the app has replaced the headers, and the cursor with them', async () => {
    const stream = await startOpen({ request: () => ({ headers: { 'X-A': '1' } }) })
    await stream.request.push(message(1))
    expect(await reopen(stream)).toEqual(['onGap unsendable-id'])
    expect(stream.request.headers.get('Last-Event-ID')).toBe(null)
  })

  it('is quiet where the app asks in a way of its own', async () => {
    const stream = await startOpen({
      resume: { via: 'query' },
      request: ({ lastEventId }) => ({ url: `/events?after=${lastEventId}` }),
    })
    await stream.request.push(message(1))
    expect(await reopen(stream)).toEqual([])
    expect(stream.request.url).toBe('https://page.test/events?after=1')
  })
})

describe('open()', () => {
  it('sends no more than 25 requests in 2 s, even when every end opens the stream anew', async () => {
    let opensAgain = true
    const stream = await start({ url: PAGE, onClose: () => opensAgain && stream.client.open() })
    for (let count = 0; count < 40; count++) {
      await stream.request.respond({ status: 204, hasBody: false })
    }
    expect(stream.requests.length).toBeLessThanOrEqual(25)
    await stream.advance(2000)
    expect(stream.requests.length).toBeGreaterThan(20)
    opensAgain = false
  })
})
