/** The news feed: what the newsroom and people write, each under its category as event type. */
import { join } from 'node:path'
import { Hono } from 'hono'
import { LIMITS, NEWS_CATEGORIES } from '../shared/contract.ts'
import { createEventLog } from './event-log.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { createNewsroom } from './newsroom.ts'
import { answerPoll } from './poll-answer.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { createVisits } from './visits.ts'
import type { NewsCategory, NewsItem } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { LoggedEvent } from './event-log.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'

export interface News {
  readonly routes: Hono<AppEnv>
  close(): void
}

const NEWCOMER_EVENTS = 100

export function createNews(settings: Settings, streams: OpenStreams): News {
  const log = createEventLog({
    file: join(settings.dataDir, 'news.ndjson'),
    capacity: settings.historyLimit,
    newcomerEvents: NEWCOMER_EVENTS,
  })
  const publish = (category: NewsCategory, item: Omit<NewsItem, 'time'>): LoggedEvent =>
    log.append(category, { ...item, time: Date.now() } satisfies NewsItem)
  const newsroom = createNewsroom({
    intervalMs: settings.newsIntervalMs,
    lastStoryTime: timeOf(log.events.at(-1)),
    onStory: ({ category, ...item }) => publish(category, item),
  })
  const visits = createVisits(settings)
  const limitNews = createRateLimit(settings.messageLimit)

  const routes = new Hono<AppEnv>()
    .get('/stream', (c) => {
      const lastEventId = readLastEventId(c)
      return streams.open(c, 'news', (stream) => {
        stream.onClose(log.subscribe(lastEventId, stream.send))
        stream.onClose(newsroom.addReader())
      })
    })
    .get('/since', (c) => {
      // The newsroom writes while anybody reads: it need not know how many.
      if (c.req.raw.method !== 'HEAD') visits.visit('readers', newsroom.addReader)
      return answerPoll(c, log, readLastEventId(c))
    })
    .get('/history', (c) => answerPoll(c, log, readLastEventId(c)))
    .post('/', async (c) => {
      limitNews(c)
      const body = await readJsonObject(c)
      const category = NEWS_CATEGORIES.find((name) => name === body.category)
      if (!category) {
        throw new RequestProblem(400, `"category" must be one of ${NEWS_CATEGORIES.join(', ')}`)
      }
      const headline = textField(body, 'headline', 1, LIMITS.headlineChars)
      const summary = textField(body, 'summary', 0, LIMITS.summaryChars)
      return c.json({ id: publish(category, { headline, summary }).id }, 201)
    })

  return {
    routes,
    close() {
      newsroom.close()
      visits.close()
      log.close()
    },
  }
}

function timeOf(event: LoggedEvent | undefined): number {
  const time = (event?.data as { time?: unknown } | null | undefined)?.time
  return typeof time === 'number' ? time : 0
}
