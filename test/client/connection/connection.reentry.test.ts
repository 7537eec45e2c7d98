// @vitest-environment node
/** The app acts in the middle of what a connection does: in a handler, or when its attempt is aborted. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const OTHER_URL = 'https://other.test/events'

type Step = (stream: TestStream) => unknown

/** A stream that does this once, when its first attempt is aborted. */
async function startActing(act: Step, options: TestStreamOptions = {}): Promise<TestStream> {
  let isFirst = true
  const stream = await start({
    ...options,
    immediate: false,
    headers({ signal }) {
      if (isFirst) signal.addEventListener('abort', () => act(stream))
      isFirst = false
      return {}
    },
  })
  stream.client.open()
  await settle()
  return stream
}

/** What leaves an attempt, and from which status. */
const LEAVE: [string, 'connecting' | 'open', Step, TestStreamOptions?][] = [
  ['pagehide', 'open', ({ page }) => page('pagehide')],
  ['freeze', 'connecting', ({ page }) => page('freeze')],
  ['wake', 'connecting', ({ page }) => page('wake')],
  ['reconnect()', 'connecting', ({ client }) => client.reconnect()],
  ['reconnect()', 'open', ({ client }) => client.reconnect()],
  ['setEnabled(false)', 'open', ({ client }) => client.setEnabled(false)],
  ['a cut', 'open', ({ request }) => request.cut()],
  ['an end', 'open', ({ request }) => request.end()],
  ['a refusal', 'connecting', ({ request }) => request.refuse()],
  ['a 503', 'connecting', ({ request }) => request.respond({ status: 503 })],
  ['a 404', 'connecting', ({ request }) => request.respond({ status: 404 })],
  ['no head', 'connecting', ({ advance }) => advance(15_000)],
  ['silence', 'open', ({ advance }) => advance(9000), { silenceTimeout: 9000 }],
  ['the last message', 'open', ({ request }) => request.push('data: x\n\n'), { until: 'x' }],
]

describe('an app that listens to the signal of its attempt', () => {
  it.each(LEAVE)('may close the stream: %s when %s', async (_, status, leave, options) => {
    const stream = await startActing(({ client }) => client.close(), options)
    if (status === 'open') await stream.open()
    await leave(stream)
    await settle()
    expect(['closed', 'idle', 'failed']).toContain(stream.client.status)
    expect(stream.client.retryAt).toBe(null)
    await stream.page('pageshow', 'resume', 'online', 'wake')
    await stream.advance(60_000)
    expect(stream.requests).toHaveLength(1)
    expect(stream.live()).toEqual([])
  })

  it.each(LEAVE)('may leave for another URL: %s when %s', async (_, status, leave, options) => {
    const stream = await startActing(({ client }) => client.setUrl(OTHER_URL), options)
    if (status === 'open') await stream.open()
    await leave(stream)
    await stream.page('pageshow', 'resume')
    await stream.advance(30_000)
    expect(stream.requests.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(1)
    const urls = stream.requests.slice(1).map(({ url }) => url)
    expect(urls.every((url) => url === OTHER_URL)).toBe(true)
  })

  it.each(LEAVE)('may reconnect: %s when %s', async (_, status, leave, options) => {
    const stream = await startActing(({ client }) => client.reconnect(), options)
    if (status === 'open') await stream.open()
    await leave(stream)
    await settle()
    expect(stream.requests.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(1)
    expect(stream.requests.length).toBeLessThanOrEqual(2)
    expect(stream.live().filter((line) => line === 'page listener').length).toBeLessThanOrEqual(1)
  })
})

describe('a handler of a message that waited', () => {
  /** A stream whose first message waits; the handler does this with it. */
  async function startWaiting(act: Step): Promise<TestStream> {
    const stream = await start({ onMessage: ({ key }) => key === 1 && act(stream) })
    await stream.open()
    stream.client.pause()
    await stream.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    stream.takeLog()
    return stream
  }

  const ACTS: [string, Step, string][] = [
    ['close()', ({ client }) => client.close(), 'closed'],
    ['setUrl(null)', ({ client }) => client.setUrl(null), 'idle'],
    ['setEnabled(false)', ({ client }) => client.setEnabled(false), 'idle'],
    ['setUrl()', ({ client }) => client.setUrl(OTHER_URL), 'connecting'],
    [
      'close() and open()',
      ({ client }) => {
        client.close()
        client.open()
      },
      'connecting',
    ],
  ]

  it.each(ACTS)('may call %s in reconnect(), which is then over', async (_, act, status) => {
    const stream = await startWaiting(act)
    stream.client.reconnect()
    expect(stream.client.status).toBe(status)
    await stream.advance(1000)
    expect(stream.requests).toHaveLength(status === 'connecting' ? 2 : 1)
    expect(stream.log.filter((line) => line.startsWith('message'))).toHaveLength(1)
  })

  it.each(ACTS)('may call %s in resume()', async (_, act, status) => {
    const stream = await startWaiting(act)
    stream.client.resume()
    expect(stream.client.status).toBe(status)
    await stream.advance(1000)
    expect(stream.requests).toHaveLength(status === 'connecting' ? 2 : 1)
    expect(stream.log.filter((line) => line.startsWith('message'))).toHaveLength(1)
  })

  it('may call reconnect() in reconnect(): one attempt is made', async () => {
    const stream = await startWaiting(({ client }) => client.reconnect())
    stream.client.reconnect()
    await stream.advance(5000)
    expect(stream.requests).toHaveLength(2)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('2')
    expect(stream.client.received).toBe(2)
  })

  it('may call pause() in resume(): the rest waits on', async () => {
    const stream = await startWaiting(({ client }) => client.pause())
    stream.client.resume()
    expect(stream.client).toMatchObject({ status: 'paused', received: 1 })
    stream.client.resume()
    expect(stream.client.received).toBe(2)
  })
})

describe('onStatus', () => {
  it.each<[string, Step]>([
    ['close()', ({ client }) => client.close()],
    ['setUrl(null)', ({ client }) => client.setUrl(null)],
  ])('may call %s at every status', async (_, leave) => {
    for (const status of ['connecting', 'open', 'reconnecting', 'paused']) {
      let isLeft = false
      const stream = await start({
        immediate: false,
        onStatus(now) {
          if (now !== status || isLeft) return
          isLeft = true
          leave(stream)
        },
      })
      stream.client.open()
      await settle()
      if (!isLeft) await stream.open()
      if (!isLeft && status === 'reconnecting') await stream.request.cut()
      if (!isLeft && status === 'paused') await stream.page('pagehide')
      expect(isLeft).toBe(true)
      await stream.advance(60_000)
      expect(stream.live()).toEqual([])
      expect(stream.requests.length).toBeLessThanOrEqual(1)
    }
  })
})
