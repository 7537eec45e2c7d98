// @vitest-environment node
/** How a transport asks for a stream, by way of the client or by itself, and what is told of it. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { ASKING, createTestAttempts as create, names } from './attempt-in-hand.ts'

const OTHER_ORIGIN = 'https://server.test/events'

describe('createAttempts', () => {
  describe('ask', () => {
    it('announces the answer, and gives it', async () => {
      const test = create()
      await test.start()
      const asked = test.side.ask(ASKING)
      await settle()
      await test.request.respond()
      const response = await asked
      expect(test.heard().slice(2)).toEqual([['head'], ['accepted', response, undefined]])
    })

    it('says why messages may be missing', async () => {
      const test = create()
      test.state.lastEventId = '5'
      await test.start('fetch')
      await test.request.respond({ headers: { 'Mercure-Last-Event-ID': '4' } })
      expect(test.heard().at(-1)).toEqual(['accepted', expect.anything(), 'server'])
    })

    it('tells of each further answer of a stream that is open, and why messages may be missing', async () => {
      const test = create()
      test.state.lastEventId = '5'
      const { controller } = await test.start()
      const mercure = { headers: { 'Mercure-Last-Event-ID': '4' } }
      for (let count = 0; count < 3; count++) {
        test.heard()
        void test.side.ask(ASKING)
        await settle()
        await test.request.respond(mercure)
        const told = test.heard().slice(3)
        // Its head is a sign of life.
        const further = [['watchdog activity'], ['asked again', 'server']]
        expect(told.slice(0, -1)).toEqual(count === 0 ? [] : further)
        expect(told.at(-1)).toEqual(['accepted', expect.anything(), 'server'])
      }
      controller.abort()
    })

    it('says of a request of the app that carries no id that it could not be sent', async () => {
      const test = create({ headers: () => ({}), request: () => ({ headers: {} }) })
      test.state.lastEventId = '5'
      const { controller } = await test.start()
      for (let count = 0; count < 2; count++) {
        void test.side.ask(ASKING)
        await settle()
        await test.request.respond()
        expect(test.heard().at(-1)).toEqual(['accepted', expect.anything(), 'unsendable-id'])
      }
      controller.abort()
    })

    it('ends the stream with 204, and rejects', async () => {
      const test = create()
      const { controller } = await test.start()
      const asked = test.side.ask(ASKING)
      asked.catch(() => {})
      await settle()
      await test.request.respond({ status: 204, hasBody: false })
      expect(test.heard().slice(3)).toEqual([['noContent', 'closed', 'no-content']])
      await expect(asked).rejects.toBe(controller.signal.reason)
    })

    it('rejects with what an answer that is not the stream means', async () => {
      const test = create()
      await test.start()
      const asked = test.side.ask(ASKING)
      asked.catch(() => {})
      await settle()
      await test.request.respond({ status: 503, headers: { 'Retry-After': '7' } })
      await expect(asked).rejects.toMatchObject({ code: 'http-status', retryAfter: 7000 })
      expect(names(test.heard())).toEqual(['method', 'request', 'head'])
    })
  })

  describe('createRequest', () => {
    it('gives the request that the options ask for, and tells of it', async () => {
      const test = create({ method: 'POST', headers: { 'X-A': '1' } })
      test.state.lastEventId = '5'
      const { controller } = await test.start()
      const { url, init } = await test.side.createRequest('query')
      expect(url).toBe('https://page.test/events?token=secret&lastEventId=5#hash')
      expect(init.method).toBe('POST')
      expect((init.headers as Headers).get('X-A')).toBe('1')
      expect(test.heard()).toEqual([
        ['method', 'POST'],
        ['request', 'https://page.test/events'],
      ])
      expect(test.requests).toEqual([])
      controller.abort()
    })

    it('says why messages may be missing when the answer is there', async () => {
      for (const [id, gap] of [
        ['5', undefined],
        ['x'.repeat(4097), 'unsendable-id'],
      ] as const) {
        const test = create()
        test.state.lastEventId = id
        await test.start()
        await test.side.createRequest('query')
        test.heard()
        const answer = { status: 200, headers: new Headers() }
        test.side.onOpen(answer)
        expect(test.heard()).toEqual([['accepted', answer, gap]])
      }
    })

    it.each<[string, (test: ReturnType<typeof create>) => unknown]>([
      ['answered', ({ side }) => side.onOpen({ status: 200, headers: new Headers() })],
      ['lost', ({ lose }) => lose(new Error('gone'))],
      ['ended', ({ end }) => end()],
      ['left', ({ attempt }) => attempt.controller.abort()],
    ])('counts with all that it may be redirected to, until it is %s', async (_, finish) => {
      const test = create({}, OTHER_ORIGIN)
      expect(test.delay()).toBe(0)
      await test.start()
      await test.side.createRequest()
      await test.advance(1500)
      await finish(test)
      expect(test.delay()).toBe(2010)
      await test.advance(2009)
      expect(test.delay()).toBe(1)
      await test.advance(1)
      expect(test.delay()).toBe(0)
      test.attempt.controller.abort()
    })

    it('counts nothing of a transport that asks through the client', async () => {
      const test = create()
      for (let count = 0; count < 40; count++) {
        await test.start()
        await test.end()
      }
      expect(test.delay()).toBe(0)
    })
  })
})
