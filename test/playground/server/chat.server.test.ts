import { describe, expect, it } from 'vitest'
import { postJson, startApi } from './support/api-server.ts'
import { tempFolder } from './support/temp-folder.ts'
import { openStream } from './support/stream-client.ts'
import type { ApiServer } from './support/api-server.ts'
import type { StreamClient } from './support/stream-client.ts'

const streamUrl = ({ url }: ApiServer, user: string): string =>
  `${url}/api/chat/stream?user=${encodeURIComponent(user)}`

async function enter(api: ApiServer, user: string, lastEventId?: string): Promise<StreamClient> {
  const stream = await openStream(streamUrl(api, user), { lastEventId })
  await stream.event('presence')
  return stream
}

const say = ({ url }: ApiServer, user: string, text: string): Promise<Response> =>
  postJson(`${url}/api/chat/messages`, { user, text })

describe('GET /api/chat/stream', () => {
  it('lets in whoever connects and tells everybody', async () => {
    const api = await startApi()
    const ada = await enter(api, 'Ada')
    await enter(api, 'Bob')
    const events = await ada.count(4)
    expect(events.map(({ type, data }) => [type, data.user ?? data.users])).toEqual([
      ['user-joined', 'Ada'],
      ['presence', ['Ada']],
      ['user-joined', 'Bob'],
      ['presence', ['Ada', 'Bob']],
    ])
    expect(events[1]?.id).toBeUndefined()
    expect(events[2]?.id).toBeDefined()
  })

  it('tells that somebody left after the grace', async () => {
    const api = await startApi({ LEAVE_GRACE_MS: '20' })
    const ada = await enter(api, 'Ada')
    ;(await enter(api, 'Bob')).close()
    expect((await ada.event('user-left')).data.user).toBe('Bob')
    expect((await ada.count(6)).at(-1)).toMatchObject({
      type: 'presence',
      data: { users: ['Ada'] },
    })
  })

  it('makes no noise when a restarted server gets its people back', async () => {
    const env = { DATA_DIR: tempFolder(), LEAVE_GRACE_MS: '1000' }
    const first = await startApi(env)
    const ada = await enter(first, 'Ada')
    await enter(first, 'Bob')
    await ada.count(4)
    const { lastId } = ada
    await first.close()
    await ada.ended()

    const second = await startApi(env)
    const adaAgain = await enter(second, 'Ada', lastId)
    await adaAgain.event('user-left')
    expect(adaAgain.events.map(({ type, data }) => [type, data.user ?? data.users])).toEqual([
      ['presence', ['Ada', 'Bob']],
      ['user-left', 'Bob'],
      ['presence', ['Ada']],
    ])
  })

  it('shows newcomers what was said before', async () => {
    const api = await startApi()
    await say(api, 'Ada', 'anybody?')
    const bob = await enter(api, 'Bob')
    expect(bob.types()).toEqual(['new-message', 'user-joined', 'presence'])
  })

  it.each([
    ['no name', ''],
    ['spaces', '   '],
    ['nothing visible', '\u200b\u2060'],
    ['a line feed', 'a\nb'],
    ['a NUL', 'a\0b'],
    ['a turn of the writing direction', 'a\u202eb'],
    ['41 characters', 'x'.repeat(41)],
  ])('refuses %s as a name', async (_, name) => {
    const api = await startApi()
    const stream = await openStream(streamUrl(api, name))
    await stream.ended()
    expect(stream.status).toBe(400)
    expect(JSON.parse(stream.text).title).toContain('"user"')
  })

  it('takes names of any language, trimmed', async () => {
    const api = await startApi()
    const stream = await enter(api, '  Zoë 日本 👩‍🚀 ')
    expect((await stream.event('user-joined')).data.user).toBe('Zoë 日本 👩‍🚀')
  })
})

describe('POST /api/chat/messages', () => {
  it('answers with the id under which everybody gets the message', async () => {
    const api = await startApi()
    const ada = await enter(api, 'Ada')
    const before = Date.now()
    const answer = await say(api, ' Bob ', ' Grüße,\n 日本 ')
    expect(answer.status).toBe(201)
    const { id, data } = await ada.event('new-message')
    expect(await answer.json()).toEqual({ id })
    expect(data).toEqual({ user: 'Bob', text: 'Grüße,\n 日本', time: expect.any(Number) })
    expect(data.time).toBeGreaterThanOrEqual(before)
  })

  it.each([
    ['"user"', { text: 'hi' }],
    ['"user"', { user: 7, text: 'hi' }],
    ['"user"', { user: 'a\0b', text: 'hi' }],
    ['"text"', { user: 'Ada' }],
    ['"text"', { user: 'Ada', text: ['hi'] }],
    ['"text"', { user: 'Ada', text: '  ' }],
    ['"text"', { user: 'Ada', text: 'x'.repeat(501) }],
  ])('names %s as what is wrong with %j', async (field, body) => {
    const api = await startApi()
    const answer = await postJson(`${api.url}/api/chat/messages`, body)
    expect(answer.status).toBe(400)
    expect((await answer.json()).title).toContain(field)
  })

  it('answers 429 and when to go on to who sends too much', async () => {
    const api = await startApi({ MESSAGES_PER_10_S: '3' })
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => say(api, 'Ada', `${index}`)),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(3)
    const refused = answers.find(({ status }) => status === 429) as Response
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(10)
  })
})
