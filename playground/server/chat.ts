/** The chat room: being connected is being in it; messages, joins and leaves are one log that can be replayed. */
import { Hono } from 'hono'
import { LIMITS } from '../shared/contract.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { createPresence } from './presence.ts'
import { createRateLimit } from './rate-limit.ts'
import { reasonOf, reportOnConsole } from './report.ts'
import { readUserName } from './user-name.ts'
import { createVisits } from './visits.ts'
import type { ChatEvents } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { LoggedEvent } from './event-log.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'
import type { Topics } from './topics.ts'

export interface Chat {
  readonly routes: Hono<AppEnv>
  close(): void
}

const NEWCOMER_EVENTS = 100

export function createChat(settings: Settings, streams: OpenStreams, topics: Topics): Chat {
  const log = topics.open('chat', NEWCOMER_EVENTS)
  const append = <Type extends 'new-message' | 'user-joined' | 'user-left'>(
    type: Type,
    data: ChatEvents[Type],
  ): Promise<LoggedEvent> => log.append(type, data)
  const tell = (type: 'user-joined' | 'user-left', user: string): void =>
    void append(type, { user, time: Date.now() }).catch((error) =>
      reportOnConsole(`The room has not heard of ${type}: ${reasonOf(error)}`),
    )

  const presenceListeners = new Set<(data: ChatEvents['presence']) => void>()
  const presence = createPresence({
    graceMs: settings.leaveGraceMs,
    recovered: whoIsIn(log.recovered),
    onJoin: (user) => tell('user-joined', user),
    onLeave: (user) => tell('user-left', user),
    onChange(users) {
      for (const listener of presenceListeners) listener({ users })
    },
  })
  const visits = createVisits(settings)
  const limitMessages = createRateLimit(settings.messageLimit)

  const routes = new Hono<AppEnv>()
    .get('/stream', async (c) => {
      const user = readUserName(c.req.query('user'), 'user')
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      return streams.open(c, 'chat', (stream) => {
        stream.onClose(presence.connect(user))
        log.follow(stream, lastEventId)
        const sendPresence = (data: ChatEvents['presence']): void =>
          stream.send({ type: 'presence', data })
        sendPresence({ users: presence.names })
        presenceListeners.add(sendPresence)
        stream.onClose(() => presenceListeners.delete(sendPresence))
      })
    })
    .get('/since', async (c) => {
      const user = readUserName(c.req.query('user'), 'user')
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      if (c.req.raw.method !== 'HEAD') visits.visit(user, () => presence.connect(user))
      const users = presence.names
      return answerPoll(c, log, lastEventId, { type: 'presence', data: { users } })
    })
    // What somebody has missed, without being in the room: for a tab that came late to the stream of another one.
    .get('/history', async (c) => {
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      const users = presence.names
      return answerPoll(c, log, lastEventId, { type: 'presence', data: { users } })
    })
    .post('/messages', async (c) => {
      limitMessages(c)
      const body = await readJsonObject(c)
      const user = readUserName(body.user, 'user')
      const text = textField(body, 'text', 1, LIMITS.textChars)
      const { id } = await append('new-message', { user, text, time: Date.now() })
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
