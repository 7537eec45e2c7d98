/**
 * A server of tabs that share: HTTP/1.1, as a Node server speaks it. Every stream is one log of events with the ids 1,
 * 2, 3 …; who asks without a `Last-Event-ID` gets what comes from then on, who asks with one what came after it. What
 * happened to each connection is noted down, and when each event was written.
 *
 * `/streams/<name>`: the stream. Its data is `{"to":…}`, with the identity of the page that asked, which the page's own
 * address tells; as does whether it is to be NDJSON, with the ids in the data. Reports have a port of their own: they neither wait for the streams nor count as the tabs' requests.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PageScripts } from './build-page.ts'
import type { TabReport, TabSetup } from './tabs-page-script.ts'

/** One answer to a request of a stream. */
export interface TabsConnection {
  readonly stream: string
  /** The tab that asked, and for whom. */
  readonly tab: string
  readonly identity: string
  /** What was sent, `''` for nothing. */
  readonly lastEventId: string
  /** The first id that it was to get. */
  readonly first: number
  /** Milliseconds since 1970; `endedAt` is undefined while it is open. */
  readonly beganAt: number
  endedAt?: number
}

export interface TabsServer {
  /** Its address under this name. */
  url(host?: string): string
  /** Every connection so far, in order. */
  connections(stream?: string): TabsConnection[]
  /** How many are open, and the most that ever were at a time. */
  open(stream: string): number
  mostOpen(stream: string): number
  /** All requests but the reports, and the tabs whose page was asked for. */
  readonly requests: number
  readonly loaded: string[]
  /** The last id of a stream. */
  last(stream: string): number
  /** When each event was written, in milliseconds since 1970, by its id. */
  readonly writtenAt: Map<string, number[]>
  publish(stream: string, count: number): void
  /** Writes just these: what a server that loses, doubles or swaps does. The log ends with the greatest of them. */
  write(stream: string, ids: readonly number[]): void
  /** Adds so many events a second; gives what ends that. */
  flow(stream: string, perSecond: number): () => void
  /** Breaks the stream's connections off. */
  cut(stream: string): void
  onReport(listener: (report: TabReport) => void): void
  close(): Promise<void>
}

const FLOW_INTERVAL_MS = 5

interface Listener {
  connection: TabsConnection
  areLines: boolean
  response: ServerResponse
}

/** Starts it on two free ports. */
export async function startTabsServer(scripts: PageScripts): Promise<TabsServer> {
  const connections: TabsConnection[] = []
  const listeners = new Set<Listener>()
  const timers = new Set<NodeJS.Timeout>()
  const writtenAt = new Map<string, number[]>()
  const most = new Map<string, number>()
  const loaded: string[] = []
  let requests = 0
  let onReport: (report: TabReport) => void = () => {}

  const last = (stream: string): number => (writtenAt.get(stream)?.length ?? 1) - 1
  const listenersOf = (stream: string): Listener[] =>
    [...listeners].filter(({ connection }) => connection.stream === stream)

  /** One write for all: what is published together comes in one chunk. */
  function send(
    { connection: { identity: to }, areLines, response }: Listener,
    ids: readonly number[],
  ): void {
    const data = JSON.stringify({ to })
    const toText = (id: number): string =>
      areLines ? `${JSON.stringify({ to, id })}\n` : `id: ${id}\ndata: ${data}\n\n`
    if (ids.length > 0) response.write(ids.map(toText).join(''))
  }

  function write(stream: string, ids: readonly number[]): void {
    const times = writtenAt.get(stream) ?? [0]
    writtenAt.set(stream, times)
    for (let more = Math.max(...ids) - last(stream); more > 0; more--) times.push(now())
    for (const listener of listenersOf(stream)) send(listener, ids)
  }

  function publish(stream: string, count: number): void {
    write(stream, range(last(stream) + 1, last(stream) + count))
  }

  function serveStream(request: IncomingMessage, response: ServerResponse, stream: string): void {
    const { tab, identity, lines } = setupOf(request.headers.referer!)
    const lastEventId = String(request.headers['last-event-id'] ?? '')
    const first = (lastEventId ? Number(lastEventId) : last(stream)) + 1
    const who = { tab, identity: identity ?? '' }
    const connection: TabsConnection = { stream, ...who, lastEventId, first, beganAt: now() }
    const listener = { connection, areLines: lines !== undefined, response }
    connections.push(connection)
    listeners.add(listener)
    most.set(stream, Math.max(most.get(stream) ?? 0, listenersOf(stream).length))

    const type = lines ? 'application/x-ndjson' : 'text/event-stream'
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' })
    response.flushHeaders()
    send(listener, range(first, last(stream)))
    response.on('close', () => {
      connection.endedAt = now()
      listeners.delete(listener)
    })
  }

  const server = await listen((request, response) => {
    const { pathname, search } = new URL(request.url!, 'http://server')
    requests++
    if (pathname.startsWith('/streams/')) return serveStream(request, response, pathname.slice(9))
    if (pathname === '/favicon.ico') return void response.writeHead(204).end()
    const script = scripts[pathname]
    if (!script) loaded.push(setupOf(`http://page/${search}`).tab)
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html')
    response.end(script ?? pageText(reports.port))
  })

  const reports = await listen((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.on('end', () => {
      response.writeHead(204).end()
      if (text) onReport(JSON.parse(text))
    })
  })

  return {
    url: (host = '127.0.0.1') => `http://${host}:${server.port}`,
    connections: (stream) =>
      connections.filter((connection) => stream === undefined || connection.stream === stream),
    open: (stream) => listenersOf(stream).length,
    mostOpen: (stream) => most.get(stream) ?? 0,
    get requests() {
      return requests
    },
    loaded,
    last,
    writtenAt,
    publish,
    write,
    flow(stream, perSecond) {
      const since = performance.now()
      let count = 0
      const timer = setInterval(() => {
        // A timer that is late is made up for: so many a second they are.
        const due = Math.floor(((performance.now() - since) / 1000) * perSecond)
        publish(stream, due - count)
        count = due
      }, FLOW_INTERVAL_MS)
      timers.add(timer)
      return () => clearInterval(timer)
    },
    cut(stream) {
      for (const { response } of listenersOf(stream)) response.destroy()
    },
    onReport: (listener) => void (onReport = listener),
    async close() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all([server.close(), reports.close()])
    },
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}

/** As pages tell the time, to fractions of a millisecond. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

function setupOf(address: string): TabSetup {
  return JSON.parse(new URL(address).searchParams.get('setup') ?? '{"tab":""}')
}

async function listen(handle: RequestListener) {
  const server = createServer(handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function pageText(reportPort: number): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>tab</title><link rel="icon" href="data:,">
<script>globalThis.REPORT_PORT = ${reportPort}</script><script type="module" src="/page.js"></script></html>`
}
