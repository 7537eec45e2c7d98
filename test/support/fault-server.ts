/**
 * A real event stream server with a path for each way a server can behave. Every stream's events have the ids 1, 2, 3
 * … and the data `{"index":n}`, and go on after `Last-Event-ID`.
 *
 * All paths allow other origins. `tag=` in a query marks a test's requests, so that `/log?tag=` tells them apart.
 * `poll=json&connection=` (or `ndjson`, or `stream`) makes any path one that is polled: the polls of one connection count
 * as one request, whose further polls are listed apart. `lines` makes NDJSON of any stream.
 */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { writeAsLines } from './fault-lines.ts'
import { FAULT_PATHS } from './fault-paths.ts'
import { createPolledStream } from './fault-polls.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PolledStream, PollFormat } from './fault-polls.ts'

export interface LoggedRequest {
  method: string
  /** Without the query. */
  path: string
  query: URLSearchParams
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  /** When it came, in milliseconds of a clock that only this server has. */
  at: number
  /** How often what the server holds for it was let go: 1 as soon as the answer is over, also when the client left. */
  cleanups: number
}

/** What a browser asks before a request that other origins may forbid. */
type Preflight = Pick<LoggedRequest, 'query' | 'at'>
/** A poll that goes on. */
export type FurtherPoll = Pick<LoggedRequest, 'query' | 'at' | 'headers'>

export interface FaultServer {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  /** Every request so far, without preflights. */
  readonly requests: LoggedRequest[]
  /** Every further poll. */
  readonly polls: FurtherPoll[]
  /** How many answers are not over: streams that nobody has closed yet, too. */
  readonly open: number
  close(): Promise<void>
}

/** Starts the server on a free port. */
export async function startFaultServer(): Promise<FaultServer> {
  const requests: LoggedRequest[] = []
  const preflights: Preflight[] = []
  const polls: FurtherPoll[] = []
  const polled = new Map<string, PolledStream>()
  let open = 0

  const server = createServer((request, response) => {
    allowOtherOrigins(request, response)
    if (request.method === 'OPTIONS') {
      const { searchParams: query } = new URL(request.url!, 'http://server')
      preflights.push({ query, at: performance.now() })
      return void response.writeHead(204).end()
    }
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url!, 'http://server')
    const { method = 'GET' } = request
    const headers = { ...(request.headers as Record<string, string>) }
    if (path === '/log') return respondWithLog(query.get('tag'), response)
    const connection = query.get('connection')
    const going = connection !== null && polled.get(connection)
    if (going) {
      polls.push({ query, headers, at: performance.now() })
      return going.answer(response)
    }
    const nth = requests.filter((earlier) => earlier.path === path && isOf(earlier, query)).length
    const at = performance.now()
    const logged: LoggedRequest = { method, path, query, headers, body: '', at, cleanups: 0 }
    requests.push(logged)
    open++
    const format = query.get('poll') as PollFormat | null
    const stream = format && createPolledStream(format)
    if (query.has('lines')) writeAsLines(response)
    if (stream) polled.set(connection!, stream)
    const told = stream ? stream.response : response
    told.once('close', () => open--)
    const isOver = new Promise((resolve) => told.on('close', resolve))
    stream?.answer(response)
    try {
      for await (const chunk of request.setEncoding('utf8')) logged.body += chunk
      const respond = FAULT_PATHS[path]
      if (respond) await respond({ ...logged, nth, response: told })
      else told.writeHead(404).end(`There is no path ${path}`)
      await isOver
    } finally {
      logged.cleanups++
    }
  }

  /** For tests in a browser: `{ open, requests, preflights, polls }`, of one tag only if it is given. */
  function respondWithLog(tag: string | null, response: ServerResponse): void {
    const isWanted = ({ query }: Preflight): boolean => tag === null || query.get('tag') === tag
    const wanted = {
      open,
      requests: requests.filter(isWanted),
      preflights: preflights.filter(isWanted),
      polls: polls.filter(isWanted),
    }
    const log = JSON.stringify(wanted, (_, value: unknown) =>
      value instanceof URLSearchParams ? Object.fromEntries(value) : value,
    )
    response.setHeader('Content-Type', 'application/json')
    response.end(log)
  }

  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    polls,
    get open() {
      return open
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Whether a request has the tag of this query, or none as well. */
function isOf({ query }: LoggedRequest, other: URLSearchParams): boolean {
  return query.get('tag') === other.get('tag')
}

/** Headers that a page of another origin may send; `cors=no-last-event-id` forbids that one, as many servers do. */
const ALLOWED_HEADER = /^(last-event-id|content-type|authorization|accept|cache-control|x-.*)$/i

function allowOtherOrigins({ url, headers }: IncomingMessage, response: ServerResponse): void {
  const asked = headers['access-control-request-headers']?.split(/, */) ?? []
  const isStrict = url!.includes('cors=no-last-event-id')
  const allowed = asked.filter(
    (name) => ALLOWED_HEADER.test(name) && !(isStrict && /^last-event-id$/i.test(name)),
  )
  response.setHeader('Access-Control-Allow-Origin', headers.origin ?? '*')
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
  response.setHeader('Access-Control-Allow-Headers', allowed.join(', '))
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After, X-Reply, Mercure-Last-Event-ID')
  response.setHeader('Vary', 'Origin')
}
