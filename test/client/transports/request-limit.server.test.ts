/**
 * No server can make the client send more than 25 requests in 2 seconds, whatever the transport is. The server counts,
 * for some seconds of real time, while the waits are the default ones, and luck is at its worst.
 */
import { describe, expect, it } from 'vitest'
import { eventSourceTransport } from '../../../src/client/transports/event-source-transport.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import { until } from '../../support/client-run.ts'
import { EventSource } from 'eventsource'
import { MAX_REQUESTS, mostWithin } from '../../support/request-budget.ts'
import { useServerRuns } from '../../support/server-runs.ts'
import { LIMIT_PATHS, WATCHED_MS } from './limit-paths.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'

const platform = (name: 'AbortController' | 'EventSource'): unknown =>
  name === 'EventSource' ? EventSource : globalThis[name]

describe.each<[string, EventStreamClientOptions]>([
  ['pollingTransport', { transport: pollingTransport({ interval: 0 }) }],
  ['eventSourceTransport', { transport: eventSourceTransport() }],
])('%s', (_name, options) => {
  const { connect } = useServerRuns()

  it(
    `sends at most ${MAX_REQUESTS} requests in 2 s to any server`,
    { timeout: WATCHED_MS * 3 },
    async () => {
      const start = performance.now()
      const running = LIMIT_PATHS.map((path) => {
        const environment = { random: () => 0.999_999, reportError: () => {}, platform }
        return { path, run: connect(path, { ...options, reconnect: undefined, environment }) }
      })
      await until(() => performance.now() - start > WATCHED_MS, WATCHED_MS * 2)
      for (const { run } of running) run.client.close()
      const counts = running.map(({ path, run }) => [path, mostWithin(run.requests())] as const)
      expect(counts.filter(([, most]) => most > MAX_REQUESTS)).toEqual([])
      // Every server was asked, and the fastest ones about as often as may be: the test looks where it matters.
      expect(counts.filter(([, most]) => most === 0)).toEqual([])
      expect(Math.max(...counts.map(([, most]) => most))).toBeGreaterThan(10)
    },
  )
})
