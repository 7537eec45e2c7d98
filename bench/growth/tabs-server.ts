/** Serves the pages of the line of tabs, their streams, and takes their reports. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PageScripts } from '../../test/browser/build-page.ts'
import type { TabsReport } from './tabs-page.ts'

export interface TabsServer {
  readonly url: string
  write(stream: string, bytes: Uint8Array): void
  /** How many connections a stream has had. */
  connections(stream: string): number
  /** Resolves when all tabs have so many messages; rejects when one has something wrong, or after this time. */
  untilAll(stream: string, count: number, ms: number): Promise<void>
  close(): Promise<void>
}

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>tabs</title><link rel="icon" href="data:,"><body><script type="module" src="/page.js"></script>'

export async function startTabsServer(scripts: PageScripts): Promise<TabsServer> {
  const streams = new Map<string, ServerResponse[]>()
  const reports = new Map<string, TabsReport>()
  let onReport = (): void => {}

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://server')
    const [, folder, name = ''] = pathname.split('/')
    if (folder === 'streams') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      response.flushHeaders()
      streams.set(name, [...(streams.get(name) ?? []), response])
    } else if (folder === 'reports') {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => (text += part))
      request.on('end', () => {
        response.writeHead(204).end()
        reports.set(name, JSON.parse(text))
        onReport()
      })
    } else {
      const script = scripts[pathname]
      response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html')
      response.end(script ?? PAGE)
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    write(stream, bytes) {
      for (const response of streams.get(stream) ?? []) response.write(bytes)
    },
    connections: (stream) => streams.get(stream)?.length ?? 0,
    untilAll: (stream, count, ms) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => fail(`${count} are not there: ${reports.get(stream)?.count}`),
          ms,
        )
        const fail = (text: string): void => reject(new Error(text))
        onReport = () => {
          const report = reports.get(stream)
          if (report?.wrong[0] !== undefined) fail(report.wrong[0])
          else if (report?.count === count) resolve()
          else return
          clearTimeout(timer)
        }
        onReport()
      }),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
