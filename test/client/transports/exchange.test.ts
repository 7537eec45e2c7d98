// @vitest-environment node
/** What is asked for over HTTP, and what the answer means. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { SENDER_WINDOW_MS } from '../../support/request-budget.ts'
import { settle } from '../../support/settle.ts'
import { createExchange } from '../../../src/client/transports/exchange.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from '../../../src/client/options.ts'
import type { Answer, Exchange } from '../../../src/client/transports/exchange.ts'
import type { Asking } from '../../../src/client/transports/transport.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'

const SAME_ORIGIN = 'https://page.test/events?token=secret#hash'
const OTHER_ORIGIN = 'https://server.test/events?token=secret'
const BAD_ID = 'a\tb'
const ASKING: Asking = { accept: 'text/event-stream', types: /^text\/event-stream$/ }

interface TestExchange extends FakeEnvironment {
  exchange: Exchange
  controller: AbortController
  /** What was told, and forgets it. */
  heard(): unknown[][]
  /** Asks; what comes of it is in `answer`. */
  ask(context?: Partial<AttemptContext>, asking?: Partial<Asking>): Promise<void>
  /** The last answer, or what the last request came to. */
  answer: Answer | EventStreamError | undefined | 'pending'
}

function create(options: ConnectionOptions = {}, source: UrlSource = SAME_ORIGIN): TestExchange {
  const fake = createFakeEnvironment()
  const heard: unknown[][] = []
  const test: TestExchange = Object.assign(fake, {
    heard: () => heard.splice(0),
    controller: new AbortController(),
    exchange: createExchange(source, options, fake.environment),
    answer: 'pending' as const,
    ask(context: Partial<AttemptContext> = {}, asking: Partial<Asking> = {}) {
      test.controller = new AbortController()
      test.answer = 'pending'
      const { signal } = test.controller
      const whole = { lastEventId: '', attempt: 0, wasOpen: false, signal, ...context }
      const listener = {
        onRequest: (...details: unknown[]) => heard.push(['request', ...details]),
        onHead: () => heard.push(['head']),
      }
      test.exchange.ask(whole, listener, { ...ASKING, ...asking }).then(
        (answer) => (test.answer = answer),
        (error) => (test.answer = error),
      )
      return settle()
    },
  })
  return test
}

function errorOf({ answer }: TestExchange): EventStreamError {
  expect(answer).toBeInstanceOf(EventStreamError)
  return answer as EventStreamError
}

function answerOf({ answer }: TestExchange): Answer {
  expect(answer).toHaveProperty('response')
  return answer as Answer
}

describe('createExchange', () => {
  it('tells of the request without its query, then of the head, and gives the answer', async () => {
    const test = create()
    await test.ask()
    expect(test.heard()).toEqual([['request', 'https://page.test/events', undefined]])
    expect(test.request.url).toBe(SAME_ORIGIN)
    await test.request.respond({ headers: { 'X-A': '1' } })
    expect(test.heard()).toEqual([['head']])
    expect(answerOf(test).response.headers.get('X-A')).toBe('1')
    expect(answerOf(test).gap).toBe(undefined)
  })

  it('leaves a hash out as well', async () => {
    const test = create({}, 'https://page.test/events#hash')
    await test.ask()
    expect(test.heard()[0]![1]).toBe('https://page.test/events')
  })

  it('sends all that the options say, and what the transport asks for', async () => {
    const test = create({ method: 'POST', body: 'x', headers: { 'X-A': '1' } })
    await test.ask({ lastEventId: '7' }, { accept: 'application/json', url: '/poll' })
    expect(test.heard()).toEqual([['request', 'https://page.test/poll', 'POST']])
    expect(test.request.url).toBe('https://page.test/poll')
    expect(test.request.init).toMatchObject({ method: 'POST', body: 'x' })
    expect([...test.request.headers]).toEqual([
      ['accept', 'application/json'],
      ['last-event-id', '7'],
      ['x-a', '1'],
    ])
  })

  it('takes the types that the transport takes, and no others', async () => {
    const test = create()
    await test.ask({}, { types: /json/ })
    await test.request.respond({ contentType: 'application/json' })
    expect(answerOf(test).response.status).toBe(200)
    await test.ask({}, { types: /json/ })
    await test.request.respond({ isComplete: true })
    expect(errorOf(test)).toMatchObject({ code: 'content-type' })
  })

  it('creates a request without sending it, with the cursor where the transport wants it', async () => {
    const test = create({ resume: { param: 'since' } }, 'https://page.test/events')
    const heard: unknown[] = []
    const context = { lastEventId: '7', attempt: 0, wasOpen: false, signal: test.controller.signal }
    const listener = {
      onRequest: (...details: unknown[]) => heard.push(details),
      onHead: () => heard.push('head'),
    }
    const request = await test.exchange.create(context, listener, {}, 'query')
    expect(request.url).toBe('https://page.test/events?since=7')
    expect([...(request.init.headers as Headers)]).toEqual([['accept', 'text/event-stream']])
    expect(heard).toEqual([['https://page.test/events', undefined]])
    expect(test.requests).toEqual([])
    const plain = await test.exchange.create(context, listener, {})
    expect((plain.init.headers as Headers).get('Last-Event-ID')).toBe('7')
  })

  it('waits between requests as long as their number asks for', async () => {
    const test = create()
    for (let count = 0; count < 25; count++) {
      expect(test.exchange.delay()).toBe(0)
      await test.ask()
      await test.request.refuse()
    }
    expect(test.exchange.delay()).toBe(SENDER_WINDOW_MS)
  })

  it('counts what something else has sent as all the redirects there may have been', async () => {
    const test = create()
    const settled = test.exchange.count()
    expect(test.exchange.delay()).toBe(SENDER_WINDOW_MS)
    await test.advance(100)
    expect(test.exchange.delay()).toBe(SENDER_WINDOW_MS - 100)
    settled()
    expect(test.exchange.delay()).toBe(SENDER_WINDOW_MS)
  })

  describe('an answer that is not what was asked for', () => {
    it('is none with 204', async () => {
      const test = create()
      await test.ask()
      await test.request.respond({ status: 204, hasBody: false })
      expect(test.answer).toBe(undefined)
      expect(test.heard().at(-1)).toEqual(['head'])
    })

    it('is lost with what its body says', async () => {
      const test = create()
      await test.ask()
      const type = 'application/problem+json'
      await test.request.respond({ status: 404, contentType: type, isComplete: false })
      await test.request.push('{"title":"No such room"}')
      await test.request.end()
      const error = errorOf(test)
      expect(error).toMatchObject({ code: 'http-status', status: 404, fatal: true })
      expect(error.body).toBe('{"title":"No such room"}')
      expect(error.problem).toEqual({ title: 'No such room' })
      expect(error.retryAfter).toBe(undefined)
    })

    it('is judged by whether the stream was open before', async () => {
      const test = create()
      for (const wasOpen of [true, false]) {
        await test.ask({ wasOpen })
        await test.request.respond({ contentType: 'text/html' })
        expect(errorOf(test)).toMatchObject({ code: 'content-type', fatal: !wasOpen })
      }
    })

    it('may ask for a wait', async () => {
      const test = create()
      await test.ask()
      await test.request.respond({ status: 503, headers: { 'Retry-After': '7' } })
      expect(errorOf(test).retryAfter).toBe(7000)
    })

    it('is not waited for longer than a second', async () => {
      const test = create()
      await test.ask()
      await test.request.respond({ status: 503, isComplete: false })
      await test.request.push('half')
      await test.advance(999)
      expect(test.answer).toBe('pending')
      await test.advance(1)
      expect(errorOf(test).body).toBe('half')
      expect(test.live()).toEqual([])
    })
  })

  it('rejects as fetch does, and as the functions of the app do', async () => {
    const cause = new TypeError('fetch failed')
    const test = create()
    await test.ask()
    await test.request.refuse(cause)
    expect(test.answer).toBe(cause)
    const failing = create({ headers: () => Promise.reject(cause) })
    await failing.ask()
    expect(failing.answer).toBe(cause)
    expect(failing.heard()).toEqual([])
    expect(failing.requests).toEqual([])
  })

  describe('an attempt that is over', () => {
    it.each(['headers', 'fetch', 'late status', 'refusal', 'excerpt', 'no content'])(
      'tells nothing more: in %s',
      async (point) => {
        let finish = (): void => {}
        const headers = (): Promise<undefined> | undefined =>
          point === 'headers'
            ? new Promise((resolve) => (finish = () => resolve(undefined)))
            : undefined
        const test = create({ headers })
        test.server.honoursSignal = false
        await test.ask()
        if (point === 'excerpt') await test.request.respond({ status: 503, isComplete: false })
        test.heard()
        test.controller.abort()
        finish()
        await settle()
        if (point === 'fetch') await test.request.respond()
        if (point === 'late status') await test.request.respond({ status: 503, isComplete: false })
        if (point === 'no content') await test.request.respond({ status: 204, hasBody: false })
        if (point === 'refusal') await test.request.refuse()
        expect(test.heard()).toEqual([])
        expect(test.requests.length).toBe(point === 'headers' ? 0 : 1)
        expect(test.answer).not.toBe('pending')
        if (point === 'headers') expect(test.answer).toBe(undefined)
        expect(test.live().filter((item) => /timer/.test(item))).toEqual([])
      },
    )
  })

  describe('a gap', () => {
    /** What the head that answers a request after this id says of what is missing. */
    async function gapAfter(
      lastEventId: string,
      header?: string,
      options: ConnectionOptions = {},
    ): Promise<unknown> {
      const test = create(options)
      await test.ask({ lastEventId })
      const headers = header === undefined ? undefined : { 'Mercure-Last-Event-ID': header }
      await test.request.respond({ headers })
      return answerOf(test).gap
    }

    it.each([
      ['5', undefined],
      ['5', '5'],
      ['', '5'],
      ['', undefined],
      ['é你😀', 'Ã©ä½\u00a0ð\u009f\u0098\u0080'],
    ])('is none after %j when the server says %j', async (id, header) => {
      expect(await gapAfter(id, header)).toBe(undefined)
    })

    it.each([
      ['5', '4'],
      ['5', ''],
      ['5', '55'],
    ])('is the server’s after %j when it says %j', async (id, header) => {
      expect(await gapAfter(id, header)).toBe('server')
    })

    it('is unsendable-id when nothing carried the id', async () => {
      expect(await gapAfter(BAD_ID)).toBe('unsendable-id')
      expect(await gapAfter(BAD_ID, '5')).toBe('unsendable-id')
      expect(await gapAfter(BAD_ID, undefined, { resume: { via: 'query' } })).toBe(undefined)
      expect(await gapAfter(BAD_ID, undefined, { resume: { via: 'both' } })).toBe(undefined)
      expect(await gapAfter('x'.repeat(4097))).toBe('unsendable-id')
    })

    it('is the server’s also where the query carried the id', async () => {
      expect(await gapAfter('5', '4', { resume: { via: 'query' } })).toBe('server')
    })
  })

  describe('the header that another origin may refuse', () => {
    async function refuse(test: TestExchange, times: number): Promise<(string | null)[]> {
      const sent = []
      for (let count = 0; count < times; count++) {
        await test.ask({ lastEventId: '5' })
        sent.push(test.request.headers.get('Last-Event-ID'))
        await test.request.refuse()
      }
      return sent
    }

    it('is left out once after two attempts without a head, then counted anew', async () => {
      const test = create({}, OTHER_ORIGIN)
      expect(await refuse(test, 7)).toEqual(['5', '5', null, '5', '5', null, '5'])
      expect(test.warnings).toEqual([])
    })

    it('is never left out of requests to the own origin, or where there is no page', async () => {
      expect(await refuse(create(), 4)).toEqual(['5', '5', '5', '5'])
      const test = create({}, OTHER_ORIGIN)
      test.baseURI = undefined
      expect(await refuse(test, 4)).toEqual(['5', '5', '5', '5'])
    })

    it.each([200, 503, 404])('is counted anew after any head: %i', async (status) => {
      const test = create({}, OTHER_ORIGIN)
      await refuse(test, 1)
      await test.ask({ lastEventId: '5' })
      await test.request.respond({ status })
      expect(await refuse(test, 3)).toEqual(['5', '5', null])
    })

    it('is counted anew after an attempt that did not ask for it', async () => {
      const test = create({}, OTHER_ORIGIN)
      await refuse(test, 1)
      await test.ask({ lastEventId: '' })
      await test.request.refuse()
      expect(await refuse(test, 3)).toEqual(['5', '5', null])
    })

    it('stays when the attempt is given up before its head: nobody turned it away', async () => {
      const test = create({}, OTHER_ORIGIN)
      const giveUp = async (): Promise<void> => {
        await test.ask({ lastEventId: '5' })
        test.controller.abort()
        await settle()
      }
      await giveUp()
      await giveUp()
      expect(await refuse(test, 1)).toEqual(['5'])
      // Nor is what was counted before forgotten.
      await giveUp()
      expect(await refuse(test, 2)).toEqual(['5', null])
    })

    it('is a gap when the answer comes without it, and warns with the URL, not its query', async () => {
      const test = create({}, OTHER_ORIGIN)
      await refuse(test, 2)
      await test.ask({ lastEventId: '5' })
      await test.request.respond()
      expect(answerOf(test).gap).toBe('unsendable-id')
      expect(test.warnings).toEqual([
        expect.stringContaining('unsendable-id (https://server.test/events)'),
      ])
    })

    it('is no gap where the query carries the id as well', async () => {
      const test = create({ resume: { via: 'both' } }, OTHER_ORIGIN)
      await refuse(test, 2)
      await test.ask({ lastEventId: '5' })
      await test.request.respond()
      expect(test.request.headers.has('Last-Event-ID')).toBe(false)
      expect(test.request.url).toContain('lastEventId=5')
      expect(answerOf(test).gap).toBe(undefined)
    })
  })
})
