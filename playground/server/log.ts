/** The server's own log: what it does, written to a file, and that file as a stream. No client names a file. */
import { join } from 'node:path'
import { Hono } from 'hono'
import { matchedRoutes } from 'hono/route'
import { LIMITS, LOG_LEVELS } from '../shared/contract.ts'
import { createFileWatch } from './file-watch.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { createLogChain } from './log-chain.ts'
import { createLogReader } from './log-reader.ts'
import { followLog } from './log-tail.ts'
import { createLogWriter } from './log-writer.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { reportOnConsole } from './report.ts'
import type { Context, MiddlewareHandler } from 'hono'
import type { LogLevel, LogWaiting, Poll } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { JsonObject } from './json-body.ts'
import type { StreamEvent } from './event-log.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'

export interface ServerLog {
  readonly routes: Hono<AppEnv>
  /** Writes a line for every request. */
  readonly noteRequest: MiddlewareHandler<AppEnv>
  close(): void
}

const MAX_FILE_BYTES = 1024 * 1024
const KEPT_FILES = 2
/** The rest comes with the next answers: the client asks for what follows the last of these. */
const MAX_POLLED = 1000
/** Who reads the log must not fill it by that. */
const UNNOTED = ['/api/log/since', '/api/log/waiting', '/api/health']

export function createServerLog(settings: Settings, streams: OpenStreams): ServerLog {
  const path = join(settings.dataDir, 'server.log')
  const report = reportOnConsole
  const writer = createLogWriter({
    ...{ path, maxBytes: MAX_FILE_BYTES, keptFiles: KEPT_FILES, report },
  })
  const chain = createLogChain(path, KEPT_FILES)
  const watch = createFileWatch(path)
  const limitWrites = createRateLimit(settings.messageLimit)
  writer.write('info', 'The server has started')

  const routes = new Hono<AppEnv>()
    .get('/stream', (c) => {
      const lastEventId = readLastEventId(c)
      return streams.open(c, 'log', (stream) => {
        void followLog(stream, { chain, watch, lastEventId, report })
      })
    })
    .get('/since', async (c) => {
      const messages = await readSome(readLastEventId(c))
      return c.json({ messages } satisfies Poll, 200, { 'Cache-Control': 'no-store' })
    })
    .get('/waiting', async (c) => {
      const place = await chain.find(readLastEventId(c) ?? '')
      if (!place) throw new RequestProblem(404, 'The log does not know this place')
      try {
        const waiting: LogWaiting = await chain.count(place)
        return c.json(waiting, 200, { 'Cache-Control': 'no-store' })
      } finally {
        await place.handle.close()
      }
    })
    .post('/lines', async (c) => {
      limitWrites(c)
      const body = await readJsonObject(c)
      const level = LOG_LEVELS.find((each) => each === body.level)
      if (!level) throw new RequestProblem(400, `"level" must be one of ${LOG_LEVELS.join(', ')}`)
      const text = textField(body, 'text', 1, LIMITS.logChars)
      const times = readTimes(body)
      const number = (index: number): string => (times > 1 ? ` (${index + 1} of ${times})` : '')
      writer.write(level, ...Array.from({ length: times }, (_, index) => text + number(index)))
      return c.body(null, 204)
    })
    .post('/rotations', (c) => {
      limitWrites(c)
      writer.rotate()
      return c.body(null, 204)
    })

  async function readSome(lastEventId: string | null): Promise<Poll['messages']> {
    const reader = createLogReader(chain, lastEventId)
    const events: StreamEvent[] = []
    try {
      while (events.length < MAX_POLLED) {
        const more = await reader.read()
        if (more.length === 0) break
        events.push(...more)
      }
    } finally {
      await reader.close()
    }
    return events.slice(0, MAX_POLLED).map(({ id, type, data }) => ({ id, type, data }))
  }

  return {
    routes,
    async noteRequest(c, next) {
      const startedAt = performance.now()
      await next()
      const route = routeOf(c)
      if (UNNOTED.includes(route)) return
      const { status } = c.res
      const ms = Math.round(performance.now() - startedAt)
      writer.write(levelOf(status), `${c.req.method} ${route} ${status} ${ms} ms`)
    },
    close() {
      writer.write('info', 'The server stops')
      watch.close()
    },
  }
}

/** The route and not the address: who reads the log must not learn the names of uploads and of people. */
function routeOf(context: Context<AppEnv>): string {
  const path = matchedRoutes(context).at(-1)?.path ?? '*'
  return path.endsWith('*') ? '(an unknown address)' : path
}

function levelOf(status: number): LogLevel {
  if (status >= 500) return 'error'
  return status >= 400 ? 'warn' : 'info'
}

function readTimes(body: JsonObject): number {
  const times = Object.hasOwn(body, 'times') ? body.times : 1
  const isCount = typeof times === 'number' && Number.isInteger(times)
  if (isCount && times >= 1 && times <= LIMITS.logTimes) return times
  throw new RequestProblem(400, `"times" must be a whole number from 1 to ${LIMITS.logTimes}`)
}
