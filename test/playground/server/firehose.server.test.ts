import { describe, expect, it } from 'vitest'
import { SYMBOLS } from '../../../playground/shared/contract.ts'
import { startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { waitUntil } from './support/wait-until.ts'
import type { ApiServer } from './support/api-server.ts'
import type { ReceivedEvent, StreamClient } from './support/stream-client.ts'

const openFirehose = (
  { url }: ApiServer,
  rate: number | string,
  paused = false,
): Promise<StreamClient> => openStream(`${url}/api/firehose/stream?rate=${rate}`, { paused })
const openCount = async ({ url }: ApiServer): Promise<number> =>
  (await (await fetch(`${url}/api/health`)).json()).streams
const pacesOf = ({ events }: StreamClient): ReceivedEvent[] =>
  events.filter(({ type }) => type === 'pace')

describe('GET /api/firehose/stream', () => {
  it('makes prices at the rate that was asked for, by its own clock', async () => {
    const api = await startApi()
    const stream = await openFirehose(api, 2000)
    await waitUntil(() => pacesOf(stream).length >= 3)
    const prices = stream.events.filter(({ type }) => type === 'price')
    const [first, last] = [prices[0]!.data, prices.at(-1)!.data]
    const perSecond = ((last.number - first.number) * 1000) / (last.time - first.time)
    expect(Math.round(perSecond / 200)).toBe(10)
    for (const { id, data } of prices) {
      expect(id).toBeUndefined()
      expect(SYMBOLS[data.symbol]).toBeDefined()
      expect(data.price).toBeGreaterThan(0)
    }
  })

  it('numbers them, also those that it skips', async () => {
    const api = await startApi()
    const stream = await openFirehose(api, 2000)
    await waitUntil(() => pacesOf(stream).length >= 2)
    const { sent, skipped } = pacesOf(stream)[1]!.data
    const before = stream.events.slice(0, stream.events.indexOf(pacesOf(stream)[1]!))
    const numbers = before.flatMap(({ type, data }) => (type === 'price' ? data.number : []))
    expect(numbers.every((number, index) => index === 0 || number > numbers[index - 1]!)).toBe(true)
    expect(numbers.at(-1)).toBe(sent + skipped)
  })

  it('says before each count what it counts', async () => {
    const api = await startApi()
    const stream = await openFirehose(api, 50_000)
    await waitUntil(() => pacesOf(stream).length >= 3)
    let received = 0
    for (const { type, data } of stream.events) {
      if (type === 'price') received++
      else expect(data).toMatchObject({ rate: 50_000, sent: received })
    }
  })

  it('skips what a client does not take, instead of keeping it, and says how much', async () => {
    const api = await startApi()
    const stream = await openFirehose(api, 50_000, true)
    const heapBefore = process.memoryUsage().rss
    // Another client shows that the time has come: the buffers on the way are full by then.
    const clock = await openFirehose(api, 100)
    await waitUntil(() => pacesOf(clock).length >= 8)
    expect(process.memoryUsage().rss - heapBefore).toBeLessThan(100 * 1024 * 1024)
    stream.resume()
    await waitUntil(() => (pacesOf(stream).at(-1)?.data.skipped ?? 0) > 0)
    const { sent, skipped } = pacesOf(stream).at(-1)!.data
    const numbers = stream.events.flatMap(({ type, data }) => (type === 'price' ? data.number : []))
    const holes = numbers.filter((number, index) => index > 0 && number !== numbers[index - 1] + 1)
    expect(holes.length).toBeGreaterThan(0)
    expect(sent + skipped).toBeGreaterThan(50_000)
    expect(stream.isEnded).toBe(false)
  }, 20_000)

  it.each(['99', '50001', '1e3', '-500', 'fast', ''])(
    'does not take %j for a rate',
    async (rate) => {
      const api = await startApi()
      const stream = await openFirehose(api, rate)
      await stream.ended()
      expect(stream.status).toBe(400)
      expect(JSON.parse(stream.text).title).toContain('"rate"')
    },
  )

  it('runs a few at a time, and others again when they have gone', async () => {
    const api = await startApi({ MAX_FIREHOSES: '2' })
    const first = await openFirehose(api, 100)
    await openFirehose(api, 100)
    const third = await openFirehose(api, 100)
    await third.ended()
    expect(third.status).toBe(503)
    expect(third.headers['retry-after']).toBe('2')
    first.close()
    await waitUntil(async () => (await openCount(api)) === 1)
    expect((await openFirehose(api, 100)).status).toBe(200)
  })

  it('stops with the server', async () => {
    const api = await startApi()
    const stream = await openFirehose(api, 1000)
    await waitUntil(() => stream.events.length > 0)
    await api.close()
    await stream.ended()
    expect(stream.status).toBe(200)
  })
})

describe('GET /api/firehose/clock', () => {
  it("tells the server's time", async () => {
    const api = await startApi()
    const answer = await fetch(`${api.url}/api/firehose/clock`)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(Math.abs((await answer.json()).time - Date.now())).toBeLessThan(1000)
  })
})
