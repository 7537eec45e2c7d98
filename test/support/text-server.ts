/**
 * A real server that gives one answer, cut as the request's body says: `{ "splitAt": 5 }` writes it in two pieces,
 * `{ "endAt": 5 }` ends the connection there. A GET with `starting_after` gives what comes after that sequence number.
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

export interface TextServer {
  readonly url: string
  /** The methods and paths of all requests so far. */
  readonly requests: string[]
  close(): Promise<void>
}

export async function startTextServer(
  { headers }: TextShape,
  frames: readonly Frame[],
): Promise<TextServer> {
  const requests: string[] = []
  const whole = toBytes(frames)
  /** Where the answers that go on are cut, by the lane that asks. */
  const later = new Map<string, number[]>()

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://server')
    requests.push(`${request.method} ${request.url}`)
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const lane = request.headers['x-lane'] as string
    response.writeHead(200, headers)
    response.flushHeaders()
    if (request.method === 'GET') {
      const after = Number(searchParams.get('starting_after'))
      const isKnown = pathname === '/responses/resp_1' && searchParams.get('stream') === 'true'
      const rest = toBytes(isKnown ? frames.slice(after + 1) : [])
      return send(response, rest, { endAt: later.get(lane)?.shift() })
    }
    const cut = JSON.parse(text) as Cut
    later.set(lane, [...(cut.thenAt ?? [])])
    return send(response, whole, cut)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function toBytes(frames: readonly Frame[]): Buffer {
  return Buffer.from(frames.map(({ bytes }) => bytes).join(''))
}

function send(
  response: ServerResponse,
  bytes: Buffer,
  { splitAt, endAt }: Cut | { endAt?: number | undefined; splitAt?: undefined },
): void {
  if (endAt !== undefined && endAt < bytes.length) {
    // Once it is written, so that all of it arrives.
    if (endAt === 0) response.destroy()
    else response.write(bytes.subarray(0, endAt), () => response.destroy())
    return
  }
  if (splitAt) response.write(bytes.subarray(0, splitAt))
  response.end(bytes.subarray(splitAt ?? 0))
}
