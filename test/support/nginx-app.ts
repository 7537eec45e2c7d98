/**
 * A server whose every answer is written by the test, piece by piece, after it has seen the piece before. Only `/ping`
 * answers by itself.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { until } from './client-run.ts'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The answer is over, also because nobody wants it any more. */
  readonly isClosed: boolean
  /** What has come of the request's body. */
  readonly received: number
  /** Sends the head alone. */
  open(headers?: OutgoingHttpHeaders): void
  write(text: string): void
  end(text?: string): void
  /** Breaks off, as a process does that is killed. */
  cut(): void
}

export interface TestApp {
  readonly url: string
  /** Every request so far. */
  readonly exchanges: readonly Exchange[]
  /** The next request that nobody has asked for yet. */
  next(): Promise<Exchange>
  close(): Promise<void>
}

export async function startApp(): Promise<TestApp> {
  const exchanges: Exchange[] = []
  let taken = 0

  const server = createServer((request, response) => {
    if (request.url === '/ping') response.end('pong')
    else exchanges.push(createExchange(request, response))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    async next() {
      const index = taken++
      await until(() => exchanges.length > index)
      return exchanges[index]!
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function createExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  let received = 0
  let isClosed = false
  request.on('data', (chunk: Buffer) => void (received += chunk.length))
  response.once('close', () => void (isClosed = true))
  return {
    request,
    response,
    get isClosed() {
      return isClosed
    },
    get received() {
      return received
    },
    open(headers = {}) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', ...headers }).flushHeaders()
    },
    write: (text) => void response.write(text),
    end: (text = '') => void response.end(text),
    cut: () => void response.destroy(),
  }
}
