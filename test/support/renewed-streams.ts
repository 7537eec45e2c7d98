/** Streams that are handed over to their next connection when the server says `draining`, or before a time. */
import { beforeAll } from 'vitest'
import { useTestStreams } from './test-streams.ts'
import type { RenewOptions } from '../../src/client/transports/renew-options.ts'
import type { ControlledRequest } from './controlled-server.ts'
import type { TestStream, TestStreamOptions } from './test-streams.ts'

export interface RenewedStream extends TestStream {
  /** The numbers that were delivered. */
  numbers(): unknown[]
  /** The server announces that it ends this connection. */
  drain(request?: ControlledRequest, id?: string): Promise<void>
  /** The ids that the requests so far were sent after. */
  asked(): (string | null)[]
}

/** Messages whose ids are their data. */
export function numbered(from: number, to = from): string {
  let text = ''
  for (let id = from; id <= to; id++) text += `id: ${id}\ndata: ${id}\n\n`
  return text
}

/** Gives what starts such a stream, with a first connection that is open. */
export function useRenewedStreams(): (
  options?: TestStreamOptions & { renew?: RenewOptions },
) => Promise<RenewedStream> {
  const start = useTestStreams()

  // What is loaded on demand is there.
  beforeAll(async () => {
    await import('../../src/client/transports/renewal.ts')
    await import('../../src/client/position/resume-request.ts')
  })

  return async function open(options = {}) {
    const stream = await start({ renew: { on: 'draining' }, ...options })
    await stream.advance(0)
    await stream.open()
    stream.takeLog()
    return Object.assign(stream, {
      numbers: () => stream.data.filter((data) => typeof data === 'number'),
      drain: async (request = stream.request, id?: string) => {
        await request.push(
          `${id === undefined ? '' : `id: ${id}\n`}event: draining\ndata: "now"\n\n`,
        )
        await stream.advance(0)
      },
      asked: () => stream.requests.map(({ headers }) => headers.get('Last-Event-ID')),
    })
  }
}
