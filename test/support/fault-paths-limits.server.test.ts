/** The bodies that are too much are so, and those in gzip are small on the wire: tests of limits build on it. */
import { get } from 'node:http'
import { constants, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startFaultServer } from './fault-server.ts'
import type { IncomingMessage } from 'node:http'
import type { FaultServer } from './fault-server.ts'

const MEBIBYTE = 1024 * 1024

let server: FaultServer

beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(() => server.close())

/** The bytes on the wire, until nothing comes or `length` of them are there. */
async function wire(path: string, length: number): Promise<[IncomingMessage, Buffer]> {
  const chunks: Buffer[] = []
  let received = 0
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(server.url + path, { agent: false }, resolve).on('error', reject),
  )
  response.on('data', (chunk: Buffer) => (received += chunks.push(chunk) && chunk.length))
  await vi.waitUntil(() => received >= length)
  response.destroy()
  await vi.waitUntil(() => server.open === 0)
  return [response, Buffer.concat(chunks)]
}

/** What is complete of a body that has no end. */
const inflated = (body: Buffer): Buffer => gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH })

it('/too-much sends an event, and more than anybody takes', async () => {
  const [{ headers }, body] = await wire('/too-much?of=lines&tag=plain', 4 * MEBIBYTE)
  expect(headers).not.toHaveProperty('content-encoding')
  const start = 'id: 1\ndata: {"index":1}\n\nid: large\n'
  const expected = Buffer.from(start + 'data:x\n'.repeat(MEBIBYTE / 2))
  expect(body.subarray(0, expected.length).equals(expected)).toBe(true)
})

it('/too-much sends the next event to those who come again', async () => {
  await wire('/too-much?tag=again', MEBIBYTE)
  const [, body] = await wire('/too-much?tag=again', 10)
  expect(body.toString()).toBe('id: 1\ndata: {"index":1}\n\n')
})

it.each([
  [1, 64, 80_000],
  [2, 1024, 12_000],
])('/too-much?gzip=%d has %d MiB in %d bytes', async (gzip, mib, most) => {
  const path = `/too-much?of=line&mib=${mib}&gzip=${gzip}&tag=gzip-${gzip}`
  const [{ headers }, body] = await wire(path, gzip === 1 ? 64_000 : 1000)
  expect(headers['content-encoding']).toBe(Array(gzip).fill('gzip').join(', '))
  expect(body.length).toBeLessThan(most)
  const once = gzip === 1 ? body : inflated(body)
  const text = inflated(once.subarray(0, 64_000))
  expect(text.subarray(0, 60).toString()).toMatch(/^id: 1\ndata: .*\n\nid: large\ndata: x+$/)
  expect((text.length / 64_000) * once.length).toBeGreaterThan(0.95 * mib * MEBIBYTE)
})

it('/too-much?code=500 sends it as the body of an error', async () => {
  const [{ statusCode, headers }, body] = await wire('/too-much?code=500&tag=error', MEBIBYTE)
  expect([statusCode, headers['content-type']]).toEqual([500, 'text/plain'])
  expect(body.subarray(0, 24).toString()).toBe(`id: large\ndata: ${'x'.repeat(8)}`)
})

it('/lines sends one message of so many lines', async () => {
  const [, body] = await wire('/lines?count=3', 30)
  expect(body.toString()).toBe('id: 1\ndata: 0\ndata: 1\ndata: 2\n\n')
})
