import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { postJson, startApi } from './support/api-server.ts'
import { postParts } from './support/multipart.ts'
import { openStream } from './support/stream-client.ts'
import { tempFolder } from './support/temp-folder.ts'
import { waitUntil } from './support/wait-until.ts'
import type { IncomingMessage } from 'node:http'
import type { ApiServer } from './support/api-server.ts'

interface Polled {
  id?: string
  type?: string
  data?: any
}

async function poll({ url }: ApiServer, path: string, lastEventId?: string): Promise<Polled[]> {
  // A character of a header is a byte: this sends the id as UTF-8, like browsers.
  const id = lastEventId && Buffer.from(lastEventId, 'utf8').toString('latin1')
  const answer = await fetch(url + path, { headers: id ? { 'Last-Event-ID': id } : {} })
  expect(answer.status).toBe(200)
  return (await answer.json()).messages
}

async function publish({ url }: ApiServer, ...headlines: string[]): Promise<string[]> {
  const ids: string[] = []
  for (const headline of headlines) {
    const answer = await postJson(`${url}/api/news`, { category: 'sports', headline })
    ids.push((await answer.json()).id)
  }
  return ids
}

const headlines = (messages: Polled[]): unknown[] => messages.map(({ data }) => data?.headline)
const typesOf = (messages: Polled[]): unknown[] => messages.map(({ type }) => type)

const NEWS = '/api/news/since'
const chat = (user: string): string => `/api/chat/since?user=${user}`

describe('GET …/since', () => {
  it('answers as JSON what a stream would tell, under the same ids', async () => {
    const api = await startApi()
    await publish(api, 'one', 'two')
    const stream = await openStream(`${api.url}/api/news/stream`)
    const told = await stream.count(2)
    expect(await poll(api, NEWS)).toEqual(told)
    const answer = await fetch(api.url + NEWS)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })

  it('goes on after the id in the header, in the query, and in the header where there are both', async () => {
    const api = await startApi()
    const [one, two, three] = await publish(api, 'one', 'two', 'three')
    expect(headlines(await poll(api, NEWS, one))).toEqual(['two', 'three'])
    expect(headlines(await poll(api, `${NEWS}?lastEventId=${two}`))).toEqual(['three'])
    expect(headlines(await poll(api, `${NEWS}?lastEventId=${one}`, two))).toEqual(['three'])
    expect(await poll(api, NEWS, three)).toEqual([])
  })

  it('gives an id to come back with where there is nothing yet', async () => {
    const api = await startApi()
    const [place] = await poll(api, NEWS)
    expect(Object.keys(place!)).toEqual(['id'])
    await publish(api, 'one')
    expect(headlines(await poll(api, NEWS, place!.id))).toEqual(['one'])
  })

  it('says gap once, with the id as it was sent, when it does not know the id', async () => {
    const api = await startApi()
    await publish(api, 'one')
    const [gap, one] = await poll(api, NEWS, 'Grüße-日本')
    expect(gap).toEqual({ type: 'gap', data: { lastEventId: 'Grüße-日本' } })
    expect(one).toMatchObject({ type: 'sports', data: { headline: 'one' } })
    expect(await poll(api, NEWS, one!.id)).toEqual([])
  })

  it('says gap when the history does not reach back to the id', async () => {
    const api = await startApi({ HISTORY_LIMIT: '2' })
    const [one, two] = await publish(api, 'one', 'two', 'three', 'four')
    expect(headlines(await poll(api, NEWS, two))).toEqual(['three', 'four'])
    expect(typesOf(await poll(api, NEWS, one))).toEqual(['gap', 'sports', 'sports'])
  })

  it('gives a long history in pieces, and each piece once', async () => {
    const folder = tempFolder()
    const lines = Array.from({ length: 2502 }, (_, index) =>
      JSON.stringify([index + 1, 'sports', { headline: `${index + 1}` }]),
    )
    writeFileSync(join(folder, 'news.ndjson'), `{"epoch":"e"}\n${lines.join('\n')}\n`)
    const api = await startApi({ DATA_DIR: folder, HISTORY_LIMIT: '3000' })
    const all: Polled[] = []
    const sizes: number[] = []
    for (let id = 'e-1'; ; id = all.at(-1)!.id!) {
      const piece = await poll(api, NEWS, id)
      sizes.push(piece.length)
      if (piece.length === 0) break
      all.push(...piece)
    }
    expect(sizes).toEqual([1000, 1000, 501, 0])
    expect(headlines(all)).toEqual(Array.from({ length: 2501 }, (_, index) => `${index + 2}`))
  })

  it('is answered 503 when the server closes', async () => {
    const api = await startApi()
    const closing = api.close()
    const answer = await fetch(api.url + NEWS).catch(() => undefined)
    expect([503, undefined]).toContain(answer?.status)
    await closing
  })

  it.each([NEWS, chat('Eve')])('is not for pages of other sites: %s', async (path) => {
    const { url } = await startApi()
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    const [response] = await once(request(url + path, { headers }).end(), 'response')
    expect((response as IncomingMessage).resume().statusCode).toBe(403)
  })
})

describe('GET /api/chat/since', () => {
  it('lets in whoever asks, says so to everybody, and who is there to who asks', async () => {
    const api = await startApi()
    const ada = await openStream(`${api.url}/api/chat/stream?user=Ada`)
    await ada.event('presence')
    const messages = await poll(api, chat('Bob'))
    expect(messages.map(({ type, data }) => [type, data.user ?? data.users])).toEqual([
      ['user-joined', 'Ada'],
      ['user-joined', 'Bob'],
      ['presence', ['Ada', 'Bob']],
    ])
    expect(messages[2]!.id).toBeUndefined()
    expect((await ada.count(4)).at(-1)).toMatchObject({ data: { users: ['Ada', 'Bob'] } })
    expect(typesOf(await poll(api, chat('Bob'), messages[1]!.id))).toEqual(['presence'])
  })

  it('keeps in the room who asks again and again, and tells that somebody left who does not', async () => {
    const api = await startApi({ POLL_LEASE_MS: '500', LEAVE_GRACE_MS: '20' })
    const ada = await openStream(`${api.url}/api/chat/stream?user=Ada`)
    const start = Date.now()
    await waitUntil(async () => {
      await poll(api, chat('Bob'))
      return Date.now() - start > 1200
    })
    expect(ada.types().filter((type) => type === 'user-joined')).toHaveLength(2)
    expect(ada.types()).not.toContain('user-left')
    expect((await ada.event('user-left')).data.user).toBe('Bob')
  })

  it('makes no noise about a stream that gives way to questions', async () => {
    const api = await startApi({ LEAVE_GRACE_MS: '300' })
    const bob = await openStream(`${api.url}/api/chat/stream?user=Bob`)
    await bob.event('presence')
    bob.close()
    const messages = await poll(api, chat('Bob'))
    expect(typesOf(messages)).toEqual(['user-joined', 'presence'])
  })

  it('makes no noise when a restarted server is asked by its people', async () => {
    const env = { DATA_DIR: tempFolder(), LEAVE_GRACE_MS: '1000' }
    const first = await startApi(env)
    const [joined] = await poll(first, chat('Bob'))
    await first.close()
    const second = await startApi(env)
    expect(await poll(second, chat('Bob'), joined!.id)).toEqual([
      { type: 'presence', data: { users: ['Bob'] } },
    ])
  })

  it('lets nobody in by HEAD, and nobody without a name', async () => {
    const api = await startApi()
    expect((await fetch(api.url + chat('Eve'), { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(api.url + chat(''))).status).toBe(400)
    expect((await poll(api, chat('Ada'))).at(-1)!.data).toEqual({ users: ['Ada'] })
  })

  it('looks after so many at a time', async () => {
    const api = await startApi({ MAX_STREAMS: '1' })
    await poll(api, chat('Ada'))
    const answer = await fetch(api.url + chat('Bob'))
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5'])
    expect((await poll(api, chat('Ada'))).at(-1)!.data).toEqual({ users: ['Ada'] })
  })
})

describe('GET /api/news/since', () => {
  it('gives the newsroom a reader', async () => {
    const api = await startApi({ NEWS_INTERVAL_MS: '20' })
    let stories: Polled[] = []
    await waitUntil(async () => (stories = await poll(api, NEWS)).length >= 3)
    expect(stories.every(({ data }) => data.headline)).toBe(true)
  })
})

describe('GET /api/uploads/<id>/since', () => {
  it('tells the progress to its end, and then that there is nothing more', async () => {
    const api = await startApi()
    const { id } = await (await postJson(`${api.url}/api/uploads`, {})).json()
    const path = `/api/uploads/${id}/since`
    const [place] = await poll(api, path)
    await postParts(`${api.url}/api/uploads/${id}/files`, [{ name: 'a.txt', content: 'hello' }])
    const messages = await poll(api, path, place!.id)
    expect(messages.at(-1)).toMatchObject({ type: 'complete', data: { files: [{ size: 5 }] } })
    const headers = { 'Last-Event-ID': messages.at(-1)!.id! }
    expect((await fetch(api.url + path, { headers })).status).toBe(204)
  })
})
