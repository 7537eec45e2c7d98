import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createConnections } from '../../../playground/server/connections.ts'
import { createOpenStreams } from '../../../playground/server/open-streams.ts'
import { readSettings } from '../../../playground/server/settings.ts'
import { startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { waitUntil } from './support/wait-until.ts'
import type { ApiServer } from './support/api-server.ts'
import type { StreamClient } from './support/stream-client.ts'

const BEAT = { BEAT_MS: '10' }
const SLOW = { BEAT_MS: '3600000' }

const open = ({ url }: ApiServer, path: string, lastEventId?: string): Promise<StreamClient> =>
  openStream(`${url}/api/${path}/stream`, { lastEventId })
const dataOf = ({ events }: StreamClient, type: string): any[] =>
  events.filter((event) => event.type === type).map(({ data }) => data)
const numbers = (stream: StreamClient): number[] =>
  dataOf(stream, 'beat').map(({ number }) => number)

async function ask({ url }: ApiServer, path: string): Promise<any> {
  const answer = await fetch(`${url}/api/connections${path}`)
  expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-store'])
  return answer.json()
}

describe('GET /api/connections', () => {
  it('tells how many streams are open for each page', async () => {
    const api = await startApi(SLOW)
    expect(await ask(api, '')).toEqual({ chat: 0, news: 0, connections: 0 })
    await open(api, 'news')
    const second = await open(api, 'news')
    await openStream(`${api.url}/api/chat/stream?user=Ada`)
    expect(await ask(api, '')).toEqual({ chat: 1, news: 2, connections: 0 })
    second.close()
    await waitUntil(async () => (await ask(api, '')).news === 1)
  })
})

describe('GET /api/connections/stream', () => {
  it('tells the same live, the newcomer counted', async () => {
    const api = await startApi(SLOW)
    const stream = await open(api, 'connections')
    const news = await open(api, 'news')
    await stream.count(2)
    news.close()
    await stream.count(3)
    expect(dataOf(stream, 'counts')).toEqual([
      { chat: 0, news: 0, connections: 1 },
      { chat: 0, news: 1, connections: 1 },
      { chat: 0, news: 0, connections: 1 },
    ])
    expect(stream.events.every(({ id }) => id !== undefined)).toBe(true)
  })

  it('numbers its beats without a hole', async () => {
    const api = await startApi(BEAT)
    const stream = await open(api, 'connections')
    await waitUntil(() => numbers(stream).length >= 5)
    expect(numbers(stream).slice(0, 5)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('GET /api/connections/since', () => {
  it('answers with the beats after the id and how many there are now', async () => {
    const api = await startApi(BEAT)
    const stream = await open(api, 'connections')
    await waitUntil(() => numbers(stream).length >= 3)
    const { id, data } = stream.events.find(({ type }) => type === 'beat')!
    const { messages } = await ask(api, `/since?lastEventId=${id}`)
    expect(messages[0]).toMatchObject({ type: 'beat', data: { number: data.number + 1 } })
    expect(messages.at(-1)).toEqual({
      type: 'counts',
      data: { chat: 0, news: 0, connections: 1 },
    })
  })
})

describe('createConnections', () => {
  const BEAT_MS = 200
  const ALONE_MS = 10_000

  function create() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const settings = readSettings({ BEAT_MS: String(BEAT_MS), HEARTBEAT_MS: '3600000' }, '/none')
    const { routes, close } = createConnections(settings, createOpenStreams(settings))
    onTestFinished(() => {
      close()
      vi.useRealTimers()
    })

    async function listen(lastEventId = '') {
      const answer = await routes.request(`/stream?lastEventId=${lastEventId}`)
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      return {
        leave: () => reader.cancel(),
        async until(part: RegExp): Promise<string> {
          while (!part.test(text)) text += (await reader.read()).value!
          return text
        },
      }
    }
    return { listen, close }
  }

  it('beats on for ten seconds after the last listener, and replays that for who comes back', async () => {
    const { listen } = create()
    const first = await listen()
    vi.advanceTimersByTime(BEAT_MS)
    const blocks = (await first.until(/"number":1}\n\n/)).split('\n\n')
    const beat = blocks.find((block) => block.includes('"number":1}'))!
    const [, lastId] = /^id: ?(.+)$/m.exec(beat)!
    await first.leave()
    vi.advanceTimersByTime(BEAT_MS * 3)
    const second = await listen(lastId)
    const text = await second.until(/"connections":1}/)
    expect([...text.matchAll(/"number":(\d)}/g)].map(([, number]) => number)).toEqual([
      '2',
      '3',
      '4',
    ])
    await second.leave()
    vi.advanceTimersByTime(ALONE_MS)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer when it closes, also when its listeners go after it', async () => {
    const { listen, close } = create()
    const stream = await listen()
    await stream.until(/counts/)
    close()
    await stream.leave()
    expect(vi.getTimerCount()).toBe(0)
  })
})
