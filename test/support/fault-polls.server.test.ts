/** Every path of the fault server can be polled: other tests build on it. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startFaultServer } from './fault-server.ts'
import { bare, blocks, script } from './fault-script.ts'
import type { FaultServer } from './fault-server.ts'
import type { PollFormat } from './fault-polls.ts'

let server: FaultServer
let controller: AbortController

beforeAll(async () => {
  server = await startFaultServer()
})
afterEach(async () => {
  await vi.waitUntil(() => server.open === 0)
})
afterAll(() => server.close())

/** Polls of one connection. */
function pollsOf(path: string, format: PollFormat = 'json'): () => Promise<Response> {
  const url = `${server.url}${path}${path.includes('?') ? '&' : '?'}poll=${format}`
  const connection = randomUUID()
  return () => {
    controller = new AbortController()
    return fetch(`${url}&connection=${connection}`, { signal: controller.signal })
  }
}

describe('a poll', () => {
  it.each<[PollFormat, string, string]>([
    ['json', 'application/json; charset=utf-8', '[{"id":"1","data":"1"},{"data":"\\"a\\""}]'],
    ['ndjson', 'application/x-ndjson', '{"id":"1","data":"1"}\n{"data":"\\"a\\""}\n'],
    ['stream', 'text/event-stream', 'id: 1\ndata: 1\n\ndata: "a"\n\n'],
  ])('is answered as %s', async (format, type, text) => {
    const response = await pollsOf(script(blocks(1) + bare('a')), format)()
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe(type)
    expect(await response.text()).toBe(text)
  })

  it('gives each message once, and counts as one request with those before it', async () => {
    const count = server.polls.length
    const poll = pollsOf('/burst?count=3')
    expect(await (await poll()).json()).toHaveLength(3)
    expect(await (await poll()).json()).toEqual([])
    expect(await (await poll()).json()).toEqual([])
    expect(server.requests.filter(({ path }) => path === '/burst')).toHaveLength(1)
    expect(server.polls.length - count).toBe(2)
    await vi.waitUntil(() => server.open === 0)
    expect(server.requests.at(-1)!.cleanups).toBe(1)
  })

  it('gives nothing but whole blocks', async () => {
    const poll = pollsOf('/trickle', 'stream')
    let text = await (await poll()).text()
    while (text === '') text = await (await poll()).text()
    expect(text).toMatch(/^id: 1\r\ndata: .*\r\n\r\n$/)
  })

  it('after the end finds the connection broken', async () => {
    const poll = pollsOf('/end?count=2')
    expect(await (await poll()).json()).toHaveLength(2)
    await expect(poll()).rejects.toThrow(TypeError)
  })

  it('is answered before it is the first to find the end', async () => {
    const poll = pollsOf('/end?count=0')
    expect(await (await poll()).json()).toEqual([])
    await expect(poll()).rejects.toThrow(TypeError)
  })

  it('gets what came before a cut, and the cut after it', async () => {
    const poll = pollsOf('/cut?after=2')
    expect(await (await poll()).json()).toHaveLength(2)
    await expect(poll()).rejects.toThrow(TypeError)
    await expect(pollsOf('/cut?after=0')()).rejects.toThrow(TypeError)
  })

  it('gets statuses and other types as they are', async () => {
    const refused = await pollsOf('/status?code=503&retryAfter=5&body=busy')()
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '5'])
    expect(await refused.text()).toBe('busy')
    expect((await pollsOf('/no-content')()).status).toBe(204)
    expect(await (await pollsOf('/wrong-type')()).text()).toContain('Welcome')
    await expect(pollsOf('/hang-up')()).rejects.toThrow(TypeError)
    await expect(pollsOf('/half-head')()).rejects.toThrow(TypeError)
  })

  it('that gets no head waits, and is over when the client leaves', async () => {
    const answer = pollsOf('/no-head')()
    await vi.waitUntil(() => server.open === 1)
    controller.abort()
    await expect(answer).rejects.toThrow('abort')
  })

  it('takes from what is sent without an end', async () => {
    const poll = pollsOf('/firehose')
    const ids: number[] = []
    for (let count = 0; count < 3; count++) {
      for (const { id } of (await (await poll()).json()) as { id: string }[]) ids.push(Number(id))
    }
    expect(ids.length).toBeGreaterThan(100)
    expect(ids).toEqual(ids.map((_, index) => index + 1))
  })
})
