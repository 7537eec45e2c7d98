/**
 * No server can make the client send more than 25 requests in 2 seconds. Every path of the fault server and every row
 * of the tables of odd servers gets a client with the default waits, and the worst luck with them, for some seconds of
 * real time; the server counts.
 */
import { describe, expect, it } from 'vitest'
import { until } from '../support/client-run.ts'
import { FAULT_PATHS } from '../support/fault-paths.ts'
import { useServerRuns } from '../support/server-runs.ts'
import { ANSWER_ROWS } from './hostile-answers.ts'
import { ID_ROWS } from './hostile-ids.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { LoggedRequest } from '../support/fault-server.ts'

const MAX_REQUESTS = 25
const WINDOW_MS = 2000
/** Long enough for windows that are not the first. */
const WATCHED_MS = 4500

type Case = [path: string, options?: EventStreamClientOptions]

const askAgain: EventStreamClientOptions = { headers: () => ({ Authorization: 'Bearer 1' }) }

/** What keeps both sides busy runs apart, so that it does not slow the others down. */
const BUSY = /endless|firehose|burst|huge|many-names|replay/

const cases: Case[] = [
  ...Object.keys(FAULT_PATHS)
    .filter((path) => path !== '/script')
    .map((path): Case => [path]),
  ...[...ID_ROWS, ...ANSWER_ROWS].map(({ path, options }): Case => [path, options]),
  // For ever, and each answer with its end.
  ...[...ID_ROWS, ...ANSWER_ROWS]
    .filter(({ path }) => path.startsWith('/script'))
    .map(({ path, options }): Case => [`${path}&loop`, options]),
  ['/end?count=0'],
  ['/cut?after=0'],
  ['/retry?ms=0'],
  ['/status?code=429&retryAfter=0'],
  ['/stale-token', askAgain],
  // Redirects count: each hop is a request.
  ...[1, 2, 5, 10, 19, 20, 21].flatMap((left): Case[] => [
    [`/hops?left=${left}&to=/one-by-one`],
    [`/hops?left=${left}&to=/stale-token`, askAgain],
    [`/hops?left=${left}&to=/status&code=503`],
    [`/hops?left=${left}&to=/hang-up`],
  ]),
]

/** The most requests that came within a window, wherever it starts. */
function mostWithin(requests: readonly LoggedRequest[]): number {
  const times = requests.map(({ at }) => at)
  const counts = times.map(
    (start) => times.filter((time) => time >= start && time < start + WINDOW_MS).length,
  )
  return Math.max(0, ...counts)
}

describe('createEventStreamClient', () => {
  const { connect } = useServerRuns()

  async function watch(watched: readonly Case[]): Promise<[path: string, most: number][]> {
    const start = performance.now()
    const running = watched.map(([path, options]) =>
      connect(path, {
        ...options,
        reconnect: undefined,
        onMessage: undefined,
        environment: { random: () => 0.999_999, reportError: () => {} },
      }),
    )
    await until(() => performance.now() - start > WATCHED_MS, WATCHED_MS * 2)
    for (const { client } of running) client.close()
    return running.map(({ requests }, index) => [watched[index]![0], mostWithin(requests())])
  }

  it.each([
    ['quiet', cases.filter(([path]) => !BUSY.test(path))],
    ['busy', cases.filter(([path]) => BUSY.test(path))],
  ])(
    `sends at most ${MAX_REQUESTS} requests in 2 s to any %s server`,
    async (kind, watched) => {
      const counts = await watch(watched)
      expect(counts.filter(([, most]) => most > MAX_REQUESTS)).toEqual([])
      // Every server was asked, and the fastest ones about as often as may be: the test looks where it matters.
      expect(counts.filter(([, most]) => most === 0)).toEqual([])
      if (kind === 'quiet') expect(Math.max(...counts.map(([, most]) => most))).toBeGreaterThan(10)
    },
    WATCHED_MS * 3,
  )
})
