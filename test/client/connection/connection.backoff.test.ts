// @vitest-environment node
/** When a lost connection is tried again: the waits, what counts as progress, and what ends the row of attempts. */
import { describe, expect, it, vi } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const startStream = useTestStreams()

async function start(chance: number, options: TestStreamOptions = {}): Promise<TestStream> {
  const stream = await startStream({ immediate: false, ...options })
  stream.chance = chance
  stream.client.open()
  await stream.advance(0)
  return stream
}

/** How long the stream says it will wait. */
function wait({ client, environment }: TestStream): number {
  return client.retryAt! - environment.now()
}

/** Lets so many attempts in a row fail; gives the wait after each. */
async function failures(stream: TestStream, count: number): Promise<number[]> {
  const waits: number[] = []
  for (let index = 0; index < count; index++) {
    await stream.request.refuse()
    waits.push(wait(stream))
    await stream.advance(wait(stream))
  }
  return waits
}

/** Opens a stream and keeps it open until it is stable. */
async function startStable(chance: number, options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start(chance, options)
  await stream.open()
  await stream.advance(5000)
  return stream
}

describe('reconnect', () => {
  it.each([
    [0, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
    [0.5, [750, 1500, 3000, 6000, 12_000, 22_500, 22_500]],
    [0.999, [501, 1001, 2002, 4004, 8008, 15_015, 15_015]],
  ])(
    'doubles the wait up to 30 s, shortened by up to half: chance %d',
    async (chance, expected) => {
      const waits = await failures(await start(chance), expected.length)
      expect(waits).toEqual(expected)
    },
  )

  it('waits as long as the options say', async () => {
    const reconnect = { initialDelay: 10, factor: 3, maxDelay: 100, minDelay: 20, jitter: 0 }
    expect(await failures(await start(0.9, { reconnect }), 4)).toEqual([20, 30, 90, 100])
  })

  it('waits exactly that long with factor: 1 and jitter: 0', async () => {
    const reconnect = { initialDelay: 700, factor: 1, jitter: 0 }
    expect(await failures(await start(0.9, { reconnect }), 3)).toEqual([700, 700, 700])
  })

  it('holds minDelay after jitter', async () => {
    const reconnect = { initialDelay: 200, factor: 1, jitter: 1, minDelay: 150 }
    expect(await failures(await start(0.9, { reconnect }), 2)).toEqual([150, 150])
  })

  it('starts the attempt when the wait is over, and not before', async () => {
    const stream = await start(0.5)
    await stream.request.refuse()
    await stream.advance(749)
    expect(stream.requests).toHaveLength(1)
    await stream.advance(1)
    expect(stream.requests).toHaveLength(2)
  })

  it('never sends more than 25 requests in 2 s, whatever the server does', async () => {
    const stream = await start(0.999)
    const answer = vi.fn<AnyFunction>(async () => {
      await stream.open()
      await stream.request.push(`retry: 0\n\nid: ${stream.requests.length}\ndata: 1\n\n`)
      await stream.request.end()
    })
    for (let ms = 0; ms < 2000; ms += 5) {
      if (stream.request.isOpen) await answer()
      await stream.advance(5)
    }
    expect(answer.mock.calls.length).toBeGreaterThan(10)
    expect(stream.requests.length).toBeLessThanOrEqual(25)
  })

  describe('the first retry of a stable stream', () => {
    it.each([
      [0, 1000],
      [0.5, 500],
      [0.999, 100],
    ])('is spread over the whole delay: chance %d', async (chance, expected) => {
      const stream = await startStable(chance)
      await stream.request.end()
      expect(wait(stream)).toBe(expected)
    })

    it('is not spread when jitter is 0', async () => {
      const stream = await startStable(0.9, { reconnect: { jitter: 0 } })
      await stream.request.end()
      expect(wait(stream)).toBe(1000)
    })
  })

  describe("the server's retry:", () => {
    it.each([
      ['0', 0.5, 750],
      ['500', 0.5, 750],
      ['5000', 0, 5000],
      ['5000', 0.5, 6250],
      ['5000', 0.999, 7498],
      ['1000000000000000', 0, 3_600_000],
      ['9'.repeat(400), 0, 3_600_000],
      ['-5', 0.5, 750],
      ['soon', 0.5, 750],
    ])('is a floor: %s with chance %d', async (retry, chance, expected) => {
      const stream = await start(chance)
      await stream.open()
      await stream.request.push(`retry: ${retry}\n\n`)
      await stream.request.end()
      expect(wait(stream)).toBe(expected)
    })

    it('holds for all later attempts, and the last one counts', async () => {
      const stream = await start(0)
      await stream.open()
      await stream.request.push('retry: 9000\nretry: 3000\n\n')
      await stream.request.end()
      const waits = [wait(stream)]
      await stream.advance(waits[0]!)
      waits.push(...(await failures(stream, 3)))
      expect(waits).toEqual([3000, 3000, 4000, 8000])
    })
  })

  describe('attempt', () => {
    it('counts failed attempts, and goes to onError with each', async () => {
      const stream = await start(0.5)
      await failures(stream, 3)
      expect(stream.errors.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
      expect(stream.client.attempt).toBe(3)
    })

    it('is not reset by an open stream alone', async () => {
      const stream = await start(0.5)
      await failures(stream, 2)
      await stream.open()
      await stream.advance(4999)
      expect(stream.client.attempt).toBe(2)
      await stream.request.cut()
      expect(stream.client.attempt).toBe(3)
    })

    it('returns to 0 after stableAfter, with a word to onStatus', async () => {
      const stream = await start(0.5)
      await failures(stream, 2)
      await stream.open()
      stream.takeLog()
      await stream.advance(5000)
      expect(stream.client.attempt).toBe(0)
      expect(stream.log).toEqual(['open'])
    })

    it('returns to 0 after a stableAfter of ones own', async () => {
      const stream = await start(0.5, { reconnect: { stableAfter: 50 } })
      await failures(stream, 1)
      await stream.open()
      await stream.advance(49)
      expect(stream.client.attempt).toBe(1)
      await stream.advance(1)
      expect(stream.client.attempt).toBe(0)
    })

    it('returns to 0 with a new id', async () => {
      const stream = await start(0.5)
      await failures(stream, 2)
      await stream.open()
      await stream.request.push('id: 1\n\n')
      expect(stream.client.attempt).toBe(0)
    })

    it.each(['data: welcome\n\n', ': hello\n\n', 'id: 1\ndata: again\n\n'])(
      'stays with a greeting: %j',
      async (greeting) => {
        const stream = await start(0.5, { initialLastEventId: '1', decode: 'text' })
        await failures(stream, 2)
        await stream.open()
        await stream.request.push(greeting)
        expect(stream.client.attempt).toBe(2)
        await stream.request.end()
        expect(wait(stream)).toBe(3000)
      },
    )

    it('starts anew when the stream is lost after progress', async () => {
      const stream = await start(0)
      await failures(stream, 4)
      await stream.open()
      await stream.request.push('id: 1\n\n')
      await stream.request.cut()
      expect(stream.client.attempt).toBe(0)
      expect(wait(stream)).toBe(1000)
    })
  })

  describe('maxAttempts', () => {
    it('fails after so many failed attempts in a row, with the last error as cause', async () => {
      const stream = await start(0.5, { reconnect: { maxAttempts: 3 } })
      await failures(stream, 2)
      stream.takeLog()
      const cause = new TypeError('no network')
      await stream.request.refuse(cause)
      expect(stream.log).toEqual([
        ...['failed exhausted', 'error attempts-exhausted', 'onClose exhausted'],
      ])
      const { error } = stream.client
      expect(error).toMatchObject({ code: 'attempts-exhausted', fatal: true, attempt: 3 })
      expect(error!.cause).toMatchObject({ code: 'network', fatal: false, cause })
      expect(stream.requests).toHaveLength(3)
      expect(stream.live()).toEqual([])
    })

    it('keeps the status of the last answer', async () => {
      const stream = await start(0.5, { reconnect: { maxAttempts: 1 } })
      await stream.request.respond({ status: 503 })
      expect(stream.client.error).toMatchObject({ code: 'attempts-exhausted', status: 503 })
    })

    it('counts anew after progress', async () => {
      const stream = await start(0.5, { reconnect: { maxAttempts: 2 } })
      await failures(stream, 1)
      await stream.open()
      await stream.request.push('id: 1\n\n')
      await stream.request.cut()
      await stream.advance(1000)
      await failures(stream, 1)
      expect(stream.client.status).toBe('reconnecting')
      await stream.request.refuse()
      expect(stream.client.status).toBe('failed')
    })
  })
})
