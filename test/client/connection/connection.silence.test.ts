// @vitest-environment node
/** A connection that falls silent is taken for dead, and opened anew. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()

async function startOpen(options?: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await stream.open()
  return stream
}

describe('silenceTimeout', () => {
  describe('a number', () => {
    it('loses a connection without a byte for so long', async () => {
      const stream = await startOpen({ silenceTimeout: 1000 })
      await stream.advance(999)
      expect(stream.client.status).toBe('open')
      await stream.advance(1)
      expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'silence' })
      expect(stream.errors[0]).toMatchObject({ code: 'silence', fatal: false })
      expect(stream.request.isOpen).toBe(false)
    })

    it.each([': hello\n', 'data: 1\n\n', 'd', '\n'])(
      'counts from the last byte: %j',
      async (text) => {
        const stream = await startOpen({ silenceTimeout: 1000 })
        for (let index = 0; index < 5; index++) {
          await stream.advance(900)
          await stream.request.push(text)
        }
        expect(stream.client.status).toBe('open')
        await stream.advance(999)
        expect(stream.client.status).toBe('open')
        await stream.advance(1)
        expect(stream.client.status).toBe('reconnecting')
      },
    )

    it('keeps one timer for any number of chunks', async () => {
      const stream = await startOpen({ silenceTimeout: 1000 })
      const before = stream.delays().length
      for (let index = 0; index < 20; index++) await stream.request.push(': hello\n')
      expect(stream.delays()).toHaveLength(before)
    })

    it('opens a stream that was well anew at once, and then waits', async () => {
      const stream = await startOpen({ silenceTimeout: 10_000 })
      await stream.advance(10_000)
      expect(stream.requests).toHaveLength(2)
      expect(stream.client).toMatchObject({
        status: 'reconnecting',
        reason: 'silence',
        retryAt: null,
      })
      expect(stream.takeLog().slice(-2)).toEqual(['reconnecting silence', 'error silence'])
      await stream.request.refuse()
      expect(stream.client.retryAt).toBe(stream.environment.now() + 750)
    })

    it('waits before it opens a stream anew that showed no progress', async () => {
      const stream = await startOpen({ silenceTimeout: 1000 })
      await stream.advance(1000)
      expect(stream.requests).toHaveLength(1)
      expect(stream.client).toMatchObject({ attempt: 1, retryAt: stream.environment.now() + 750 })
    })

    it('does not count while the head is not there', async () => {
      const stream = await start({ silenceTimeout: 1000 })
      await stream.advance(10_000)
      expect(stream.client.status).toBe('connecting')
    })
  })

  it('is off at 0, whatever the server sends', async () => {
    const stream = await startOpen({ silenceTimeout: 0 })
    await stream.request.push(': hello\n', 'event: ping\ndata:\n\n')
    await stream.advance(86_400_000)
    expect(stream.client.status).toBe('open')
  })

  describe('auto', () => {
    it('leaves a server alone that sends no heartbeats', async () => {
      const stream = await startOpen()
      await stream.request.push('data: 1\n\n')
      await stream.advance(86_400_000)
      expect(stream.client.status).toBe('open')
    })

    it.each([': hello\n', 'event: heartbeat\ndata:\n\n', 'event: ping\ndata: {}\n\n'])(
      'allows at least 45 s once the server has shown a heartbeat: %j',
      async (heartbeat) => {
        const stream = await startOpen()
        await stream.advance(1000)
        await stream.request.push(heartbeat)
        await stream.advance(44_999)
        expect(stream.client.status).toBe('open')
        await stream.advance(1)
        expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'silence' })
      },
    )

    it('allows three times the longest gap', async () => {
      const stream = await startOpen()
      await stream.advance(20_000)
      await stream.request.push(': hello\n')
      await stream.advance(5000)
      await stream.request.push(': hello\n')
      await stream.advance(59_999)
      expect(stream.client.status).toBe('open')
      await stream.advance(1)
      expect(stream.client.reason).toBe('silence')
    })

    it('remembers what it learned for the next connection', async () => {
      const stream = await startOpen()
      await stream.request.push(': hello\n')
      await stream.request.end()
      await stream.advance(1000)
      await stream.open()
      await stream.advance(45_000)
      expect(stream.client.reason).toBe('silence')
    })
  })

  describe('a pause', () => {
    it('is no silence, and the time counts anew after it', async () => {
      const stream = await startOpen({ silenceTimeout: 1000 })
      await stream.advance(900)
      stream.client.pause()
      await stream.advance(29_000)
      expect(stream.client.status).toBe('paused')
      stream.client.resume()
      await stream.advance(999)
      expect(stream.client.status).toBe('open')
      await stream.advance(1)
      expect(stream.client.reason).toBe('silence')
    })

    it('is no silence when the stream opens during it', async () => {
      const stream = await start({ silenceTimeout: 1000 })
      stream.client.pause()
      await stream.open()
      await stream.advance(29_000)
      expect(stream.client.status).toBe('paused')
      stream.client.resume()
      await stream.advance(1000)
      expect(stream.client.reason).toBe('silence')
    })

    it('is no gap between heartbeats', async () => {
      const stream = await startOpen()
      await stream.advance(10_000)
      stream.client.pause()
      await stream.request.push('event: ping\ndata:\n\n')
      await stream.advance(29_000)
      stream.client.resume()
      await stream.advance(45_000)
      expect(stream.client.reason).toBe('silence')
    })

    it('is no silence at any length where the connection is kept', async () => {
      const stream = await startOpen({ method: 'POST', silenceTimeout: 1000 })
      stream.client.pause()
      await stream.advance(600_000)
      expect(stream.client.status).toBe('paused')
      stream.client.resume()
      await stream.advance(999)
      expect(stream.client.status).toBe('open')
      await stream.advance(1)
      expect(stream.client).toMatchObject({ status: 'failed', reason: 'silence' })
    })

    it.each([
      ['backpressure', Symbol('full')],
      ['a pause', undefined],
    ])('is no silence that doubt would see, either: %s', async (_, reason) => {
      const stream = await startOpen({ silenceTimeout: 1000 })
      await stream.page('wake')
      stream.client.pause(reason)
      await stream.advance(2000)
      expect(stream.requests).toHaveLength(1)
      stream.client.resume(reason)
      await stream.advance(1000)
      expect(stream.client.reason).toBe('silence')
    })

    it('that was none does not count as life', async () => {
      const stream = await startOpen({ silenceTimeout: 1000 })
      for (let index = 0; index < 4; index++) {
        stream.client.resume()
        await stream.advance(250)
      }
      expect(stream.client.reason).toBe('silence')
    })
  })
})
