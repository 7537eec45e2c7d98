/**
 * One answer, cut as the request's body says: `{ "splitAt": 5 }` gives it in two pieces, `{ "endAt": 5 }` ends the
 * connection there. A GET with `starting_after` gives what comes after that sequence number. From a real server; and as a
 * `fetch` that makes the same of it, for those who ask tens of thousands of times.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Frame, TextShape } from './text-shapes.ts'

export interface Cut {
  /** The answer comes in two pieces, the first of so many bytes. */
  readonly splitAt?: number
  /** The connection ends after so many bytes. */
  readonly endAt?: number
  /** And those that go on with it after so many, as often as there is one left. */
  readonly thenAt?: readonly number[]
}

export interface TextSource {
  readonly url: string
  /** In place of the platform's. */
  readonly fetch?: typeof fetch
  close(): Promise<void>
}

interface CutBytes {
  readonly pieces: readonly Uint8Array[]
  /** The connection ends after them. */
  readonly isBroken: boolean
}

/** The second piece is a chunk of its own only when the first one has been read. */
const PIECE_GAP_MS = 2

export async function startTextServer(
  shape: TextShape,
  frames: readonly Frame[],
): Promise<TextSource> {
  const answer = createAnswers(frames)
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    response.writeHead(200, shape.headers)
    response.flushHeaders()
    send(response, answer(request.url!, String(request.headers['x-lane']), text))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The same without a server. */
export function createTextFetch(shape: TextShape, frames: readonly Frame[]): TextSource {
  const answer = createAnswers(frames)
  return {
    url: 'http://server.test',
    async fetch(url, init) {
      const lane = String(new Headers(init?.headers).get('X-Lane'))
      const { pieces, isBroken } = answer(String(url), lane, String(init?.body ?? ''))
      const left = [...pieces]
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const next = left.shift()
          if (next) controller.enqueue(next)
          else if (isBroken) controller.error(new TypeError('terminated'))
          else controller.close()
        },
      })
      return new Response(body, { headers: shape.headers })
    },
    close: () => Promise.resolve(),
  }
}

/** What is sent for a request: by its URL, who asks, and its body. */
function createAnswers(
  frames: readonly Frame[],
): (url: string, lane: string, body: string) => CutBytes {
  const whole = toBytes(frames)
  /** Where the answers that go on are cut, by who asks. */
  const later = new Map<string, number[]>()

  return (url, lane, body) => {
    const { pathname, searchParams } = new URL(url, 'http://server')
    if (body) {
      const cut = JSON.parse(body) as Cut
      later.set(lane, [...(cut.thenAt ?? [])])
      return toPieces(whole, cut)
    }
    const after = Number(searchParams.get('starting_after'))
    const isKnown = pathname === '/responses/resp_1' && searchParams.get('stream') === 'true'
    const endAt = later.get(lane)?.shift()
    const rest = toBytes(isKnown ? frames.slice(after + 1) : [])
    return toPieces(rest, endAt === undefined ? {} : { endAt })
  }
}

function toBytes(frames: readonly Frame[]): Uint8Array {
  return new TextEncoder().encode(frames.map(({ bytes }) => bytes).join(''))
}

function toPieces(bytes: Uint8Array, { splitAt, endAt }: Cut): CutBytes {
  const isBroken = endAt !== undefined && endAt < bytes.length
  const cuts = isBroken ? [0, endAt] : [0, splitAt ?? 0, bytes.length]
  const pieces = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
  return { pieces: pieces.filter(({ length }) => length > 0), isBroken }
}

function send(response: ServerResponse, { pieces, isBroken }: CutBytes): void {
  const [first, second] = pieces
  if (!first) return void (isBroken ? response.destroy() : response.end())
  // Once it is written, so that all of it arrives.
  if (isBroken) return void response.write(first, () => response.destroy())
  if (!second) return void response.end(first)
  response.write(first)
  setTimeout(() => response.end(second), PIECE_GAP_MS)
}
