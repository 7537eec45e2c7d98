// @vitest-environment node
/** `resume.request()`: how a stream that was open is gone on with, where the first request may not be repeated. */
import { beforeAll, describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { RequestOverride, ResumeContext } from '../../../src/client/options.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
// Loading it takes many turns of the event loop.
beforeAll(() => import('../../../src/client/position/resume-request.ts'))

const SENT = { method: 'POST', body: 'question', headers: { 'Content-Type': 'text/x-question' } }

type GoOn = (context: ResumeContext) => RequestOverride | undefined
const toRest: GoOn = ({ lastMessage }) => ({ url: `/rest?after=${String(lastMessage?.data)}` })

/** A POST that is open and has said 1 and 2. */
async function startOpen(
  request: GoOn = toRest,
  { resume, ...options }: TestStreamOptions = {},
): Promise<TestStream> {
  const stream = await start({ ...SENT, resume: { request, ...resume }, ...options })
  await stream.request.respond({ headers: { 'X-Session': 's1' } })
  await stream.request.push('data: 1\n\ndata: 2\n\n')
  return stream
}

const asked = ({ requests }: TestStream): string[] =>
  requests.map(({ url, init }) => `${init.method} ${url.replace(/^.*\/(?=\w)/, '')} ${init.body}`)

describe('resume.request', () => {
  it('goes on with a POST that was cut, by a GET without a body', async () => {
    const stream = await startOpen()
    await stream.request.cut()
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
    await stream.advance(3000)
    expect(asked(stream)).toEqual(['POST events question', 'GET rest?after=2 null'])
    await stream.open()
    await stream.request.push('data: 3\n\n')
    expect(stream.data).toEqual([1, 2, 3])
    expect(stream.client.status).toBe('open')
  })

  it('is told what was delivered last, what the stream began with, and what would be asked', async () => {
    let told: ResumeContext | undefined
    const stream = await startOpen((context) => {
      told = context
      return {}
    })
    await stream.request.push('id: 7\nevent: piece\ndata: 3\n\n')
    await stream.request.cut()
    await stream.advance(3000)
    expect(told).toMatchObject({
      lastMessage: { type: 'piece', data: 3, lastEventId: '7' },
      lastEventId: '7',
      method: 'GET',
      body: null,
      url: 'https://server.test/events',
      attempt: 0,
      wasOpen: true,
    })
    expect(told!.responseHeaders.get('X-Session')).toBe('s1')
    expect(told!.headers.get('Last-Event-ID')).toBe('7')
    expect(told!.headers.has('Content-Type')).toBe(false)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('7')
  })

  it('is told the headers of the first answer, however often it is asked', async () => {
    const sessions: (string | null)[] = []
    const stream = await startOpen(({ responseHeaders }) => {
      sessions.push(responseHeaders.get('X-Session'))
      return {}
    })
    for (let count = 0; count < 2; count++) {
      await stream.request.cut()
      await stream.advance(3000)
      await stream.request.respond({ headers: { 'X-Session': 'other' } })
    }
    await stream.request.cut()
    await stream.advance(3000)
    expect(sessions).toEqual(['s1', 's1', 's1'])
  })

  it('knows no message when none has come since the POST was opened', async () => {
    const known: unknown[] = []
    const stream = await startOpen(({ lastMessage }) => {
      known.push(lastMessage)
      return {}
    })
    stream.client.close()
    stream.client.open()
    await settle()
    await stream.open()
    await stream.request.cut()
    await stream.advance(3000)
    expect(known).toEqual([null])
    expect(asked(stream).map((text) => text.slice(0, 4))).toEqual(['POST', 'POST', 'GET '])
  })

  it('has the last word in place of request, which is asked for the first one', async () => {
    const stream = await startOpen(undefined, { request: () => ({ url: '/first' }) })
    await stream.request.cut()
    await stream.advance(3000)
    expect(asked(stream)).toEqual(['POST first question', 'GET rest?after=2 null'])
  })

  it('may ask with a method and a body of its own', async () => {
    const stream = await startOpen(() => ({ method: 'PUT', body: 'rest' }))
    await stream.request.cut()
    await stream.advance(3000)
    expect(asked(stream)[1]).toBe('PUT events rest')
  })

  it('may be asynchronous, and one that rejects is asked again', async () => {
    let failures = 1
    const stream = await start({
      ...SENT,
      resume: {
        async request() {
          await Promise.resolve()
          if (failures-- > 0) throw new Error('no ticket')
          return { url: '/rest' }
        },
      },
    })
    await stream.open()
    await stream.request.cut()
    await stream.advance(3000)
    expect(stream.errors).toMatchObject([{ code: 'network' }, { code: 'request', fatal: false }])
    await stream.advance(3000)
    expect(asked(stream)).toEqual(['POST events question', 'GET rest null'])
  })

  it('is not asked before the stream was open: a POST that fails is not repeated', async () => {
    const stream = await start({ ...SENT, resume: { request: toRest }, reconnect: { maxDelay: 9 } })
    await stream.request.refuse()
    expect(stream.client).toMatchObject({ status: 'failed', error: { code: 'network' } })
    await stream.advance(60_000)
    expect(stream.requests).toHaveLength(1)
  })

  it('lets the POST be repeated until it is open where reconnect is true', async () => {
    const stream = await start({ ...SENT, resume: { request: toRest }, reconnect: true })
    await stream.request.refuse()
    await stream.advance(3000)
    await stream.open()
    await stream.request.cut()
    await stream.advance(3000)
    expect(asked(stream).map((text) => text.slice(0, 4))).toEqual(['POST', 'POST', 'GET '])
  })

  it('goes on as reconnect says: how soon, and how often', async () => {
    const reconnect = { initialDelay: 200, factor: 1, jitter: 0, maxAttempts: 3 }
    const stream = await startOpen(undefined, { reconnect })
    await stream.request.cut()
    await stream.advance(200)
    expect(stream.requests).toHaveLength(2)
    await stream.request.refuse()
    await stream.advance(3000)
    expect(stream.requests).toHaveLength(3)
    await stream.request.refuse()
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'exhausted' })
  })

  it('is not asked with reconnect: false', async () => {
    const stream = await startOpen(undefined, { reconnect: false })
    await stream.request.cut()
    expect(stream.client).toMatchObject({ status: 'failed', error: { code: 'network' } })
    expect(stream.requests).toHaveLength(1)
  })

  it('fails the stream with what broke it, when it knows no way', async () => {
    const stream = await startOpen(() => undefined)
    await stream.request.cut()
    const [loss] = stream.errors
    expect(loss).toMatchObject({ code: 'network', fatal: false })
    await stream.advance(3000)
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'network' })
    expect(stream.client.error).toBe(loss)
    expect(loss!.fatal).toBe(true)
    expect(stream.requests).toHaveLength(1)
  })

  it('fails a stream that knows no way back to the page it was left with', async () => {
    const stream = await startOpen(() => undefined)
    await stream.page('pagehide', 'pageshow')
    await stream.advance(0)
    expect(stream.client).toMatchObject({
      status: 'failed',
      error: { code: 'network', message: 'The page was left.', fatal: true },
    })
  })

  it('goes on after a silence', async () => {
    const stream = await startOpen(undefined, { silenceTimeout: 5000 })
    await stream.advance(5000)
    expect(asked(stream)[1]).toBe('GET rest?after=2 null')
    expect(stream.errors).toMatchObject([{ code: 'silence' }])
  })

  it.each(['pagehide', 'freeze'] as const)('goes on when the page is back: %s', async (event) => {
    const stream = await startOpen()
    await stream.page(event)
    expect(stream.client.status).toBe('paused')
    await stream.page(event === 'freeze' ? 'resume' : 'pageshow')
    await stream.advance(0)
    expect(asked(stream)[1]).toBe('GET rest?after=2 null')
    expect(stream.errors).toEqual([])
  })

  it('goes on after reconnect()', async () => {
    const stream = await startOpen()
    stream.client.reconnect()
    await stream.advance(3000)
    expect(asked(stream)[1]).toBe('GET rest?after=2 null')
  })

  it('takes the end of a POST for its completion, also of what was gone on with', async () => {
    const stream = await startOpen()
    await stream.request.cut()
    await stream.advance(3000)
    await stream.open()
    await stream.request.end()
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'complete' })
    expect(stream.requests).toHaveLength(2)
  })

  it('goes on after an end before until: a server may end an answer that it has begun', async () => {
    const stream = await startOpen(undefined, { until: '[DONE]' })
    await stream.request.end()
    expect(stream.errors).toMatchObject([{ code: 'truncated' }])
    await stream.advance(3000)
    await stream.open()
    await stream.request.push('data: 3\n\ndata: [DONE]\n\n')
    expect(stream.data).toEqual([1, 2, 3])
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'complete' })
  })

  it('goes on after an id that came alone, which a server begins with', async () => {
    const ids: string[] = []
    const stream = await start({
      ...SENT,
      until: ({ data }) => data === 3,
      resume: { request: ({ lastEventId }) => (ids.push(lastEventId), {}) },
    })
    await stream.open()
    await stream.request.push('retry: 20\nid: 0\n\n')
    await stream.request.end()
    await stream.advance(3000)
    expect(ids).toEqual(['0'])
    expect(stream.request.headers.get('Last-Event-ID')).toBe('0')
    await stream.open()
    await stream.request.push('id: 1\ndata: 3\n\n')
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'complete' })
  })

  it('raises no gap for messages without ids: the app says what came last', async () => {
    const stream = await startOpen()
    await stream.request.cut()
    await stream.advance(3000)
    await stream.open()
    expect(stream.gaps).toEqual([])
  })

  it('asks for what was received and not yet delivered, which then comes once', async () => {
    const stream = await startOpen()
    const isFull = Symbol()
    stream.client.pause(isFull)
    await stream.request.push('data: 3\n\n')
    stream.client.reconnect()
    await stream.advance(3000)
    expect(asked(stream)[1]).toBe('GET rest?after=2 null')
    expect(stream.data).toEqual([1, 2])
    await stream.open()
    stream.client.resume(isFull)
    await stream.request.push('data: 3\n\ndata: 4\n\n')
    expect(stream.data).toEqual([1, 2, 3, 4])
  })

  it('is asked for a GET as well', async () => {
    const stream = await start({ resume: { request: toRest } })
    await stream.open()
    await stream.request.push('data: 1\n\n')
    await stream.request.end()
    await stream.advance(3000)
    expect(stream.requests.map(({ url }) => url)).toEqual([
      'https://server.test/events',
      'https://page.test/rest?after=1',
    ])
  })

  it('makes no shared stream: what came last is one listener’s own', async () => {
    const resume = { request: toRest }
    const first = await start({ resume, share: 'app' })
    const second = await start({ resume, share: 'app', environment: first.environment })
    expect(first.requests).toHaveLength(2)
    second.client.close()
    first.client.close()
    await settle()
  })
})
