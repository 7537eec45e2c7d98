/** Streams that nobody reads, for the tests of what comes of them. */
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

/** So long a connection is kept that nobody reads. */
export const MAX_HOLD = 30_000
/** Of the page's own origin. */
export const PAGE = 'https://page.test/events'

export interface ParkedStreams {
  start(options?: TestStreamOptions): Promise<TestStream>
  /** An open one at `PAGE`; what it said is forgotten. */
  startOpen(options?: TestStreamOptions): Promise<TestStream>
  /** One that has been given up: the user pauses it, or does not take messages for this reason. */
  startParked(reason?: symbol, options?: TestStreamOptions): Promise<TestStream>
}

export function useParkedStreams(): ParkedStreams {
  const start = useTestStreams()

  async function startOpen(options: TestStreamOptions = {}): Promise<TestStream> {
    const stream = await start({ url: PAGE, ...options })
    await stream.open()
    stream.takeLog()
    return stream
  }

  return {
    start,
    startOpen,
    async startParked(reason, options) {
      const stream = await startOpen(options)
      stream.client.pause(reason)
      await stream.advance(MAX_HOLD)
      stream.takeLog()
      return stream
    },
  }
}

export const messages = (...ids: number[]): string =>
  ids.map((id) => `id: ${id}\ndata: ${id}\n\n`).join('')
