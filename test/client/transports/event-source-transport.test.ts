// @vitest-environment node
/** The browser's `EventSource`, as the transport uses it, and what it tells. */
import { describe, expect, it } from 'vitest'
import { createScriptedEventSources } from '../../support/scripted-event-source.ts'
import { ndjson } from '../../../src/client/formats/ndjson.ts'
import { eventSourceTransport } from '../../../src/client/transports/event-source-transport.ts'
import { createTestAttempt } from './test-attempt.ts'
import type { ScriptedEventSources } from '../../support/scripted-event-source.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type { EventSourceTransportOptions } from '../../../src/client/transports/event-source-transport.ts'
import type { TestAttempt } from './test-attempt.ts'

interface TestSource extends TestAttempt {
  sources: ScriptedEventSources
}

const OF_ITS_OWN = ['open', 'error', 'message', 'heartbeat', 'ping']

async function start(
  options?: ConnectionOptions,
  transportOptions?: EventSourceTransportOptions,
  lastEventId = '',
): Promise<TestSource> {
  const sources = createScriptedEventSources()
  const test = Object.assign(createTestAttempt(options), { sources })
  test.has.EventSource = sources.EventSource
  test.lastEventId = lastEventId
  await test.connect(eventSourceTransport(transportOptions))
  return test
}

/** One that is open. */
async function open(...details: Parameters<typeof start>): Promise<TestSource> {
  const test = await start(...details)
  test.sources.last.open()
  test.heard()
  return test
}

const said = (data: string, lastEventId = '', type = 'message'): object => {
  return { type, data, lastEventId }
}

describe('eventSourceTransport', () => {
  it('asks at the URL of the stream, without credentials', async () => {
    const test = await start()
    expect(eventSourceTransport().name).toBe('event-source')
    expect(eventSourceTransport().isContinuous).not.toBe(false)
    expect(test.sources.last).toMatchObject({
      url: 'https://page.test/events',
      withCredentials: false,
      isClosed: false,
    })
    expect(test.heard()).toEqual([['request', 'https://page.test/events', undefined]])
    expect(test.requests).toEqual([])
  })

  it.each([
    ['include', true],
    ['same-origin', false],
    [undefined, false],
  ] as const)('sends the credentials that %s asks for', async (credentials, withCredentials) => {
    expect((await start({ credentials })).sources.last.withCredentials).toBe(withCredentials)
  })

  it.each(['header', 'query', 'both'] as const)(
    'sends the cursor in the query, also with via: %s',
    async (via) => {
      const test = await start({ resume: { via, param: 'since' } }, {}, 'a b')
      expect(test.sources.last.url).toBe('https://page.test/events?since=a+b')
    },
  )

  it('says when the server has accepted', async () => {
    const test = await start()
    test.heard()
    test.sources.last.open()
    expect(test.heard()).toEqual([['open', { status: 200, headers: new Headers() }]])
    expect(test.outcome).toBe('pending')
  })

  describe('messages', () => {
    it('are told with the ids that are their own, and those that they inherit', async () => {
      const test = await open()
      const { last } = test.sources
      last.say('a')
      last.say('b', '1')
      last.say('c', '1', 'ping')
      last.say('d', '2')
      last.say('e', '')
      expect(test.heard()).toEqual([
        ['receive'],
        ['message', said('a'), false],
        ['receive'],
        ['id', '1'],
        ['message', said('b', '1'), true],
        ['receive'],
        ['message', said('c', '1', 'ping'), false],
        ['receive'],
        ['id', '2'],
        ['message', said('d', '2'), true],
        ['receive'],
        ['message', said('e'), false],
      ])
    })

    it('have ids of their own also where these are that of the cursor', async () => {
      const test = await open({}, {}, '1')
      test.sources.last.say('a', '1')
      expect(test.heard().at(-1)).toEqual(['message', said('a', '1'), true])
    })

    it('may be of the types open and error', async () => {
      const test = await open()
      test.sources.last.say('a', '1', 'error')
      test.sources.last.say('b', '2', 'open')
      expect(test.heardOf('message')).toEqual([said('a', '1', 'error'), said('b', '2', 'open')])
      expect(test.heardOf('open')).toEqual([])
      expect(test.outcome).toBe('pending')
      expect(test.sources.last.isClosed).toBe(false)
    })

    it('may be empty', async () => {
      const test = await open()
      test.sources.last.say('')
      expect(test.heardOf('message')).toEqual([said('')])
    })
  })

  describe('the types that are heard', () => {
    it('are its own, those of its option, and those that are wanted, each once', async () => {
      const test = createTestAttempt()
      const sources = createScriptedEventSources()
      test.has.EventSource = sources.EventSource
      for (const type of ['a', 'b', 'ping']) test.want(type)
      await test.connect(eventSourceTransport({ types: ['b', 'c', 'message'] }))
      expect(sources.last.types).toEqual([...OF_ITS_OWN, 'b', 'c', 'a'])
    })

    it('may be wanted later', async () => {
      const test = await open()
      test.sources.last.say('early', '', 'late')
      for (const type of ['late', 'late', 'open']) test.want(type)
      expect(test.sources.last.types).toEqual([...OF_ITS_OWN, 'late'])
      test.sources.last.say('a', '', 'late')
      expect(test.heardOf('message')).toEqual([said('a', '', 'late')])
    })
  })

  describe('a loss', () => {
    it('is a network error, and the end of this EventSource: it does not come back by itself', async () => {
      const test = await open()
      test.sources.last.fail()
      expect(test.sources.last.isClosed).toBe(true)
      await test.advance(0)
      expect(test.outcome).toMatchObject({ code: 'network', fatal: false })
    })

    it('may come before it is open', async () => {
      const test = await start()
      test.sources.last.fail()
      await test.advance(0)
      expect(test.outcome).toMatchObject({ code: 'network' })
      expect(test.heardOf('open')).toEqual([])
    })

    it('is a message that is too large, which is not told', async () => {
      const test = await open({ maxMessageSize: 5 })
      test.sources.last.say('12345')
      expect(test.heardOf('message')).toEqual([said('12345')])
      test.hold()
      test.sources.last.say('123456')
      await test.advance(0)
      expect(test.outcome).toMatchObject({ code: 'message-too-large', fatal: false })
      expect((test.outcome as Error).message).toContain('5')
      expect(test.heardOf('message')).toHaveLength(1)
      expect(test.heardOf('overflow')).toEqual([])
      expect(test.sources.last.isClosed).toBe(true)
    })

    it('is none when the attempt is over: it ends, closed, and tells nothing more', async () => {
      const test = await open()
      const { last } = test.sources
      test.controller.abort()
      await test.advance(0)
      expect(test.outcome).toBe('ended')
      expect(last.isClosed).toBe(true)
    })

    it('tells nothing after the attempt is over, even where closing does not keep events back', async () => {
      const test = await open()
      const { last } = test.sources
      test.controller.abort()
      Object.assign(last, { isClosed: false })
      last.say('late')
      last.open()
      last.fail()
      expect(test.heard()).toEqual([])
    })
  })

  describe('what waits, because nothing is wanted,', () => {
    it('is told, up to maxMessageSize in all; then the connection is left', async () => {
      const test = await open({ maxMessageSize: 1000 })
      test.hold()
      test.waiting = 1000
      test.sources.last.say('a')
      expect(test.heardOf('overflow')).toEqual([])
      expect(test.sources.last.isClosed).toBe(false)
      test.waiting = 1001
      test.sources.last.say('b')
      expect(test.heardOf('message')).toEqual([said('a'), said('b')])
      expect(test.heardOf('overflow')).toHaveLength(1)
      test.controller.abort()
      expect(test.sources.last.isClosed).toBe(true)
    })

    it('goes on to be told when the connection is not left: it may have been delivered', async () => {
      const test = await open({ maxMessageSize: 1000 })
      test.waiting = 1001
      test.sources.last.say('a')
      test.waiting = 0
      test.sources.last.say('b')
      expect(test.heardOf('message')).toEqual([said('a'), said('b')])
      expect(test.sources.last.isClosed).toBe(false)
    })

    it('is not what came in all', async () => {
      const test = await open({ maxMessageSize: 1000 })
      test.hold()
      for (let count = 0; count < 10; count++) test.sources.last.say('x'.repeat(1000))
      expect(test.heardOf('message')).toHaveLength(10)
      expect(test.heardOf('overflow')).toEqual([])
    })

    it('may be 16 Mi characters by default', async () => {
      const test = await open()
      test.waiting = 16 * 1024 * 1024
      test.sources.last.say('a')
      expect(test.heardOf('overflow')).toEqual([])
      test.waiting++
      test.sources.last.say('a')
      expect(test.heardOf('overflow')).toHaveLength(1)
    })
  })

  describe('what EventSource cannot do', () => {
    it.each<[string, ConnectionOptions, RegExp]>([
      ['a header', { headers: { 'X-Own': 'secret' } }, /x-own/i],
      [
        'headers',
        { headers: { 'X-Own': 'secret', Authorization: 'secret' } },
        /authorization, x-own/i,
      ],
      ['headers of the plugin', { baseHeaders: { Authorization: 'secret' } }, /authorization/i],
      ['headers of request()', { request: () => ({ headers: { 'X-A': 'secret' } }) }, /x-a/i],
      ['a body', { body: 'secret' }, /body/],
      ['an empty body', { body: '' }, /body/],
      ['a request without cookies', { credentials: 'omit' }, /cookies/],
      ['a POST', { method: 'POST' }, /POST/],
      ['a HEAD', { method: 'HEAD' }, /HEAD/],
      ['another method of request()', { request: () => ({ method: 'put' }) }, /put/],
    ])('fails as unsupported, naming it but no value of it: %s', async (_, options, named) => {
      const test = await start({ reconnect: true, ...options })
      expect(test.outcome).toMatchObject({ code: 'unsupported', fatal: true })
      const { message } = test.outcome as Error
      expect(message).toMatch(named)
      expect(JSON.stringify([message, test.outcome])).not.toContain('secret')
      expect(test.sources.all).toEqual([])
    })

    it.each<ConnectionOptions>([
      { method: 'GET' },
      { method: 'get' },
      { body: null },
      { headers: { Accept: 'text/event-stream' } },
      { headers: () => undefined },
    ])('is not asked of it by %j', async (options) => {
      expect((await start(options)).sources.all).toHaveLength(1)
    })

    it('is to read another format, even one of its own type', async () => {
      const format = { ...ndjson(), name: 'lines', types: /^text\/event-stream/ }
      const test = await start({ format, headers: () => expect.unreachable('nothing is asked') })
      expect(test.outcome).toMatchObject({ code: 'unsupported', fatal: true })
      expect((test.outcome as Error).message).toBe('EventSource reads no lines.')
      expect(test.sources.all).toEqual([])
    })

    it('is to be where there is none', async () => {
      const test = createTestAttempt({ headers: () => expect.unreachable('no request is made') })
      await test.connect(eventSourceTransport())
      expect(test.outcome).toMatchObject({ code: 'unsupported', fatal: true })
      expect((test.outcome as Error).message).toContain('EventSource')
    })
  })

  it('fails as the functions of the app do, and as the constructor does', async () => {
    const cause = new Error('no token')
    const asking = await start({ request: () => Promise.reject(cause) })
    expect(asking.outcome).toBe(cause)
    const test = createTestAttempt()
    test.has.EventSource = function EventSource() {
      throw cause
    }
    await test.connect(eventSourceTransport())
    expect(test.outcome).toBe(cause)
  })
})
