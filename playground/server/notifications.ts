/** Notifications: a POST that everybody who listens hears of, and a log for those who come back. */
import { join } from 'node:path'
import { Hono } from 'hono'
import { LIMITS, NOTIFICATION_LEVELS } from '../shared/contract.ts'
import { createEventLog } from './event-log.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import type { NotificationEvents, NotificationReceipt } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'

export interface Notifications {
  readonly routes: Hono<AppEnv>
  close(): void
}

const TOPIC = 'notifications'

export function createNotifications(settings: Settings, streams: OpenStreams): Notifications {
  const log = createEventLog({
    file: join(settings.dataDir, 'notifications.ndjson'),
    capacity: settings.historyLimit,
    newcomerEvents: LIMITS.notifications,
  })
  const limitNotifications = createRateLimit(settings.messageLimit)

  const routes = new Hono<AppEnv>()
    .get('/stream', (c) => {
      const lastEventId = readLastEventId(c)
      return streams.open(c, TOPIC, (stream) =>
        stream.onClose(log.subscribe(lastEventId, stream.send)),
      )
    })
    .get('/since', (c) => answerPoll(c, log, readLastEventId(c)))
    .get('/history', (c) => answerPoll(c, log, readLastEventId(c)))
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
      const { id } = log.append('notification', notification)
      return c.json({ id, connections: streams.count(TOPIC) } satisfies NotificationReceipt, 201)
    })

  return { routes, close: log.close }
}
