/** The chat room: being connected is being in it; messages, joins and leaves are one log that can be replayed. */
import { join } from 'node:path'
import { Hono } from 'hono'
import { LIMITS } from '../shared/contract.ts'
import { createEventLog } from './event-log.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { createPresence } from './presence.ts'
import { createRateLimit } from './rate-limit.ts'
import { readUserName } from './user-name.ts'
import { createVisits } from './visits.ts'
import type { ChatEvents } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { LoggedEvent } from './event-log.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'

export interface Chat {
  readonly routes: Hono<AppEnv>
  close(): void
}

const NEWCOMER_EVENTS = 100

export function createChat(settings: Settings, streams: OpenStreams): Chat {
  const log = createEventLog({
    file: join(settings.dataDir, 'chat.ndjson'),
    capacity: settings.historyLimit,
    newcomerEvents: NEWCOMER_EVENTS,
  })
  const append = <Type extends 'new-message' | 'user-joined' | 'user-left'>(
    type: Type,
    data: ChatEvents[Type],
  ): LoggedEvent => log.append(type, data)

  const presenceListeners = new Set<(data: ChatEvents['presence']) => void>()
  const presence = createPresence({
    graceMs: settings.leaveGraceMs,
    recovered: whoIsIn(log.events),
    onJoin: (user) => append('user-joined', { user, time: Date.now() }),
    onLeave: (user) => append('user-left', { user, time: Date.now() }),
    onChange(users) {
      for (const listener of presenceListeners) listener({ users })
    },
  })
  const visits = createVisits(settings)
  const limitMessages = createRateLimit(settings.messageLimit)

  const routes = new Hono<AppEnv>()
    .get('/stream', (c) => {
      const user = readUserName(c.req.query('user'), 'user')
      const lastEventId = readLastEventId(c)
      return streams.open(c, 'chat', (stream) => {
        stream.onClose(presence.connect(user))
        stream.onClose(log.subscribe(lastEventId, stream.send))
        const sendPresence = (data: ChatEvents['presence']): void =>
          stream.send({ type: 'presence', data })
        sendPresence({ users: presence.names })
        presenceListeners.add(sendPresence)
        stream.onClose(() => presenceListeners.delete(sendPresence))
      })
    })
    .get('/since', (c) => {
      const user = readUserName(c.req.query('user'), 'user')
      if (c.req.raw.method !== 'HEAD') visits.visit(user, () => presence.connect(user))
      const users = presence.names
      return answerPoll(c, log, readLastEventId(c), { type: 'presence', data: { users } })
    })
    // What somebody has missed, without being in the room: for a tab that came late to the stream of another one.
    .get('/history', (c) => {
      const users = presence.names
      return answerPoll(c, log, readLastEventId(c), { type: 'presence', data: { users } })
    })
    .post('/messages', async (c) => {
      limitMessages(c)
      const body = await readJsonObject(c)
      const user = readUserName(body.user, 'user')
      const text = textField(body, 'text', 1, LIMITS.textChars)
      const { id } = append('new-message', { user, text, time: Date.now() })
      return c.json({ id }, 201)
    })

  return {
    routes,
    close() {
      presence.close()
      visits.close()
      log.close()
    },
  }
}

/** Who has joined and not left, as far as the log reaches back. */
function whoIsIn(events: readonly LoggedEvent[]): Set<string> {
  const names = new Set<string>()
  for (const { type, data } of events) {
    const user = (data as { user?: unknown } | null)?.user
    if (typeof user !== 'string') continue
    if (type === 'user-joined') names.add(user)
    if (type === 'user-left') names.delete(user)
  }
  return names
}
