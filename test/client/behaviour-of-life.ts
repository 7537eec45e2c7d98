/** The part of the behaviour suite that is about the life of a connection: how it opens, is lost, and ends. */
import { describe, expect, it } from 'vitest'
import { QUICK, until } from '../support/client-run.ts'
import { block, blocks, script } from '../support/fault-script.ts'
import { indexes, upTo } from './behaviour-runs.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { EventStreamState } from '../../src/client/types.ts'
import type { Capabilities, Connect } from './behaviour-runs.ts'

/** A wait that no test sits out. */
const LONG = { initialDelay: 60_000, jitter: 0 }

export function describeLife(connect: Connect, can: Capabilities): void {
  describe('a connection', () => {
    describeConnection(connect, can)
  })
  describe('the app', () => {
    describeApp(connect, can)
  })
  describe('an answer', () => {
    describeAnswers(connect, can)
  })
}

function describeConnection(connect: Connect, can: Capabilities): void {
  it('opens, and says so once', async () => {
    const run = connect('/silent')
    await until(() => run.client.status === 'open')
    expect(run.statuses).toEqual(['connecting', 'open'])
    expect(run.opens).toMatchObject([{ first: true, attempt: 0 }])
    expect(run.client).toMatchObject({ error: null, attempt: 0, retryAt: null, reason: null })
    expect(await run.requests()).toHaveLength(1)
  })

  it('shows that it is lost, and when it comes back', async () => {
    const states: EventStreamState[] = []
    const run = connect(script(blocks(1), blocks(2)), {
      onStatus: () => states.push({ ...run.client }),
      reconnect: { initialDelay: 20, factor: 1, jitter: 0 },
      immediate: false,
    })
    run.client.open()
    await until(() => run.messages.length === 2)
    const seen = states.map(({ status, reason, error, retryAt, disconnectedSince }) => {
      return [status, reason, error && error.code, retryAt !== null, disconnectedSince !== null]
    })
    expect(seen).toEqual([
      ['connecting', null, null, false, true],
      ['open', null, null, false, false],
      ['reconnecting', 'network', 'network', true, true],
      ['reconnecting', 'network', 'network', false, true],
      ['open', null, null, false, false],
    ])
    expect(run.opens.map(({ first }) => first)).toEqual([true, false])
  })

  it('that comes to nothing again and again is given up after maxAttempts', async () => {
    const run = connect('/end?count=0', { reconnect: { ...QUICK, maxAttempts: 3 } })
    await until(() => run.client.status === 'failed')
    expect(run.client).toMatchObject({ reason: 'exhausted', attempt: 3, retryAt: null })
    expect(run.errors.at(-1)).toMatchObject({ code: 'attempts-exhausted', fatal: true })
    expect(await run.requests()).toHaveLength(3)
  })

  it('that gets further each time is not given up', async () => {
    const run = connect('/batches?batch=1&until=10', { reconnect: { ...QUICK, maxAttempts: 2 } })
    await until(() => run.messages.length === 10)
    expect(run.client).toMatchObject({ status: 'open', attempt: 0 })
  })

  it('that breaks before it is open is tried again', async () => {
    const run = connect('/hang-up', { reconnect: { ...QUICK, maxAttempts: 2 } })
    await until(() => run.client.status === 'failed')
    expect(run.statuses).toEqual(['connecting', 'reconnecting network', 'failed exhausted'])
    expect(run.errors).toMatchObject([{ code: 'network' }, { code: 'attempts-exhausted' }])
  })

  it('that gets no head is tried again after connectTimeout', async () => {
    const run = connect('/no-head', { connectTimeout: 50 })
    await run.hasAsked(2)
    expect(run.errors[0]).toMatchObject({ code: 'connect-timeout', fatal: false })
    expect(run.statuses).toContain('reconnecting timeout')
  })

  it.runIf(can.silence)('that falls silent is replaced at once', async () => {
    const run = connect('/events?count=1', { silenceTimeout: 50, reconnect: LONG })
    await run.hasAsked(2)
    expect(run.errors[0]).toMatchObject({ code: 'silence', fatal: false })
    expect(run.statuses.slice(0, 3)).toEqual(['connecting', 'open', 'reconnecting silence'])
  })

  it.runIf(can.silence && !can.comments)('without messages is silent', async () => {
    const run = connect('/heartbeats?every=5', { silenceTimeout: 50 })
    await run.hasAsked(2)
    expect(run.errors[0]).toMatchObject({ code: 'silence', fatal: false })
  })

  it.runIf(can.comments)('that shows heartbeats is left alone', async () => {
    const run = connect('/heartbeats?every=5', { silenceTimeout: 2000 })
    const seen = new Set<number | null>()
    await until(() => seen.add(run.client.lastActivityAt).size > 10)
    expect(run.statuses).toEqual(['connecting', 'open'])
    expect(await run.requests()).toHaveLength(1)
  })

  it.runIf(can.retry)('comes back when the server wants it to', async () => {
    const run = connect('/retry?ms=60000', { reconnect: QUICK })
    await until(() => run.client.retryAt !== null)
    expect(run.client.retryAt! - run.client.lastActivityAt!).toBeGreaterThanOrEqual(60_000)
  })
}

function describeApp(connect: Connect, can: Capabilities): void {
  it('ends the stream with close(), and goes on after the last id with open()', async () => {
    const run = connect('/events?count=3')
    await until(() => run.messages.length === 3)
    run.client.close()
    expect(run.client).toMatchObject({ status: 'closed', reason: 'user', retryAt: null })
    await run.hasLeft(1)
    run.client.open()
    await until(() => run.messages.length === 6)
    expect(indexes(run)).toEqual(upTo(6))
    expect(await run.asked()).toEqual([undefined, '3'])
  })

  it('hears nothing more when a handler closes the stream in the middle of a burst', async () => {
    const run = connect('/burst?count=5000')
    let heardLater = 0
    run.client.on('message', (_, { key }) => key === 100 && run.client.close())
    run.client.on('message', () => heardLater++)
    await until(() => run.client.status === 'closed')
    await run.hasLeft(1)
    expect(indexes(run)).toEqual(upTo(100))
    expect(heardLater).toBe(99)
  })

  it('ends the wait for an attempt with close()', async () => {
    const run = connect('/end', { reconnect: LONG })
    await until(() => run.client.retryAt !== null)
    run.client.close()
    expect(run.client).toMatchObject({ status: 'closed', retryAt: null, error: null })
    expect(await run.requests()).toHaveLength(1)
  })

  it('cuts the wait short with reconnect(), and goes on after the last id', async () => {
    const run = connect(script(blocks(1), blocks(2)), { reconnect: LONG })
    await until(() => run.client.retryAt !== null)
    run.client.reconnect()
    await until(() => run.messages.length === 2)
    expect(await run.asked()).toEqual([undefined, '1'])
  })

  it('replaces a living connection with reconnect()', async () => {
    const run = connect('/events?count=2')
    await until(() => run.messages.length === 2)
    run.client.reconnect()
    await until(() => run.messages.length === 4)
    expect(indexes(run)).toEqual(upTo(4))
    await run.hasLeft(1)
    expect(await run.asked()).toEqual([undefined, '2'])
    expect(run.errors).toEqual([])
  })

  it('gets nothing while it pauses, and all of it afterwards', async () => {
    const run = connect('/resume?until=30&every=30')
    run.client.on('message', (_, { key }) => key === 5 && run.client.pause())
    await until(() => run.client.status === 'paused')
    expect(run.client.reason).toBe('user')
    await run.hasAsked(1)
    expect(run.messages).toHaveLength(5)
    run.client.resume()
    expect(run.client.status).toBe('open')
    await until(() => run.messages.length >= 30)
    expect(indexes(run)).toEqual(upTo(30))
  })

  it('hears nothing of the old URL after setUrl(), and starts anew', async () => {
    const run = connect('/firehose')
    await until(() => run.client.received > 10)
    run.client.setUrl(run.url('/events?count=3'))
    const before = run.messages.length
    expect(run.client).toMatchObject({ received: 0, lastEventId: '', attempt: 0, error: null })
    await until(() => run.client.received === 3)
    expect(run.messages.slice(before).map(({ lastEventId }) => lastEventId)).toEqual([
      ...['1', '2', '3'],
    ])
    await run.hasLeft(1)
    expect(await run.asked()).toEqual([undefined, undefined])
  })

  it('is idle without a URL', async () => {
    const run = connect('/events?count=2')
    await until(() => run.messages.length === 2)
    run.client.setUrl(null)
    expect(run.client).toMatchObject({ status: 'idle', received: 0 })
    await run.hasLeft(1)
  })

  it('keeps the id over setEnabled(false)', async () => {
    const run = connect('/events?count=2')
    await until(() => run.messages.length === 2)
    run.client.setEnabled(false)
    expect(run.client).toMatchObject({ status: 'idle', reason: 'disabled' })
    await run.hasLeft(1)
    run.client.setEnabled(true)
    await until(() => run.messages.length === 4)
    expect(indexes(run)).toEqual(upTo(4))
  })

  it('ends the stream with the text of until, which is not delivered', async () => {
    const run = connect(script(`${blocks(1)}data: [DONE]\n\n${blocks(2)}`), { until: '[DONE]' })
    await until(() => run.client.status === 'closed')
    expect(run.client.reason).toBe('complete')
    expect(run.data()).toEqual([1])
  })

  it('ends the stream with the message that until names, and goes on before it', async () => {
    const run = connect(script(blocks(1), blocks(2, 3, 4)), { until: ({ data }) => data === 3 })
    await until(() => run.client.status === 'closed')
    expect(run.client.reason).toBe('complete')
    expect(run.data()).toEqual([1, 2, 3])
    const code = can.ends ? 'truncated' : 'network'
    expect(run.errors[0]).toMatchObject({ code, fatal: false })
  })
}

function describeAnswers(connect: Connect, can: Capabilities): void {
  describe.runIf(can.statuses)('that is no stream', () => {
    it('but a 204 ends the stream', async () => {
      const run = connect(script(blocks(1), { status: 204 }))
      await until(() => run.client.status === 'closed')
      expect(run.client).toMatchObject({ reason: 'no-content', error: null })
      expect(await run.asked()).toEqual([undefined, '1'])
    })

    it('but a 404 fails, and shows why', async () => {
      const run = connect(script({ status: 404, text: 'nothing here' }))
      await until(() => run.client.status === 'failed')
      expect(run.client).toMatchObject({ reason: 'http', retryAt: null })
      expect(run.client.error).toMatchObject({ status: 404, fatal: true, body: 'nothing here' })
      expect(await run.requests()).toHaveLength(1)
    })

    it('but a 503 is waited out', async () => {
      const run = connect(script({ status: 503 }, { status: 429 }, block(1, 'end')))
      await until(() => run.messages.length === 1)
      expect(run.errors).toMatchObject([{ status: 503 }, { status: 429 }])
      expect(run.statuses).toEqual(['connecting', 'reconnecting http', 'open'])
    })

    it('but a page fails, though not in place of a stream that was there', async () => {
      const page = { headers: { 'Content-Type': 'text/html' }, text: '<h1>Welcome</h1>' }
      const wrong = connect(script(page))
      await until(() => wrong.client.status === 'failed')
      expect(wrong.client.error).toMatchObject({ code: 'content-type', body: '<h1>Welcome</h1>' })
      const passing = connect(script(blocks(1), page, blocks(2)))
      await until(() => passing.messages.length === 2)
      expect(passing.errors.map(({ code }) => code)).toEqual(['network', 'content-type'])
    })
  })

  describe.runIf(!can.statuses)('that is no stream', () => {
    it('is a loss, whatever it is', async () => {
      const page = { headers: { 'Content-Type': 'text/html' }, text: '<h1>Welcome</h1>' }
      const refused = [{ status: 404 }, { status: 503 }, { status: 204 }, { status: 401 }, page]
      const run = connect(script(...refused, block(1, 'end')))
      await until(() => run.messages.length === 1)
      expect(run.errors.map(({ code, fatal }) => [code, fatal])).toEqual(
        refused.map(() => ['network', false]),
      )
      expect(run.statuses).toEqual(['connecting', 'reconnecting network', 'open'])
    })
  })

  describe.runIf(!can.headers)('to a request that cannot be sent', () => {
    it.each<EventStreamClientOptions>([
      { headers: { 'X-Own': 'secret' } },
      { method: 'POST' },
      { request: () => ({ body: 'secret' }) },
    ])('is not asked for: %j', async (options) => {
      const run = connect('/events', options)
      await until(() => run.client.status === 'failed')
      expect(run.client.error).toMatchObject({ code: 'unsupported', fatal: true })
      expect(run.client.error!.message).not.toContain('secret')
      expect(await run.requests()).toEqual([])
    })
  })

  describe.runIf(can.headers)('to a request with headers', () => {
    it('is asked for with them, anew for each request', async () => {
      let calls = 0
      const run = connect(script(blocks(1), blocks(2)), {
        headers: async () => ({ 'X-Own': String(++calls) }),
      })
      await until(() => run.messages.length === 2)
      const requests = await run.everyRequest()
      // Once more where a kept connection breaks: Chromium then repeats the request by itself.
      const sent = new Set(requests.map(({ headers }) => Number(headers['x-own'])))
      expect(sent.size).toBeGreaterThanOrEqual(2)
      expect([...sent]).toEqual(upTo(sent.size))
    })

    it('that is a 401 is asked for once more', async () => {
      const run = connect(script({ status: 401 }), { headers: () => ({ Authorization: 'a' }) })
      await until(() => run.client.status === 'failed')
      expect(await run.requests()).toHaveLength(2)
    })
  })

  describe.runIf(can.methods)('to a POST that may be repeated', () => {
    it('is asked for with its method and body, each time', async () => {
      const body = '{"prompt":"é"}'
      const cut = { text: blocks(1), end: 'cut' } as const
      const run = connect(script(cut, blocks(2)), { method: 'POST', body })
      await until(() => run.data().includes(2))
      expect(await run.requests()).toMatchObject([
        { method: 'POST', body },
        { method: 'POST', body },
      ])
    })
  })

  describe.runIf(can.methods && !can.single)('to a POST that may not be repeated', () => {
    it('is not asked for', async () => {
      const run = connect('/echo', { method: 'POST', body: 'x', reconnect: undefined })
      await until(() => run.client.status === 'failed')
      expect(run.client.error).toMatchObject({ code: 'unsupported', fatal: true })
      expect(await run.requests()).toEqual([])
    })
  })

  describe.runIf(can.methods && can.single)('to a POST', () => {
    const POST = { method: 'POST', body: '{"prompt":"é"}', reconnect: undefined }

    it('is complete with its end', async () => {
      const run = connect('/echo', POST)
      await until(() => run.client.status === 'closed')
      expect(run.client.reason).toBe('complete')
      expect(run.data()).toMatchObject([{ method: 'POST', body: '{"prompt":"é"}' }])
      expect(await run.requests()).toHaveLength(1)
    })

    // Not `/hang-up`: Chromium itself repeats a request on a connection that it had kept, even a POST.
    it.each(['/half-head', '/status?code=503', '/cut'])(
      'is not asked for twice: %s',
      async (path) => {
        const run = connect(path, POST)
        await until(() => run.client.status === 'failed')
        expect(run.client.retryAt).toBe(null)
        expect(await run.requests()).toHaveLength(1)
      },
    )
  })
}
