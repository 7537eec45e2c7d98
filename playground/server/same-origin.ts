/** Refuses what a page of another site sends in a visitor's name: writing is for our own pages and for scripts. */
import { createMiddleware } from 'hono/factory'
import { RequestProblem } from './problem.ts'
import type { AppEnv } from './app-env.ts'

const CROSS_SITE = 'cross-site'
/** A stream, and the questions in its place. */
const LISTENING = /\/(stream|since)$/
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

export const sameOriginWrites = createMiddleware<AppEnv>(async (c, next) => {
  const origin = c.req.header('Origin')
  if (origin !== undefined && !SAFE_METHODS.includes(c.req.method)) {
    if (!isSameHost(origin, c.req.header('Host') ?? '')) {
      throw new RequestProblem(403, 'Pages of other origins cannot write here')
    }
  }
  // Listening has effects, too: it joins the room, and takes one of the places.
  if (LISTENING.test(c.req.path) && c.req.header('Sec-Fetch-Site') === CROSS_SITE) {
    throw new RequestProblem(403, 'Pages of other sites cannot listen here')
  }
  await next()
})

/** Only the host: behind a proxy that speaks TLS, the scheme that arrives here is another one. */
function isSameHost(origin: string, host: string): boolean {
  try {
    const { protocol, host: originHost } = new URL(origin)
    return originHost !== '' && new URL(`${protocol}//${host}`).host === originHost
  } catch {
    return false
  }
}
