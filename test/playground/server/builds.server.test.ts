import { describe, expect, it } from 'vitest'
import { BUILD_STEPS } from '../../../playground/shared/contract.ts'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import type { BuildEvents } from '../../../playground/shared/contract.ts'
import type { ApiServer } from './support/api-server.ts'
import type { ReceivedEvent, StreamClient } from './support/stream-client.ts'

const FAST = { BUILD_PAUSE_MS: '0' }
/** So slow that it is still running when the test ends. */
const SLOW = { BUILD_PAUSE_MS: '3600000' }

const post = ({ url }: ApiServer, body: unknown = {}): Promise<Response> =>
  postJson(`${url}/api/builds`, body)
const open = ({ url }: ApiServer, id: string, lastEventId?: string): Promise<StreamClient> =>
  openStream(`${url}/api/builds/${id}/stream`, { lastEventId })

async function start(api: ApiServer, body: unknown = {}): Promise<string> {
  const answer = await post(api, body)
  expect(answer.status).toBe(201)
  return (await answer.json()).id
}

function progressOf({ events }: StreamClient): BuildEvents['progress'][] {
  return events.filter(({ type }) => type === 'progress').map(({ data }) => data)
}

describe('POST /api/builds', () => {
  it('starts a build that tells every file in every step, and then ends', async () => {
    const api = await startApi(FAST)
    const id = await start(api)
    const stream = await open(api, id)
    await stream.ended()
    expect(stream.events[0]).toMatchObject({ type: 'started', data: { id } })
    const { type, data: result } = stream.events.at(-1)!
    expect(type).toBe('complete')
    expect(result.files).toBeGreaterThan(10)
    expect(result.brotli).toBeLessThan(result.gzip)
    expect(result.gzip).toBeLessThan(result.bytes)

    const progress = progressOf(stream)
    expect([...new Set(progress.map(({ step }) => step))]).toEqual(BUILD_STEPS)
    for (const step of ['hash', 'compress', 'verify']) {
      const done = progress.filter((each) => each.step === step).map((each) => each.done)
      expect(done).toEqual(Array.from({ length: result.files }, (_, index) => index + 1))
    }
    const percents = progress.map(({ percent }) => percent)
    expect(percents.every((percent, index) => percent >= (percents[index - 1] ?? 0))).toBe(true)
    expect(percents.filter((percent) => percent === 100)).toHaveLength(1)
    expect(percents.at(-1)).toBe(100)
  })

  it('finds the damage when it is to fail, says in which step and file, and ends', async () => {
    const api = await startApi(FAST)
    const stream = await open(api, await start(api, { damage: true }))
    await stream.ended()
    const { type, data } = stream.events.at(-1)!
    expect(type).toBe('failed')
    expect(data.step).toBe('verify')
    expect(data.message).toMatch(/^\S+: what was unpacked is not what was packed$/)
    expect(progressOf(stream).at(-1)!.percent).toBeLessThan(100)
  })

  it('answers with the build that is running already, and starts another one after it', async () => {
    const slow = await startApi(SLOW)
    const id = await start(slow)
    const again = await post(slow, { damage: true })
    expect([again.status, await again.json()]).toEqual([200, { id }])

    const fast = await startApi(FAST)
    const first = await start(fast)
    await (await open(fast, first)).ended()
    expect(await start(fast)).not.toBe(first)
  })

  it.each([{ damage: 'yes' }, { damage: null }, { damage: 1 }])('refuses %j', async (body) => {
    const api = await startApi(SLOW)
    const answer = await post(api, body)
    expect([answer.status, (await answer.json()).title]).toEqual([
      400,
      '"damage" must be true or false',
    ])
    expect((await fetch(`${api.url}/api/builds/latest`)).status).toBe(204)
  })

  it('is limited for each address', async () => {
    const api = await startApi({ ...SLOW, MESSAGES_PER_10_S: '1' })
    await start(api)
    expect((await post(api)).status).toBe(429)
  })
})

describe('GET /api/builds/latest', () => {
  it('has none at first, and then the last one, running or not', async () => {
    const api = await startApi(FAST)
    const latest = (): Promise<Response> => fetch(`${api.url}/api/builds/latest`)
    expect((await latest()).status).toBe(204)
    const id = await start(api)
    expect(await (await latest()).json()).toEqual({ id })
    await (await open(api, id)).ended()
    const answer = await latest()
    expect(await answer.json()).toEqual({ id })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })
})

describe('GET /api/builds/<id>/stream', () => {
  it('goes on in the middle exactly, for who had a part of it', async () => {
    const api = await startApi({ BUILD_PAUSE_MS: '1' })
    const id = await start(api)
    const all = await open(api, id)
    const part = await open(api, id)
    await part.count(10)
    part.close()
    const had = [...part.events]
    const rest = await open(api, id, had.at(-1)!.id)
    await Promise.all([all.ended(), rest.ended()])
    expect([...had, ...rest.events]).toEqual(all.events)
    expect(all.types()).not.toContain('gap')
  })

  it('tells a build that is over from its start, and nothing to who knows its end', async () => {
    const api = await startApi(FAST)
    const id = await start(api)
    const live = await open(api, id)
    await live.ended()
    const late = await open(api, id)
    await late.ended()
    expect(late.events).toEqual(live.events)
    expect((await open(api, id, live.lastId)).status).toBe(204)
  })

  it('does not know a build of an earlier run, and says why', async () => {
    const api = await startApi()
    const stream = await open(api, '0123456789ab')
    await stream.ended()
    expect(stream.status).toBe(404)
    expect(JSON.parse(stream.text).detail).toContain('started anew')
  })

  it('ends when the server closes in the middle of a build', async () => {
    const api = await startApi(SLOW)
    const stream = await open(api, await start(api))
    await stream.event('progress')
    await api.close()
    await stream.ended()
    expect(stream.types()).not.toContain('failed')
  })
})

describe('GET /api/builds/<id>/since', () => {
  it('tells the same, and then that there is nothing more', async () => {
    const api = await startApi(FAST)
    const id = await start(api)
    const stream = await open(api, id)
    await stream.ended()
    const url = `${api.url}/api/builds/${id}/since`
    const { messages }: { messages: ReceivedEvent[] } = await (await fetch(url)).json()
    expect(messages).toEqual(stream.events)
    expect((await fetch(`${url}?lastEventId=${stream.lastId}`)).status).toBe(204)
  })
})
