/** Streams that have a fallback, on a fake platform. */
import { expect } from 'vitest'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import { fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import type { FallbackOptions } from '../../../src/client/options.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'
import type { Transport } from '../../../src/client/transports/transport.ts'

// Loaded on demand: here it is there from the start.
await import('../../../src/client/connection/transport-choice.ts')

const PAGE = 'https://page.test/events'
export const MUTE_AFTER = 15_000
export const RETRY_AFTER = 300_000
/** One more try of the first transport may take so long; and so soon it comes after a server that was not there. */
export const TRIAL = 5000
/** Streams, too, so that a test sees no difference but the name. */
const OTHER: Transport = { ...fetchTransport, name: 'other' }

const unsupported = (): EventStreamError =>
  new EventStreamError('unsupported', 'Not here.', { fatal: true })

/** Cannot be used where the page is. */
export const MISSING: Transport = { name: 'missing', connect: () => Promise.reject(unsupported()) }

export interface FallbackStreamOptions extends TestStreamOptions {
  other?: Partial<FallbackOptions>
}

/** Time passes until the next attempt is made. */
export async function next(stream: TestStream): Promise<void> {
  await stream.advance(Math.max(0, (stream.client.retryAt ?? 0) - stream.environment.now()))
}

/** So many attempts fail, one after the other. */
export async function refuse(stream: TestStream, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await stream.request.refuse()
    await next(stream)
  }
}

type Start = (options?: FallbackStreamOptions) => Promise<TestStream>

export interface FallbackStreams {
  startWith: Start
  /** Gives a stream whose fallback is connecting. */
  startOnFallback: Start
  startOpenOnFallback: Start
}

export function createFallbackStreams(
  start: (options: TestStreamOptions) => Promise<TestStream>,
): FallbackStreams {
  const startWith: Start = ({ other, ...options } = {}) => {
    const reconnect = { jitter: 0 }
    return start({ url: PAGE, reconnect, fallback: { transport: OTHER, ...other }, ...options })
  }
  const startOnFallback: Start = async (options) => {
    const stream = await startWith(options)
    // No head comes: the way to the server is bad.
    await stream.advance(15_000)
    expect(stream.client).toMatchObject({ transport: 'other', status: 'reconnecting' })
    return stream
  }
  const startOpenOnFallback: Start = async (options) => {
    const stream = await startOnFallback(options)
    await stream.open()
    stream.takeLog()
    expect(stream.client).toMatchObject({ transport: 'other', status: 'open' })
    return stream
  }
  return { startWith, startOnFallback, startOpenOnFallback }
}
