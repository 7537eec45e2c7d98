/**
 * A real server with one answer, cut as the request's body says: `{ "splitAt": 5 }` gives it in two chunks, `{ "endAt": 5 }`
 * ends the connection there. A GET with `starting_after` gives what comes after that sequence number.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Frame, TextShape } from './text-shapes.ts'

export interface Cut {
  /** The answer comes in two chunks, the first of so many bytes. */
  readonly splitAt?: number
  /** The connection ends after so many bytes. */
  readonly endAt?: number
  /** And those that go on with it after so many, as often as there is one left. */
  readonly thenAt?: readonly number[]
  /** It ends as an answer does that is whole. */
  readonly isClean?: boolean
}

export interface TextServer {
  readonly url: string
  /** The requests so far. */
  readonly count: { POST: number; GET: number }
  /** Sends the second chunk to who has the first: otherwise both may be read as one. */
  goOn(lane: string): void
  close(): Promise<void>
}

export async function startTextServer(
  shape: TextShape,
  frames: readonly Frame[],
): Promise<TextServer> {
  const answer = createAnswers(frames)
  const held = new Map<string, () => void>()
  const count = { POST: 0, GET: 0 }

  const server = createServer(async (request, response) => {
    const lane = String(request.headers['x-lane'])
    count[request.method as 'POST' | 'GET']++
    let text = ''
    for await (const chunk of request) text += String(chunk)
    response.writeHead(200, shape.headers)
    response.flushHeaders()
    send(response, lane, answer(request.url!, lane, text))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  function send(response: ServerResponse, lane: string, { chunks, isBroken }: Answer): void {
    const [first, second] = chunks
    if (!first) return void (isBroken ? response.destroy() : response.end())
    // Once it is written, so that all of it arrives.
    if (isBroken) return void response.write(first, () => response.destroy())
    if (!second) return void response.end(first)
    response.write(first)
    held.set(lane, () => response.end(second))
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count,
    goOn(lane) {
      held.get(lane)?.()
      held.delete(lane)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Answer {
  readonly chunks: readonly Uint8Array[]
  /** The connection ends after them. */
  readonly isBroken: boolean
}

/** What is sent for a request: by its URL, who asks, and its body. */
function createAnswers(
  frames: readonly Frame[],
): (url: string, lane: string, body: string) => Answer {
  const whole = toBytes(frames)
  /** Where the answers that go on are cut, by who asks. */
  const later = new Map<string, number[]>()

  return (url, lane, body) => {
    const { pathname, searchParams } = new URL(url, 'http://server')
    if (body) {
      const cut = JSON.parse(body) as Cut
      later.set(lane, [...(cut.thenAt ?? [])])
      return toChunks(whole, cut)
    }
    const after = Number(searchParams.get('starting_after'))
    const isKnown = pathname === '/responses/resp_1' && searchParams.get('stream') === 'true'
    const endAt = later.get(lane)?.shift()
    const rest = toBytes(isKnown ? frames.slice(after + 1) : [])
    return toChunks(rest, endAt === undefined ? {} : { endAt })
  }
}

function toBytes(frames: readonly Frame[]): Uint8Array {
  return new TextEncoder().encode(frames.map(({ bytes }) => bytes).join(''))
}

function toChunks(bytes: Uint8Array, { splitAt, endAt, isClean }: Cut): Answer {
  const isCut = endAt !== undefined && endAt < bytes.length
  const cuts = isCut ? [0, endAt] : [0, splitAt ?? 0, bytes.length]
  const chunks = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
  return { chunks: chunks.filter(({ length }) => length > 0), isBroken: isCut && !isClean }
}
