// @vitest-environment node
/** One connection that several streams use: who gets what of it, when it is read, and when it ends. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import {
  anonymous,
  LINGER_MS,
  messages,
  range,
  SHARED_URL,
  useSharedStreams,
} from '../../support/shared-streams.ts'
import type { Transport } from '../../../src/client/transports/transport.ts'

const openPage = useSharedStreams()

const snapshot = 'event: snapshot\ndata: 0\n\n'

describe('a shared stream', () => {
  it('makes one request for all, and gives each all messages', async () => {
    const page = openPage()
    const streams = await page.joinOpen(50)
    await page.request.push(messages(1, 3), anonymous(4, 5))
    expect(page.requests).toHaveLength(1)
    expect(page.connections.count()).toBe(1)
    for (const stream of streams) expect(stream.data).toEqual(range(1, 5))
  })

  it('tells each in order that it is open, and what has come', async () => {
    const page = openPage()
    const [one, other] = [page.start(), page.start()]
    await settle()
    await page.request.respond()
    await page.request.push(messages(1))
    const told = ['connecting', 'open', 'onOpen', '1']
    expect([one.log, other.log]).toEqual([told, told])
  })

  it('goes on for all after a cut, with the last id', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(messages(1, 2))
    await page.request.cut()
    await page.advance(1000)
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.get('last-event-id')).toBe('2')
    await page.request.respond()
    await page.request.push(messages(2, 3))
    const told = ['1', '2', 'reconnecting network', 'error network']
    told.push('reconnecting network', 'open', 'onOpen', '3')
    expect(one!.log).toEqual(told)
    expect(other!.log).toEqual(told)
    expect([one!.client.duplicates, other!.client.duplicates]).toEqual([1, 1])
  })

  it('asks for the types that anybody wants, now and later', async () => {
    const types: string[] = []
    const transport: Transport = {
      name: 'typed',
      async connect(attempt) {
        await attempt.createRequest()
        attempt.onWantedType((type) => types.push(type))
        attempt.onOpen({ status: 200, headers: new Headers() })
        await new Promise((_, reject) => attempt.signal.addEventListener('abort', reject))
      },
    }
    const page = openPage()
    const one = await page.join({ transport, on: { a: () => {} } })
    await page.join({ transport, on: { b: () => {} } })
    one.client.on('c', () => {})
    expect(types).toEqual(['a', 'b', 'c'])
    expect(one.client.transport).toBe('typed')
  })
})

describe('who comes late', () => {
  it('gets everything since the connection opened: a snapshot a second ago', async () => {
    const page = openPage()
    await page.joinOpen(1)
    await page.request.push(snapshot, anonymous(1, 2))
    await page.advance(1000)
    const late = await page.join()
    expect(late.log).toEqual(['connecting', 'open', 'onOpen', '0', '1', '2'])
    expect(late.opens).toMatchObject([{ first: true, attempt: 0, downMs: 0, status: 200 }])
    await page.request.push(anonymous(3))
    expect(late.data).toEqual([0, 1, 2, 3])
    expect(page.requests).toHaveLength(1)
  })

  it('gets the whole log of 1000 messages', async () => {
    const page = openPage()
    await page.joinOpen(1)
    await page.request.push(messages(1, 1000))
    const late = await page.join()
    expect(late.data).toEqual(range(1, 1000))
    expect(page.requests).toHaveLength(1)
  })

  it.each([
    ['1001 messages', messages(1, 1001)],
    ['more than a mebi of characters', `data: "${'x'.repeat(2 ** 20)}"\n\n${messages(1)}`],
  ])('gets a connection of its own after %s, which later ones join', async (_, text) => {
    const page = openPage()
    await page.joinOpen(1)
    await page.request.push(text)
    const late = await page.join()
    const later = await page.join()
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.has('last-event-id')).toBe(false)
    expect(page.connections.count()).toBe(2)
    await page.request.respond()
    await page.request.push(snapshot, messages(7))
    expect([late.data, later.data]).toEqual([
      [0, 7],
      [0, 7],
    ])
    expect(late.gaps).toEqual([])
  })

  it('waits for the answer with the others', async () => {
    const page = openPage()
    const first = await page.join()
    await page.advance(500)
    const late = await page.join()
    await page.request.respond()
    const told = ['connecting', 'open', 'onOpen']
    expect([first.log, late.log]).toEqual([told, told])
  })

  it('shows the error and the wait of a stream that is reconnecting', async () => {
    const page = openPage()
    const [first] = await page.joinOpen(1)
    await page.request.cut()
    const late = await page.join()
    const { status, reason, error, attempt, retryAt, disconnectedSince } = first!.client
    expect(status).toBe('reconnecting')
    expect(late.client).toMatchObject({ status, reason, attempt, retryAt, disconnectedSince })
    expect(late.client.error).toBe(error)
  })

  it('goes on after an id of its own when it is in the log', async () => {
    const page = openPage()
    await page.joinOpen(1)
    await page.request.push(messages(1, 4))
    const late = await page.join({ initialLastEventId: '2' })
    expect(late.data).toEqual([3, 4])
    expect(page.requests).toHaveLength(1)
  })

  it('has a connection of its own for an id that is not in the log', async () => {
    const page = openPage()
    await page.joinOpen(1)
    await page.request.push(messages(1, 4))
    await page.join({ initialLastEventId: 'x' })
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.get('last-event-id')).toBe('x')
  })

  it('shares the id that both start with', async () => {
    const page = openPage()
    const [first] = await page.joinOpen(1, { initialLastEventId: 'x' })
    await page.request.push(messages(1, 2))
    const late = await page.join({ initialLastEventId: 'x' })
    expect(page.requests).toHaveLength(1)
    expect([first!.data, late.data]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
})

describe('who leaves', () => {
  it('hears nothing more, and the others everything', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.close()
    await page.request.push(messages(1))
    expect(one!.log).toEqual(['closed user', 'onClose user'])
    expect(other!.log).toEqual(['1'])
    expect(page.open()).toEqual([SHARED_URL])
  })

  it('as the last one leaves the connection for 5 s, unread', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    await page.request.push(messages(1))
    const { reads } = page.request
    one!.client.close()
    // The read that was under way may end.
    await page.request.push(messages(2), messages(3), messages(4))
    expect(page.request.reads).toBeLessThanOrEqual(reads + 1)
    await page.advance(LINGER_MS - 1)
    expect(page.open()).toEqual([SHARED_URL])
    expect(page.connections.count()).toBe(0)
    await page.advance(1)
    expect(page.live()).toEqual([])
    expect(one!.data).toEqual([1])
  })

  it('leaves it to the next one, who gets all that came since it opened', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    await page.request.push(messages(1))
    one!.client.close()
    await page.request.push(messages(2), messages(3))
    await page.advance(LINGER_MS - 1)
    const next = await page.join()
    expect(next.log).toEqual(['connecting', 'open', 'onOpen', '1', '2', '3'])
    await page.advance(10 * LINGER_MS)
    await page.request.push(messages(4))
    expect(next.data).toEqual(range(1, 4))
    expect(page.requests).toHaveLength(1)
  })

  it('leaves a new linger each time', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    one!.client.close()
    await page.advance(LINGER_MS - 1)
    const next = await page.join()
    next.client.close()
    await page.advance(LINGER_MS - 1)
    expect(page.open()).toEqual([SHARED_URL])
    await page.advance(1)
    expect(page.live()).toEqual([])
  })

  it('leaves one behind that still waits for its answer, or for another attempt', async () => {
    const page = openPage()
    const first = await page.join()
    first.client.close()
    expect(page.open()).toEqual([SHARED_URL])
    await page.request.refuse()
    const next = await page.join()
    expect(next.client).toMatchObject({ status: 'reconnecting', reason: 'network', attempt: 1 })
    next.client.close()
    await page.advance(LINGER_MS)
    expect(page.live()).toEqual([])
  })

  it.each([
    ['ended by 204', { status: 204, hasBody: false }],
    ['failed', { status: 404 }],
  ])('leaves nothing behind of a stream that is %s meanwhile', async (_, answer) => {
    const page = openPage()
    const first = await page.join()
    first.client.close()
    await page.request.respond(answer)
    expect(page.live()).toEqual([])
    await page.join()
    expect(page.requests).toHaveLength(2)
  })

  it('leaves nothing behind of a stream that has failed', async () => {
    const page = openPage()
    const first = await page.join()
    await page.request.respond({ status: 404 })
    first.client.close()
    expect(page.live()).toEqual([])
    const next = await page.join()
    expect(next.log).toEqual(['connecting'])
    expect(page.requests).toHaveLength(2)
  })

  it('lets the one that paused go on when it was the last that was not', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.pause()
    other!.client.close()
    await page.advance(29_999)
    expect(page.open()).toEqual([SHARED_URL])
    await page.advance(1)
    expect(page.open()).toEqual([])
    expect(one!.client).toMatchObject({ status: 'paused', reason: 'user' })
    one!.client.resume()
    await settle()
    expect(page.requests).toHaveLength(2)
  })

  it('leaves a paused stream that the next one goes on with', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    one!.client.pause()
    one!.client.close()
    const next = await page.join()
    await page.request.push(messages(1))
    expect(next.log).toEqual(['connecting', 'open', 'onOpen', '1'])
    expect(one!.client.status).toBe('closed')
  })
})

describe('the end of the stream', () => {
  it.each<[string, object, string]>([
    ['204', { status: 204, hasBody: false }, 'no-content'],
    ['its end, without reconnecting', { reconnect: false }, 'complete'],
  ])('is that of all: %s', async (_, { status, hasBody, ...options }: any, reason) => {
    const page = openPage()
    const [one, other] = [page.start(options), page.start(options)]
    await settle()
    await page.request.respond(status ? { status, hasBody } : {})
    if (!status) await page.request.end()
    for (const { log } of [one, other]) {
      expect(log.slice(-2)).toEqual([`closed ${reason}`, `onClose ${reason}`])
    }
    expect(page.live()).toEqual([])
    expect(page.connections.count()).toBe(0)
  })

  it.each<[string, unknown]>([
    ['a text', 'end'],
    ['a function', ({ data }: { data: unknown }) => data === 'end'],
  ])('comes with until: %s', async (_, until: any) => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2, { until, decode: 'text' })
    await page.request.push(`${messages(1)}data: end\n\n${messages(2)}`)
    const heard = typeof until === 'string' ? ['1'] : ['1', 'end']
    for (const stream of [one!, other!]) {
      expect(stream.data).toEqual(heard)
      expect(stream.log.slice(-2)).toEqual(['closed complete', 'onClose complete'])
    }
    expect(page.live()).toEqual([])
  })

  it('of one that is opened again goes on with the id, and new ones join', async () => {
    const page = openPage()
    const until = 'end'
    const [one, other] = await page.joinOpen(2, { until })
    await page.request.push(`${messages(1)}id: 1\ndata: end\n\n`)
    one!.takeLog()
    one!.client.open()
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.get('last-event-id')).toBe('1')
    await page.request.respond()
    await page.request.push(messages(2))
    expect(one!.log).toEqual(['connecting', 'open', 'onOpen', '2'])
    expect(other!.data).toEqual([1])
    const next = await page.join({ until })
    expect(next.data).toEqual([1, 2])
    other!.client.reconnect()
    await settle()
    expect(other!.data).toEqual([1, 2])
  })

  it('comes to the one that is paused when it has taken everything', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2, { until: 'end' })
    one!.client.pause()
    one!.takeLog()
    await page.request.push(`${messages(1, 3)}data: end\n\n`)
    expect(other!.client.status).toBe('closed')
    expect(one!.log).toEqual([])
    one!.client.resume()
    expect(one!.log.filter((line) => line !== 'open')).toEqual([
      ...['1', '2', '3'],
      ...['closed complete', 'onClose complete'],
    ])
  })

  it('may be opened again by the one that has not come to it yet', async () => {
    const page = openPage()
    const until = 'end'
    const [one] = await page.joinOpen(2, { until })
    one!.client.pause()
    await page.request.push(`${messages(1, 3)}id: 3\ndata: end\n\n`)
    one!.client.open()
    await settle()
    await page.request.respond()
    const late = await page.join({ until })
    expect(page.requests).toHaveLength(2)
    one!.client.resume()
    await page.request.push(messages(4))
    expect([one!.data, late.data]).toEqual([range(1, 4), range(1, 4)])
  })
})

describe('a failed stream', () => {
  it('is failed for all, each of which is told the error once', async () => {
    const page = openPage()
    const [one, other] = [page.start(), page.start()]
    await settle()
    await page.request.respond({ status: 404 })
    const told = ['connecting', 'failed http', 'error http-status', 'onClose http']
    expect([one.log, other.log]).toEqual([told, told])
    expect(one.client.error).toBe(other.client.error)
    expect(page.live()).toEqual([])
  })

  it.each(['open', 'reconnect'] as const)('comes back for all by %s() of one', async (verb) => {
    const page = openPage()
    const [one, other] = [page.start(), page.start()]
    await settle()
    await page.request.respond({ status: 404 })
    one.takeLog()
    other.takeLog()
    one.client[verb]()
    await page.advance(1000)
    expect(page.requests).toHaveLength(2)
    await page.request.respond()
    await page.request.push(messages(1))
    for (const { log } of [one, other]) expect(log.slice(-3)).toEqual(['open', 'onOpen', '1'])
  })

  it('comes back for all when one more joins', async () => {
    const page = openPage()
    const one = await page.join()
    await page.request.respond({ status: 404 })
    const other = await page.join()
    expect([one.client.status, other.client.status]).toEqual(['connecting', 'connecting'])
    expect(page.requests).toHaveLength(2)
  })

  it('ends with exhausted attempts for all', async () => {
    const page = openPage()
    const options = { reconnect: { maxAttempts: 2 } }
    const [one, other] = [page.start(options), page.start(options)]
    await settle()
    await page.request.refuse()
    await page.advance(1000)
    await page.request.refuse()
    for (const { client } of [one, other]) {
      expect(client).toMatchObject({ status: 'failed', reason: 'exhausted', attempt: 2 })
    }
  })
})

describe('reconnect()', () => {
  it('opens another connection for all', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(messages(1))
    one!.client.reconnect()
    await settle()
    expect(page.requests.map(({ isOpen }) => isOpen)).toEqual([false, true])
    await page.request.respond()
    await page.request.push(messages(2))
    const told = ['1', 'reconnecting user', 'open', 'onOpen', '2']
    expect([one!.log, other!.log]).toEqual([told, told])
  })

  it('joins for one that was closed, and opens anew', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(messages(1))
    one!.client.close()
    await page.request.push(messages(2))
    one!.takeLog()
    one!.client.reconnect()
    await settle()
    expect(page.requests).toHaveLength(2)
    await page.request.respond()
    await page.request.push(messages(3))
    expect(one!.data).toEqual([1, 2, 3])
    expect(other!.data).toEqual([1, 2, 3])
  })

  it('ends the pause of one, and not that of the other', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.pause()
    other!.client.pause()
    one!.client.reconnect()
    await settle()
    await page.request.respond()
    await page.request.push(messages(1))
    expect([one!.data, other!.data]).toEqual([[1], []])
    expect([one!.client.status, other!.client.status]).toEqual(['open', 'paused'])
  })

  it('while joining is one request', async () => {
    const page = openPage()
    const one = page.start()
    one.client.reconnect()
    await settle()
    expect(page.requests).toHaveLength(1)
    expect(one.client.status).toBe('connecting')
  })
})
