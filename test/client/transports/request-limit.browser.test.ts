/**
 * In a browser preflights count as well, and what the browser's own `EventSource` does: no server gets more than 25
 * requests in 2 seconds.
 */
import { ownHost } from '../../support/own-host.ts'
import { describe, expect, inject, it } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { eventSourceTransport } from '../../../src/client/transports/event-source-transport.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import { until } from '../../support/client-run.ts'
import { MAX_REQUESTS, mostWithin } from '../../support/request-budget.ts'
import { logOf, tagged } from '../../support/tagged-log.ts'
import { LIMIT_PATHS, WATCHED_MS } from './limit-paths.ts'
import type { Transport } from '../../../src/client/transports/transport.ts'

/**
 * A browser opens six connections to a server: what stays open would keep the others waiting. And it asks once more by
 * itself when a connection breaks that it had kept.
 */
const PATHS = LIMIT_PATHS.filter((path) => !/events|silent|names|replay|nowhere|hang-up/.test(path))
/** With a preflight for each of its hops a long chain is more than the limit by itself. */
const LONG_CHAIN = /left=\d\d/

describe.each<[string, Transport]>([
  ['pollingTransport', pollingTransport({ interval: 0 })],
  ['eventSourceTransport', eventSourceTransport()],
])('%s', (_, transport) => {
  it(
    `makes a browser send at most ${MAX_REQUESTS} requests in 2 s`,
    { timeout: WATCHED_MS * 3 },
    async () => {
      const start = performance.now()
      const url = ownHost(inject('sseUrl'))
      const paths = PATHS.filter((path) => transport.name !== 'polling' || !LONG_CHAIN.test(path))
      const running = paths.map((path) => {
        const tag = crypto.randomUUID()
        const environment = { random: () => 0.999_999, warn: () => {}, reportError: () => {} }
        const client = createEventStreamClient(tagged(url + path, tag), { transport, environment })
        return { path, tag, client }
      })
      await until(() => performance.now() - start > WATCHED_MS, WATCHED_MS * 2)
      for (const { client } of running) client.close()
      const counts: [path: string, most: number][] = []
      for (const { path, tag } of running) {
        const { requests, preflights } = await logOf(url, tag)
        counts.push([path, mostWithin([...requests, ...preflights])])
      }
      expect(counts.filter(([, most]) => most > MAX_REQUESTS)).toEqual([])
      expect(counts.filter(([, most]) => most === 0)).toEqual([])
      expect(Math.max(...counts.map(([, most]) => most))).toBeGreaterThan(10)
    },
  )
})
