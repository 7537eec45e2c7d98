/** Streams whose handler takes its time, on a fake platform. */
import { EventStreamError } from '../../../src/protocol/errors.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'
import type { Transport, TransportAttempt } from '../../../src/client/transports/transport.ts'

const PAGE = 'https://page.test/events'
/** Three handlers of this time fill a slice of 12 ms. */
const WORK = 5

export const messages = (from: number, to: number): string => {
  let text = ''
  for (let id = from; id <= to; id++) text += `id: ${id}\ndata: ${id}\n\n`
  return text
}
/** The messages that were delivered, in order. */
export const heard = ({ log }: TestStream): number[] =>
  log.filter((line) => line.startsWith('message')).map((line) => Number(line.split(' ')[2]))
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** Gives what starts an open stream whose handler takes its time. */
export function createSlowStreams(
  start: (options: TestStreamOptions) => Promise<TestStream>,
): (options?: TestStreamOptions) => Promise<TestStream> {
  return async (options = {}) => {
    const stream = await start({
      url: PAGE,
      ...options,
      onMessage(message) {
        stream.work(WORK)
        return options.onMessage?.(message)
      },
    })
    if (!options.transport) await stream.open()
    stream.takeLog()
    return stream
  }
}

/** The page gets its turn until nothing waits for one. */
export async function turns(stream: TestStream): Promise<number> {
  let count = 0
  while (stream.live().includes('turn')) {
    count++
    await stream.turn()
  }
  return count
}

/** One that has more to tell than it waits for: what has come, and that it is over. */
export function createHasty(): { transport: Transport; side(): TransportAttempt; lose(): void } {
  let side: TransportAttempt
  let reject: (error: Error) => void
  return {
    transport: {
      name: 'hasty',
      async connect(attempt) {
        await attempt.createRequest()
        side = attempt
        attempt.onOpen({ status: 200, headers: new Headers() })
        await new Promise<void>((_, fail) => (reject = fail))
      },
    },
    side: () => side,
    lose: () => reject(new EventStreamError('network', 'Gone.')),
  }
}

/** Receives messages at once, whether they are wanted or not. */
export function receive(side: TransportAttempt, from: number, to: number): void {
  side.receive(() => {
    for (const id of range(from, to)) {
      side.onLastEventId(`${id}`)
      side.onMessage({ type: 'message', data: `${id}`, lastEventId: `${id}` }, true)
    }
  })
}
