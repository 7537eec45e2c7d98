// @vitest-environment node
/** Redirects, and how many requests a server can make a connection send. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment, START_MS } from '../../support/fake-environment.ts'
import { SENDER_WINDOW_MS } from '../../support/request-budget.ts'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import { createRequestSender } from '../../../src/client/transports/request-sender.ts'
import type { ConnectionOptions } from '../../../src/client/options.ts'
import type { RequestSender } from '../../../src/client/transports/request-sender.ts'

const start = useTestStreams()
const URL = 'https://server.test/events'
const MAX_REQUESTS = 25

/** What the server answers: `ok`, a redirect as Node or as a browser shows it, an answer after redirects, or nothing. */
type Answer = 'ok' | 'redirect' | 'opaque' | 'redirected' | 'refused' | Response

function toResponse(answer: Exclude<Answer, 'refused'>): Response {
  if (typeof answer !== 'string') return answer
  const body = new ReadableStream()
  return {
    ok: { type: 'basic', status: 200, redirected: false, body },
    redirect: { type: 'basic', status: 302, redirected: false, body },
    opaque: { type: 'opaqueredirect', status: 0, redirected: false, body: null },
    redirected: { type: 'basic', status: 200, redirected: true, body },
  }[answer] as Response
}

interface TestSender extends RequestSender {
  clock: { now: number }
  /** How each request was sent: `manual`, or undefined where `fetch` is left to follow. */
  sent: (RequestRedirect | undefined)[]
  /** Sends one that is answered so, in this order. */
  attempt(...answers: Answer[]): Promise<Response>
}

function create(options: ConnectionOptions = {}, isCrossOrigin = false): TestSender {
  const { environment } = createFakeEnvironment()
  const clock = { now: START_MS }
  const sent: TestSender['sent'] = []
  let answers: Answer[] = []
  const sender = createRequestSender(options, {
    ...environment,
    now: () => clock.now,
    async fetch(url, { redirect, method }) {
      expect([url, method]).toEqual([URL, options.method])
      sent.push(redirect)
      const answer = answers.shift()!
      if (answer === 'refused') throw new TypeError('fetch failed')
      return toResponse(answer)
    },
  })
  const { signal } = new AbortController()
  return {
    ...sender,
    clock,
    sent,
    attempt(...next) {
      answers = next
      return sender.send(URL, { method: options.method, signal }, isCrossOrigin)
    },
  }
}

describe('createRequestSender', () => {
  it('uses the fetch of the app, with all that is asked for', async () => {
    const calls: unknown[] = []
    const answer = toResponse('ok')
    const { send } = createRequestSender(
      {
        async fetch(...args) {
          calls.push(args)
          return answer
        },
      },
      createFakeEnvironment().environment,
    )
    const init: RequestInit = { credentials: 'include', signal: new AbortController().signal }
    expect(await send(URL, init, false)).toBe(answer)
    expect(calls).toEqual([[URL, { ...init, redirect: 'manual' }]])
  })

  it('fails as fetch does', async () => {
    await expect(create().attempt('refused')).rejects.toThrow(new TypeError('fetch failed'))
  })

  describe('redirects', () => {
    it.each(['redirect', 'opaque'] as const)(
      'are noticed, and followed as long as there are any: %s',
      async (redirect) => {
        const { attempt, sent } = create()
        const response = await attempt(redirect, 'redirected')
        expect(response.redirected).toBe(true)
        expect(sent.splice(0)).toEqual(['manual', undefined])
        await attempt('redirected')
        expect(sent.splice(0)).toEqual([undefined])
        await attempt('refused').catch(() => {})
        expect(sent.splice(0)).toEqual([undefined])
        await attempt('ok')
        expect(sent.splice(0)).toEqual([undefined])
        await attempt('ok')
        expect(sent).toEqual(['manual'])
      },
    )

    it.each([200, 204, 299, 304, 400, 500])('are not what a %i is', async (status) => {
      const { attempt, sent } = create()
      const response = { type: 'basic', status, redirected: false } as Response
      expect(await attempt(response)).toBe(response)
      await attempt('ok')
      expect(sent).toEqual(['manual', 'manual'])
    })

    it.each([300, 301, 302, 303, 307, 308, 399])('are what a %i is', async (status) => {
      const { attempt, sent } = create()
      await attempt({ type: 'basic', status, redirected: false } as Response, 'ok')
      expect(sent).toEqual(['manual', undefined])
    })

    it('leave no body open', async () => {
      let isCancelled = false
      const body = new ReadableStream({
        cancel() {
          isCancelled = true
          throw new Error('stuck')
        },
      })
      await create().attempt({ type: 'basic', status: 302, body } as Response, 'ok')
      expect(isCancelled).toBe(true)
    })

    it.each(['GET', 'get', 'HEAD'])('are looked out for with %s', async (method) => {
      const { attempt, sent } = create({ method })
      await attempt('ok')
      expect(sent).toEqual(['manual'])
    })

    it.each(['POST', 'PUT', 'DELETE'])('are left to fetch with %s', async (method) => {
      const { attempt, sent } = create({ method })
      for (const answer of ['redirected', 'ok', 'ok'] as const) await attempt(answer)
      expect(sent).toEqual([undefined, undefined, undefined])
    })

    it('are not followed when the attempt is over', async () => {
      const fake = createFakeEnvironment()
      fake.server.honoursSignal = false
      const controller = new AbortController()
      const { send } = createRequestSender({}, fake.environment)
      const response = send(URL, { signal: controller.signal }, false)
      controller.abort()
      await fake.request.respond({ status: 302 })
      expect((await response).status).toBe(302)
      await settle()
      expect(fake.requests).toHaveLength(1)
    })
  })

  describe('the limit', () => {
    it('allows 25 in 2 s and a little, and then the next as soon as the first is so long ago', async () => {
      const { attempt, delay, clock } = create()
      for (let count = 0; count < MAX_REQUESTS; count++) {
        expect(delay()).toBe(0)
        await attempt('ok')
        clock.now += 10
      }
      expect(delay()).toBe(START_MS + SENDER_WINDOW_MS - clock.now)
      clock.now = START_MS + SENDER_WINDOW_MS - 1
      expect(delay()).toBe(1)
      clock.now++
      expect(delay()).toBe(0)
      await attempt('ok')
      expect(delay()).toBe(10)
    })

    it('counts what something else has sent as 21, and keeps room for the next one', () => {
      const { count, delay, clock } = create()
      expect(delay()).toBe(0)
      count()
      expect(delay()).toBe(SENDER_WINDOW_MS)
      clock.now += SENDER_WINDOW_MS - 1
      expect(delay()).toBe(1)
      clock.now++
      expect(delay()).toBe(0)
    })

    it('counts it from the moment at which it is answered, or over', () => {
      const { count, delay, clock } = create()
      const settled = count()
      clock.now += 700
      expect(delay()).toBe(SENDER_WINDOW_MS - 700)
      settled()
      expect(delay()).toBe(SENDER_WINDOW_MS)
    })

    it.each([
      [42, 0],
      [41, SENDER_WINDOW_MS],
    ])('has room for another 21 after it with a limit of %i: %i', (limit, wait) => {
      const { count, delay } = create({ reconnect: { minDelay: SENDER_WINDOW_MS / (limit + 0.5) } })
      count()
      expect(delay()).toBe(wait)
    })

    it('counts each of several from its own moment', () => {
      const { count, delay, clock } = create({ reconnect: { minDelay: SENDER_WINDOW_MS / 42 } })
      const settled = count()
      clock.now += 100
      expect(delay()).toBe(0)
      count()
      expect(delay()).toBe(SENDER_WINDOW_MS - 100)
      settled()
      expect(delay()).toBe(SENDER_WINDOW_MS)
    })

    it('counts requests that fail', async () => {
      const { attempt, delay } = create()
      for (let count = 0; count < MAX_REQUESTS; count++) await attempt('refused').catch(() => {})
      expect(delay()).toBe(SENDER_WINDOW_MS)
    })

    it('counts a chain that fetch follows as 21, from its end', async () => {
      const { attempt, delay, clock } = create()
      const chain = attempt('redirect', 'redirected')
      clock.now += 500
      await chain
      clock.now += 100
      expect(delay()).toBe(SENDER_WINDOW_MS - 100)
    })

    it('counts a chain that is given up, from that moment', async () => {
      const stream = await start({ url: 'https://page.test/events', connectTimeout: 500 })
      await stream.request.respond({ status: 302 })
      await stream.advance(500)
      expect(stream.client.reason).toBe('timeout')
      await stream.advance(SENDER_WINDOW_MS - 1)
      expect(stream.requests).toHaveLength(2)
      await stream.advance(1)
      expect(stream.requests).toHaveLength(3)
    })

    it('counts a chain without an end as 21', async () => {
      const { attempt, delay } = create()
      await expect(attempt('redirect', 'refused')).rejects.toThrow('fetch failed')
      expect(delay()).toBe(SENDER_WINDOW_MS)
    })

    it('counts one that followed nothing as one', async () => {
      const { attempt, delay } = create()
      for (let count = 0; count < 2; count++) await attempt('redirect', 'ok')
      for (let count = 0; count < 21; count++) {
        expect(delay()).toBe(0)
        await attempt('ok')
      }
      expect(delay()).toBe(SENDER_WINDOW_MS)
    })

    it('keeps room for a chain as long as there is one', async () => {
      const { attempt, delay, clock } = create({ method: 'POST' })
      for (let count = 0; count < 4; count++) {
        expect(delay()).toBe(0)
        await attempt('ok')
        clock.now += 300
      }
      expect(delay()).toBe(0)
      await attempt('ok')
      expect(delay()).toBe(SENDER_WINDOW_MS - 1200)
    })

    it('counts requests to another origin twice: a browser may ask before each', async () => {
      const { attempt, delay, clock } = create({}, true)
      for (let count = 0; count < 12; count++) {
        expect(delay()).toBe(0)
        await attempt('ok')
        clock.now += 10
      }
      expect(delay()).toBe(SENDER_WINDOW_MS - 120)
    })

    it('turns a chain away for which there is no room, and waits for it', async () => {
      const { attempt, delay, sent } = create()
      for (let count = 0; count < 4; count++) await attempt('ok')
      await expect(attempt('redirect', 'redirected')).rejects.toMatchObject({
        ...{ name: 'EventStreamError', code: 'network', fatal: false },
      })
      expect(sent).toEqual(Array(5).fill('manual'))
      expect(delay()).toBe(SENDER_WINDOW_MS)
    })

    it('forgets what is in the future: the clock was set back', async () => {
      const { attempt, delay, clock } = create()
      for (let count = 0; count < MAX_REQUESTS; count++) await attempt('ok')
      clock.now -= 3_600_000
      expect(delay()).toBe(0)
    })

    it.each<[ConnectionOptions['reconnect'], number]>([
      [{ minDelay: 10 }, SENDER_WINDOW_MS / 10],
      [{ minDelay: 1000 }, 25],
      [{ minDelay: 80 }, 25],
      [{}, 25],
      [true, 25],
      [false, 25],
    ])('is more only where the app allows shorter waits: %j', async (reconnect, expected) => {
      const { attempt, delay } = create({ reconnect })
      for (let count = 1; count <= expected; count++) {
        expect(delay()).toBe(0)
        await attempt('ok')
      }
      expect(delay()).toBe(SENDER_WINDOW_MS)
    })

    it('is none where the app allows no wait at all', async () => {
      const { attempt, delay } = create({ reconnect: { minDelay: 0 } })
      for (let count = 0; count < 1000; count++) await attempt('ok')
      expect(delay()).toBe(0)
    })
  })
})
