/** Signing in, and that nobody gets what is for somebody else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeWithRedis, startRedis } from '../../support/redis.ts'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { waitUntil } from './support/wait-until.ts'
import type { ApiServer } from './support/api-server.ts'
import type { StreamClient } from './support/stream-client.ts'

const PATH = '/api/notifications'
const MINE = `${PATH}/mine`

async function signIn({ url }: ApiServer, user: string): Promise<string> {
  const answer = await postJson(`${url}/api/session`, { user })
  expect(answer.status).toBe(201)
  return (await answer.json()).token
}

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })
const signOut = ({ url }: ApiServer, token: string): Promise<Response> =>
  fetch(`${url}/api/session`, { method: 'DELETE', ...bearer(token) })

async function send({ url }: ApiServer, title: string, to?: string): Promise<string> {
  const answer = await postJson(url + PATH, { level: 'info', title, to })
  expect(answer.status).toBe(201)
  return (await answer.json()).id
}

const listen = ({ url }: ApiServer, token?: string, lastEventId?: string): Promise<StreamClient> =>
  openStream(`${url}${token === undefined ? PATH : MINE}/stream`, { token, lastEventId })
const titlesOf = ({ events }: StreamClient): string[] => events.map(({ data }) => data.title)

async function polled(url: string, token?: string): Promise<string[]> {
  const { messages } = await (await fetch(url, token === undefined ? {} : bearer(token))).json()
  return messages.flatMap((message: any) => message.data?.title ?? [])
}

/** What everybody gets is the last, so that what must not come has had its time. */
async function untilLast(...streams: StreamClient[]): Promise<void> {
  for (const stream of streams) await waitUntil(() => titlesOf(stream).at(-1) === 'last')
}

describe('POST /api/session', () => {
  it('gives a token that is not kept by anybody on the way', async () => {
    const api = await startApi()
    const answer = await postJson(`${api.url}/api/session`, { user: ' Ada ' })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await answer.json()).toEqual({
      user: 'Ada',
      token: expect.stringMatching(/^[\w-]{32}$/),
    })
  })

  it('gives everybody another one', async () => {
    const api = await startApi()
    expect(await signIn(api, 'Ada')).not.toBe(await signIn(api, 'Ada'))
  })

  it.each([{}, { user: '' }, { user: 'a\nb' }, { user: 5 }])('refuses %j', async (body) => {
    const { url } = await startApi()
    expect((await postJson(`${url}/api/session`, body)).status).toBe(400)
  })

  it('is limited for each address', async () => {
    const api = await startApi({ MESSAGES_PER_10_S: '1' })
    await signIn(api, 'Ada')
    expect((await postJson(`${api.url}/api/session`, { user: 'Ada' })).status).toBe(429)
  })
})

describe('what needs a token', () => {
  it.each(['stream', 'since', 'history'])('%s is answered 401 without one', async (what) => {
    const { url } = await startApi()
    const answer = await fetch(`${url}${MINE}/${what}`)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  })

  it.each([
    'Bearer unknown',
    'Bearer ',
    'Basic QWRhOg==',
    'Bearer a b',
    `Bearer ${'x'.repeat(300)}`,
  ])('is answered 401 with %j', async (Authorization) => {
    const api = await startApi()
    await signIn(api, 'Ada')
    const answer = await fetch(`${api.url}${MINE}/stream`, { headers: { Authorization } })
    expect(answer.status).toBe(401)
  })

  it('takes no token from an address', async () => {
    const api = await startApi()
    const token = await signIn(api, 'Ada')
    for (const query of [`token=${token}`, `access_token=${token}`]) {
      expect((await fetch(`${api.url}${MINE}/since?${query}`)).status).toBe(401)
    }
  })
})

describe('a notification for one person', () => {
  it('comes to all of their streams and to no other, under one order of ids', async () => {
    const api = await startApi()
    const [ada, bob] = [await signIn(api, 'Ada'), await signIn(api, 'Bob')]
    const adas = [await listen(api, ada), await listen(api, await signIn(api, 'Ada'))]
    const bobs = await listen(api, bob)
    const everybody = await listen(api)
    await send(api, 'for all')
    await send(api, 'for Ada', 'Ada')
    await send(api, 'for Bob', ' Bob ')
    await send(api, 'last')
    await untilLast(...adas, bobs, everybody)
    for (const stream of adas) expect(titlesOf(stream)).toEqual(['for all', 'for Ada', 'last'])
    expect(titlesOf(bobs)).toEqual(['for all', 'for Bob', 'last'])
    expect(titlesOf(everybody)).toEqual(['for all', 'last'])
    expect(bobs.events.at(-1)?.id).toBe(everybody.events.at(-1)?.id)
    for (const { text } of [bobs, everybody]) expect(text).not.toContain('Ada')
  })

  it('is replayed to them after a break, and to nobody else', async () => {
    const api = await startApi()
    const [ada, bob] = [await signIn(api, 'Ada'), await signIn(api, 'Bob')]
    const before = await send(api, 'before')
    await send(api, 'for Ada', 'Ada')
    await send(api, 'for Bob', 'Bob')
    for (const [token, titles] of [
      [ada, ['for Ada']],
      [bob, ['for Bob']],
      [undefined, []],
    ] as const) {
      const stream = await listen(api, token, before)
      await waitUntil(() => stream.lastId !== undefined)
      expect(titlesOf(stream)).toEqual(titles)
      const path = api.url + (token === undefined ? PATH : MINE)
      for (const what of ['since', 'history']) {
        expect(await polled(`${path}/${what}?lastEventId=${before}`, token)).toEqual(titles)
        expect(await polled(`${path}/${what}`, token)).toEqual(['before', ...titles])
        expect(await polled(`${path}/${what}?lastEventId=unknown`, token)).toEqual([
          ...['before', ...titles],
        ])
      }
    }
  })

  it('leaves others a place to come back to, from which nothing is missing', async () => {
    const api = await startApi({ HISTORY_LIMIT: '3', MESSAGES_PER_10_S: '100' })
    await send(api, 'before')
    for (let index = 0; index < 10; index++) await send(api, 'for Ada', 'Ada')
    const stream = await listen(api)
    await waitUntil(() => stream.lastId !== undefined)
    stream.close()
    await send(api, 'last')
    const again = await listen(api, undefined, stream.lastId)
    await untilLast(again)
    expect(again.types()).toEqual(['notification'])
  })

  it('does not use up the 20 that who comes anew is told', async () => {
    const api = await startApi({ MESSAGES_PER_10_S: '100' })
    for (let index = 0; index < 5; index++) await send(api, `for all ${index}`)
    for (let index = 0; index < 30; index++) await send(api, 'for Ada', 'Ada')
    expect(await polled(`${api.url}${PATH}/since`)).toHaveLength(5)
  })

  it('does not say whether they are there', async () => {
    const api = await startApi()
    await listen(api, await signIn(api, 'Ada'))
    const answer = await postJson(api.url + PATH, { level: 'info', title: 'x', to: 'Ada' })
    expect(await answer.json()).toEqual({ id: expect.any(String) })
  })

  it.each([5, null, 'a\nb', 'x'.repeat(41)])('is not for %j', async (to) => {
    const { url } = await startApi()
    const answer = await postJson(url + PATH, { level: 'info', title: 'x', to })
    expect(answer.status).toBe(400)
    expect((await answer.json()).title).toContain('"to"')
  })
})

describe('DELETE /api/session', () => {
  it('ends the streams of that sign-in at once, and its token', async () => {
    const api = await startApi()
    const [ada, other] = [await signIn(api, 'Ada'), await signIn(api, 'Ada')]
    const [stream, others] = [await listen(api, ada), await listen(api, other)]
    const before = await send(api, 'before')
    await stream.count(1)
    expect((await signOut(api, ada)).status).toBe(204)
    await stream.ended()
    await send(api, 'for Ada', 'Ada')
    await send(api, 'last')
    await untilLast(others)
    expect(titlesOf(others)).toContain('for Ada')
    expect(titlesOf(stream)).toEqual(['before'])
    expect((await listen(api, ada, before)).status).toBe(401)
    for (const what of ['since', 'history']) {
      expect((await fetch(`${api.url}${MINE}/${what}`, bearer(ada))).status).toBe(401)
    }
    expect((await signOut(api, ada)).status).toBe(401)
  })

  it('is not needed where the time of a sign-in is over', async () => {
    const api = await startApi({ SESSION_MS: '100' })
    const token = await signIn(api, 'Ada')
    await (await listen(api, token)).ended()
    expect((await listen(api, token)).status).toBe(401)
  })
})

describe('a token', () => {
  it('is in no log', async () => {
    const api = await startApi()
    const token = await signIn(api, 'Ada')
    const stream = await listen(api, token)
    await fetch(`${api.url}${MINE}/since?lastEventId=x`, bearer(token))
    await signOut(api, token)
    await stream.ended()
    const log = readFileSync(join(api.dataDir, 'server.log'), 'utf8')
    expect(log).toContain('GET /api/notifications/mine/since 200')
    expect(log).not.toContain(token)
    expect(log).not.toContain('Ada')
  })
})

describeWithRedis('several servers', () => {
  it('keep what is for one person from all others, live and replayed', async () => {
    const redis = await startRedis()
    const [a, b] = [
      await startApi({ REDIS_URL: redis.url }),
      await startApi({ REDIS_URL: redis.url }),
    ]
    const [ada, bob] = [await signIn(b, 'Ada'), await signIn(b, 'Bob')]
    const streams = [await listen(b, ada), await listen(b, bob), await listen(b)]
    const before = await send(a, 'before')
    await send(a, 'for Ada', 'Ada')
    await send(a, 'last')
    await untilLast(...streams)
    expect(streams.map(titlesOf)).toEqual([
      ['before', 'for Ada', 'last'],
      ['before', 'last'],
      ['before', 'last'],
    ])
    expect(await polled(`${b.url}${MINE}/since?lastEventId=${before}`, bob)).toEqual(['last'])
    expect(await polled(`${b.url}${MINE}/since?lastEventId=${before}`, ada)).toEqual([
      ...['for Ada', 'last'],
    ])
    // A gap tells what is left: to everybody what they may see.
    await redis.command('FLUSHALL')
    await send(a, 'again for Ada', 'Ada')
    await send(a, 'last')
    for (const stream of streams) await stream.event('gap')
    await untilLast(...streams)
    expect(streams.map(({ text }) => text.includes('again for Ada'))).toEqual([true, false, false])
  })

  it('end a stream whose sign-in has ended before it was open', async () => {
    const redis = await startRedis()
    await redis.stop()
    const api = await startApi({ REDIS_URL: redis.url })
    const token = await signIn(api, 'Ada')
    // The server waits for its first look at Redis.
    const opening = listen(api, token)
    await waitUntil(
      async () => (await (await fetch(`${api.url}/api/health`)).json()).status === 'ok',
    )
    await signOut(api, token)
    await redis.start()
    const stream = await opening
    await stream.ended()
    expect(stream.events).toEqual([])
  })
})
