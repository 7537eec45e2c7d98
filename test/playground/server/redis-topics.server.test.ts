/** Two servers and one Redis. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createRedisTopics } from '../../../playground/server/redis-topics.ts'
import { describeWithRedis, startRedis } from '../../support/redis.ts'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { waitUntil } from './support/wait-until.ts'
import type { StreamEvent } from '../../../playground/server/event-log.ts'
import type { TopicLog } from '../../../playground/server/topic-log.ts'
import type { Redis, RedisOptions } from '../../support/redis.ts'
import type { ApiServer } from './support/api-server.ts'
import type { StreamClient } from './support/stream-client.ts'

interface Nodes {
  redis: Redis
  a: ApiServer
  b: ApiServer
}

async function startNodes(
  env: Record<string, string> = {},
  options?: RedisOptions,
): Promise<Nodes> {
  // What servers say about a Redis that is away is not for the test's output.
  vi.spyOn(console, 'warn').mockReturnValue()
  const redis = await startRedis(options)
  const settings = { REDIS_URL: redis.url, MESSAGES_PER_10_S: '1000', ...env }
  return { redis, a: await startApi(settings), b: await startApi(settings) }
}

const PATH = '/api/notifications'
const post = ({ url }: ApiServer, title: unknown): Promise<Response> =>
  postJson(url + PATH, { level: 'info', title: String(title) })

async function send(api: ApiServer, ...titles: unknown[]): Promise<string[]> {
  const ids: string[] = []
  for (const title of titles) {
    const answer = await post(api, title)
    expect(answer.status).toBe(201)
    ids.push((await answer.json()).id)
  }
  return ids
}

async function listen({ url }: ApiServer, lastEventId?: string): Promise<StreamClient> {
  const stream = await openStream(`${url}${PATH}/stream`, { lastEventId })
  expect(stream.status).toBe(200)
  return stream
}

const titlesOf = ({ events }: StreamClient): string[] =>
  events.map(({ type, data }) => (type === 'notification' ? data.title : type))

/** Sends until the store takes it again. */
async function sendWhenBack(api: ApiServer, title: string): Promise<void> {
  await waitUntil(async () => (await post(api, title)).status === 201)
}

describeWithRedis('createRedisTopics', () => {
  it('tells the clients of all servers, under the same ids and in the same order', async () => {
    const { a, b } = await startNodes()
    const streams = [await listen(a), await listen(b)]
    const ids: string[] = []
    for (let index = 0; index < 20; index++) ids.push(...(await send(index % 2 ? a : b, index)))
    for (const stream of streams) {
      await stream.count(20)
      expect(titlesOf(stream)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)))
      expect(stream.events.map(({ id }) => id)).toEqual(ids)
    }
  })

  it('goes on with a client of one server at the other one, nothing lost, nothing twice', async () => {
    const { a, b } = await startNodes()
    const heard: string[] = []
    let lastId: string | undefined
    let sent = 0
    for (let round = 0; round < 10; round++) {
      const stream = await listen(round % 2 ? a : b, lastId)
      await send(a, sent++)
      await send(b, sent++)
      await stream.count(sent - heard.length)
      heard.push(...titlesOf(stream))
      lastId = stream.lastId
      stream.close()
      await send(b, sent++)
    }
    const last = await listen(a, lastId)
    await last.count(sent - heard.length)
    expect([...heard, ...titlesOf(last)]).toEqual(Array.from({ length: sent }, (_, i) => String(i)))
  })

  it('answers at once for an id that the other server has only just given', async () => {
    const { a, b } = await startNodes()
    for (let round = 0; round < 50; round++) {
      const [id] = await send(a, round)
      const answer = await fetch(`${b.url}${PATH}/since?lastEventId=${id}`)
      expect((await answer.json()).messages).toEqual([])
    }
  })

  it('has what was sent in its history as soon as the sender knows', async () => {
    const { a } = await startNodes()
    for (let round = 0; round < 20; round++) {
      const [id] = await send(a, round)
      const { messages } = await (await fetch(`${a.url}${PATH}/history`)).json()
      expect(messages.at(-1).id).toBe(id)
    }
  })

  it('keeps the history for a server that comes later, up to its own limit', async () => {
    const { redis, a, b } = await startNodes()
    const [none, first] = await send(a, 'one', 'two', 'three', 'four')
    await Promise.all([a.close(), b.close()])
    const later = await startApi({ REDIS_URL: redis.url, HISTORY_LIMIT: '2' })
    const stream = await listen(later, first)
    await stream.count(2)
    expect(titlesOf(stream)).toEqual(['three', 'four'])
    const tooLate = await listen(later, none)
    await tooLate.count(3)
    expect(titlesOf(tooLate)).toEqual(['gap', 'three', 'four'])
  })

  it('keeps the topics apart', async () => {
    const { a, b } = await startNodes()
    await postJson(`${a.url}/api/news`, { category: 'sports', headline: 'A goal' })
    await send(a, 'one')
    const news = await openStream(`${b.url}/api/news/stream`)
    await news.event('sports')
    expect(news.types()).toEqual(['sports'])
  })

  it('answers an id that has been trimmed, or never was, with a gap', async () => {
    const { redis, a, b } = await startNodes({ HISTORY_LIMIT: '5' })
    const ids = await send(a, ...Array.from({ length: 250 }, (_, index) => index))
    const kept = ['245', '246', '247', '248', '249']
    for (const id of [ids[0]!, ids[243]!, '1-1', 'mf3a-7']) {
      const stream = await listen(b, id)
      await stream.count(6)
      expect(stream.events[0]).toMatchObject({ type: 'gap', data: { lastEventId: id } })
      expect(titlesOf(stream).slice(1)).toEqual(kept)
    }
    const known = await listen(b, ids[244])
    await known.count(5)
    expect(titlesOf(known)).toEqual(kept)
    // Redis is held to about the limit, not to the last entry.
    expect(await redis.command('XLEN', 'vue-event-stream:notifications')).toBeLessThan(150)
  })

  it('goes on through a Redis that was killed and came back at once', async () => {
    const { redis, a, b } = await startNodes()
    const stream = await listen(b)
    await send(a, 'before')
    await redis.stop()
    await redis.start()
    await sendWhenBack(a, 'after')
    await stream.count(2)
    expect(titlesOf(stream)).toEqual(['before', 'after'])
    expect(stream.isEnded).toBe(false)
  })

  it('ends the streams while Redis is away, refuses what is sent, and loses nothing over it', async () => {
    const { redis, a, b } = await startNodes()
    const stream = await listen(b)
    await send(a, 'before')
    await stream.count(1)
    await redis.stop()

    const refused = await post(a, 'lost')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('Content-Type')).toBe('application/problem+json')
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect((await refused.json()).title).toBe('The store of the events cannot be reached')
    await stream.ended()
    for (const path of ['stream', 'since', 'history']) {
      expect((await fetch(`${b.url}${PATH}/${path}`)).status).toBe(503)
    }

    await redis.start()
    await sendWhenBack(a, 'after')
    await waitUntil(async () => (await fetch(`${b.url}${PATH}/since`)).ok)
    const again = await listen(b, stream.lastId)
    await again.count(1)
    expect(titlesOf(again)).toEqual(['after'])
  })

  it('tells a gap when Redis comes back with nothing', async () => {
    const { redis, a, b } = await startNodes({}, { isDurable: false })
    const stream = await listen(b)
    const [id] = await send(a, 'before')
    await stream.count(1)
    await redis.stop()
    await redis.start()
    await stream.event('gap')
    await sendWhenBack(a, 'after')
    await stream.count(3)
    expect(titlesOf(stream)).toEqual(['before', 'gap', 'after'])
    const late = await listen(a, id)
    await late.count(2)
    expect(titlesOf(late)).toEqual(['gap', 'after'])
  })

  it('tells a gap when somebody empties Redis under it', async () => {
    const { redis, a, b } = await startNodes()
    const stream = await listen(b)
    await send(a, 'before')
    await stream.count(1)
    await redis.command('FLUSHALL')
    await send(a, 'after')
    await stream.count(3)
    expect(titlesOf(stream)).toEqual(['before', 'gap', 'after'])
  })

  it(
    'notices a Redis that keeps its connections and says nothing',
    { timeout: 20_000 },
    async () => {
      const { redis, a, b } = await startNodes()
      const stream = await listen(b)
      await send(a, 'before')
      await stream.count(1)
      redis.freeze()
      expect((await post(a, 'perhaps')).status).toBe(503)
      await stream.ended()
      redis.thaw()
      await sendWhenBack(a, 'after')
      await waitUntil(async () => (await fetch(`${b.url}${PATH}/since`)).ok)
      const again = await listen(b, stream.lastId)
      await waitUntil(() => titlesOf(again).includes('after'))
      expect(titlesOf(again).filter((title) => title === 'after')).toHaveLength(1)
      expect(titlesOf(again)).not.toContain('gap')
    },
  )

  it('answers 503 when there is no Redis at the start, and goes on once there is one', async () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    const redis = await startRedis()
    await redis.stop()
    const api = await startApi({ REDIS_URL: redis.url, MESSAGES_PER_10_S: '1000' })
    expect((await fetch(`${api.url}${PATH}/stream`)).status).toBe(503)
    await redis.start()
    await sendWhenBack(api, 'one')
  })

  it('lets one of the servers write each story', async () => {
    const { a, b } = await startNodes({ NEWS_INTERVAL_MS: '600000' })
    const first = await openStream(`${a.url}/api/news/stream`)
    await first.count(1)
    // Its newsroom has a reader now, and would write at once.
    const second = await openStream(`${b.url}/api/news/stream`)
    for (const headline of ['one', 'two', 'three']) {
      await postJson(`${b.url}/api/news`, { category: 'sports', headline })
    }
    for (const stream of [first, second]) {
      await waitUntil(() => stream.events.at(-1)?.data.headline === 'three')
      expect(stream.events).toHaveLength(4)
    }
  })

  it('tells the room of one server what is said in that of the other', async () => {
    const { a, b } = await startNodes()
    const ada = await openStream(`${a.url}/api/chat/stream?user=Ada`)
    await ada.event('user-joined')
    await postJson(`${b.url}/api/chat/messages`, { user: 'Bob', text: 'Hello' })
    expect((await ada.event('new-message')).data).toMatchObject({ user: 'Bob', text: 'Hello' })
  })
})

describeWithRedis('a topic', () => {
  const KEY = 'vue-event-stream:notes'
  const ADD = ['XADD', KEY, '*', 'type', 'note', 'data', '1']

  async function openTopic(): Promise<{ redis: Redis; topic: TopicLog }> {
    const redis = await startRedis()
    const topics = createRedisTopics(redis.url, () => {})
    onTestFinished(topics.close)
    const topic = topics.open('notes', { capacity: 100, newcomerEvents: 100 })
    await topic.reach(null)
    return { redis, topic }
  }

  it('reaches an id that its own reader has not come to', async () => {
    const { redis, topic } = await openTopic()
    // The reader gets the first of them, and has to ask again.
    const ids = (await redis.commands(...Array.from({ length: 20 }, () => ADD))) as string[]
    await topic.reach(ids.at(-1)!)
    expect(topic.since(ids.at(-1)!)).toEqual([])
    expect(topic.since(ids[0]!)).toHaveLength(19)
  })

  it('has told an event when it says that it is stored', async () => {
    const { topic } = await openTopic()
    const heard: StreamEvent[] = []
    const stream = { send: (event: StreamEvent) => heard.push(event), end() {}, onClose() {} }
    topic.follow(stream, null)
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { id } = await topic.append('note', index)
        expect(heard.some((event) => event.id === id)).toBe(true)
      }),
    )
    expect(heard.slice(1).map(({ data }) => data)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('tells a gap when what came while its reader was away has been trimmed', async () => {
    const { redis, topic } = await openTopic()
    const { id } = await topic.append('note', 'before')
    const heard: StreamEvent[] = []
    topic.follow({ send: (event) => void heard.push(event), end() {}, onClose() {} }, id)
    const kill = ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']
    await redis.commands(kill, ADD, ADD, ADD, ['XTRIM', KEY, 'MAXLEN', '1'])
    await waitUntil(() => heard.length >= 2)
    expect(heard.map(({ type }) => type)).toEqual(['gap', 'note'])
  })

  it('goes on over a connection that was lost for a moment, with all that came meanwhile', async () => {
    const { redis, topic } = await openTopic()
    const heard: StreamEvent[] = []
    topic.follow({ send: (event) => void heard.push(event), end() {}, onClose() {} }, null)
    await redis.commands(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'], ADD, ADD, ADD)
    await waitUntil(() => heard.length >= 4)
    expect(heard.slice(1).map(({ type }) => type)).toEqual(['note', 'note', 'note'])
  })
})

describe('REDIS_URL', () => {
  it('is not told to anybody', async () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    const api = await startApi({ REDIS_URL: 'redis://:secret@127.0.0.1:1' })
    const answer = await fetch(`${api.url}${PATH}/since`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain('secret')
    expect(vi.mocked(console.warn).mock.calls.join()).not.toContain('secret')
  })
})
