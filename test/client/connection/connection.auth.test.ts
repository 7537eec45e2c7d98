// @vitest-environment node
/** A refused token: asked for anew once, wherever the app can give another one. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const REFUSALS = [401, 403]

/** Gives another token each time: `token 1`, `token 2`. */
function startWithToken(options: TestStreamOptions = {}): Promise<TestStream> {
  let count = 0
  return start({ headers: () => ({ Authorization: `token ${++count}` }), ...options })
}

const tokens = ({ requests }: TestStream): (string | null)[] =>
  requests.map(({ headers }) => headers.get('Authorization'))

describe.each(REFUSALS)('%i', (status) => {
  it('asks for another token, and is forgotten when that one is good', async () => {
    const stream = await startWithToken()
    await stream.request.respond({ status })
    expect(tokens(stream)).toEqual(['token 1', 'token 2'])
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'http', retryAt: null })
    expect(stream.errors).toMatchObject([{ code: 'http-status', status, fatal: false, attempt: 1 }])
    await stream.open()
    expect(stream.client).toMatchObject({ status: 'open', error: null })
    expect(stream.log).not.toContainEqual(expect.stringContaining('onClose'))
  })

  it('fails when the other token is refused, too', async () => {
    const stream = await startWithToken()
    await stream.request.respond({ status })
    await stream.request.respond({ status })
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'http', retryAt: null })
    expect(stream.errors.map(({ fatal }) => fatal)).toEqual([false, true])
    expect(stream.client.error).toBe(stream.errors[1])
    await stream.advance(3_600_000)
    expect(stream.requests).toHaveLength(2)
    expect(stream.live()).toEqual([])
  })

  it('fails with the body of the answer that ended it', async () => {
    const stream = await startWithToken()
    await stream.request.respond({ status })
    const contentType = 'application/problem+json'
    await stream.request.respond({ status, contentType, isComplete: false })
    await stream.request.push('{"title":"Gone"}')
    await stream.request.end()
    expect(stream.client.error).toMatchObject({ body: '{"title":"Gone"}', status })
    expect(stream.client.error!.problem).toEqual({ title: 'Gone' })
  })

  it.each<[string, TestStreamOptions]>([
    ['no headers', {}],
    ['headers that are a value', { headers: { Authorization: 'a' } }],
    ['a body that is a function', { method: 'POST', body: () => 'a', reconnect: true }],
    ['a URL that is a function', { url: () => 'https://server.test/events' }],
  ])('fails at once with %s', async (_, options) => {
    const stream = await start(options)
    await stream.request.respond({ status })
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'http' })
    expect(stream.requests).toHaveLength(1)
  })

  it.each<[string, TestStreamOptions]>([
    ['headers', { headers: async () => ({}) }],
    ['baseHeaders', { baseHeaders: () => undefined }],
    ['request', { request: () => {} }],
    ['a method that may have effects', { headers: () => ({}), method: 'POST' }],
    ['reconnect: false', { headers: () => ({}), reconnect: false }],
  ])('asks once more with %s', async (_, options) => {
    const stream = await start(options)
    await stream.request.respond({ status })
    expect(stream.requests).toHaveLength(2)
    await stream.request.respond({ status })
    expect(stream.client.status).toBe('failed')
    expect(stream.requests).toHaveLength(2)
  })
})

describe('the chance to ask again', () => {
  it('is back after each open', async () => {
    const stream = await startWithToken()
    for (let count = 1; count <= 3; count++) {
      await stream.request.respond({ status: 401 })
      await stream.open()
      await stream.advance(5000)
      await stream.request.end()
      await stream.advance(1000)
      expect(stream.requests).toHaveLength(2 * count + 1)
    }
  })

  it('is not back after another failure', async () => {
    const stream = await startWithToken()
    await stream.request.respond({ status: 401 })
    await stream.request.refuse()
    await stream.advance(1500)
    expect(stream.requests).toHaveLength(3)
    await stream.request.respond({ status: 403 })
    expect(stream.client.status).toBe('failed')
  })

  it('is back when the app opens the stream again', async () => {
    const stream = await startWithToken()
    await stream.request.respond({ status: 401 })
    await stream.request.respond({ status: 401 })
    stream.client.open()
    await stream.advance(0)
    await stream.request.respond({ status: 401 })
    expect(stream.client.status).toBe('reconnecting')
    expect(tokens(stream)).toEqual(['token 1', 'token 2', 'token 3', 'token 4'])
  })

  it('waits for no Retry-After, and counts as a failed attempt', async () => {
    const stream = await startWithToken()
    await stream.request.respond({ status: 401, headers: { 'Retry-After': '60' } })
    expect(stream.requests).toHaveLength(2)
    expect(stream.client.attempt).toBe(1)
  })

  it('is not spent when shouldReconnect says no, which ends it', async () => {
    const stream = await startWithToken({ reconnect: { shouldReconnect: () => false } })
    await stream.request.respond({ status: 401 })
    expect(stream.client.status).toBe('failed')
    expect(stream.requests).toHaveLength(1)
  })

  it('sends the cursor as every other attempt', async () => {
    const stream = await startWithToken({ url: 'https://page.test/events' })
    await stream.open()
    await stream.request.push('id: 5\ndata: 1\n\n')
    await stream.request.cut()
    await stream.advance(500)
    await stream.request.respond({ status: 401 })
    expect(stream.request.headers.get('Last-Event-ID')).toBe('5')
    expect(stream.requests).toHaveLength(3)
  })

  it('is one of 25 requests in 2 s, however often the server takes turns', async () => {
    const stream = await startWithToken()
    const sentAt: number[] = []
    for (let count = 0; count < 60; count++) {
      sentAt.push(stream.environment.now())
      if (count % 2 === 0) await stream.request.respond({ status: 401 })
      else {
        await stream.open()
        await stream.request.push(`retry: 0\nid: ${count}\ndata: 1\n\n`)
        await stream.request.end()
      }
      const { retryAt } = stream.client
      if (retryAt !== null) await stream.advance(retryAt - stream.environment.now())
    }
    expect(stream.requests.length).toBe(61)
    for (let index = 25; index < sentAt.length; index++) {
      expect(sentAt[index]! - sentAt[index - 25]!).toBeGreaterThanOrEqual(2000)
    }
  })
})
