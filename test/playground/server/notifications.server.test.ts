import { request } from 'node:http'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { LIMITS, NOTIFICATION_LEVELS } from '../../../playground/shared/contract.ts'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { IncomingMessage } from 'node:http'
import type { ApiServer } from './support/api-server.ts'
import type { StreamClient } from './support/stream-client.ts'

const open = ({ url }: ApiServer, lastEventId?: string): Promise<StreamClient> =>
  openStream(`${url}/api/notifications/stream`, { lastEventId })
const post = ({ url }: ApiServer, body: unknown): Promise<Response> =>
  postJson(`${url}/api/notifications`, body)
const titlesOf = ({ events }: StreamClient): string[] => events.map(({ data }) => data.title)

async function send(api: ApiServer, ...titles: string[]): Promise<string[]> {
  const ids: string[] = []
  for (const title of titles) {
    ids.push((await (await post(api, { level: 'info', title })).json()).id)
  }
  return ids
}

describe('POST /api/notifications', () => {
  it('tells everybody who listens, under one id, and answers how many that were', async () => {
    const api = await startApi()
    const streams = [await open(api), await open(api), await open(api)]
    const note = { level: 'error', title: ' Disk full ', text: ' On node 3.\nNow. ' }
    const answer = await post(api, note)
    const { id, connections } = await answer.json()
    expect([answer.status, connections]).toEqual([201, 3])
    for (const stream of streams) {
      expect(await stream.event('notification')).toEqual({
        ...{ id, type: 'notification' },
        data: {
          level: 'error',
          title: 'Disk full',
          text: 'On node 3.\nNow.',
          time: expect.any(Number),
        },
      })
    }
  })

  it.each(NOTIFICATION_LEVELS)('takes the level %s, and needs no text', async (level) => {
    const api = await startApi()
    expect((await post(api, { level, title: 'x' })).status).toBe(201)
  })

  it.each([
    ['"level"', { title: 'x' }],
    ['"level"', { level: 'fatal', title: 'x' }],
    ['"level"', { level: 'toString', title: 'x' }],
    ['"title"', { level: 'info' }],
    ['"title"', { level: 'info', title: ' ' }],
    ['"title"', { level: 'info', title: 'x'.repeat(LIMITS.titleChars + 1) }],
    ['"text"', { level: 'info', title: 'x', text: 5 }],
    ['"text"', { level: 'info', title: 'x', text: 'x'.repeat(LIMITS.noteChars + 1) }],
  ])('names %s as what is wrong, and tells nobody', async (field, body) => {
    const api = await startApi()
    const answer = await post(api, body)
    expect(answer.status).toBe(400)
    expect((await answer.json()).title).toContain(field)
    await send(api, 'after it')
    expect(titlesOf(await openAndCount(api, 1))).toEqual(['after it'])
  })

  it('is limited for each address', async () => {
    const api = await startApi({ MESSAGES_PER_10_S: '2' })
    await send(api, 'one', 'two')
    const answer = await post(api, { level: 'info', title: 'three' })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    // Another topic has a limit of its own.
    const story = { category: 'sports', headline: 'x' }
    expect((await postJson(`${api.url}/api/news`, story)).status).toBe(201)
  })

  it('is not for pages of other sites, and neither is listening', async () => {
    const { url } = await startApi()
    const statusOf = async (method: string, path: string, headers: Record<string, string>) => {
      const outgoing = request(url + path, { method, agent: false, headers })
      outgoing.end(method === 'POST' ? '{"level":"info","title":"x"}' : undefined)
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
      outgoing.destroy()
      return response.statusCode
    }
    const json = { 'Content-Type': 'application/json', Origin: 'https://example.com' }
    expect(await statusOf('POST', '/api/notifications', json)).toBe(403)
    const crossSite = { 'Sec-Fetch-Site': 'cross-site' }
    expect(await statusOf('GET', '/api/notifications/stream', crossSite)).toBe(403)
  })
})

async function openAndCount(api: ApiServer, count: number): Promise<StreamClient> {
  const stream = await open(api)
  await stream.count(count)
  return stream
}

describe('GET /api/notifications/stream', () => {
  const titles = Array.from({ length: LIMITS.notifications + 5 }, (_, index) => `title ${index}`)

  it('tells who comes anew the last 20', async () => {
    const api = await startApi({ MESSAGES_PER_10_S: '100' })
    await send(api, ...titles)
    const stream = await openAndCount(api, LIMITS.notifications)
    await send(api, 'live')
    await stream.count(LIMITS.notifications + 1)
    expect(titlesOf(stream)).toEqual([...titles.slice(-LIMITS.notifications), 'live'])
  })

  it('tells who comes back all that was missed, also after a restart', async () => {
    const env = { DATA_DIR: tempFolder(), MESSAGES_PER_10_S: '100' }
    const first = await startApi(env)
    const [id] = await send(first, 'before', ...titles)
    await first.close()
    const second = await startApi(env)
    await send(second, 'after')
    const stream = await open(second, id)
    await stream.count(titles.length + 1)
    expect(titlesOf(stream)).toEqual([...titles, 'after'])
  })
})

describe('GET /api/notifications/since and /history', () => {
  it.each(['since', 'history'])('%s answers with what came after the id', async (path) => {
    const api = await startApi()
    const [first] = await send(api, 'one', 'two')
    const answer = await fetch(`${api.url}/api/notifications/${path}?lastEventId=${first}`)
    const { messages } = await answer.json()
    expect(messages).toMatchObject([{ type: 'notification', data: { title: 'two' } }])
  })
})
