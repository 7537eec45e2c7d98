/**
 * Servers that send too much: a message of a million lines, lines and bodies without an end, and a gibibyte in a few
 * kilobytes of gzip. The memory stays bounded, the error says what happened, and the stream goes on or ends.
 */
import { describe, expect, it, vi } from 'vitest'
import { until } from '../support/client-run.ts'
import { usedMemory, useMemoryBound } from '../support/memory-bound.ts'
import { useServerRuns } from '../support/server-runs.ts'
import type { Run } from '../support/server-runs.ts'

const MIB = 1024 * 1024
const TIMEOUT_MS = 30_000
/**
 * Of this process, in which the server is, too. At `maxMessageSize` of 16 Mi characters a line waits as 48 MiB of bytes
 * in a buffer that doubles; what it has grown out of is garbage for a while.
 */
const MOST_USED = 256 * MIB
const MOST_RESIDENT = 512 * MIB
/** A line over the default limit, lines over it, and both from a few kilobytes of gzip. */
const TOO_LARGE = [
  ['a line without an end', 'of=line'],
  ['a message of lines without an end', 'of=lines'],
  ['a comment without an end', 'of=comment'],
  ['an id without an end', 'of=id'],
  ['a line without an end in gzip', 'of=line&gzip=1'],
  ['a gibibyte of one line in 12 kB of gzip', 'of=line&gzip=2'],
  ['a gibibyte of lines in 12 kB of gzip', 'of=lines&gzip=2'],
]

vi.setConfig({ testTimeout: TIMEOUT_MS })
const { connect } = useServerRuns()
useMemoryBound(MOST_USED, MOST_RESIDENT)

const indexes = ({ messages }: Run): unknown[] =>
  messages.map(({ data }) => (data as { index: number }).index)

describe('maxMessageSize', () => {
  it('lets a message of a million lines through, whole', async () => {
    const run = connect('/lines?count=1000000', { decode: 'text' })
    await until(() => run.messages.length > 0, TIMEOUT_MS)
    const lines = String(run.messages[0]!.data).split('\n')
    expect(lines).toHaveLength(1_000_000)
    expect(lines.findIndex((line, index) => line !== `${index}`)).toBe(-1)
    expect([run.errors, run.client.lastEventId]).toEqual([[], '1'])
  })

  it.each(TOO_LARGE)('ends %s, and goes on where it was', async (_, query) => {
    const run = connect(`/too-much?${query}`)
    await until(() => run.messages.length === 2, TIMEOUT_MS)
    expect(indexes(run)).toEqual([1, 2])
    expect(run.requests().map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1'])
    expect(run.errors).toMatchObject([
      {
        ...{ code: 'message-too-large', fatal: false, attempt: 0 },
        message: expect.stringContaining('maxMessageSize (16777216)'),
      },
    ])
    expect(run.statuses).toEqual(['connecting', 'open', 'reconnecting network', 'open'])
    expect(run.gaps).toEqual([])
  })

  it('is what the app says', async () => {
    const run = connect('/too-much?of=lines', { maxMessageSize: 1000 })
    await until(() => run.messages.length === 2)
    expect(run.errors).toMatchObject([
      { message: expect.stringContaining('maxMessageSize (1000)') },
    ])
  })

  it.each([
    ['reconnect: false', { reconnect: false }],
    ['a POST', { method: 'POST', reconnect: undefined }],
  ])('fails the stream with %s', async (_, options) => {
    const run = connect('/too-much?of=lines&times=9', { maxMessageSize: 100_000, ...options })
    await until(() => run.client.status === 'failed')
    expect(run.statuses.at(-1)).toBe('failed network')
    expect(run.errors).toMatchObject([{ code: 'message-too-large', fatal: true }])
    expect(run.client.error).toBe(run.errors[0])
    expect([indexes(run), run.requests().length]).toEqual([[1], 1])
  })

  it('backs off from a server that sends the same again and again', async () => {
    const reconnect = { initialDelay: 20, factor: 2, jitter: 0, minDelay: 1, maxAttempts: 5 }
    const run = connect('/too-much?of=line&times=9', { maxMessageSize: 100_000, reconnect })
    await until(() => run.client.status === 'failed')
    const times = run.requests().map(({ at }) => at)
    const waits = times.slice(1).map((at, index) => Math.ceil(at - times[index]!))
    expect(waits).toHaveLength(5)
    // The first message was progress, so the first attempt that fails is the second one.
    for (const [index, least] of [20, 20, 40, 80, 160].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(least)
    }
    expect(run.errors.map(({ code }) => code)).toEqual([
      ...Array<string>(5).fill('message-too-large'),
      'attempts-exhausted',
    ])
    expect(indexes(run)).toEqual([1])
  })
})

describe('messages without an end', () => {
  it.each([0, 1, 2])('are read as slowly as a loop takes them (gzip %d)', async (gzip) => {
    const { client } = connect(`/too-much?of=messages&gzip=${gzip}`)
    let count = 0
    for await (const { data } of client) {
      expect(data).toEqual(count === 0 ? { index: 1 } : { text: 'small' })
      if (++count % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      if (count === 20_000) break
    }
    client.close()
  })

  it.each([0, 1, 2])('are not inflated while the stream is paused (gzip %d)', async (gzip) => {
    const run = connect(`/too-much?of=messages&gzip=${gzip}`, {
      onMessage: ({ key }) => key > 1000 && run.client.pause(),
    })
    await until(() => run.client.status === 'paused')
    const before = usedMemory()
    const count = run.messages.length
    const start = performance.now()
    await until(() => performance.now() - start > 500) // enough for more than a hundred MiB
    expect(usedMemory() - before).toBeLessThan(8 * MIB)
    expect(run.messages.length).toBe(count)
  })
})

describe('the body of an error', () => {
  it.each([
    ['without an end', 0],
    ['without an end in gzip', 1],
    ['of a gibibyte in 12 kB of gzip', 2],
  ])('%s is read up to 4 KiB', async (_, gzip) => {
    const run = connect(`/too-much?of=line&code=500&gzip=${gzip}`)
    await until(() => run.messages.length > 0, TIMEOUT_MS)
    const [error] = run.errors
    expect(error).toMatchObject({ code: 'http-status', status: 500, fatal: false })
    expect(error!.body).toBe(`id: large\ndata: ${'x'.repeat(4096)}`.slice(0, 4096))
    expect(run.errors).toHaveLength(1)
  })

  it('does not become a problem when it is cut off', async () => {
    const run = connect('/too-much?of=line&code=404&gzip=2&type=application/problem%2Bjson')
    await until(() => run.client.status === 'failed')
    expect(run.errors).toMatchObject([{ code: 'http-status', status: 404, fatal: true }])
    expect(run.errors[0]!.problem).toBe(undefined)
    expect(run.errors[0]!.body).toHaveLength(4096)
  })
})
