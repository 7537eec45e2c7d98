/**
 * Servers that send too much, met in a browser, which inflates in a process of its own: the memory of the page stays
 * bounded, the error says what happened, and the stream goes on.
 */
import { ownHost } from '../support/own-host.ts'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { cdp } from 'vitest/browser'
import { startRun, until } from '../support/client-run.ts'
import { requestsOf, tagged } from '../support/tagged-log.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { ClientRun } from '../support/client-run.ts'
import type { TaggedRequest } from '../support/tagged-log.ts'

const MIB = 1024 * 1024
const TIMEOUT_MS = 30_000
/** Of the heap and the buffers it holds, garbage included: a quarter of what these servers send. */
const MOST_USED = 384 * MIB

vi.setConfig({ testTimeout: TIMEOUT_MS })

interface Run extends ClientRun {
  requests(): Promise<TaggedRequest[]>
}

const runs: Run[] = []

function connect(path: string, options: EventStreamClientOptions = {}): Run {
  const tag = crypto.randomUUID()
  const url = ownHost(inject('sseUrl'))
  const run = startRun(tagged(url + path, tag), options)
  runs.push({ ...run, requests: () => requestsOf(url, tag) })
  return runs.at(-1)!
}

const devtools = cdp() as unknown as {
  send(method: string): Promise<{ usedSize: number; backingStorageSize: number }>
}

async function usedMemory(): Promise<number> {
  const { usedSize, backingStorageSize } = await devtools.send('Runtime.getHeapUsage')
  return usedSize + backingStorageSize
}

async function usedWithoutGarbage(): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage')
  return usedMemory()
}

/** The most that there was since the test began, as soon as it is over. */
let mostUsed: Promise<number>
let isOver: boolean

async function watchMemory(): Promise<number> {
  let most = 0
  while (!isOver) most = Math.max(most, await usedMemory())
  return most
}

beforeEach(async () => {
  await usedWithoutGarbage()
  isOver = false
  mostUsed = watchMemory()
})
afterEach(async () => {
  for (const { client } of runs.splice(0)) client.close()
  isOver = true
  // oxlint-disable-next-line vitest/no-standalone-expect -- of every test
  expect(await mostUsed).toBeLessThan(MOST_USED)
})

describe('maxMessageSize', () => {
  it('lets a message of a million lines through, whole', async () => {
    const run = connect('/lines?count=1000000', { decode: 'text' })
    await until(() => run.messages.length > 0, TIMEOUT_MS)
    const lines = String(run.messages[0]!.data).split('\n')
    expect(lines).toHaveLength(1_000_000)
    expect(lines.findIndex((line, index) => line !== `${index}`)).toBe(-1)
    expect([run.errors, run.client.lastEventId]).toEqual([[], '1'])
  })

  it.each([
    ['a line without an end', 'of=line'],
    ['a message of lines without an end', 'of=lines'],
    ['a line without an end in gzip', 'of=line&gzip=1'],
    ['a gibibyte of one line in 12 kB of gzip', 'of=line&gzip=2'],
    ['a gibibyte of lines in 12 kB of gzip', 'of=lines&gzip=2'],
  ])('ends %s, and goes on where it was', async (_, query) => {
    const run = connect(`/too-much?${query}`)
    await until(() => run.messages.length === 2, TIMEOUT_MS)
    expect(run.data()).toEqual([{ index: 1 }, { index: 2 }])
    const requests = await run.requests()
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1'])
    expect(run.errors).toMatchObject([
      {
        ...{ code: 'message-too-large', fatal: false },
        message: expect.stringContaining('maxMessageSize (16777216)'),
      },
    ])
    expect(run.statuses).toEqual(['connecting', 'open', 'reconnecting network', 'open'])
  })

  it('fails the stream with reconnect: false', async () => {
    const run = connect('/too-much?of=lines&gzip=2&times=9', { reconnect: false })
    await until(() => run.client.status === 'failed', TIMEOUT_MS)
    expect(run.errors).toMatchObject([{ code: 'message-too-large', fatal: true }])
    expect(await run.requests()).toHaveLength(1)
  })
})

it.each([0, 1, 2])('messages without an end wait while paused (gzip %d)', async (gzip) => {
  let count = 0
  const run = connect(`/too-much?of=messages&gzip=${gzip}`, {
    onMessage: () => ++count === 1000 && run.client.pause(),
  })
  await until(() => run.client.status === 'paused')
  const before = await usedWithoutGarbage()
  const start = performance.now()
  await until(() => performance.now() - start > 500) // enough for more than a hundred MiB
  expect((await usedWithoutGarbage()) - before).toBeLessThan(8 * MIB)
  expect(count).toBe(1000)
})

it.each([0, 1, 2])('the body of an error is read up to 4 KiB (gzip %d)', async (gzip) => {
  const run = connect(`/too-much?of=line&code=500&gzip=${gzip}`)
  await until(() => run.messages.length > 0, TIMEOUT_MS)
  expect(run.errors).toMatchObject([{ code: 'http-status', status: 500, fatal: false }])
  expect(run.errors[0]!.body).toBe(`id: large\ndata: ${'x'.repeat(4096)}`.slice(0, 4096))
})
