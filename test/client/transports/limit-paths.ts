/** Servers that make clients ask often: paths of the fault server. Runs in Node and in browsers. */
import { block, ended, script } from '../../support/fault-script.ts'

/** Long enough for windows that are not the first. */
export const WATCHED_MS = 4500

/** Each hop of a chain that `fetch` or `EventSource` follow is a request. */
export const LIMIT_PATHS: readonly string[] = [
  ...['/end', '/end?count=0', '/cut', '/cut?after=0', '/one-by-one', '/retry?ms=0', '/events'],
  ...['/hang-up', '/half-head', '/no-http', '/no-content', '/wrong-type', '/nowhere', '/silent'],
  ...['/status?code=503', '/status?code=503&retryAfter=0', '/status?code=429&retryAfter=0'],
  ...[
    '/status?code=404',
    '/there',
    '/hops',
    '/replay',
    '/names',
    '/batches?batch=1',
    '/stale-token',
  ],
  ...[1, 2, 5, 10, 19, 20, 21].flatMap((left) => [
    `/hops?left=${left}&to=/one-by-one`,
    `/hops?left=${left}&to=/status&code=503`,
    `/hops?left=${left}&to=/hang-up`,
  ]),
  // A new id each time, a wait of nothing, and the end.
  `${script(ended(`retry: 0\n${block(1, 1)}`), ended(`retry: 0\n${block(2, 2)}`))}&loop`,
]
