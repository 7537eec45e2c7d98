/** A server of pages that time themselves: it hands out their scripts, and hears what they have measured. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BenchServer {
  readonly url: string
  close(): Promise<void>
}

export interface BenchServerOptions {
  /** The answer to any path but `/result`. */
  respond(url: URL, response: ServerResponse): void
  /** A page has posted this. */
  onResult(result: unknown): void
}

/** Starts it on a free port. */
export async function startBenchServer({
  respond,
  onResult,
}: BenchServerOptions): Promise<BenchServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://server')
    // Else a page gets a clock of 100 µs.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    if (url.pathname === '/result') receive(request, response)
    else respond(url, response)
  })

  function receive(request: IncomingMessage, response: ServerResponse): void {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.on('end', () => {
      response.writeHead(204).end()
      onResult(JSON.parse(text))
    })
  }

  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A page or, if there is one under this path, a script. */
export function respondWithPage(
  { pathname }: URL,
  response: ServerResponse,
  scripts: Readonly<Record<string, string>>,
  page: string,
): void {
  const script = scripts[pathname]
  response.setHeader('Content-Type', `${script ? 'text/javascript' : 'text/html'}; charset=utf-8`)
  response.end(script ?? page)
}
