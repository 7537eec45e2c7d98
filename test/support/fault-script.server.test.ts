/** The scripts and the hostile paths of the fault server behave as they say: other tests build on it. */
import { connect as connectSocket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startFaultServer } from './fault-server.ts'
import { bare, block, blocks, ended, script } from './fault-script.ts'
import { requestsOf, tagged } from './tagged-log.ts'
import type { FaultServer } from './fault-server.ts'

let server: FaultServer
let count = 0

beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

/** Requests of one tag. */
function useTag(): (path: string, init?: RequestInit) => Promise<Response> {
  const tag = `script-${++count}`
  return (path, init) => fetch(tagged(server.url + path, tag), init)
}

const ids = (text: string): string[] => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id!)

/** The beginning of a body that may have no end; leaves it then. */
async function start(response: Response, length: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= length) break
  }
  return text
}

describe('script', () => {
  it('answers each request of a tag in its turn, and the last one again and again', async () => {
    const path = script('id: 1\n\n', { status: 503, text: 'busy' }, ended('id: 2\n\n'))
    const request = useTag()
    expect(await (await request(path)).text()).toBe('id: 1\n\n')
    const busy = await request(path)
    expect([busy.status, await busy.text()]).toEqual([503, 'busy'])
    expect(await (await request(path)).text()).toBe('id: 2\n\n')
    expect(await (await request(path)).text()).toBe('id: 2\n\n')
    expect(await (await useTag()(path)).text()).toBe('id: 1\n\n')
  })

  it('goes round with loop', async () => {
    const path = `${script('a\n', 'b\n')}&loop`
    const request = useTag()
    const texts: string[] = []
    for (let index = 0; index < 3; index++) texts.push(await (await request(path)).text())
    expect(texts).toEqual(['a\n', 'b\n', 'a\n'])
  })

  it('keeps the last stream open, and nothing else', async () => {
    const request = useTag()
    const path = script('a', { status: 404, end: 'open' }, { headers: { Age: '1' }, text: 'b' })
    expect(await (await request(path)).text()).toBe('a')
    const missing = await request(path)
    expect(server.open).toBe(1)
    await missing.body!.cancel()
    const last = await request(path)
    expect([last.headers.get('Age'), await start(last, 1)]).toEqual(['1', 'b'])
    await vi.waitUntil(() => server.open === 0)
  })

  it('breaks off where it is told to', async () => {
    const response = await useTag()(script({ text: 'a', end: 'cut' }))
    await expect(response.text()).rejects.toThrow(TypeError)
  })

  it('is written with blocks', () => {
    expect(blocks(1, 'b')).toBe('id: 1\ndata: 1\n\nid: b\ndata: "b"\n\n')
    expect(block('é', { a: 1 }) + bare(null)).toBe('id: é\ndata: {"a":1}\n\ndata: null\n\n')
  })
})

describe('hostile paths', () => {
  it('/replay ends, and sends the last events again with more', async () => {
    const request = useTag()
    const path = '/replay?first=5&replay=2&until=7'
    expect(ids(await (await request(path)).text())).toEqual(['1', '2', '3', '4', '5'])
    expect(ids(await start(await request(path), 90))).toEqual(['4', '5', '6', '7'])
  })

  it('/batches goes on after an id, in batches', async () => {
    const init = { headers: { 'Last-Event-ID': '4' } }
    const response = await useTag()('/batches?batch=2&until=100', init)
    expect(ids(await response.text())).toEqual(['5', '6'])
  })

  it('/many-names and /long-id are as large as they say', async () => {
    const names = await start(await useTag()('/many-names?count=50'), 50 * 40)
    expect(new Set([...names.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).size).toBe(50)
    const [id] = ids(await (await useTag()('/long-id')).text())
    expect(id).toHaveLength(100 * 1024)
  })

  it.each(['/firehose', '/blind-firehose', '/endless-error'])(
    '%s sends until nobody is there, and then cleans up',
    async (path) => {
      const text = await start(await useTag()(path), 1 << 20)
      expect(text.length).toBeGreaterThanOrEqual(1 << 20)
      await vi.waitUntil(() => server.requests.at(-1)!.cleanups > 0)
      expect([server.requests.at(-1)!.cleanups, server.open]).toEqual([1, 0])
    },
  )

  it('/hops redirects as often as it says, and keeps the tag', async () => {
    const tag = 'hops'
    const url = tagged(`${server.url}/hops?left=3&to=/end`, tag)
    const response = await fetch(url)
    expect([response.redirected, ids(await response.text())]).toEqual([true, ['1']])
    const paths = (await requestsOf(server.url, tag)).map(({ path }) => path)
    expect(paths).toEqual(['/hops', '/hops', '/hops', '/end'])
  })

  it.each(['/hops', '/there', '/back'])('%s has no end', async (path) => {
    const before = server.requests.length
    await expect(useTag()(path)).rejects.toThrow(TypeError)
    expect(server.requests.length - before).toBe(21)
  })

  it('/nowhere says where to go without saying where', async () => {
    const response = await useTag()('/nowhere', { redirect: 'manual' })
    expect([response.status, response.headers.get('Location')]).toEqual([302, null])
  })

  it.each(['/hang-up', '/no-http', '/half-head', '/huge-head'])('%s is no answer', async (path) => {
    await expect(useTag()(path)).rejects.toThrow(TypeError)
    await vi.waitUntil(() => server.open === 0)
  })

  it('/no-http and /half-head send what they say', async () => {
    const raw = async (path: string): Promise<string> => {
      const socket = connectSocket(Number(new URL(server.url).port), '127.0.0.1')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
      let text = ''
      for await (const chunk of socket.setEncoding('utf8')) text += chunk as string
      return text
    }
    expect(await raw('/no-http')).toMatch(/^SSH-2/)
    expect(await raw('/half-head')).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-$/)
  })

  it('/one-by-one goes on with each request, and /stale-token between refusals', async () => {
    const request = useTag()
    const answer = async (path: string): Promise<string> => {
      const response = await request(path)
      return `${response.status} ${ids(await response.text()).join()}`
    }
    expect([await answer('/one-by-one'), await answer('/one-by-one')]).toEqual(['200 1', '200 2'])
    const seen: string[] = []
    for (let index = 0; index < 4; index++) seen.push(await answer('/stale-token'))
    expect(seen).toEqual(['401 ', '200 2', '401 ', '200 4'])
  })
})
