// @vitest-environment node
/** A server of another origin that does not allow the header of the cursor: the stream comes back all the same. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const OTHER_ORIGIN = 'https://server.test/events?token=secret'

/** A stream at such a server, which has shown an id and broken off. */
async function startRefused(options: TestStreamOptions = {}): Promise<TestStream> {
  const stream = await start({ url: OTHER_ORIGIN, ...options })
  await stream.open()
  await stream.request.push('id: 5\ndata: 1\n\n')
  await stream.request.cut()
  await next(stream)
  stream.takeLog()
  return stream
}

/** Until the next attempt. */
async function next(stream: TestStream): Promise<void> {
  await stream.advance(stream.client.retryAt! - stream.environment.now())
}

/** Refuses each attempt as the browser does when the answer to its preflight says no, and gives what they sent. */
async function refuse(stream: TestStream, times: number): Promise<(string | null)[]> {
  const sent = []
  for (let count = 0; count < times; count++) {
    sent.push(stream.request.headers.get('Last-Event-ID'))
    await stream.request.refuse()
    await next(stream)
  }
  return sent
}

describe('a server of another origin', () => {
  it('is asked without the header after two attempts that it did not answer', async () => {
    const stream = await startRefused()
    expect(await refuse(stream, 2)).toEqual(['5', '5'])
    expect(stream.request.headers.has('Last-Event-ID')).toBe(false)
    expect(stream.request.url).toBe(OTHER_ORIGIN)
    expect(stream.warnings).toEqual([])
    stream.takeLog()
    await stream.open()
    await stream.request.push('id: 9\ndata: 9\n\n')
    expect(stream.log.slice(0, 4)).toEqual([
      ...['open', 'onOpen', 'onGap unsendable-id', 'message message 9'],
    ])
    expect(stream.warnings).toEqual([
      expect.stringMatching(/Access-Control-Allow-Headers: Last-Event-ID.*via: 'query'/),
    ])
    expect(stream.warnings[0]).not.toContain('secret')
  })

  it('is told of in onGap with the cursor, which stays until another one comes', async () => {
    const gaps: unknown[] = []
    const stream = await startRefused({ onGap: (details) => gaps.push(details) })
    await refuse(stream, 2)
    await stream.open()
    expect(gaps).toEqual([{ reason: 'unsendable-id', lastEventId: '5' }])
    expect(stream.client.lastEventId).toBe('5')
  })

  it('is asked with the header again after it, and the counting starts anew', async () => {
    const stream = await startRefused()
    expect(await refuse(stream, 6)).toEqual(['5', '5', null, '5', '5', null])
    await stream.open()
    await stream.request.cut()
    await next(stream)
    expect(await refuse(stream, 3)).toEqual(['5', '5', null])
    expect(stream.warnings).toEqual([])
  })

  it('warns once, however often it is so', async () => {
    const stream = await startRefused()
    for (let count = 0; count < 3; count++) {
      await refuse(stream, 2)
      await stream.open()
      await stream.request.cut()
      await next(stream)
    }
    expect(stream.log.filter((line) => line === 'onGap unsendable-id')).toHaveLength(3)
    expect(stream.warnings).toHaveLength(1)
  })

  it('is not counted when it just does not answer: that is no refusal', async () => {
    const stream = await startRefused()
    for (let count = 0; count < 3; count++) {
      await stream.advance(15_000)
      await next(stream)
      expect(stream.request.headers.get('Last-Event-ID')).toBe('5')
    }
    expect(await refuse(stream, 3)).toEqual(['5', '5', null])
  })

  it.each([503, 429])('is not counted when it answers, whatever that is: %i', async (status) => {
    const stream = await startRefused()
    await refuse(stream, 1)
    await stream.request.respond({ status })
    await next(stream)
    expect(await refuse(stream, 3)).toEqual(['5', '5', null])
  })

  it.each([401, 404])('is a failure when it answers so without the header: %i', async (status) => {
    const stream = await startRefused()
    await refuse(stream, 2)
    await stream.request.respond({ status })
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'http' })
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })

  it('is asked for the first time as often as it takes: there is no id yet', async () => {
    const stream = await start({ url: OTHER_ORIGIN })
    expect(await refuse(stream, 4)).toEqual([null, null, null, null])
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
    expect(stream.warnings).toEqual([])
  })

  it('is asked in the query as ever, and nothing is missing', async () => {
    const stream = await startRefused({ resume: { via: 'query' } })
    await refuse(stream, 3)
    expect(stream.request.url).toBe(`${OTHER_ORIGIN}&lastEventId=5`)
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
    expect(stream.warnings).toEqual([])
  })

  it('has the id in the query when the header is left out, and nothing is missing', async () => {
    const stream = await startRefused({ resume: { via: 'both' } })
    expect(await refuse(stream, 2)).toEqual(['5', '5'])
    expect(stream.request.url).toBe(`${OTHER_ORIGIN}&lastEventId=5`)
    expect(stream.request.headers.has('Last-Event-ID')).toBe(false)
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })

  it('is another one after setUrl(), and counted anew', async () => {
    const stream = await startRefused({ resume: { key: 'same' } })
    await refuse(stream, 1)
    stream.client.setUrl('https://other.test/events')
    await stream.advance(0)
    expect(await refuse(stream, 3)).toEqual(['5', '5', null])
  })
})

describe('a server of the same origin', () => {
  it.each([
    ['the same', 'https://page.test/events', 'https://page.test/folder/'],
    ['none to compare with', OTHER_ORIGIN, undefined],
  ])('is always asked with the header: %s', async (_, url, baseURI) => {
    const stream = await startRefused({ url, environment: { baseURI: () => baseURI } })
    expect(await refuse(stream, 4)).toEqual(['5', '5', '5', '5'])
    await stream.open()
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })
})
