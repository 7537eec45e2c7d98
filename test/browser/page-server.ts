/**
 * A server of pages that stream, and of their streams. Every stream is a log of events with the ids 1, 2, 3 … and the
 * data `{"index":n}`; who connects gets what came after its `Last-Event-ID`, then what comes. What happened to each
 * connection is noted down.
 *
 * `/streams/<name>`: the stream; `?heartbeat=<ms>` sends comments, `?every=<ms>` adds an event that often.
 * `/notes` (POST): what a page says that nobody can ask. The scripts have their paths, all others are pages.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PageScripts } from './build-page.ts'

/** One answer to a request of a stream. */
export interface StreamConnection {
  readonly stream: string
  /** What the client sent, `''` for nothing. */
  readonly lastEventId: string
  isOpen: boolean
  /** By whom; undefined while it is open. */
  endedBy?: 'client' | 'server'
  /** How often its clean-up ran. */
  cleanUps: number
  /** When it began, in milliseconds since 1970. */
  readonly beganAt: number
  /** When the last byte was written, in milliseconds since 1970. */
  wroteAt: number
}

export interface PageServer {
  readonly url: string
  /** Every connection so far, in order; of one stream only if it is given. */
  connections(stream?: string): StreamConnection[]
  /** How many of a stream's connections are open. */
  open(stream: string): number
  /** The ids of all events of a stream. */
  ids(stream: string): string[]
  publish(stream: string, count?: number): void
  /** Adds an event every few milliseconds; gives what ends that. */
  flow(stream: string): () => void
  /** Breaks the stream's connections off. */
  cut(stream: string): void
  /** Not a byte more on the connections that are open now, as if the machine behind them were gone. */
  hush(stream: string): void
  /** What pages have said. */
  readonly notes: string[]
  /** From now on the scripts that are loaded later are gone, as after a deployment. */
  loseScripts(): void
  /** Answers a request, for servers that do something else as well. */
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

const FLOW_INTERVAL_MS = 10
const ENTRY = '/page.js'
/** The folder of the scripts that are loaded later. */
export const LATER = 'later'

interface Listener {
  connection: StreamConnection
  response: ServerResponse
  write(text: string): void
}

/** Starts it on a free port. */
export async function startPageServer(scripts: PageScripts = {}): Promise<PageServer> {
  const counts = new Map<string, number>()
  const connections: StreamConnection[] = []
  const listeners = new Set<Listener>()
  const timers = new Set<NodeJS.Timeout>()
  const notes: string[] = []
  let hasScripts = true

  const count = (stream: string): number => counts.get(stream) ?? 0
  const listenersOf = (stream: string): Listener[] =>
    [...listeners].filter(({ connection }) => connection.stream === stream)

  function repeat(interval: number, run: () => void): () => void {
    const timer = setInterval(run, interval)
    timers.add(timer)
    return () => {
      timers.delete(timer)
      clearInterval(timer)
    }
  }

  function publish(stream: string, more = 1): void {
    for (let index = count(stream) + 1; more > 0; index++, more--) {
      counts.set(stream, index)
      for (const { write } of listenersOf(stream)) write(eventText(index))
    }
  }

  function serveStream(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, 'http://server')
    const stream = pathname.slice('/streams/'.length)
    const lastEventId = String(request.headers['last-event-id'] ?? '')
    const connection: StreamConnection = {
      stream,
      lastEventId,
      isOpen: true,
      cleanUps: 0,
      beganAt: Date.now(),
      wroteAt: Date.now(),
    }
    const write = (text: string): void => {
      connection.wroteAt = Date.now()
      response.write(text)
    }
    const listener = { connection, response, write }
    connections.push(connection)
    listeners.add(listener)

    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.flushHeaders()
    for (let index = Number(lastEventId) + 1; index <= count(stream); index++) {
      listener.write(eventText(index))
    }
    const heartbeat = Number(searchParams.get('heartbeat'))
    const stopHeartbeat = heartbeat ? repeat(heartbeat, () => listener.write(':\n')) : undefined
    const every = Number(searchParams.get('every'))
    const stopEvents = every ? repeat(every, () => publish(stream)) : undefined
    response.on('close', () => {
      connection.cleanUps++
      connection.isOpen = false
      connection.endedBy ??= 'client'
      listeners.delete(listener)
      stopHeartbeat?.()
      stopEvents?.()
    })
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url!, 'http://server')
    if (pathname.startsWith('/streams/')) return serveStream(request, response)
    if (pathname === '/notes') return receiveNote(request, response)
    const script = scripts[pathname]
    if (pathname.startsWith(`/${LATER}/`) && !hasScripts) return void response.writeHead(404).end()
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html')
    response.end(script ?? pageText(pathname))
  }

  function receiveNote(request: IncomingMessage, response: ServerResponse): void {
    let note = ''
    request.setEncoding('utf8').on('data', (text: string) => (note += text))
    request.on('end', () => {
      notes.push(note)
      response.writeHead(204).end()
    })
  }

  const server = createServer(handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: (stream) =>
      connections.filter((connection) => stream === undefined || connection.stream === stream),
    open: (stream) => listenersOf(stream).length,
    ids: (stream) => Array.from({ length: count(stream) }, (_, index) => String(index + 1)),
    publish,
    flow: (stream) => repeat(FLOW_INTERVAL_MS, () => publish(stream)),
    cut(stream) {
      for (const { connection, response } of listenersOf(stream)) {
        connection.endedBy = 'server'
        response.destroy()
      }
    },
    hush(stream) {
      for (const listener of listenersOf(stream)) listener.write = () => {}
    },
    notes,
    loseScripts: () => void (hasScripts = false),
    handle,
    async close() {
      for (const timer of timers) clearInterval(timer)
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function eventText(index: number): string {
  return `id: ${index}\ndata: {"index":${index}}\n\n`
}

function pageText(pathname: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${pathname}</title><div id="app"></div>
<script type="module" src="${ENTRY}"></script></html>`
}
