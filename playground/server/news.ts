/** The news feed: what the newsroom and people write, each under its category as event type. */
import { Hono } from 'hono'
import { LIMITS, NEWS_CATEGORIES } from '../shared/contract.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { createNewsroom } from './newsroom.ts'
import { answerPoll } from './poll-answer.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { reasonOf, reportOnConsole } from './report.ts'
import { createVisits } from './visits.ts'
import type { NewsCategory, NewsItem } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { LoggedEvent } from './event-log.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'
import type { Story } from './newsroom.ts'
import type { Topics } from './topics.ts'

export interface News {
  readonly routes: Hono<AppEnv>
  close(): void
}

const NEWCOMER_EVENTS = 100
/** Of an interval: the next turn is free when it is due. */
const TURN = 0.9

export function createNews(settings: Settings, streams: OpenStreams, topics: Topics): News {
  const log = topics.open('news', NEWCOMER_EVENTS)
  const publish = (category: NewsCategory, item: Omit<NewsItem, 'time'>): Promise<LoggedEvent> =>
    log.append(category, { ...item, time: Date.now() } satisfies NewsItem)

  /** Several servers have one newsroom. */
  async function publishInTurn({ category, ...item }: Story): Promise<void> {
    try {
      if (await log.takeTurn(Math.ceil(settings.newsIntervalMs * TURN)))
        await publish(category, item)
    } catch (error) {
      reportOnConsole(`A story was not published: ${reasonOf(error)}`)
    }
  }

  const newsroom = createNewsroom({
    intervalMs: settings.newsIntervalMs,
    lastStoryTime: timeOf(log.recovered.at(-1)),
    onStory: (story) => void publishInTurn(story),
  })
  const visits = createVisits(settings)
  const limitNews = createRateLimit(settings.messageLimit)

  const routes = new Hono<AppEnv>()
    .get('/stream', async (c) => {
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      return streams.open(c, 'news', (stream) => {
        log.follow(stream, lastEventId)
        stream.onClose(newsroom.addReader())
      })
    })
    .get('/since', async (c) => {
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      // The newsroom writes while anybody reads: it need not know how many.
      if (c.req.raw.method !== 'HEAD') visits.visit('readers', newsroom.addReader)
      return answerPoll(c, log, lastEventId)
    })
    .get('/history', async (c) => {
      const lastEventId = readLastEventId(c)
      await log.reach(lastEventId)
      return answerPoll(c, log, lastEventId)
    })
    .post('/', async (c) => {
      limitNews(c)
      const body = await readJsonObject(c)
      const category = NEWS_CATEGORIES.find((name) => name === body.category)
      if (!category) {
        throw new RequestProblem(400, `"category" must be one of ${NEWS_CATEGORIES.join(', ')}`)
      }
      const headline = textField(body, 'headline', 1, LIMITS.headlineChars)
      const summary = textField(body, 'summary', 0, LIMITS.summaryChars)
      return c.json({ id: (await publish(category, { headline, summary })).id }, 201)
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
