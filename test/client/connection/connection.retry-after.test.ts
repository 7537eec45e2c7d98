// @vitest-environment node
/** What an answer that is not the stream says: how long to wait, why, and what the app makes of it. */
import { describe, expect, it } from 'vitest'
import { START_MS } from '../../support/fake-environment.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { EventStreamError } from '../../../src/protocol/errors.ts'
import type { TestStream } from '../../support/test-streams.ts'

const start = useTestStreams()

const waitOf = ({ client, environment }: TestStream): number => client.retryAt! - environment.now()

describe('Retry-After', () => {
  it.each([
    ['7', 7000 * 1.25],
    ['0', 750],
    [new Date(START_MS + 7000).toUTCString(), 7000 * 1.25],
    ['86400', 3_600_000 * 1.25],
    ['soon', 750],
  ])('%s: the next attempt waits %i ms', async (value, expected) => {
    for (const status of [503, 429, 408, 425]) {
      const stream = await start()
      await stream.request.respond({ status, headers: { 'Retry-After': value } })
      expect(waitOf(stream)).toBe(expected)
    }
  })

  it('is exact without jitter, and a floor for one wait only', async () => {
    const stream = await start({ reconnect: { jitter: 0, factor: 1 } })
    await stream.request.respond({ status: 503, headers: { 'Retry-After': '7' } })
    expect(waitOf(stream)).toBe(7000)
    await stream.advance(7000)
    await stream.request.respond({ status: 503 })
    expect(waitOf(stream)).toBe(1000)
  })

  it('does not shorten what backoff or retry: asks for', async () => {
    const stream = await start({ reconnect: { jitter: 0 } })
    await stream.open()
    await stream.request.push('retry: 9000\n')
    await stream.request.cut()
    await stream.advance(9000)
    await stream.request.respond({ status: 503, headers: { 'Retry-After': '7' } })
    expect(waitOf(stream)).toBe(9000)
  })

  it('is nothing of an answer that is the stream', async () => {
    const stream = await start()
    await stream.request.respond({ headers: { 'Retry-After': '60' } })
    await stream.request.cut()
    expect(waitOf(stream)).toBe(750)
  })

  it.each(['online', 'visible', 'wake'] as const)('is cut short by %s', async (event) => {
    const stream = await start()
    await stream.request.respond({ status: 503, headers: { 'Retry-After': '60' } })
    await stream.page(event)
    expect(stream.requests).toHaveLength(2)
  })
})

describe('the body of such an answer', () => {
  it('is in the error, with the problem that it is', async () => {
    const stream = await start()
    const contentType = 'application/problem+json'
    await stream.request.respond({ status: 404, contentType, isComplete: false })
    await stream.request.push('{"title":', '"No such room"}')
    expect(stream.client.status).toBe('connecting')
    await stream.request.end()
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'http' })
    expect(stream.client.error).toMatchObject({
      ...{ code: 'http-status', status: 404, body: '{"title":"No such room"}' },
      problem: { title: 'No such room' },
    })
  })

  it('is in the error of a wrong content type, too', async () => {
    const stream = await start()
    await stream.request.respond({ contentType: 'text/html', isComplete: false })
    await stream.request.push('<h1>Log in</h1>')
    await stream.request.end()
    expect(stream.client.error).toMatchObject({ code: 'content-type', body: '<h1>Log in</h1>' })
    expect(stream.client.error!.problem).toBe(undefined)
  })

  it('is waited for for a second, and the connection is let go', async () => {
    const stream = await start()
    await stream.request.respond({ status: 503, isComplete: false })
    await stream.request.push('still')
    await stream.advance(1000)
    expect(stream.client).toMatchObject({ status: 'reconnecting', error: { body: 'still' } })
    expect(stream.request.isCancelled).toBe(true)
  })

  it('is not cut off by connectTimeout: the head is there', async () => {
    const stream = await start({ connectTimeout: 100 })
    await stream.request.respond({ status: 404, isComplete: false })
    await stream.advance(500)
    await stream.request.push('gone')
    await stream.request.end()
    expect(stream.client.error).toMatchObject({ code: 'http-status', status: 404, body: 'gone' })
  })

  it.each<[string, (stream: TestStream) => unknown]>([
    ['close()', ({ client }) => client.close()],
    ['reconnect()', ({ client }) => client.reconnect()],
    ['setUrl()', ({ client }) => client.setUrl(null)],
    ['pagehide', ({ page }) => page('pagehide')],
  ])('is nothing to a stream that has left it: %s', async (_, leave) => {
    const stream = await start()
    await stream.request.respond({ status: 404, isComplete: false })
    const [request] = stream.requests
    await leave(stream)
    expect(stream.delays()).not.toContain(1000)
    await request!.push('gone')
    await stream.advance(1000)
    expect(stream.errors).toEqual([])
    expect(request!.isOpen).toBe(false)
  })
})

describe('shouldReconnect', () => {
  it('is asked with the error as the app will see it', async () => {
    const asked: EventStreamError[] = []
    const stream = await start({
      url: 'https://server.test/a?token=secret',
      reconnect: { shouldReconnect: (error) => void asked.push(error) as undefined },
    })
    await stream.request.respond({ status: 503, contentType: 'text/plain', isComplete: false })
    await stream.request.push('down')
    await stream.request.end()
    expect(asked).toEqual(stream.errors)
    expect(asked[0]).toMatchObject({
      ...{ code: 'http-status', status: 503, attempt: 1, body: 'down' },
      url: 'https://server.test/a',
    })
  })

  it('true goes on after what would be final, which then is not fatal', async () => {
    const stream = await start({ reconnect: { shouldReconnect: ({ status }) => status === 404 } })
    await stream.request.respond({ status: 404 })
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'http' })
    expect(stream.errors).toMatchObject([{ status: 404, fatal: false }])
    await stream.advance(750)
    await stream.request.respond({ status: 410 })
    expect(stream.client).toMatchObject({ status: 'failed', error: { status: 410, fatal: true } })
  })

  it('false ends what would be mended', async () => {
    const stream = await start({ reconnect: { shouldReconnect: () => false } })
    await stream.request.refuse()
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'network' })
    expect(stream.errors).toMatchObject([{ code: 'network', fatal: true }])
  })

  it('that fails is reported, and leaves it to the rules', async () => {
    const stream = await start({
      reconnect: {
        shouldReconnect() {
          throw new Error('no')
        },
      },
    })
    await stream.request.refuse()
    expect(stream.client.status).toBe('reconnecting')
    expect(stream.errors.map(({ code }) => code)).toEqual(['handler', 'network'])
  })

  it.each<[string, (stream: TestStream) => unknown, string, number[]]>([
    ['close()', ({ client }) => client.close(), 'closed', []],
    ['setUrl(null)', ({ client }) => client.setUrl(null), 'idle', []],
    // The next attempt, and the end of patience with the pause.
    ['pause()', ({ client }) => client.pause(), 'paused', [750, 30_000]],
    ['reconnect()', ({ client }) => client.reconnect(), 'connecting', [15_000]],
  ])('may itself call %s', async (_, leave, status, timers) => {
    let isFirst = true
    const stream = await start({
      immediate: false,
      reconnect: {
        shouldReconnect() {
          if (isFirst) leave(stream)
          isFirst = false
          return true
        },
      },
    })
    stream.client.open()
    await stream.advance(0)
    await stream.request.refuse()
    expect(stream.client.status).toBe(status)
    expect(stream.requests.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(1)
    expect(stream.delays()).toEqual(timers)
  })
})
