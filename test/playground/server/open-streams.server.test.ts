import { once } from 'node:events'
import { createServer } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createOpenStreams } from '../../../playground/server/open-streams.ts'
import { openStream } from './support/stream-client.ts'
import { waitUntil } from './support/wait-until.ts'
import type { AddressInfo } from 'node:net'
import type { AppEnv } from '../../../playground/server/app-env.ts'
import type { OpenStreams } from '../../../playground/server/open-streams.ts'
import type { SseStream } from '../../../playground/server/sse-response.ts'

async function serve(
  onOpen: (stream: SseStream) => void,
): Promise<{ url: string; streams: OpenStreams }> {
  const streams = createOpenStreams({
    maxStreams: 10,
    heartbeatMs: 60_000,
    reconnectionTimeMs: 1000,
  })
  const app = new Hono<AppEnv>().get('/', (c) => streams.open(c, 'test', onOpen))
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, streams }
}

describe('createOpenStreams', () => {
  it('cuts a client that does not read instead of filling the memory', async () => {
    const onClose = vi.fn<() => void>()
    let stream: SseStream | undefined
    const { url, streams } = await serve((opened) => {
      stream = opened
      opened.onClose(onClose)
    })
    await openStream(url, { paused: true })
    const data = 'x'.repeat(100_000)
    let sent = 0
    while (streams.size > 0 && sent < 1000) {
      stream?.send({ type: 'note', data })
      sent++
      await nextTurn()
    }
    // What the kernel's buffers hold, and one mebibyte of ours.
    expect(sent).toBeLessThan(500)
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('cleans up once after its client has left, also when the server closes then', async () => {
    const onClose = vi.fn<() => void>()
    const { url, streams } = await serve((stream) => stream.onClose(onClose))
    const client = await openStream(url)
    client.close()
    await waitUntil(() => streams.size === 0)
    streams.close()
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('counts by topic, and tells of every change', async () => {
    const counts: number[][] = []
    const { url, streams } = await serve(() => {})
    streams.onChange(() => counts.push([streams.count('test'), streams.count('other')]))
    const [first, second] = [await openStream(url), await openStream(url)]
    first.close()
    await waitUntil(() => streams.size === 1)
    second.close()
    await waitUntil(() => streams.size === 0)
    expect(counts).toEqual([
      [1, 0],
      [2, 0],
      [1, 0],
      [0, 0],
    ])
  })

  it('opens no stream for which opening fails', async () => {
    const { url, streams } = await serve(() => {
      throw new Error('not today')
    })
    vi.spyOn(console, 'error').mockReturnValue()
    expect((await openStream(url)).status).toBe(500)
    expect(streams.size).toBe(0)
  })
})
