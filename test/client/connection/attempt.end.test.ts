// @vitest-environment node
/** How an attempt ends, what its end is called, and that nothing comes after it. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { ASKING, createTestAttempts as create, lossOf, names } from './attempt-in-hand.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'

const FULL = Symbol('full')

const own = { type: 'message', data: '1', lastEventId: '5' }

describe('createAttempts', () => {
  describe('the end', () => {
    it('of an open stream waits for what came before', async () => {
      const test = create()
      await test.start()
      test.side.onOpen({ status: 200, headers: new Headers() })
      test.gate.hold(FULL)
      test.side.receive(() => test.side.onMessage(own, false))
      test.heard()
      await test.end()
      expect(test.heard()).toEqual([])
      test.gate.release(FULL)
      expect(names(test.heard())).toEqual(['message', 'ended'])
    })

    it('of an open stream is the end also when it is lost', async () => {
      const test = create()
      await test.start()
      test.side.onOpen({ status: 200, headers: new Headers() })
      test.gate.hold(FULL)
      test.heard()
      await test.lose(new Error('gone'))
      expect(test.heard()).toEqual([])
      test.gate.release(FULL)
      expect(lossOf(test).cause).toEqual(new Error('gone'))
    })

    it('of an open stream is nothing once it was left', async () => {
      const test = create()
      for (const end of [() => test.end(), () => test.lose(new Error('gone'))]) {
        const attempt = await test.start()
        test.side.onOpen({ status: 200, headers: new Headers() })
        test.gate.hold(FULL)
        test.heard()
        await end()
        attempt.controller.abort()
        test.gate.release(FULL)
        expect(test.heard()).toEqual([])
      }
    })

    it('of an attempt that was never open does not wait', async () => {
      const test = create()
      test.gate.hold(FULL)
      await test.start()
      await test.lose(new Error('gone'))
      expect(names(test.heard())).toEqual(['lost'])
    })

    it('of an attempt that was never open is a loss, however clean', async () => {
      const test = create()
      await test.start()
      await test.end()
      expect(lossOf(test)).toMatchObject({ code: 'network', fatal: false })
    })

    it('starts a slice of work: a loss long after the last message does not wait', async () => {
      const test = create()
      await test.start()
      test.side.onOpen({ status: 200, headers: new Headers() })
      await test.advance(60_000)
      await test.lose(new Error('gone'))
      expect(names(test.heard())).toEqual(['accepted', 'lost'])
      expect(test.live()).toEqual([])
    })
  })

  describe('what goes wrong', () => {
    it('is a network error from the request on, with its cause', async () => {
      const test = create()
      const cause = new TypeError('fetch failed')
      await test.start('fetch')
      await test.request.refuse(cause)
      expect(lossOf(test)).toMatchObject({ code: 'network', fatal: false, cause })
      await test.start('fetch')
      await test.request.respond()
      await test.request.cut(cause)
      expect(lossOf(test)).toMatchObject({ code: 'network', cause })
    })

    it('is a request error before it', async () => {
      const cause = new Error('no token')
      const test = create({ headers: () => Promise.reject(cause) })
      await test.start('fetch')
      expect(lossOf(test)).toMatchObject({ code: 'request', fatal: false, cause })
      expect(test.requests).toEqual([])
    })

    it('is what it is when it is an EventStreamError', async () => {
      const test = create({}, 'http://[')
      await test.start('fetch')
      expect(lossOf(test)).toMatchObject({ code: 'request', fatal: true })
      await test.start()
      const error = new EventStreamError('unsupported', 'x', { fatal: true })
      await test.lose(error)
      expect(lossOf(test)).toBe(error)
    })

    it('is wrapped when nothing can be added to it', async () => {
      const test = create()
      await test.start()
      const cause = Object.freeze(new EventStreamError('unsupported', 'x', { fatal: true }))
      await test.lose(cause)
      expect(lossOf(test)).toMatchObject({ code: 'network', cause })
    })

    it('may be a transport that throws where it should reject', async () => {
      const test = create()
      const cause = new Error('oh')
      await test.start(() => {
        throw cause
      })
      expect(lossOf(test)).toMatchObject({ code: 'network', cause })
    })

    it('is a request error of a later request, too, and a network error once that is made', async () => {
      let isBroken = false
      const cause = new Error('no token')
      const test = create({ headers: () => (isBroken ? Promise.reject(cause) : {}) })
      await test.start()
      void test.side.ask(ASKING)
      await settle()
      await test.request.respond()
      await test.lose(cause)
      expect(lossOf(test)).toMatchObject({ code: 'network', cause })
      isBroken = true
      await test.start(async (side) => void (await side.ask(ASKING)))
      expect(lossOf(test)).toMatchObject({ code: 'request', cause })
    })
  })

  describe('an attempt that is over', () => {
    it.each(['prepare', 'headers', 'fetch', 'refusal', 'body', 'excerpt', '204'])(
      'tells nothing more: in %s',
      async (point) => {
        let answer = (): void => {}
        const headers = (): Promise<undefined> | undefined =>
          point === 'headers'
            ? new Promise((resolve) => (answer = () => resolve(undefined)))
            : undefined
        const test = create({ headers })
        test.server.honoursSignal = false
        let tell = (): void => {}
        if (point === 'prepare') test.known = new Promise((resolve) => (tell = resolve))
        const { controller } = await test.start('fetch')
        if (point === 'body') await test.request.respond()
        if (point === 'excerpt') await test.request.respond({ status: 503, isComplete: false })
        test.heard()
        controller.abort()
        answer()
        tell()
        await settle()
        if (point === 'fetch') {
          await test.request.respond()
          expect(test.request.isCancelled).toBe(true)
        }
        if (point === '204') await test.request.respond({ status: 204, hasBody: false })
        if (point === 'refusal') await test.request.refuse()
        if (point === 'body') await test.request.cut()
        expect(test.heard()).toEqual([])
        expect(test.requests.length).toBe(point === 'prepare' || point === 'headers' ? 0 : 1)
        if (point === 'refusal' || point === 'body') expect(test.live()).toEqual([])
      },
    )

    it('tells nothing more, whatever its transport tells', async () => {
      const test = create()
      const { controller } = await test.start()
      controller.abort()
      test.side.onOpen({ status: 200, headers: new Headers() })
      test.side.receive(() => expect.unreachable('nothing is read'))
      test.side.onOverflow()
      await expect(test.side.ask(ASKING)).rejects.toBe(controller.signal.reason)
      await expect(test.side.createRequest()).rejects.toBe(controller.signal.reason)
      await test.lose(new Error('late'))
      expect(test.heard()).toEqual([])
      expect(test.requests).toEqual([])
    })

    it('is over also when it is given up while its request is made', async () => {
      const test = create({ headers: () => void controller.abort() as undefined })
      const { controller } = await test.start()
      await expect(test.side.createRequest()).rejects.toThrow('aborted')
      expect(test.heard()).toEqual([])
    })
  })
})
