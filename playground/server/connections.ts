/** How many streams the server holds open, live, and a beat to count by: nothing of it may be missing in any tab. */
import { Hono } from 'hono'
import { createEventLog } from './event-log.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { createVisits } from './visits.ts'
import type { ConnectionCounts, ConnectionsEvents } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'

export interface Connections {
  readonly routes: Hono<AppEnv>
  close(): void
}

/** Whoever comes without an id has missed nothing: the counts follow, because it has come. */
const NEWCOMER_EVENTS = 1
/** It goes on while nobody listens, as between two leading tabs: what is told then has to be replayed. */
const BEATS_ALONE_MS = 10_000

export function createConnections(settings: Settings, streams: OpenStreams): Connections {
  const log = createEventLog({ capacity: settings.historyLimit, newcomerEvents: NEWCOMER_EVENTS })
  const append = <Type extends 'beat' | 'counts'>(
    type: Type,
    data: ConnectionsEvents[Type],
  ): unknown => log.append(type, data)
  const visits = createVisits(settings)
  let isClosed = false
  let listeners = 0
  let number = 0
  let beat: NodeJS.Timeout | undefined
  let end: NodeJS.Timeout | undefined

  function count(): ConnectionCounts {
    return {
      chat: streams.count('chat'),
      news: streams.count('news'),
      connections: streams.count('connections'),
    }
  }

  function addListener(): () => void {
    listeners++
    clearTimeout(end)
    beat ??= setInterval(() => append('beat', { number: ++number }), settings.beatMs)
    return () => {
      if (--listeners === 0 && !isClosed) end = setTimeout(stop, BEATS_ALONE_MS)
    }
  }

  function stop(): void {
    clearInterval(beat)
    beat = undefined
  }

  streams.onChange(() => {
    if (beat) append('counts', count())
  })

  const routes = new Hono<AppEnv>()
    .get('/', (c) => c.json(count(), 200, { 'Cache-Control': 'no-store' }))
    .get('/stream', (c) => {
      const lastEventId = readLastEventId(c)
      return streams.open(c, 'connections', (stream) => {
        stream.onClose(log.subscribe(lastEventId, stream.send))
        stream.onClose(addListener())
      })
    })
    .get('/since', (c) => {
      if (c.req.raw.method !== 'HEAD') visits.visit('listeners', addListener)
      return answerPoll(c, log, readLastEventId(c), { type: 'counts', data: count() })
    })

  return {
    routes,
    close() {
      isClosed = true
      stop()
      clearTimeout(end)
      visits.close()
      log.close()
    },
  }
}
