/**
 * In a browser there are requests that the client does not make: what the browser asks before those to another origin.
 * They count as well: no server gets more than 25 requests in 2 seconds.
 */
import { ownHost } from '../support/own-host.ts'
import { expect, inject, it } from 'vitest'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { until } from '../support/client-run.ts'
import { logOf, tagged } from '../support/tagged-log.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'

const MAX_REQUESTS = 25
const WINDOW_MS = 2000
/** Long enough for windows that are not the first. */
const WATCHED_MS = 4500

const CASES: [path: string, options?: EventStreamClientOptions][] = [
  ['/one-by-one'],
  ['/one-by-one?with=headers', { headers: { 'X-Own': 'a' } }],
  ['/one-by-one?cors=no-last-event-id'],
  ['/stale-token', { headers: () => ({ Authorization: 'Bearer 1' }) }],
  ['/hops'],
  ['/hops?left=1&to=/one-by-one'],
  ['/hang-up'],
]

/** The most of these times that are within a window, wherever it starts. */
function mostWithin(times: readonly number[]): number {
  const counts = times.map(
    (start) => times.filter((time) => time >= start && time < start + WINDOW_MS).length,
  )
  return Math.max(0, ...counts)
}

it(
  `createEventStreamClient makes a browser send at most ${MAX_REQUESTS} requests in 2 s, preflights and all`,
  async () => {
    const start = performance.now()
    const url = ownHost(inject('sseUrl'))
    const running = CASES.map(([path, options]) => {
      const tag = crypto.randomUUID()
      const environment = { random: () => 0.999_999, warn: () => {} }
      const client = createEventStreamClient(tagged(url + path, tag), { ...options, environment })
      return { path, tag, client }
    })
    await until(() => performance.now() - start > WATCHED_MS, WATCHED_MS * 2)
    for (const { client } of running) client.close()
    const counts: Record<string, number> = {}
    for (const { path, tag } of running) {
      const { requests, preflights } = await logOf(url, tag)
      counts[path] = mostWithin([...requests, ...preflights].map(({ at }) => at))
    }
    expect(Object.entries(counts).filter(([, most]) => most > MAX_REQUESTS)).toEqual([])
    expect(Object.entries(counts).filter(([, most]) => most === 0)).toEqual([])
    expect(Math.max(...Object.values(counts))).toBeGreaterThan(10)
  },
  WATCHED_MS * 3,
)
