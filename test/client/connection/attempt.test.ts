// @vitest-environment node
/** One attempt: a transport at work, and what is told of it. How it asks has a file of its own. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { createTestAttempts as create, lossOf, names } from './attempt-in-hand.ts'
import type { AttemptContext } from '../../../src/client/options.ts'

const FULL = Symbol('full')

const own = { type: 'message', data: '1', lastEventId: '5' }

describe('createAttempts', () => {
  it('tells of the request without its query, of the head, of messages, and of the end', async () => {
    const test = create()
    const attempt = await test.start('fetch')
    expect(test.heard()).toEqual([
      ['method', undefined],
      ['request', 'https://page.test/events'],
    ])
    expect(attempt.url).toBe('https://page.test/events')
    expect(attempt.headers).toBe(undefined)
    await test.request.respond({ headers: { 'X-A': '1' } })
    const [head, accepted] = test.heard()
    expect(head).toEqual(['head'])
    expect(accepted![0]).toBe('accepted')
    expect((accepted![1] as Response).headers.get('X-A')).toBe('1')
    expect(accepted![2]).toBe(undefined)
    expect(attempt.headers!.get('X-A')).toBe('1')
    await test.request.push('data: 1\n\n')
    expect(names(test.heard())).toContain('message')
    await test.request.end()
    expect(test.heard()).toEqual([['ended']])
  })

  it('asks for nothing before the cursor is known, and then after that one', async () => {
    const contexts: AttemptContext[] = []
    const test = create({ headers: (context) => void contexts.push(context) as undefined })
    let tell = (): void => {}
    test.known = new Promise((resolve) => (tell = resolve))
    test.state.attempt = 2
    const attempt = await test.start('fetch', true)
    expect([contexts, test.heard()]).toEqual([[], []])
    test.state.lastEventId = '7'
    tell()
    await settle()
    const { signal } = attempt.controller
    expect(contexts).toEqual([{ lastEventId: '7', attempt: 2, wasOpen: true, signal }])
    expect(attempt.sentId).toBe('7')
    expect(test.request.headers.get('Last-Event-ID')).toBe('7')
    attempt.controller.abort()
  })

  it('says whether the stream was open before: a page in place of it is then no wrong URL', async () => {
    const test = create()
    for (const wasOpen of [true, false]) {
      await test.start('fetch', wasOpen)
      await test.request.respond({ contentType: 'text/html' })
      expect(lossOf(test)).toMatchObject({ code: 'content-type', fatal: !wasOpen })
    }
  })

  it('reads only when it may', async () => {
    const test = create()
    const attempt = await test.start('fetch')
    test.gate.hold(FULL)
    await test.request.respond()
    await test.request.push('data: 1\n\n')
    expect(test.request.reads).toBe(0)
    test.gate.release(FULL)
    await settle()
    expect(names(test.heard())).toContain('message')
    attempt.controller.abort()
  })

  it('gives the transport the cursor as it is at each moment, and the platform', async () => {
    const test = create()
    const attempt = await test.start()
    expect(test.side.lastEventId).toBe('')
    test.state.lastEventId = '3'
    expect(test.side.lastEventId).toBe('3')
    expect(test.side).toMatchObject({ environment: test.environment, options: {} })
    expect(test.side.signal).toBe(attempt.controller.signal)
  })

  it('tells the transport which types are wanted, for as long as it is asked', async () => {
    const test = create()
    const { controller } = await test.start()
    const types: string[] = []
    test.side.onWantedType((type) => types.push(type))
    const [tell] = test.wanted
    tell!('a')
    controller.abort()
    tell!('b')
    expect(types).toEqual(['a'])
  })

  it('starts its transport when all that asked for it is done, unless it is left by then', async () => {
    const test = create()
    let isStarted = false
    const started = test.start(async () => void (isStarted = true))
    expect(isStarted).toBe(false)
    await started
    expect(isStarted).toBe(true)
    isStarted = false
    const late = test.start(async () => void (isStarted = true))
    test.attempt.controller.abort()
    await late
    expect(isStarted).toBe(false)
  })

  it('waits between requests as long as their number asks for', async () => {
    const test = create()
    for (let count = 0; count < 25; count++) {
      expect(test.delay()).toBe(0)
      await test.start('fetch')
      expect(test.side?.delay() ?? test.delay()).toBe(count < 24 ? 0 : 2010)
      await test.request.refuse()
    }
    expect(test.delay()).toBe(2010)
  })

  describe('the id that is sent', () => {
    /** Two messages have come, of which one is delivered. */
    async function startBehind(options?: Parameters<typeof create>[0]) {
      const test = create(options)
      test.state.lastEventId = '1'
      await test.start()
      test.gate.hold(FULL)
      test.side.receive(() => {
        for (const id of ['2', '3']) {
          test.side.onLastEventId(id)
          test.side.onMessage({ ...own, lastEventId: id }, true)
        }
      })
      return test
    }

    it('is that of the last message that has come, also when it waits for its turn', async () => {
      const test = await startBehind()
      const attempt = await test.start('fetch')
      expect(test.state.lastEventId).toBe('1')
      expect(test.request.headers.get('Last-Event-ID')).toBe('3')
      expect(attempt.sentId).toBe('3')
      attempt.controller.abort()
    })

    it('is the cursor once nothing waits: what waited may have been dropped', async () => {
      const test = await startBehind()
      test.gate.clear()
      const attempt = await test.start('fetch')
      expect(test.request.headers.get('Last-Event-ID')).toBe('1')
      attempt.controller.abort()
    })

    it('is the cursor also when what waited was dropped, and something else waits by now', async () => {
      const test = await startBehind()
      test.gate.clear()
      const first = await test.start('fetch')
      first.controller.abort()
      await test.start()
      test.side.receive(() => test.side.onComment())
      expect(test.gate.isEmpty()).toBe(false)
      const attempt = await test.start('fetch')
      expect(test.request.headers.get('Last-Event-ID')).toBe('1')
      attempt.controller.abort()
    })

    it('is the cursor where the ids are in the data: they are known when it is delivered', async () => {
      const test = await startBehind({ getEventId: () => 'x' })
      const attempt = await test.start('fetch')
      expect(test.request.headers.get('Last-Event-ID')).toBe('1')
      attempt.controller.abort()
    })

    it('is the cursor when what waits has none', async () => {
      const test = create()
      test.state.lastEventId = '1'
      await test.start()
      test.gate.hold(FULL)
      test.side.receive(() => test.side.onMessage(own, false))
      const attempt = await test.start('fetch')
      expect(test.request.headers.get('Last-Event-ID')).toBe('1')
      attempt.controller.abort()
    })
  })

  describe('what comes', () => {
    it('is a sign of life, whatever it is', async () => {
      const test = create()
      await test.start()
      await test.advance(70)
      test.side.receive(() => test.side.onComment())
      const told = [['watchdog activity'], ['activity'], ['heartbeat'], ['read']]
      expect(test.heard()).toEqual(told)
      expect(test.state.lastActivityAt).toBe(test.environment.now())
    })

    it('flows once it comes more than a second after the head: no proxy lets that through with it', async () => {
      const test = create()
      const attempt = await test.start()
      await test.advance(5000)
      test.side.onOpen({ status: 200, headers: new Headers() })
      expect(attempt.openedAt).toBe(test.environment.now())
      for (const ms of [0, 1000]) {
        await test.advance(ms)
        test.side.receive(() => {})
        expect(attempt.isFlowing).toBe(false)
      }
      await test.advance(1)
      expect(attempt.isFlowing).toBe(false)
      test.side.receive(() => {})
      expect(attempt.isFlowing).toBe(true)
    })

    it('moves the cursor, and is progress once it differs from the one that was sent', async () => {
      const test = create()
      await test.start()
      await test.side.createRequest()
      test.heard()
      test.side.receive(() => {
        test.side.onMessage({ ...own, lastEventId: '' }, false)
        expect(names(test.heard())).not.toContain('progress')
        test.side.onLastEventId('5')
        test.side.onMessage(own, true)
      })
      expect(test.state.lastEventId).toBe('5')
      expect(names(test.heard())).toEqual(['arrival', 'message', 'progress', 'read'])
    })

    it('is no progress when the cursor is the one that was sent', async () => {
      const test = create()
      test.state.lastEventId = '5'
      const attempt = await test.start()
      await test.side.createRequest()
      expect(attempt.sentId).toBe('5')
      test.side.receive(() => {
        test.side.onLastEventId('5')
        test.side.onMessage(own, true)
      })
      expect(names(test.heard())).not.toContain('progress')
    })

    it('is no progress when it was delivered before', async () => {
      const test = create()
      await test.start()
      test.side.receive(() => {
        test.side.onLastEventId('5')
        test.side.onMessage({ ...own, data: 'known' }, true)
      })
      expect(names(test.heard())).not.toContain('progress')
    })

    it('is no progress of a connection that was left before its turn came', async () => {
      const test = create()
      const attempt = await test.start()
      test.gate.hold(FULL)
      test.side.receive(() => {
        test.side.onLastEventId('5')
        test.side.onMessage(own, true)
      })
      attempt.controller.abort()
      test.heard()
      test.gate.release(FULL)
      expect(names(test.heard())).toEqual(['message'])
      expect(test.state.lastEventId).toBe('5')
    })

    it('starts a slice of work: the handlers of two times do not add up', async () => {
      const test = create()
      await test.start()
      for (let count = 0; count < 2; count++) {
        test.work(100)
        test.side.receive(() => test.side.onMessage(own, true))
        expect(test.gate.isHeld()).toBe(false)
      }
    })
  })

  it('tells of more than may wait', async () => {
    const test = create()
    await test.start()
    test.side.onOverflow()
    expect(test.heard()).toEqual([['overflow']])
  })

  it.each([
    [2, undefined, 500, []],
    [3, undefined, 500, ['overflow']],
    [2, 1000, 1000, []],
    [3, 1000, 1000, ['overflow']],
  ])(
    'hurries handlers unless %i messages are twice as much as may wait: %s',
    async (count, limit, may, told) => {
      const test = create({ maxMessageSize: 500 })
      await test.start()
      const data = 'x'.repeat(may * 0.7 - 256)
      // One takes all the time of a slice, and so does the next.
      test.gate.begin()
      for (let steps = 0; steps < 2; steps++) test.gate.pass(() => test.work(12))
      test.side.receive(() => {
        for (; count > 0; count--) {
          test.side.onMessage({ type: 'message', data, lastEventId: '' }, false)
        }
      })
      test.side.onOverflow(limit)
      expect(names(test.heard()).filter((name) => name === 'overflow')).toEqual(told)
    },
  )
})
