/**
 * Who is signed in. A name is enough, and whoever gives it is taken at their word: this shows who may see what, not who
 * somebody is. The token goes into a header, never into an address, and is kept as its hash.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { readJsonObject } from './json-body.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { readUserName } from './user-name.ts'
import type { Context } from 'hono'
import type { SignedIn } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { Settings } from './settings.ts'

export interface Session {
  readonly user: string
  /** Called once, when it ends, at once if it has; returns what takes the callback away again. */
  onEnd(callback: () => void): () => void
}

export interface Sessions {
  readonly routes: Hono<AppEnv>
  /** The session of a request; throws the problem when there is none. */
  require(context: Context<AppEnv>): Session
  close(): void
}

interface OpenSession {
  user: string
  isOver: boolean
  callbacks: Set<() => void>
  timer: NodeJS.Timeout
}

const BEARER = /^Bearer ([\w-]{1,200})$/i
const TOKEN_BYTES = 24
/** The oldest ends when there are more. */
const MAX_SESSIONS = 10_000

export function createSessions(settings: Pick<Settings, 'sessionMs' | 'messageLimit'>): Sessions {
  /** By the hash of their tokens, oldest first. */
  const sessions = new Map<string, OpenSession>()
  const limitSignIns = createRateLimit(settings.messageLimit)

  function begin(user: string): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    const key = hashOf(token)
    const timer = setTimeout(() => end(key), settings.sessionMs)
    sessions.set(key, { user, timer, isOver: false, callbacks: new Set() })
    const [oldest] = sessions.keys()
    if (sessions.size > MAX_SESSIONS) end(oldest!)
    return token
  }

  function end(key: string): void {
    const session = sessions.get(key)
    if (!session) return
    sessions.delete(key)
    session.isOver = true
    clearTimeout(session.timer)
    for (const callback of session.callbacks) callback()
  }

  function find(context: Context<AppEnv>): [key: string, session: OpenSession] {
    const [, token] = BEARER.exec(context.req.header('Authorization') ?? '') ?? []
    const key = token ? hashOf(token) : ''
    const session = sessions.get(key)
    if (session) return [key, session]
    throw new RequestProblem(
      401,
      'This is for who has signed in',
      token ? 'The sign-in has ended, or is not known here.' : 'The request has no token.',
      { 'WWW-Authenticate': token ? 'Bearer error="invalid_token"' : 'Bearer' },
    )
  }

  const routes = new Hono<AppEnv>()
    .post('/', async (c) => {
      limitSignIns(c)
      const user = readUserName((await readJsonObject(c)).user, 'user')
      const answer: SignedIn = { user, token: begin(user) }
      return c.json(answer, 201, { 'Cache-Control': 'no-store' })
    })
    .delete('/', (c) => {
      end(find(c)[0])
      return c.body(null, 204)
    })

  return {
    routes,
    require(context) {
      const [, session] = find(context)
      return {
        user: session.user,
        onEnd(callback) {
          if (session.isOver) callback()
          else session.callbacks.add(callback)
          return () => void session.callbacks.delete(callback)
        },
      }
    },
    close() {
      for (const { timer } of sessions.values()) clearTimeout(timer)
      sessions.clear()
    },
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
