import { describe, expect, it } from 'vitest'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { waitUntil } from './support/wait-until.ts'
import type { ApiServer } from './support/api-server.ts'

async function openCount({ url }: ApiServer): Promise<number> {
  return (await (await fetch(`${url}/api/health`)).json()).streams
}

async function publish({ url }: ApiServer, ...headlines: string[]): Promise<string[]> {
  const ids: string[] = []
  for (const headline of headlines) {
    const answer = await postJson(`${url}/api/news`, { category: 'sports', headline })
    ids.push((await answer.json()).id)
  }
  return ids
}

describe('an event stream', () => {
  it('says at once what it is and that nobody may keep it back', async () => {
    const api = await startApi()
    const stream = await openStream(`${api.url}/api/news/stream`)
    expect(stream.status).toBe(200)
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    await waitUntil(() => stream.comments.length > 0)
  })

  it('sets the reconnection time', async () => {
    const api = await startApi({ RETRY_MS: '1234' })
    const stream = await openStream(`${api.url}/api/news/stream`)
    await waitUntil(() => stream.retries.length > 0)
    expect(stream.retries).toEqual([1234])
  })

  it('shows that it lives by heartbeats', async () => {
    const api = await startApi({ HEARTBEAT_MS: '20' })
    const stream = await openStream(`${api.url}/api/news/stream`)
    await waitUntil(() => stream.comments.filter((text) => text === 'heartbeat').length >= 3)
    expect(stream.events).toEqual([])
  })

  it('replays what came after Last-Event-ID and goes on live', async () => {
    const api = await startApi()
    const [first] = await publish(api, 'one', 'two', 'three')
    const stream = await openStream(`${api.url}/api/news/stream`, { lastEventId: first })
    await stream.count(2)
    await publish(api, 'four')
    const events = await stream.count(3)
    expect(events.map(({ data }) => data.headline)).toEqual(['two', 'three', 'four'])
  })

  it('takes the id from the query where a header cannot be sent', async () => {
    const api = await startApi()
    const [, second] = await publish(api, 'one', 'two', 'three')
    const stream = await openStream(`${api.url}/api/news/stream?lastEventId=${second}`)
    expect((await stream.count(1))[0]?.data.headline).toBe('three')
  })

  it('prefers the header to the query, because only the header moves on', async () => {
    const api = await startApi()
    const [first, second] = await publish(api, 'one', 'two', 'three')
    const stream = await openStream(`${api.url}/api/news/stream?lastEventId=${first}`, {
      lastEventId: second,
    })
    expect((await stream.count(1))[0]?.data.headline).toBe('three')
  })

  it('says gap, with the id as it was sent, when it does not know the id', async () => {
    const api = await startApi()
    await publish(api, 'one')
    const stream = await openStream(`${api.url}/api/news/stream`, { lastEventId: 'Grüße-日本' })
    const [gap, rest] = await stream.count(2)
    expect(gap).toEqual({ id: undefined, type: 'gap', data: { lastEventId: 'Grüße-日本' } })
    expect(rest).toMatchObject({ type: 'sports', data: { headline: 'one' } })
  })

  it('is forgotten when its client leaves', async () => {
    const api = await startApi()
    const stream = await openStream(`${api.url}/api/news/stream`)
    expect(await openCount(api)).toBe(1)
    stream.close()
    await waitUntil(async () => (await openCount(api)) === 0)
  })

  it('ends when the server closes, and the server does close', async () => {
    const api = await startApi()
    const stream = await openStream(`${api.url}/api/news/stream`)
    await api.close()
    await stream.ended()
    await expect(fetch(api.url)).rejects.toThrow('fetch failed')
  })

  it('is not opened by HEAD', async () => {
    const api = await startApi()
    const stream = await openStream(`${api.url}/api/news/stream`, { method: 'HEAD' })
    expect(stream.headers['content-type']).toBe('text/event-stream')
    await stream.ended()
    expect(await openCount(api)).toBe(0)
  })
})

describe('MAX_STREAMS', () => {
  it('answers one stream too many with 503 and when to come back', async () => {
    const api = await startApi({ MAX_STREAMS: '2' })
    const first = await openStream(`${api.url}/api/news/stream`)
    await openStream(`${api.url}/api/chat/stream?user=Ada`)
    const third = await openStream(`${api.url}/api/news/stream`)
    await third.ended()
    expect(third.status).toBe(503)
    expect(third.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '5',
    })
    expect(JSON.parse(third.text)).toMatchObject({ status: 503, title: 'Too many open streams' })
    first.close()
    await waitUntil(async () => (await openCount(api)) === 1)
    expect((await openStream(`${api.url}/api/news/stream`)).status).toBe(200)
  })

  it('does not let anybody into the chat room whose stream was refused', async () => {
    const api = await startApi({ MAX_STREAMS: '1' })
    const ada = await openStream(`${api.url}/api/chat/stream?user=Ada`)
    await ada.event('presence')
    expect((await openStream(`${api.url}/api/chat/stream?user=Bob`)).status).toBe(503)
    ada.close()
    await waitUntil(async () => (await openCount(api)) === 0)
    const cleo = await openStream(`${api.url}/api/chat/stream?user=Cleo`)
    expect((await cleo.event('presence')).data.users).toEqual(['Ada', 'Cleo'])
  })
})
