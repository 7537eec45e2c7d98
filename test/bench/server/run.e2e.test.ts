/** The benchmark of the server, with few streams: that all of it works. No time and no size is asserted. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCrowd } from '../../../bench/server/crowd.ts'
import { processUsage } from '../../../bench/server/process-usage.ts'
import { measureServers } from '../../../bench/server/run.ts'
import { BARE_NODE, PLAYGROUND } from '../../../bench/server/servers.ts'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

describe.skipIf(process.platform !== 'linux')('measureServers', () => {
  it('has a row for each server and number of streams, all of which have heard all', async () => {
    const progress: string[] = []
    const { tables } = await measureServers({
      rounds: 1,
      sizes: [10, 40],
      broadcasts: 2,
      onProgress: (text) => progress.push(text),
    })
    const [{ columns, rows }] = tables as [(typeof tables)[0]]
    expect(rows.map(([name, streams]) => [name, streams])).toEqual([
      [PLAYGROUND, '10'],
      [PLAYGROUND, '40'],
      [BARE_NODE, '10'],
      [BARE_NODE, '40'],
    ])
    for (const row of rows) {
      expect(row).toHaveLength(columns.length)
      expect(row.slice(2).every(Number.isFinite)).toBe(true)
    }
    expect(progress).toHaveLength(4)
  })

  it('leaves out what this machine does not allow', async () => {
    const { tables } = await measureServers({ rounds: 1, sizes: [1e9], broadcasts: 1 })
    expect(tables[0]!.rows).toEqual([])
  })
})

describe.skipIf(process.platform !== 'linux')('processUsage', () => {
  it('sees what a process holds and has used', () => {
    const before = processUsage(process.pid)
    const held = Buffer.alloc(64 * 1024 * 1024, 1)
    const after = processUsage(process.pid)
    expect(after.bytes - before.bytes).toBeGreaterThan(held.length * 0.8)
    expect(after.processorMs).toBeGreaterThanOrEqual(before.processorMs)
  })
})

describe('createCrowd', () => {
  async function serve(onStream: (response: ServerResponse, index: number) => void) {
    let count = 0
    const server = createServer((_request, response) => onStream(response, count++))
    await once(server.listen(0, '0.0.0.0'), 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const crowd = createCrowd({ port: (server.address() as AddressInfo).port, path: '/' })
    onTestFinished(crowd.close)
    return crowd
  }

  it('hears a text that is cut anywhere, and counts nobody twice', async () => {
    const responses: ServerResponse[] = []
    const crowd = await serve((response) => {
      response.writeHead(200).write(':welcome\n\n')
      responses.push(response)
    })
    await crowd.grow(3)
    const heard = crowd.hear('data: here it is')
    const write = (response: ServerResponse, text: string) =>
      new Promise<void>((resolve) => void response.socket!.write(text, () => resolve()))
    for (const response of responses.slice(1)) await write(response, 'data: here it is\n\n')
    for (const part of ['da', 'ta: he', 're it ', 'i']) await write(responses[0]!, part)
    let isOver = false
    void heard.then(() => (isOver = true))
    await write(responses[1]!, 'something else\n\n')
    expect(isOver).toBe(false)
    await write(responses[0]!, 's\n\n')
    const { firstMs, halfMs, allMs } = await heard
    expect(firstMs).toBeLessThanOrEqual(halfMs)
    expect(halfMs).toBeLessThanOrEqual(allMs)
  })

  it('fails when a stream is refused, or lost', async () => {
    const refused = await serve((response) => response.writeHead(503).end())
    await expect(refused.grow(1)).rejects.toThrow('503')
    const lost = await serve((response, index) => {
      response.writeHead(200).write(':welcome\n\n')
      if (index === 2) setImmediate(() => response.destroy())
    })
    const hearing = lost.grow(3).then(() => lost.hear('never'))
    await expect(hearing).rejects.toThrow(/closed|ECONNRESET/)
  })
})
