// @vitest-environment node
/** Transports of one's own: whatever they tell, and whenever, the connection knows what it means. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import { fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'
import type { Transport, TransportAttempt } from '../../../src/client/transports/transport.ts'

const start = useTestStreams()
const ANSWER = { status: 200, headers: new Headers() }
const never = (): Promise<void> => new Promise(() => {})

async function startOwn(
  connect: Transport['connect'],
  options: TestStreamOptions = {},
): Promise<TestStream> {
  const stream = await start({ transport: { name: 'own', connect }, connectTimeout: 0, ...options })
  await stream.advance(0)
  return stream
}

/** A message with its id. */
function tell({ receive, onLastEventId, onMessage }: TransportAttempt, id: string): void {
  receive(() => {
    onLastEventId(id)
    onMessage({ type: 'message', data: id, lastEventId: id }, true)
  })
}

describe('a transport', () => {
  it('may open at once, and tell something', async () => {
    const stream = await startOwn((attempt) => {
      attempt.onOpen(ANSWER)
      tell(attempt, '1')
      return never()
    })
    expect(stream.log).toEqual(['connecting', 'open', 'onOpen', 'message message 1'])
    expect(stream.client).toMatchObject({ transport: 'own', lastEventId: '1' })
  })

  it('may fail at once, and is tried again after a wait', async () => {
    const cause = new Error('no')
    const stream = await startOwn(() => {
      throw cause
    })
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network', attempt: 1 })
    expect(stream.errors).toMatchObject([{ code: 'network', cause }])
  })

  it('that ends before it is open has failed', async () => {
    const stream = await startOwn(async () => {})
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network', attempt: 1 })
  })

  it('that ends when it is open is a stream that has ended', async () => {
    const ends = async (attempt: TransportAttempt): Promise<void> => attempt.onOpen(ANSWER)
    expect((await startOwn(ends)).client.status).toBe('reconnecting')
    const once = await startOwn(ends, { reconnect: false })
    expect(once.client).toMatchObject({ status: 'closed', reason: 'complete' })
  })

  it('is aborted and not heard any more when a handler closes the stream in its first message', async () => {
    let side: TransportAttempt
    const stream = await startOwn(
      (attempt) => {
        side = attempt
        attempt.onOpen(ANSWER)
        tell(attempt, '1')
        tell(attempt, '2')
        return never()
      },
      { onMessage: () => stream.client.close(), immediate: false },
    )
    stream.client.open()
    await stream.advance(0)
    expect(side!.signal.aborted).toBe(true)
    expect(stream.client).toMatchObject({ status: 'closed', received: 1 })
  })

  it('is made anew when it has too much and nothing keeps it from telling', async () => {
    let count = 0
    const stream = await startOwn((attempt) => {
      attempt.onOpen(ANSWER)
      if (count++ === 0) attempt.onOverflow()
      return never()
    })
    await stream.advance(1000)
    expect(count).toBe(2)
    expect(stream.client).toMatchObject({ status: 'open', error: null })
    expect(stream.errors).toEqual([])
  })
})

describe('a transport of a request that is not to be sent again', () => {
  /** A paused one, that has told two messages and more than may wait. */
  async function startFull() {
    let attempt!: TransportAttempt
    let lose!: (cause: Error) => void
    const stream = await startOwn(
      (given) => {
        attempt = given
        attempt.onOpen(ANSWER)
        return new Promise((_, reject) => (lose = reject))
      },
      { method: 'POST' },
    )
    stream.client.pause()
    tell(attempt, '1')
    tell(attempt, '2')
    stream.takeLog()
    attempt.onOverflow(1)
    return { stream, attempt, lose }
  }

  it('is not left when too much waits, and can tell when it is to go on', async () => {
    const { stream, attempt } = await startFull()
    await stream.advance(60_000)
    expect(attempt.signal.aborted).toBe(false)
    expect(attempt.waiting()).toBe(2 * 257)
    let isReady = false
    void attempt.whenReady()!.then(() => (isReady = true))
    await stream.advance(0)
    expect(isReady).toBe(false)
    stream.client.resume()
    await stream.advance(0)
    expect([isReady, attempt.waiting(), attempt.whenReady()]).toEqual([true, 0, undefined])
    expect(stream.log).toEqual(['message message 1', 'message message 2', 'open'])
  })

  it('may fail then, after all that waits', async () => {
    const { stream, lose } = await startFull()
    lose(new Error('Too much.'))
    await stream.advance(0)
    expect(stream.log).toEqual([])
    stream.client.resume()
    await stream.advance(0)
    expect(stream.log.filter((line) => !line.startsWith('open'))).toEqual([
      ...['message message 1', 'message message 2'],
      ...['failed network', 'error network', 'onClose network'],
    ])
  })
})

describe('a transport that asks again and again', () => {
  const POLLING = { transport: pollingTransport() }

  async function startPolling(options?: TestStreamOptions): Promise<TestStream> {
    const stream = await start({ ...POLLING, ...options })
    await answer(stream)
    expect(stream.client.status).toBe('open')
    return stream
  }

  async function answer(stream: TestStream): Promise<void> {
    await stream.request.respond({ contentType: 'application/json', isComplete: false })
    await stream.request.push('[]')
    await stream.request.end()
  }

  it.each(['online', 'wake'] as const)('asks at once after %s', async (event) => {
    const stream = await startPolling()
    await stream.page(event)
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
    await answer(stream)
    expect(stream.client.status).toBe('open')
    expect(stream.errors).toEqual([])
  })

  it('is not silent between two answers, whatever silenceTimeout says', async () => {
    const stream = await startPolling({ silenceTimeout: 1000 })
    stream.client.pause()
    stream.client.resume()
    await stream.advance(4999)
    expect(stream.client.status).toBe('open')
    expect(stream.requests).toHaveLength(1)
    await stream.advance(1)
    expect(stream.requests).toHaveLength(2)
  })

  it('asks for nothing while nobody reads, and is given up after 30 s', async () => {
    const full = Symbol('full')
    const stream = await startPolling()
    stream.client.pause(full)
    await stream.advance(29_999)
    expect(stream.requests).toHaveLength(1)
    expect(stream.client.status).toBe('open')
    await stream.advance(1)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    stream.client.resume(full)
    await stream.advance(0)
    expect(stream.requests).toHaveLength(2)
  })

  it('is a stream that silence is a sign of, unless it says otherwise', async () => {
    const stream = await start({
      transport: { ...fetchTransport, isContinuous: true },
      silenceTimeout: 1000,
    })
    await stream.open()
    await stream.advance(1000)
    expect(stream.client.reason).toBe('silence')
  })
})
