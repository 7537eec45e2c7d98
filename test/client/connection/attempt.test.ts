// @vitest-environment node
/** One attempt: what it asks for, and what it makes of the answer. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { createAttempts } from '../../../src/client/connection/attempt.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from '../../../src/client/options.ts'
import type { Attempts } from '../../../src/client/connection/attempt.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'

const SAME_ORIGIN = 'https://page.test/events?token=secret#hash'
const OTHER_ORIGIN = 'https://server.test/events?token=secret'
const BAD_ID = 'a\tb'

interface TestAttempts extends FakeEnvironment {
  attempts: Attempts
  controller: AbortController
  /** What was told, and forgets it. */
  heard(): unknown[][]
  /** Starts one. */
  start(context?: Partial<AttemptContext>): Promise<void>
  isHeld: boolean
}

function create(options: ConnectionOptions = {}, source: UrlSource = SAME_ORIGIN): TestAttempts {
  const fake = createFakeEnvironment()
  const heard: unknown[][] = []
  const test: TestAttempts = Object.assign(fake, {
    heard: () => heard.splice(0),
    controller: new AbortController(),
    isHeld: false,
    attempts: createAttempts(source, options, fake.environment, () =>
      test.isHeld ? new Promise<void>(() => {}) : undefined,
    ),
    start(context: Partial<AttemptContext> = {}) {
      test.controller = new AbortController()
      const { signal } = test.controller
      void test.attempts.start(signal, {
        prepare: async () => ({ lastEventId: '', attempt: 0, wasOpen: false, signal, ...context }),
        onRequest: (...details) => heard.push(['request', ...details]),
        onHead: () => heard.push(['head']),
        onBytes: (bytes) => heard.push(['bytes', new TextDecoder().decode(bytes)]),
        hear: (signalName, ...details) => heard.push([signalName, ...details]),
      })
      return settle()
    },
  })
  return test
}

/** An attempt that is lost, and what was told of it. */
async function lose(test: TestAttempts): Promise<{ error: EventStreamError; delay: unknown }> {
  const [signal, error, delay] = test.heard().at(-1)!
  expect(signal).toBe('lost')
  expect(error).toBeInstanceOf(EventStreamError)
  return { error: error as EventStreamError, delay }
}

describe('createAttempts', () => {
  it('tells of the request without its query, of the head, of bytes, and of the end', async () => {
    const test = create()
    await test.start()
    expect(test.heard()).toEqual([['request', 'https://page.test/events', undefined]])
    expect(test.request.url).toBe(SAME_ORIGIN)
    await test.request.respond({ headers: { 'X-A': '1' } })
    const [head, accepted] = test.heard()
    const [signal, response, gap] = accepted as [string, Response, unknown]
    expect(head).toEqual(['head'])
    expect([signal, response.headers.get('X-A'), gap]).toEqual(['accepted', '1', undefined])
    await test.request.push('data: 1', '\n\n')
    expect(test.heard()).toEqual([
      ['bytes', 'data: 1'],
      ['bytes', '\n\n'],
    ])
    await test.request.end()
    expect(test.heard()).toEqual([['ended']])
  })

  it('asks for nothing before the app is ready, and reads only when it may', async () => {
    const test = create()
    test.isHeld = true
    await test.start()
    await test.request.respond()
    await test.request.push('data: 1\n\n')
    expect(test.heard().map(([name]) => name)).toEqual(['request', 'head', 'accepted'])
    expect(test.request.reads).toBe(0)
    test.controller.abort()
  })

  it('sends all that the options say', async () => {
    const options: ConnectionOptions = { method: 'POST', body: 'x', headers: { 'X-A': '1' } }
    const test = create(options)
    await test.start()
    expect(test.heard()).toEqual([['request', 'https://page.test/events', 'POST']])
    expect(test.request.init).toMatchObject({ method: 'POST', body: 'x' })
    expect(test.request.headers.get('X-A')).toBe('1')
    test.controller.abort()
  })

  it('waits between requests as long as their number asks for', async () => {
    const test = create()
    for (let count = 0; count < 25; count++) {
      expect(test.attempts.delay()).toBe(0)
      await test.start()
      await test.request.refuse()
    }
    expect(test.attempts.delay()).toBe(2000)
  })

  describe('an answer that is not the stream', () => {
    it('is noContent with 204', async () => {
      const test = create()
      await test.start()
      await test.request.respond({ status: 204, hasBody: false })
      expect(test.heard()[2]).toEqual(['noContent', 'closed', 'no-content'])
    })

    it('is lost with what its body says', async () => {
      const test = create()
      await test.start()
      const type = 'application/problem+json'
      await test.request.respond({ status: 404, contentType: type, isComplete: false })
      await test.request.push('{"title":"No such room"}')
      await test.request.end()
      const { error, delay } = await lose(test)
      expect(error).toMatchObject({ code: 'http-status', status: 404, fatal: true })
      expect(error.body).toBe('{"title":"No such room"}')
      expect(error.problem).toEqual({ title: 'No such room' })
      expect(delay).toBe(0)
    })

    it('is judged by whether the stream was open before', async () => {
      const test = create()
      for (const wasOpen of [true, false]) {
        await test.start({ wasOpen })
        await test.request.respond({ contentType: 'text/html' })
        expect((await lose(test)).error).toMatchObject({ code: 'content-type', fatal: !wasOpen })
      }
    })

    it('may ask for a wait', async () => {
      const test = create()
      await test.start()
      await test.request.respond({ status: 503, headers: { 'Retry-After': '7' } })
      expect((await lose(test)).delay).toBe(7000)
    })

    it('asks for none when it is the stream', async () => {
      const test = create()
      await test.start()
      await test.request.respond({ headers: { 'Retry-After': '7' } })
      await test.request.cut()
      expect((await lose(test)).delay).toBe(0)
    })

    it('is not waited for longer than a second', async () => {
      const test = create()
      await test.start()
      await test.request.respond({ status: 503, isComplete: false })
      await test.request.push('half')
      await test.advance(999)
      expect(test.heard().map(([name]) => name)).toEqual(['request', 'head'])
      await test.advance(1)
      expect((await lose(test)).error.body).toBe('half')
      expect(test.live()).toEqual([])
    })
  })

  describe('what goes wrong', () => {
    it('is a network error from the request on, with its cause', async () => {
      const test = create()
      const cause = new TypeError('fetch failed')
      await test.start()
      await test.request.refuse(cause)
      expect((await lose(test)).error).toMatchObject({ code: 'network', fatal: false, cause })
      await test.start()
      await test.request.respond()
      await test.request.cut(cause)
      expect((await lose(test)).error).toMatchObject({ code: 'network', cause })
    })

    it('is a request error before it', async () => {
      const cause = new Error('no token')
      const test = create({ headers: () => Promise.reject(cause) })
      await test.start()
      expect((await lose(test)).error).toMatchObject({ code: 'request', fatal: false, cause })
      expect(test.requests).toEqual([])
    })

    it('is what it is when it is an EventStreamError', async () => {
      const test = create({}, 'http://[')
      await test.start()
      expect((await lose(test)).error).toMatchObject({ code: 'request', fatal: true })
    })
  })

  describe('an attempt that is over', () => {
    it.each(['prepare', 'headers', 'fetch', 'refusal', 'body', 'excerpt'])(
      'tells nothing more: in %s',
      async (point) => {
        let answer = (): void => {}
        const headers = (): Promise<undefined> | undefined =>
          point === 'headers'
            ? new Promise((resolve) => (answer = () => resolve(undefined)))
            : undefined
        const test = create({ headers })
        test.server.honoursSignal = false
        const started = test.start()
        if (point === 'prepare') test.controller.abort()
        await started
        if (point === 'body') await test.request.respond()
        if (point === 'excerpt') await test.request.respond({ status: 503, isComplete: false })
        test.heard()
        test.controller.abort()
        answer()
        await settle()
        if (point === 'fetch') {
          await test.request.respond()
          expect(test.request.isCancelled).toBe(true)
        }
        if (point === 'refusal') await test.request.refuse()
        if (point === 'body') await test.request.cut()
        expect(test.heard()).toEqual([])
        expect(test.requests.length).toBe(point === 'prepare' || point === 'headers' ? 0 : 1)
        expect(test.live()).toEqual([])
      },
    )
  })

  describe('a gap', () => {
    /** What the head that answers an attempt after this id says of what is missing. */
    async function gapAfter(
      lastEventId: string,
      header?: string,
      options: ConnectionOptions = {},
    ): Promise<unknown> {
      const test = create(options)
      await test.start({ lastEventId })
      const headers = header === undefined ? undefined : { 'Mercure-Last-Event-ID': header }
      await test.request.respond({ headers })
      test.controller.abort()
      return test.heard().find(([name]) => name === 'accepted')![2]
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
    async function refuse(test: TestAttempts, times: number): Promise<(string | null)[]> {
      const sent = []
      for (let count = 0; count < times; count++) {
        await test.start({ lastEventId: '5' })
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
      await test.start({ lastEventId: '5' })
      await test.request.respond({ status })
      test.controller.abort()
      expect(await refuse(test, 3)).toEqual(['5', '5', null])
    })

    it('is counted anew after an attempt that did not ask for it', async () => {
      const test = create({}, OTHER_ORIGIN)
      await refuse(test, 1)
      await test.start({ lastEventId: '' })
      await test.request.refuse()
      expect(await refuse(test, 3)).toEqual(['5', '5', null])
    })

    it('is counted also when the attempt is given up before its head', async () => {
      const test = create({}, OTHER_ORIGIN)
      for (let count = 0; count < 2; count++) {
        await test.start({ lastEventId: '5' })
        test.controller.abort()
        await settle()
      }
      expect(await refuse(test, 1)).toEqual([null])
    })

    it('is a gap when the stream opens without it, and warns with the URL, not its query', async () => {
      const test = create({}, OTHER_ORIGIN)
      await refuse(test, 2)
      await test.start({ lastEventId: '5' })
      test.heard()
      await test.request.respond()
      test.controller.abort()
      expect(test.heard()[1]).toEqual(['accepted', expect.anything(), 'unsendable-id'])
      expect(test.warnings).toEqual([
        expect.stringContaining('unsendable-id (https://server.test/events)'),
      ])
    })

    it('is no gap where the query carries the id as well', async () => {
      const test = create({ resume: { via: 'both' } }, OTHER_ORIGIN)
      await refuse(test, 2)
      await test.start({ lastEventId: '5' })
      test.heard()
      await test.request.respond()
      test.controller.abort()
      expect(test.request.headers.has('Last-Event-ID')).toBe(false)
      expect(test.request.url).toContain('lastEventId=5')
      expect(test.heard()[1]).toEqual(['accepted', expect.anything(), undefined])
    })
  })
})
