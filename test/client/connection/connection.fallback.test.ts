// @vitest-environment node
/** Going over to the fallback when the stream's own transport does not get through. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import { createFallbackStreams, MISSING, MUTE_AFTER, next, refuse } from './fallback-streams.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import type { TestStream } from '../../support/test-streams.ts'

const { startWith, startOpenOnFallback } = createFallbackStreams(useTestStreams())

const waitOf = ({ client, environment }: TestStream): number => client.retryAt! - environment.now()

describe('the transport in the state', () => {
  it('is null before the first attempt, then the one in use', async () => {
    const stream = await startWith({ immediate: false })
    expect(stream.client.transport).toBe(null)
    stream.client.open()
    expect(stream.client.transport).toBe('fetch')
    await settle()
    await refuse(stream, 2)
    expect(stream.client.transport).toBe('fetch')
    await stream.request.refuse()
    expect(stream.client.transport).toBe('fetch')
    await next(stream)
    expect(stream.client.transport).toBe('other')
    stream.client.close()
    expect(stream.client.transport).toBe('other')
    stream.client.open()
    expect(stream.client.transport).toBe('fetch')
  })

  it('is null again for another URL', async () => {
    const stream = await startOpenOnFallback()
    stream.client.setUrl(null)
    expect(stream.client.transport).toBe(null)
    stream.client.setUrl('/other')
    expect(stream.client.transport).toBe('fetch')
  })
})

describe('the fallback takes over', () => {
  it('after three attempts in a row that failed, after the wait of each', async () => {
    const stream = await startWith()
    for (const wait of [1000, 2000, 4000]) {
      await stream.request.refuse()
      expect(waitOf(stream)).toBe(wait)
      await next(stream)
    }
    expect(stream.client).toMatchObject({ transport: 'other', attempt: 3 })
    expect(stream.errors.map(({ code, attempt }) => `${code} ${attempt}`)).toEqual([
      ...['network 1', 'network 2', 'network 3'],
    ])
  })

  it('after as many as afterAttempts says, however long the waits are', async () => {
    const stream = await startWith({ other: { afterAttempts: 7 } })
    await refuse(stream, 6)
    expect(stream.client.transport).toBe('fetch')
    await refuse(stream, 1)
    expect(stream.client.transport).toBe('other')
  })

  it('after streams that broke off without progress', async () => {
    const stream = await startWith()
    for (let count = 0; count < 3; count++) {
      await stream.open()
      await stream.request.push(': hello\n')
      await stream.request.cut()
      await next(stream)
    }
    expect(stream.client.transport).toBe('other')
  })

  it.each(['id: 1\ndata: 1\n\n', ''])('not while there is progress: %j', async (text) => {
    const stream = await startWith()
    for (let count = 0; count < 5; count++) {
      await refuse(stream, 1)
      await stream.open()
      await stream.request.push(text.replaceAll('1', `${count + 1}`) || ':\n')
      if (!text) await stream.advance(5000)
      await stream.request.cut()
      await next(stream)
      expect(stream.client.transport).toBe('fetch')
    }
  })

  it('at once after an answer that did not come', async () => {
    const stream = await startWith()
    await stream.advance(15_000)
    expect(stream.client.transport).toBe('other')
    expect(stream.requests).toHaveLength(2)
    expect(stream.requests[0]!.isOpen).toBe(false)
    expect(stream.errors).toMatchObject([{ code: 'connect-timeout', fatal: false, attempt: 1 }])
    expect(stream.errors[0]!.hint).toMatch(/proxy.*X-Accel-Buffering: no/)
  })

  it('at once after a head with nothing after it, and says why', async () => {
    const stream = await startWith()
    await stream.open()
    await stream.advance(MUTE_AFTER - 1)
    expect(stream.client.status).toBe('open')
    stream.takeLog()
    await stream.advance(1)
    expect(stream.client).toMatchObject({ transport: 'other', status: 'reconnecting' })
    expect(stream.client.reason).toBe('silence')
    expect(stream.requests.map(({ isOpen }) => isOpen)).toEqual([false, true])
    expect(stream.errors).toMatchObject([{ code: 'silence', fatal: false }])
    expect(stream.errors[0]!.message).toBe('No byte in 15000 ms.')
    expect(stream.errors[0]!.hint).toMatch(/proxy.*X-Accel-Buffering/)
  })

  it.each([':\n', 'data: 1\n\n', 'da', 'retry: 70\n'])(
    'not after a head with any byte after it: %j',
    async (text) => {
      const stream = await startWith({ silenceTimeout: 0 })
      await stream.open()
      await stream.request.push(text)
      await stream.advance(3_600_000)
      expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
    },
  )

  it.each([undefined, Symbol('full')])(
    'not after a head that nobody reads on: %s',
    async (reason) => {
      const stream = await startWith()
      await stream.open()
      await stream.advance(MUTE_AFTER - 1)
      stream.client.pause(reason)
      await stream.advance(10)
      stream.client.resume(reason)
      expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
      expect(stream.errors).toEqual([])
      await stream.advance(MUTE_AFTER)
      expect(stream.client.transport).toBe('other')
    },
  )

  it('after streams that showed what came with the head, and then nothing', async () => {
    const stream = await startWith({ silenceTimeout: 20_000 })
    for (let count = 1; count <= 3; count++) {
      expect(stream.client.transport).toBe('fetch')
      await stream.open()
      await stream.request.push(`id: ${count}\ndata: 1\n\n`)
      await stream.advance(20_000)
      await next(stream)
    }
    expect(stream.client.transport).toBe('other')
  })

  it('at once after a transport that cannot be used, which ends nothing', async () => {
    const stream = await startWith({ transport: MISSING })
    await stream.advance(0)
    expect(stream.client).toMatchObject({ transport: 'other', status: 'reconnecting' })
    expect(stream.errors).toMatchObject([{ code: 'unsupported', fatal: false, attempt: 1 }])
    await stream.open()
    expect(stream.client).toMatchObject({ status: 'open', error: null })
    expect(stream.log).not.toContainEqual(expect.stringContaining('onClose'))
  })

  it('at once after the last attempt, which ends nothing', async () => {
    const stream = await startWith({ reconnect: { jitter: 0, maxAttempts: 2 } })
    await refuse(stream, 1)
    await stream.request.refuse()
    await stream.advance(0)
    expect(stream.client).toMatchObject({ transport: 'other', status: 'reconnecting', attempt: 2 })
    expect(stream.errors.map(({ code, fatal }) => `${code} ${fatal}`)).toEqual([
      ...['network false', 'network false'],
    ])
  })

  it('not before the server wants to be asked again', async () => {
    const stream = await startWith({ reconnect: { jitter: 0, maxAttempts: 1 } })
    await stream.request.respond({ status: 503, headers: { 'Retry-After': '60' } })
    expect(waitOf(stream)).toBe(60_000)
    await next(stream)
    expect(stream.client.transport).toBe('other')
  })

  it.each([404, 401, 204])('not after an answer that ends the stream: %i', async (status) => {
    const stream = await startWith({ other: { afterAttempts: 1 } })
    await stream.request.respond({ status, hasBody: status !== 204 })
    await stream.advance(60_000)
    expect(stream.client.transport).toBe('fetch')
    expect(stream.client.status).toBe(status === 204 ? 'closed' : 'failed')
  })

  it('not where nothing is tried again', async () => {
    const stream = await startWith({ reconnect: false, other: { afterAttempts: 1 } })
    await stream.request.refuse()
    expect(stream.client).toMatchObject({ transport: 'fetch', status: 'failed' })
  })

  it.each([{ method: 'POST' }, { reconnect: false }])(
    'not after a head with nothing after it, where nothing is tried again: %j',
    async (options) => {
      const stream = await startWith({ reconnect: undefined, ...options })
      await stream.open()
      await stream.advance(3_600_000)
      expect(stream.client).toMatchObject({ transport: 'fetch', status: 'open' })
    },
  )

  it('not after functions of the app that take long: nothing was asked', async () => {
    const stream = await startWith({ headers: () => new Promise(() => {}) })
    await stream.advance(15_000)
    expect(stream.errors).toMatchObject([{ code: 'connect-timeout' }])
    expect(stream.errors[0]).not.toHaveProperty('hint')
    await next(stream)
    expect(stream.client.transport).toBe('fetch')
  })

  it('an hour later at most, whatever the server wants', async () => {
    const stream = await startWith({ reconnect: { jitter: 0, maxAttempts: 1 } })
    await stream.request.respond({ status: 503, headers: { 'Retry-After': '86400' } })
    expect(waitOf(stream)).toBe(3_600_000)
  })

  it('where nothing is tried again, after a transport that has tried nothing', async () => {
    const stream = await startWith({ transport: MISSING, method: 'POST' })
    await stream.advance(0)
    expect(stream.client.transport).toBe('other')
    expect(stream.request.init.method).toBe('POST')
  })

  it('where the first one stopped: with its cursor, counters and handlers', async () => {
    const stream = await startWith({ silenceTimeout: 1000, reconnect: { jitter: 0, factor: 1 } })
    await stream.open()
    await stream.request.push('id: 1\ndata: 1\n\n')
    await stream.request.cut()
    await next(stream)
    await refuse(stream, 3)
    expect(stream.client.transport).toBe('other')
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
    await stream.open()
    await stream.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    expect(stream.client).toMatchObject({ received: 2, duplicates: 1, lastEventId: '2' })
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })

  it('also by polling', async () => {
    const stream = await startWith({ other: { transport: pollingTransport({ url: '/since' }) } })
    await stream.advance(15_000)
    expect(stream.client.transport).toBe('polling')
    expect(stream.request.url).toBe('https://page.test/since')
    const contentType = 'application/json'
    await stream.request.respond({ contentType, isComplete: false })
    await stream.request.push('[{"id":"1","data":{"a":1}}]')
    await stream.request.end()
    expect(stream.client).toMatchObject({ status: 'open', received: 1, lastEventId: '1' })
    await stream.advance(5000)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
    expect(stream.client.status).toBe('open')
  })
})

describe('a platform without AbortController', () => {
  it('has no stream at all, and says so', async () => {
    const stream = await startWith({ immediate: false })
    delete stream.has.AbortController
    stream.client.open()
    await settle()
    expect(stream.client).toMatchObject({ status: 'failed', retryAt: null })
    expect(stream.client.error).toMatchObject({ code: 'unsupported', fatal: true })
    expect(stream.client.error!.message).toBe('No AbortController.')
    expect(stream.log.slice(-3)).toEqual([
      ...['failed network', 'error unsupported', 'onClose network'],
    ])
    expect(stream.requests).toEqual([])
    expect(stream.live()).toEqual([])
  })

  it('fails again and again with reconnect()', async () => {
    const stream = await startWith({ immediate: false })
    delete stream.has.AbortController
    for (let count = 1; count < 4; count++) {
      stream.client.reconnect()
      await stream.advance(1000)
      expect(stream.errors).toHaveLength(count)
      expect(stream.client.status).toBe('failed')
    }
  })
})
