/** The API answers the same in Vite's dev server and in the process that `npm start` runs. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createServer } from 'vite'
import { startPlayground } from '../../support/playground-process.ts'
import { postJson } from './support/api-server.ts'
import { beginPost, multipart, postParts } from './support/multipart.ts'
import { openStream } from './support/stream-client.ts'
import { tempFolder } from './support/temp-folder.ts'
import { waitUntil } from './support/wait-until.ts'
import type { AddressInfo, Server } from 'node:net'

interface RunningServer {
  url: string
  stop(): Promise<void>
}

const SETTINGS = {
  ...{ HEARTBEAT_MS: '50', LEAVE_GRACE_MS: '50', NEWS_INTERVAL_MS: '0' },
  ...{ BUILD_PAUSE_MS: '0', WORD_MS: '1' },
}

async function startDevServer(dataDir: string): Promise<RunningServer> {
  for (const [name, value] of Object.entries({ ...SETTINGS, DATA_DIR: dataDir })) {
    vi.stubEnv(name, value)
  }
  const vite = await createServer({
    configFile: fileURLToPath(new URL('../../../vite.config.ts', import.meta.url)),
    mode: 'playground',
    logLevel: 'warn',
    server: { port: 0, host: '127.0.0.1' },
  })
  await vite.listen()
  vi.unstubAllEnvs()
  const { port } = (vite.httpServer as Server).address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => vite.close() }
}

const startBuiltServer = (dataDir: string): Promise<RunningServer> =>
  startPlayground(0, { ...SETTINGS, DATA_DIR: dataDir })

describe.each([
  ["Vite's dev server", startDevServer],
  ['the built server', startBuiltServer],
])('%s', (_, start) => {
  let server: RunningServer
  let url: string
  beforeAll(async () => {
    server = await start(tempFolder(afterAll))
    ;({ url } = server)
  })
  afterAll(() => server?.stop())

  const openCount = async (): Promise<number> =>
    (await (await fetch(`${url}/api/health`)).json()).streams

  it('serves the pages beside the API', async () => {
    const page = await fetch(`${url}/`, { headers: { Accept: 'text/html' } })
    expect(page.headers.get('Content-Type')).toContain('text/html')
    expect(await page.text()).toContain('<div id="app">')
    const nothing = await fetch(`${url}/api/nothing`)
    expect([nothing.status, nothing.headers.get('Content-Type')]).toEqual([
      404,
      'application/problem+json',
    ])
  })

  it('brings a chat message to everybody at once', async () => {
    const ada = await openStream(`${url}/api/chat/stream?user=Ada`)
    expect(ada.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    const answer = await postJson(`${url}/api/chat/messages`, { user: 'Bob', text: 'Grüße' })
    const { id, data } = await ada.event('new-message')
    expect([answer.status, await answer.json()]).toEqual([201, { id }])
    expect(data).toMatchObject({ user: 'Bob', text: 'Grüße' })
  })

  it('tells who joins and who leaves', async () => {
    const ada = await openStream(`${url}/api/chat/stream?user=Ada`)
    await ada.event('presence')
    const cleo = await openStream(`${url}/api/chat/stream?user=Cleo`)
    await waitUntil(() => ada.events.some(({ data }) => data.users?.includes('Cleo')))
    cleo.close()
    expect((await ada.event('user-left')).data.user).toBe('Cleo')
  })

  it('replays after an id, and admits a gap for an id it does not know', async () => {
    const ids: string[] = []
    for (const headline of ['one', 'two', 'three']) {
      const story = { category: 'sports', headline }
      ids.push((await (await postJson(`${url}/api/news`, story)).json()).id)
    }
    const resumed = await openStream(`${url}/api/news/stream`, { lastEventId: ids[0] })
    const events = await resumed.count(2)
    expect(events.map(({ data }) => data.headline)).toEqual(['two', 'three'])
    const lost = await openStream(`${url}/api/news/stream`, { lastEventId: 'ünknown' })
    expect((await lost.count(4))[0]).toMatchObject({
      type: 'gap',
      data: { lastEventId: 'ünknown' },
    })
  })

  it('sends heartbeats and notices that a client has gone', async () => {
    await waitUntil(async () => (await openCount()) === 0)
    const stream = await openStream(`${url}/api/news/stream`)
    await waitUntil(() => stream.comments.includes('heartbeat'))
    expect(await openCount()).toBe(1)
    stream.close()
    await waitUntil(async () => (await openCount()) === 0)
  })

  it('receives files, tells how far it is, and gives them back', async () => {
    const content = Buffer.alloc(3_000_000, 'playground')
    const { id } = await (await fetch(`${url}/api/uploads`, { method: 'POST' })).json()
    const stream = await openStream(`${url}/api/uploads/${id}/stream`)
    const parts = [
      { name: 'large.bin', content },
      { name: '../small.txt', content: 'small' },
    ]
    const { status, body } = await postParts(`${url}/api/uploads/${id}/files`, parts)
    await stream.ended()
    const total = multipart(parts).length
    expect(status).toBe(201)
    expect(stream.events.at(-2)).toMatchObject({
      type: 'progress',
      data: { received: total, total },
    })
    expect(stream.events.at(-1)).toMatchObject({ type: 'complete', data: body })
    expect(body.files.map(({ name }: any) => name)).toEqual(['large.bin', 'small.txt'])
    const download = await fetch(url + body.files[0].url)
    expect(Buffer.from(await download.arrayBuffer()).equals(content)).toBe(true)
  })

  it('cancels an upload in the middle', async () => {
    const { id } = await (await fetch(`${url}/api/uploads`, { method: 'POST' })).json()
    const stream = await openStream(`${url}/api/uploads/${id}/stream`)
    const { outgoing } = beginPost(`${url}/api/uploads/${id}/files`, { 'Content-Length': 1000 })
    outgoing.write('the first of it')
    await stream.event('progress')
    expect((await fetch(`${url}/api/uploads/${id}`, { method: 'DELETE' })).status).toBe(204)
    await stream.event('cancelled')
    await stream.ended()
    outgoing.destroy()
  })

  it('builds the files that it has, and answers with documents that it has', async () => {
    const { id } = await (await postJson(`${url}/api/builds`, {})).json()
    const build = await openStream(`${url}/api/builds/${id}/stream`)
    await build.ended()
    expect(build.events.at(-1)).toMatchObject({ type: 'complete' })
    expect(build.events.at(-1)!.data.files).toBeGreaterThan(10)
    const answer = await postJson(`${url}/api/assistant`, { question: 'How do tabs share?' })
    expect(await answer.text()).toMatch(/"source":"\S*README\.md, /)
  })

  it('refuses what a page of another site sends', async () => {
    const { outgoing, answer } = beginPost(`${url}/api/uploads`, { Origin: 'https://example.com' })
    outgoing.end()
    expect((await answer).status).toBe(403)
  })

  it('ends open streams when it stops', async () => {
    const stream = await openStream(`${url}/api/news/stream`)
    await server.stop()
    await stream.ended()
    await expect(fetch(`${url}/api/health`)).rejects.toThrow('fetch failed')
  })
})
