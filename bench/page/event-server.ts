/**
 * The server of the measured page: its scripts and its streams.
 *
 * `/events?count=`: so many events (`ids=yes`, `equal=yes`), as fast as they are read or `rate=` a second; `end=yes` ends the
 * answer after them. `/prepared?…`, with the same query, answers when they are made: no page waits for that.
 */
import { encodeEvents } from './events.ts'
import { respondWithPage, startBenchServer } from '../support/page-server.ts'
import { streamEvents } from './stream-events.ts'
import type { BenchServer } from '../support/page-server.ts'
import type { EncodedEvents } from './events.ts'

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="/page.js"></script>'

export function startEventServer(
  scripts: Readonly<Record<string, string>>,
  onResult: (result: unknown) => void,
): Promise<BenchServer> {
  const prepared = new Map<string, EncodedEvents>()

  function prepare(query: URLSearchParams): EncodedEvents {
    const count = Number(query.get('count'))
    const hasIds = query.get('ids') === 'yes'
    const areEqual = query.get('equal') === 'yes'
    const key = [count, hasIds, areEqual].join()
    const events = prepared.get(key) ?? encodeEvents({ count, hasIds, areEqual })
    prepared.set(key, events)
    return events
  }

  return startBenchServer({
    onResult,
    respond(url, response) {
      const { pathname, searchParams: query } = url
      if (pathname === '/prepared') {
        prepare(query)
        response.writeHead(204).end()
      } else if (pathname === '/events') {
        const rate = Number(query.get('rate')) || undefined
        streamEvents(response, prepare(query), { rate, isEnding: query.get('end') === 'yes' })
      } else respondWithPage(url, response, scripts, PAGE)
    },
  })
}
