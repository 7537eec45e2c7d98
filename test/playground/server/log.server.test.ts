import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../playground/shared/contract.ts'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { tempFolder } from './support/temp-folder.ts'
import { waitUntil } from './support/wait-until.ts'
import type { ApiServer } from './support/api-server.ts'
import type { StreamClient, StreamClientOptions } from './support/stream-client.ts'

const openLog = ({ url }: ApiServer, options: StreamClientOptions = {}): Promise<StreamClient> =>
  openStream(`${url}/api/log/stream`, options)
const write = ({ url }: ApiServer, text: string, more: object = {}): Promise<Response> =>
  postJson(`${url}/api/log/lines`, { level: 'info', text, ...more })
const fileOf = ({ dataDir }: ApiServer): string => join(dataDir, 'server.log')

const textsOf = ({ events }: StreamClient): string[] => events.map(({ data }) => data.text ?? '')
/** Looks at each event once: there may be many. */
function has({ events }: StreamClient, text: string): Promise<void> {
  let seen = 0
  return waitUntil(() => {
    while (seen < events.length) if (events[seen++]!.data.text?.includes(text)) return true
    return false
  })
}
/** How many files this process has open below a folder. */
function openFiles(folder: string): number {
  const links = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  return links.filter((link) => link.startsWith(folder)).length
}

describe('GET /api/log/stream', () => {
  it('tells what the server does: requests by their route, never by what is in the address', async () => {
    const api = await startApi()
    const stream = await openLog(api)
    await openStream(`${api.url}/api/chat/stream?user=Ada`)
    await fetch(`${api.url}/api/uploads/0123456789abcdef/stream`)
    await fetch(`${api.url}/api/secret-address`)
    await has(stream, 'unknown address')
    const texts = textsOf(stream).map((text) => text.replace(/^\S+ (.*?)( \d+ ms)?$/, '$1'))
    expect(texts.slice(1)).toEqual([
      'INFO  The server has started',
      'INFO  GET /api/log/stream 200',
      'INFO  GET /api/chat/stream 200',
      'WARN  GET /api/uploads/:id/stream 404',
      'WARN  GET (an unknown address) 404',
    ])
  })

  it('follows what other programs append', async () => {
    const api = await startApi()
    const stream = await openLog(api)
    fs.appendFileSync(fileOf(api), 'from another program\n')
    await has(stream, 'from another program')
    expect(textsOf(stream).at(-1)).toBe('from another program')
  })

  it('goes on exactly after an id, over a rotation and over a restart of the server', async () => {
    const dataDir = tempFolder()
    const first = await startApi({ DATA_DIR: dataDir })
    const before = await openLog(first)
    await write(first, 'one')
    await has(before, 'one')
    const { id } = before.events.find(({ data }) => data.text.includes(' one'))!
    before.close()
    await write(first, 'two')
    expect((await fetch(`${first.url}/api/log/rotations`, { method: 'POST' })).status).toBe(204)
    await write(first, 'three')
    await first.close()

    const second = await startApi({ DATA_DIR: dataDir })
    const after = await openLog(second, { lastEventId: id })
    await has(after, 'The server has started')
    const said = textsOf(after).map((text) => text.split(/ (?:INFO|WARN) {2}/)[1] ?? '')
    expect(said.filter((text) => /^(one|two|three|The server)/.test(text))).toEqual([
      ...['two', 'three', 'The server stops', 'The server has started'],
    ])
    expect(after.types()).not.toContain('gap')
    expect(after.types()).toContain('rotated')
  })

  it('says gap for an id that it does not know, and goes on with what it has', async () => {
    const api = await startApi()
    const stream = await openLog(api, { lastEventId: 'ünknown' })
    const gap = await stream.event('gap')
    expect(gap.data).toEqual({ lastEventId: 'ünknown', because: 'unknown-id' })
    await has(stream, 'The server has started')
  })

  it('says gap when the file is emptied', async () => {
    const api = await startApi()
    const stream = await openLog(api)
    await has(stream, 'The server has started')
    fs.truncateSync(fileOf(api))
    await write(api, 'after')
    expect((await stream.event('gap')).data.because).toBe('truncated')
    await has(stream, 'after')
  })

  it('leaves in the file what a client does not take, and lets no connection pile up', async () => {
    const api = await startApi()
    const stream = await openLog(api, { paused: true })
    const other = await openLog(api)
    const line = `${'x'.repeat(1000)}\n`.repeat(1000)
    // Far more than socket buffers and the stream's own bound hold: a server that pushes would cut the line.
    for (let count = 0; count < 16; count++) fs.appendFileSync(fileOf(api), line)
    fs.appendFileSync(fileOf(api), 'the last one\n')
    await has(other, 'the last one')
    stream.resume()
    await has(stream, 'the last one')
    expect(stream.types()).not.toContain('gap')
    expect(textsOf(stream).filter((text) => text.startsWith('xxx'))).toHaveLength(16_000)
  }, 20_000)

  it('closes its file when the client has gone', async () => {
    const api = await startApi()
    const streams = await Promise.all([openLog(api), openLog(api), openLog(api)])
    await Promise.all(streams.map((stream) => has(stream, 'The server has started')))
    expect(openFiles(api.dataDir)).toBeGreaterThanOrEqual(3)
    const others = openFiles(api.dataDir) - 3
    for (const stream of streams) stream.close()
    await waitUntil(() => openFiles(api.dataDir) <= others)
  })
})

describe('GET /api/log/since', () => {
  it('answers the same under the same ids, and nothing after the last one', async () => {
    const api = await startApi()
    const stream = await openLog(api)
    await write(api, 'one', { times: 3 })
    await has(stream, 'POST /api/log/lines')
    const { messages } = await (await fetch(`${api.url}/api/log/since`)).json()
    expect(messages).toEqual(stream.events)
    const url = `${api.url}/api/log/since?lastEventId=${messages.at(-1).id}`
    expect((await (await fetch(url)).json()).messages).toEqual([])
  })
})

describe('GET /api/log/waiting', () => {
  it('counts what comes after an id', async () => {
    const api = await startApi()
    const stream = await openLog(api)
    await has(stream, '/api/log/stream')
    const { lastId } = stream
    const url = `${api.url}/api/log/waiting?lastEventId=${lastId}`
    expect(await (await fetch(url)).json()).toEqual({ lines: 0, bytes: 0 })
    await write(api, 'x', { times: 10 })
    const { lines, bytes } = await (await fetch(url)).json()
    expect(lines).toBe(11) // and the request's own line
    expect(bytes).toBeGreaterThan(300)
  })

  it('does not know every place', async () => {
    const api = await startApi()
    const answer = await fetch(`${api.url}/api/log/waiting?lastEventId=0123456789ab-0`)
    expect(answer.status).toBe(404)
  })
})

describe('POST /api/log/lines', () => {
  it('writes a line so that it stays one', async () => {
    const api = await startApi()
    const stream = await openLog(api)
    expect((await write(api, 'a\nERROR forged', { level: 'debug' })).status).toBe(204)
    await has(stream, 'forged')
    expect(textsOf(stream).find((text) => text.includes('forged'))).toMatch(
      /Z DEBUG a ERROR forged$/,
    )
  })

  it.each([
    ['"level"', { level: 'loud' }],
    ['"text"', { text: ' ' }],
    ['"text"', { text: 'x'.repeat(LIMITS.logChars + 1) }],
    ['"times"', { times: 0 }],
    ['"times"', { times: LIMITS.logTimes + 1 }],
    ['"times"', { times: '2' }],
  ])('names %s as what is wrong', async (field, more) => {
    const api = await startApi()
    const answer = await write(api, 'text', more)
    expect(answer.status).toBe(400)
    expect((await answer.json()).title).toContain(field)
  })

  it('has a limit', async () => {
    const api = await startApi({ MESSAGES_PER_10_S: '1' })
    await write(api, 'one')
    expect((await write(api, 'two')).status).toBe(429)
    expect((await fetch(`${api.url}/api/log/rotations`, { method: 'POST' })).status).toBe(429)
  })
})
