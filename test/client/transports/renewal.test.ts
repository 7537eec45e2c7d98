// @vitest-environment node
/** The hand-over of a stream to its next connection: no error, no other status, nothing lost, nothing twice. */
import { describe, expect, it } from 'vitest'
import { ndjson } from '../../../src/client/formats/ndjson.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import { START_MS } from '../../support/fake-environment.ts'
import { numbered, useRenewedStreams } from '../../support/renewed-streams.ts'
import { range } from '../../support/shared-streams.ts'
import type { RenewedStream } from '../../support/renewed-streams.ts'

/** What the app hears of a hand-over, beside its messages. */
const NOTHING_TOLD: string[] = []
const open = useRenewedStreams()
const before = (): number => START_MS + 60_000

async function openAsking(options?: Parameters<typeof open>[0]) {
  const stream = await open(options)
  const [first] = stream.requests
  await first!.push(numbered(1, 3))
  await stream.drain(first, '4')
  expect(stream.requests).toHaveLength(2)
  stream.takeLog()
  return Object.assign(stream, { first: first!, second: stream.requests[1]! })
}

describe('a stream that is handed over', () => {
  it('asks before the time, with headers of that moment and after what came last', async () => {
    let token = 0
    const headers = (): Record<string, string> => ({ Authorization: `${++token}` })
    const stream = await open({ renew: { before, lead: 10_000 }, headers })
    const [first] = stream.requests
    await first!.push(numbered(1, 2))
    await stream.advance(49_999)
    expect(stream.requests).toHaveLength(1)
    await stream.advance(1)
    expect(stream.request.headers.get('Authorization')).toBe('2')
    expect(stream.asked()).toEqual([null, '2'])
    expect(first!.isOpen).toBe(true)
  })

  it('takes dates, and 30 seconds', async () => {
    const stream = await open({ renew: { before: () => new Date(before()) } })
    await stream.request.push(numbered(1))
    await stream.advance(29_999)
    expect(stream.requests).toHaveLength(1)
    await stream.advance(1)
    expect(stream.requests).toHaveLength(2)
  })

  it('asks when the server says so, and delivers what says it', async () => {
    const stream = await open({
      renew: { on: ({ data, type }) => type === 'x' && data === '"go"' },
    })
    await stream.request.push('id: 1\nevent: x\ndata: "stay"\n\n')
    expect(stream.requests).toHaveLength(1)
    await stream.request.push('id: 2\nevent: x\ndata: "go"\n\n')
    await stream.advance(0)
    expect(stream.asked()).toEqual([null, '2'])
    expect(stream.data).toEqual(['stay', 'go'])
  })

  it('leaves the old connection for a good answer, and tells nobody', async () => {
    const { first, second, client, log, numbers } = await openAsking()
    const told = ({ disconnectedSince, attempt, error, transport }: typeof client): unknown[] => [
      ...[disconnectedSince, attempt, error, transport],
    ]
    const last = told(client)
    await first.push(numbered(5))
    await second.respond()
    expect(first.isOpen).toBe(false)
    expect(second.isOpen).toBe(true)
    await second.push(numbered(6, 7))
    expect(numbers()).toEqual([1, 2, 3, 5, 6, 7])
    expect(log.filter((line) => !line.startsWith('message'))).toEqual(NOTHING_TOLD)
    expect(told(client)).toEqual(last)
  })

  it('drops what the next connection repeats', async () => {
    const { first, second, client, numbers } = await openAsking()
    await first.push(numbered(5, 9))
    await second.respond()
    await second.push(numbered(5, 12))
    expect(numbers()).toEqual([1, 2, 3, ...range(5, 12)])
    expect(client.duplicates).toBe(5)
  })

  it('reads nothing more of the old one after that', async () => {
    const stream = await openAsking()
    stream.server.honoursSignal = false
    await stream.second.respond()
    await stream.first.push(numbered(50))
    expect(stream.numbers()).toEqual([1, 2, 3])
  })

  it.each<[string, (stream: Awaited<ReturnType<typeof openAsking>>) => Promise<void>]>([
    ['is refused', ({ second }) => second.refuse()],
    ['is a 503', ({ second }) => second.respond({ status: 503 })],
    ['is a 401', ({ second }) => second.respond({ status: 401 })],
    ['is a 204', ({ second }) => second.respond({ status: 204, hasBody: false })],
    ['is HTML', ({ second }) => second.respond({ contentType: 'text/html' })],
    ['does not come', ({ advance }) => advance(15_000)],
    [
      'cannot go on',
      ({ second }) => second.respond({ headers: { 'Mercure-Last-Event-ID': 'other' } }),
    ],
  ])('stays where it is when the answer %s, and asks again', async (_, answer) => {
    const stream = await openAsking()
    const { first, second, log, requests } = stream
    await answer(stream)
    expect([first.isOpen, second.isOpen]).toEqual([true, false])
    await first.push(numbered(5))
    await stream.advance(749)
    expect(requests).toHaveLength(2)
    await stream.advance(1)
    expect(stream.asked()).toEqual([null, '4', '5'])
    await requests[2]!.respond()
    await requests[2]!.push(numbered(6))
    expect(first.isOpen).toBe(false)
    expect(stream.numbers()).toEqual([1, 2, 3, 5, 6])
    expect(log.filter((line) => !line.startsWith('message'))).toEqual(NOTHING_TOLD)
  })

  it('asks less and less often, and not before the server wants it', async () => {
    const stream = await openAsking()
    await stream.second.respond({ status: 429, headers: { 'Retry-After': '7' } })
    for (const wait of [7000, 1500, 3000, 6000, 12_000, 22_500, 22_500]) {
      const { length } = stream.requests
      await stream.advance(wait - 1)
      expect(stream.requests).toHaveLength(length)
      await stream.advance(1)
      expect(stream.requests).toHaveLength(length + 1)
      await stream.request.refuse()
    }
  })

  it.each([new Error('no token'), null, { retryAfter: 'soon' }])(
    'survives an app that has no headers for the next one: %o',
    async (cause) => {
      let count = 0
      const headers = (): Record<string, string> => {
        if (++count === 2) throw cause
        return {}
      }
      const stream = await open({ headers })
      const [first] = stream.requests
      await stream.drain(first, '1')
      expect(stream.requests).toHaveLength(1)
      await stream.advance(750)
      expect(stream.requests).toHaveLength(2)
      await first!.cut()
      await stream.request.refuse()
      expect(stream.errors.map(({ code }) => code)).toEqual(['network'])
    },
  )

  it.each([
    ['1000 messages', {}, 1000],
    ['none without dedupe', { dedupe: false }, 0],
    ['none where the app tells them apart', { dedupe: () => undefined }, 0],
  ])('delivers %s meanwhile, then what the next one brings', async (_, options, told) => {
    const stream = await openAsking(options)
    const { first, second } = stream
    await first.push(numbered(5, 2000))
    const { reads } = first
    await first.push(numbered(2001, 2010))
    expect(stream.numbers()).toEqual([1, 2, 3, ...range(5, told + 4)])
    expect(first.reads).toBe(reads)
    await second.respond()
    await second.push(numbered(5, 2100))
    expect(stream.numbers()).toEqual([1, 2, 3, ...range(5, 2100)])
  })

  it('delivers all of it when there is no next one', async () => {
    const stream = await openAsking({ dedupe: false })
    await stream.first.push(numbered(5, 6), numbered(7))
    expect(stream.numbers()).toEqual([1, 2, 3])
    await stream.second.refuse()
    expect(stream.numbers()).toEqual([1, 2, 3, 5, 6, 7])
    await stream.first.push(numbered(8))
    expect(stream.numbers().at(-1)).toBe(8)
  })

  it('has no hole when the old one ends while the next one is on its way', async () => {
    const stream = await openAsking()
    await stream.first.push(numbered(5))
    await stream.first.end()
    await stream.advance(1999)
    expect(stream.client.status).toBe('open')
    await stream.second.respond()
    await stream.second.push(numbered(5, 6))
    await stream.advance(60_000)
    expect(stream.numbers()).toEqual([1, 2, 3, 5, 6])
    expect(stream.log.filter((line) => !line.startsWith('message'))).toEqual(NOTHING_TOLD)
  })

  it.each<[string, object, (stream: Awaited<ReturnType<typeof openAsking>>) => Promise<void>]>([
    ['in time', {}, ({ advance }) => advance(2000)],
    ['at all', {}, ({ second }) => second.refuse()],
    ['while nothing more is read', { dedupe: false }, ({ second }) => second.refuse()],
  ])('is lost as ever when the next one does not come %s', async (_, options, fail) => {
    const stream = await openAsking(options)
    await stream.first.push(numbered(5))
    await stream.first.cut()
    expect(stream.client.status).toBe('open')
    await fail(stream)
    expect(stream.numbers()).toEqual([1, 2, 3, 5])
    expect(stream.client.status).toBe('reconnecting')
    expect(stream.errors.map(({ code }) => code)).toEqual(['network'])
    expect(stream.live().filter((text) => text.startsWith('request'))).toEqual([])
    await stream.advance(1000)
    expect(stream.asked().at(-1)).toBe('5')
  })

  it.each<[string, (stream: Awaited<ReturnType<typeof openAsking>>) => unknown]>([
    ['close()', ({ client }) => client.close()],
    ['reconnect()', ({ client }) => client.reconnect()],
    ['another URL', ({ client }) => client.setUrl('/other')],
    ['a page that is left', ({ page }) => page('pagehide')],
    ['the last message', ({ first }) => first.push('id: 9\ndata: "last"\n\n')],
  ])('leaves both connections at %s', async (_, leave) => {
    const stream = await openAsking({ until: '"last"' })
    await leave(stream)
    await stream.advance(0)
    expect([stream.first.isOpen, stream.second.isOpen]).toEqual([false, false])
    const timers = stream.delays().filter((delay) => delay === 15_000)
    expect(timers).toHaveLength(stream.requests.length - 2)
  })

  it('asks nothing in a pause, and asks after it', async () => {
    const stream = await open({ renew: { before } })
    await stream.request.push(numbered(1))
    stream.client.pause()
    await stream.advance(29_000)
    stream.client.resume()
    await stream.advance(500)
    stream.client.pause()
    await stream.advance(600)
    expect(stream.requests).toHaveLength(1)
    stream.client.resume()
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
  })

  it('does not take the next connection for silent', async () => {
    const stream = await open({ silenceTimeout: 20_000 })
    await stream.drain(stream.request, '1')
    await stream.advance(14_000)
    await stream.request.respond()
    await stream.advance(19_000)
    expect(stream.client.status).toBe('open')
  })

  it('tells a gap that the next connection announces, once', async () => {
    const stream = await openAsking({ resume: { gapEvent: 'history-lost' } })
    await stream.second.respond()
    await stream.second.push('event: history-lost\ndata: 1\n\n')
    expect(stream.gaps.map(({ reason }) => reason)).toEqual(['server'])
    await stream.advance(10_000)
    await stream.drain(stream.second, '9')
    expect(stream.requests).toHaveLength(3)
  })

  it('goes on in another format, where lines have ids', async () => {
    const format = ndjson({ id: 'id', data: 'data' })
    const stream = await open({ format, renew: { on: ({ data }) => data === '"drain"' } })
    stream.takeLog()
    const line = (id: number, data: unknown = id): string => `${JSON.stringify({ id, data })}\n`
    await stream.client.reconnect()
    await stream.advance(0)
    const head = { contentType: 'application/x-ndjson', isComplete: false }
    await stream.request.respond(head)
    await stream.request.push(line(1) + line(2, 'drain'))
    await stream.advance(0)
    expect(stream.request.headers.get('Accept')).toMatch('application/x-ndjson')
    await stream.request.respond(head)
    await stream.request.push(line(2, 'drain') + line(3))
    expect(stream.data).toEqual([1, 'drain', 3])
  })

  it('asks for nothing in a pause that its announcement begins', async () => {
    const stream = await open({ on: { draining: () => stream.client.pause() } })
    await stream.request.push(numbered(1))
    await stream.drain(stream.request, '2')
    await stream.advance(5000)
    expect(stream.requests).toHaveLength(1)
    stream.client.resume()
    await stream.advance(0)
    expect(stream.asked()).toEqual([null, '2'])
  })

  it('waits for the first id: without a cursor nobody knows what the next one brings', async () => {
    const stream = await open({ dedupe: false })
    await stream.drain()
    await stream.advance(5000)
    expect(stream.requests).toHaveLength(1)
    await stream.request.push(numbered(1))
    await stream.advance(1000)
    expect(stream.asked()).toEqual([null, '1'])
    expect(stream.warnings).toEqual([])
  })

  it.each([0, 15_000])(
    'leaves the old one unread for 5 seconds at most, with a connectTimeout of %d',
    async (connectTimeout) => {
      const stream = await openAsking({ dedupe: false, connectTimeout, silenceTimeout: 10_000 })
      await stream.first.push(numbered(5))
      await stream.advance(4999)
      expect(stream.numbers()).toEqual([1, 2, 3])
      await stream.advance(1)
      expect(stream.numbers()).toEqual([1, 2, 3, 5])
      expect([stream.first.isOpen, stream.second.isOpen]).toEqual([true, false])
      expect(stream.errors).toEqual([])
    },
  )

  it('tells the app that it goes on', async () => {
    const told: boolean[] = []
    await openAsking({ headers: ({ wasOpen }) => (told.push(wasOpen), {}) })
    expect(told).toEqual([false, true])
  })

  it('bears a time that is none', async () => {
    const stream = await open({ renew: { before: () => Symbol() as never } })
    await stream.request.push(numbered(1))
    expect(stream.client.status).toBe('open')
    expect(stream.numbers()).toEqual([1])
    expect(stream.reported.splice(0)).toHaveLength(1)
  })

  it('takes its head for no byte: a proxy that holds all back is still noticed', async () => {
    await import('../../../src/client/connection/transport-choice.ts')
    const stream = await open({
      initialLastEventId: '1',
      fallback: { transport: pollingTransport({ url: '/polls' }) },
      renew: { before: () => START_MS + 40_000 },
    })
    await stream.advance(10_000)
    expect(stream.requests).toHaveLength(2)
    await stream.request.respond()
    await stream.advance(5000)
    expect(stream.request.url).toMatch('/polls')
  })
})

describe('a stream that cannot be handed over', () => {
  const WARNING = 'renew-impossible'

  it.each<[string, (stream: RenewedStream) => Promise<void>]>([
    ['a message has no id', (stream) => stream.request.push('data: 1\n\n')],
    ['an id was taken back', (stream) => stream.request.push('id: 1\ndata: 1\n\nid:\ndata: 2\n\n')],
  ])('stays where it is once %s, and says so in development', async (_, send) => {
    const stream = await open()
    await send(stream)
    await stream.drain()
    expect(stream.requests).toHaveLength(1)
    expect(stream.warnings.join()).toMatch(WARNING)
  })

  it('stays when a message without an id comes while it asks', async () => {
    const stream = await openAsking()
    await stream.first.push('data: 5\n\n')
    await stream.second.respond()
    expect([stream.first.isOpen, stream.second.isOpen]).toEqual([true, false])
    await stream.advance(1000)
    expect(stream.requests).toHaveLength(2)
    expect(stream.warnings.join()).toMatch(WARNING)
  })

  it('counts neither heartbeats nor what announces the end', async () => {
    const stream = await open()
    await stream.request.push(`${numbered(1)}event: ping\ndata: 1\n\n: hi\n\n`)
    await stream.drain()
    expect(stream.requests).toHaveLength(2)
  })

  it('stays where ids are in the data: they are known too late', async () => {
    const stream = await open({ getEventId: ({ data }) => `${data as number}` })
    await stream.request.push('data: 1\n\n')
    await stream.drain()
    expect(stream.requests).toHaveLength(1)
    expect(stream.warnings.join()).toMatch(WARNING)
  })

  it.each<[string, object, boolean]>([
    ['a POST', { method: 'POST', body: '1' }, false],
    ['a POST that may be repeated', { method: 'POST', body: '1', reconnect: true }, true],
    ['a request of the app', { request: () => ({ method: 'POST' }) }, false],
    ['one that may be repeated', { request: () => ({}), reconnect: {} }, true],
    ['one with its own way to go on', { resume: { request: () => ({}) } }, false],
    ['a HEAD', { method: 'HEAD' }, true],
    ['a GET that is not tried again', { reconnect: false }, true],
  ])('sends nothing twice that may have effects: %s', async (_, options, isRenewed) => {
    const stream = await open(options)
    await stream.drain(stream.request, '1')
    expect(stream.requests).toHaveLength(isRenewed ? 2 : 1)
    expect(stream.warnings.join().includes(WARNING)).toBe(!isRenewed)
  })
})
