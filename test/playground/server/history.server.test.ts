import { describe, expect, it } from 'vitest'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import type { ApiServer } from './support/api-server.ts'

interface Told {
  id?: string
  type: string
  data: any
}

async function historyOf({ url }: ApiServer, topic: string, after = ''): Promise<Told[]> {
  const query = after && `?lastEventId=${encodeURIComponent(after)}`
  const answer = await fetch(`${url}/api/${topic}/history${query}`)
  expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-store'])
  return (await answer.json()).messages
}

async function say({ url }: ApiServer, text: string): Promise<string> {
  const answer = await postJson(`${url}/api/chat/messages`, { user: 'Ada', text })
  return (await answer.json()).id
}

describe('GET /api/chat/history', () => {
  it('tells what was said and who is there, to somebody who is not there', async () => {
    const api = await startApi()
    const ada = await openStream(`${api.url}/api/chat/stream?user=Ada`)
    await ada.event('presence')
    const id = await say(api, 'hello')
    const messages = await historyOf(api, 'chat')
    expect(messages.map(({ type }) => type)).toEqual(['user-joined', 'new-message', 'presence'])
    expect(messages[1]).toMatchObject({ id, data: { user: 'Ada', text: 'hello' } })
    expect(messages[2]).toEqual({ type: 'presence', data: { users: ['Ada'] } })
    expect(ada.types().filter((type) => type === 'user-joined')).toHaveLength(1)
  })

  it('begins after the id in the query', async () => {
    const api = await startApi()
    const first = await say(api, 'one')
    const second = await say(api, 'two')
    expect((await historyOf(api, 'chat', first)).map(({ id }) => id)).toEqual([second, undefined])
  })
})

describe('GET /api/news/history', () => {
  it('tells the stories, and wakes nobody in the newsroom', async () => {
    const api = await startApi({ NEWS_INTERVAL_MS: '1' })
    expect(await historyOf(api, 'news')).toHaveLength(1)
    await postJson(`${api.url}/api/news`, { category: 'sports', headline: 'one' })
    const messages = await historyOf(api, 'news')
    expect(messages.map(({ type, data }) => [type, data.headline])).toEqual([['sports', 'one']])
  })
})
