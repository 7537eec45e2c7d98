/** Notifications: a POST that everybody who listens hears of, and a log for those who come back. */
import { Hono } from 'hono'
import { LIMITS, NOTIFICATION_LEVELS } from '../shared/contract.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import type { NotificationEvents, NotificationReceipt } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { OpenStreams } from './open-streams.ts'
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
): Notifications {
  const log = topics.open('notifications', LIMITS.notifications)
  const limitNotifications = createRateLimit(settings.messageLimit)

  const routes = new Hono<AppEnv>()
    .get('/stream', async (c) => {
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      return streams.open(c, TOPIC, (stream) => log.follow(stream, lastEventId))
    })
    .on('GET', ['/since', '/history'], async (c) => {
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      return answerPoll(c, log, lastEventId)
    })
    .post('/', async (c) => {
      limitNotifications(c)
      const body = await readJsonObject(c)
      const level = NOTIFICATION_LEVELS.find((name) => name === body.level)
      if (!level) {
        throw new RequestProblem(400, `"level" must be one of ${NOTIFICATION_LEVELS.join(', ')}`)
      }
      const title = textField(body, 'title', 1, LIMITS.titleChars)
      const text = textField(body, 'text', 0, LIMITS.noteChars)
      const notification: NotificationEvents['notification'] = {
        ...{ level, title, text },
        time: Date.now(),
      }
      const { id } = await log.append('notification', notification)
      return c.json({ id, connections: streams.count(TOPIC) } satisfies NotificationReceipt, 201)
    })

  return { routes, close: log.close }
}
