/** The fault server behaves as its paths say: other tests build on it. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TRICKLED_TEXT, TRICKY_NAMES } from './fault-paths.ts'
import { startFaultServer } from './fault-server.ts'
import type { FaultServer } from './fault-server.ts'

let server: FaultServer
let controller: AbortController

beforeAll(async () => {
  server = await startFaultServer()
})
afterEach(() => controller?.abort())
afterAll(() => server.close())

function request(path: string, init: RequestInit = {}): Promise<Response> {
  controller = new AbortController()
  return fetch(server.url + path, { signal: controller.signal, ...init })
}

/** Reads until the text is complete in the eyes of `isEnough`, or until the end. */
async function read(response: Response, isEnough: (text: string) => boolean): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true })
    if (isEnough(text)) break
  }
  return text
}

const toTheEnd = (): boolean => false
const blocks = (count: number) => (text: string) => text.split('\n\n').length > count
const ids = (text: string): number[] =>
  [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

describe('startFaultServer', () => {
  it('/events sends events with ids, types and sizes, and stays open', async () => {
    const response = await request('/events?count=2&type=t&size=3')
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('text/event-stream')
    const text = await read(response, blocks(2))
    expect(text).toBe(
      'id: 1\nevent: t\ndata: {"index":1,"text":"xxx"}\n\nid: 2\nevent: t\ndata: {"index":2,"text":"xxx"}\n\n',
    )
    await vi.waitUntil(() => server.open === 0)
  })

  it('/events goes on after Last-Event-ID', async () => {
    const response = await request('/events?count=2', { headers: { 'Last-Event-ID': '7' } })
    expect(ids(await read(response, blocks(2)))).toEqual([8, 9])
  })

  it('counts the answers that are not over', async () => {
    await request('/silent')
    expect(server.open).toBe(1)
    controller.abort()
    await vi.waitUntil(() => server.open === 0)
  })

  it('/burst sends all at once', async () => {
    const text = await read(await request('/burst?count=1000'), blocks(1000))
    expect(ids(text)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
  })

  it('/end ends cleanly', async () => {
    expect(ids(await read(await request('/end?count=2'), toTheEnd))).toEqual([1, 2])
  })

  it('/cut breaks off within an event', async () => {
    const response = await request('/cut?after=2')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    await expect(async () => {
      for (;;) text += (await reader.read()).value!
    }).rejects.toThrow(TypeError)
    expect(ids(text)).toEqual([1, 2])
    expect(text.endsWith('\n\ndata: {"index"')).toBe(true)
  })

  it('/status answers with status, Retry-After and body', async () => {
    const response = await request('/status?code=429&retryAfter=5&body=busy')
    expect(response.status).toBe(429)
    expect(response.headers.get('Retry-After')).toBe('5')
    expect(await response.text()).toBe('busy')
  })

  it('/no-content, /wrong-type and /redirect answer as they say', async () => {
    expect((await request('/no-content')).status).toBe(204)
    expect((await request('/wrong-type')).headers.get('Content-Type')).toBe('text/html')
    const redirected = await request('/redirect?to=/end')
    expect(redirected.redirected).toBe(true)
    expect(ids(await read(redirected, toTheEnd))).toEqual([1])
    expect((await request('/unknown')).status).toBe(404)
  })

  it('/no-head does not answer until it is closed', async () => {
    const answer = request('/no-head')
    await vi.waitUntil(() => server.open === 1)
    controller.abort()
    await expect(answer).rejects.toThrow('abort')
    await vi.waitUntil(() => server.open === 0)
  })

  it('/slow-head answers later', async () => {
    const response = await request('/slow-head?ms=20&count=1')
    expect(ids(await read(response, blocks(1)))).toEqual([1])
  })

  it('/trickle cuts characters and line ends', async () => {
    const isWhole = (text: string): boolean => text.endsWith('\r\n\r\n')
    const text = await read(await request('/trickle'), isWhole)
    expect(text).toBe(`id: 1\r\ndata: {"index":1,"text":"${TRICKLED_TEXT}"}\r\n\r\n`)
  })

  it('/echo tells method, headers and body', async () => {
    const init = { method: 'POST', body: 'hello', headers: { 'X-Own': 'é' } }
    const text = await read(await request('/echo', init), toTheEnd)
    const echo = JSON.parse(text.slice(text.indexOf('{')))
    expect(echo).toMatchObject({ method: 'POST', body: 'hello', headers: { 'x-own': 'é' } })
  })

  it('/resume can be followed to its end without a gap', async () => {
    const seen: number[] = []
    while (seen.length < 12) {
      const init = { headers: { 'Last-Event-ID': String(seen.at(-1) ?? 0) } }
      const response = await request('/resume?until=12&every=5', init)
      const count = Math.min(5, 12 - seen.length)
      seen.push(...ids(await read(response, blocks(count))))
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  })

  it('/resume replays what it is told to', async () => {
    const init = { headers: { 'Last-Event-ID': '5' } }
    const response = await request('/resume?until=7&every=5&replay=2', init)
    expect(ids(await read(response, blocks(4)))).toEqual([4, 5, 6, 7])
  })

  it('/names sends one event of each tricky name', async () => {
    const text = await read(await request('/names'), blocks(TRICKY_NAMES.length))
    expect([...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual(TRICKY_NAMES)
  })

  it('/retry sets the reconnection time and ends', async () => {
    const text = await read(await request('/retry?ms=123'), toTheEnd)
    expect(text).toBe('retry: 123\n\nid: 1\ndata: {"index":1}\n\n')
  })

  it('/heartbeats sends comments', async () => {
    const text = await read(await request('/heartbeats?every=1'), blocks(3))
    expect(text).toMatch(/^(: heartbeat\n\n){3}/)
  })

  it('/endless-line sends as much as is read', async () => {
    const text = await read(await request('/endless-line'), ({ length }) => length > 1e6)
    expect(text).toMatch(/^data: x+$/)
  })

  it('keeps a log, by tag for tests in a browser', async () => {
    await (await request('/end?tag=mine', { method: 'POST', body: 'a' })).text()
    await (await request('/end?tag=other')).text()
    const { requests } = await (await request('/log?tag=mine')).json()
    expect(requests).toMatchObject([{ method: 'POST', path: '/end', body: 'a' }])
    expect(server.requests.at(-1)).toMatchObject({ path: '/end', body: '' })
    expect(server.requests.at(-1)!.query.get('tag')).toBe('other')
  })

  it('lets other origins send what streams send, unless told not to', async () => {
    const preflight = async (path: string): Promise<string | null> => {
      const headers = {
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'last-event-id,x-own,cookie2',
        Origin: 'http://elsewhere',
      }
      const response = await request(path, { method: 'OPTIONS', headers })
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('http://elsewhere')
      return response.headers.get('Access-Control-Allow-Headers')
    }
    expect(await preflight('/events')).toBe('last-event-id, x-own')
    expect(await preflight('/events?cors=no-last-event-id')).toBe('x-own')
  })

  it('closes with streams open, and twice', async () => {
    const own = await startFaultServer()
    const response = await fetch(`${own.url}/events`)
    await own.close()
    await own.close()
    await expect(read(response, toTheEnd)).rejects.toThrow(TypeError)
  })
})
