/**
 * A real server that writes as fast as it is read, and says whether it may: for tests that a client pushes back.
 *
 * `/flood`: the events 1, 2, 3 … with the data `{"index":n}`, after `Last-Event-ID` (or `lastEventId` in the query),
 * until `until=` (without end), each with `size=` more characters; `ids=no` leaves the ids out. At the end it stays open.
 * `/floods`: what there is to know of them as JSON, for those in another process.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { settle } from './settle.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One answer. */
export interface Flood {
  /** What the client sent, `''` for nothing. */
  readonly lastEventId: string
  /** The last event that was written. */
  written: number
  bytes: number
  /** `write()` has returned false, and there was no `drain` since. */
  isBlocked: boolean
  /** The client has not left it, and the server never does. */
  isOpen: boolean
}

export interface FloodServer {
  readonly url: string
  /** Every answer so far, in order. */
  readonly floods: Flood[]
  /** The last one. */
  readonly flood: Flood
  close(): Promise<void>
}

/** What is written at once. */
const BATCH_CHARS = 64 * 1024

/** @param respond Answers what is none of the server's own paths. */
export async function startFloodServer(
  respond: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    void response.writeHead(404).end(),
): Promise<FloodServer> {
  const floods: Flood[] = []

  function startFlood({ headers }: IncomingMessage, query: URLSearchParams): Flood {
    const lastEventId = String(headers['last-event-id'] ?? query.get('lastEventId') ?? '')
    const written = Number(lastEventId)
    const flood = { lastEventId, written, bytes: 0, isBlocked: false, isOpen: true }
    floods.push(flood)
    return flood
  }

  function writeFlood(flood: Flood, query: URLSearchParams, response: ServerResponse): void {
    const until = Number(query.get('until') ?? Infinity)
    const text = 'x'.repeat(Number(query.get('size') ?? 0))
    const hasIds = query.get('ids') !== 'no'

    function nextBatch(): string {
      const events: string[] = []
      for (let chars = 0; chars < BATCH_CHARS && flood.written < until;) {
        const index = ++flood.written
        const data = text ? `{"index":${index},"text":"${text}"}` : `{"index":${index}}`
        chars +=
          events[events.push(`${hasIds ? `id: ${index}\n` : ''}data: ${data}\n\n`) - 1]!.length
      }
      return events.join('')
    }

    function write(): void {
      flood.isBlocked = false
      while (flood.isOpen && flood.written < until && !flood.isBlocked) {
        const batch = nextBatch()
        flood.bytes += batch.length
        flood.isBlocked = !response.write(batch)
      }
    }

    response.on('drain', write).on('close', () => (flood.isOpen = false))
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    write()
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://server')
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*')
    response.setHeader('Access-Control-Allow-Headers', 'last-event-id')
    if (request.method === 'OPTIONS') response.writeHead(204).end()
    else if (pathname === '/flood')
      writeFlood(startFlood(request, searchParams), searchParams, response)
    else if (pathname === '/floods') response.end(JSON.stringify(floods))
    else respond(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    floods,
    get flood() {
      return floods.at(-1)!
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** So many turns of the event loop without a byte: a client that reads takes some in each. */
const STILL_TURNS = 100

/** Resolves when the server may not write, and has not for so many turns of the event loop. */
export async function untilBlocked(flood: Flood, timeout = 10_000): Promise<void> {
  const end = performance.now() + timeout
  let bytes = -1
  for (let turns = 0; turns < STILL_TURNS; turns++) {
    if (performance.now() > end) throw new Error(`The server still writes: ${flood.bytes} bytes`)
    await settle()
    if (!flood.isBlocked || flood.bytes !== bytes) turns = 0
    bytes = flood.bytes
  }
}
