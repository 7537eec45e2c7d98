/** Notifications: a POST that everybody who listens hears of, or one person only, and a log for those who come back. */
import { Hono } from 'hono'
import { LIMITS, NOTIFICATION_LEVELS } from '../shared/contract.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { readUserName } from './user-name.ts'
import type { Context } from 'hono'
import type { NotificationEvents, NotificationReceipt } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { EventFilter } from './event-log.ts'
import type { JsonObject } from './json-body.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Session, Sessions } from './sessions.ts'
import type { Settings } from './settings.ts'
import type { Topics } from './topics.ts'

export interface Notifications {
  readonly routes: Hono<AppEnv>
  close(): void
}

const TOPIC = 'notifications'

export function createNotifications(
  settings: Settings,
  streams: OpenStreams,
  topics: Topics,
  sessions: Sessions,
): Notifications {
  const log = topics.open('notifications', LIMITS.notifications)
  const limitNotifications = createRateLimit(settings.messageLimit)

  async function openStream(c: Context<AppEnv>, session?: Session): Promise<Response> {
    const lastEventId = readLastEventId(c)
    await log.reach(lastEventId)
    return streams.open(c, TOPIC, (stream) => {
      if (session) stream.onClose(session.onEnd(stream.end))
      log.follow(stream, lastEventId, visibleTo(session))
    })
  }

  async function answer(c: Context<AppEnv>, session?: Session): Promise<Response> {
    const lastEventId = readLastEventId(c)
    await log.reach(lastEventId)
    return answerPoll(c, { since: (id) => log.since(id, visibleTo(session)) }, lastEventId)
  }

  const routes = new Hono<AppEnv>()
    .get('/stream', (c) => openStream(c))
    .on('GET', ['/since', '/history'], (c) => answer(c))
    .get('/mine/stream', (c) => openStream(c, sessions.require(c)))
    .on('GET', ['/mine/since', '/mine/history'], (c) => answer(c, sessions.require(c)))
    .post('/', async (c) => {
      limitNotifications(c)
      const body = await readJsonObject(c)
      const level = NOTIFICATION_LEVELS.find((name) => name === body.level)
      if (!level) {
        throw new RequestProblem(400, `"level" must be one of ${NOTIFICATION_LEVELS.join(', ')}`)
      }
      const title = textField(body, 'title', 1, LIMITS.titleChars)
      const text = textField(body, 'text', 0, LIMITS.noteChars)
      const to = readRecipient(body)
      const notification: NotificationEvents['notification'] = {
        ...{ level, title, text },
        time: Date.now(),
        ...(to !== undefined && { to }),
      }
      const { id } = await log.append('notification', notification)
      const receipt: NotificationReceipt =
        to === undefined ? { id, connections: streams.count(TOPIC) } : { id }
      return c.json(receipt, 201)
    })

  return { routes, close: log.close }
}

/** Asked for every event, replayed or live. */
function visibleTo(session: Session | undefined): EventFilter {
  return ({ data }) => {
    const { to } = data as NotificationEvents['notification']
    return to === undefined || to === session?.user
  }
}

function readRecipient({ to }: JsonObject): string | undefined {
  return to === undefined || to === '' ? undefined : readUserName(to, 'to')
}
