import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeEvents } from '../../../bench/page/events.ts'
import { startEventServer } from '../../../bench/page/event-server.ts'
import { countDue } from '../../../bench/page/stream-events.ts'
import type { BenchServer } from '../../../bench/support/page-server.ts'

let server: BenchServer
const results: unknown[] = []

beforeAll(async () => {
  server = await startEventServer({ '/page.js': 'page()' }, (result) => results.push(result))
})
afterAll(() => server.close())

async function read(query: string): Promise<Buffer> {
  const response = await fetch(`${server.url}/events?${query}&end=yes`)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  return Buffer.from(await response.arrayBuffer())
}

describe('countDue', () => {
  it('is what the rate makes of the time, whenever it is asked', () => {
    expect([0, 0.1, 1, 1.19, 7, 1000].map((ms) => countDue(ms, 5000, 1e6))).toEqual([
      0, 0, 5, 5, 35, 5000,
    ])
  })

  it('is never more than there are', () => {
    expect(countDue(10_000, 5000, 300)).toBe(300)
  })
})

describe('the server of the page', () => {
  it('writes a burst whole, over its own pieces', async () => {
    const { bytes } = encodeEvents({ count: 5000 })
    expect(bytes.length).toBeGreaterThan(5 * 64 * 1024)
    expect(bytes.equals(await read('count=5000'))).toBe(true)
  })

  it('writes what is asked for: with ids, or equal ones', async () => {
    const withIds = await read('count=50&ids=yes')
    expect(encodeEvents({ count: 50, hasIds: true }).bytes.equals(withIds)).toBe(true)
    const equal = await read('count=50&equal=yes')
    expect(encodeEvents({ count: 50, areEqual: true }).bytes.equals(equal)).toBe(true)
  })

  it('writes the same at a pace, whole events at a time, and takes that long', async () => {
    const { bytes, ends } = encodeEvents({ count: 400 })
    const startedAt = performance.now()
    const response = await fetch(`${server.url}/events?count=400&rate=2000&end=yes`)
    let length = 0
    const pieces: Uint8Array[] = []
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      pieces.push(piece)
      length += piece.length
      expect(ends).toContain(length)
    }
    expect(bytes.equals(Buffer.concat(pieces))).toBe(true)
    expect(pieces.length).toBeGreaterThan(2)
    // The last event is due after 200 ms: not before that, however slow the machine is.
    expect(performance.now() - startedAt).toBeGreaterThan(199)
  })

  it('stays open after the last event, as streams do', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { body } = await fetch(`${server.url}/events?count=3`, { signal })
    const reader = body!.getReader()
    const { bytes } = encodeEvents({ count: 3 })
    for (let length = 0; length < bytes.length;) length += (await reader.read()).value!.length
    const next = reader.read()
    const later = fetch(`${server.url}/prepared?count=3`).then(({ status }) => status)
    expect(await Promise.race([next, later])).toBe(204)
    controller.abort()
    await expect(next).rejects.toHaveProperty('name', 'AbortError')
  })

  it('hands out the page and its script, with a fine clock, and hears results', async () => {
    const page = await fetch(`${server.url}/?setup=%7B%7D`)
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    expect(await page.text()).toContain('/page.js')
    expect(await (await fetch(`${server.url}/page.js`)).text()).toBe('page()')
    await fetch(`${server.url}/result`, { method: 'POST', body: '{"ms":1}' })
    expect(results).toEqual([{ ms: 1 }])
  })
})
