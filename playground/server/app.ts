/** The playground's API, put together: the same app in Vite's dev server and stand-alone. */
import { Hono } from 'hono'
import { createAssistant } from './assistant.ts'
import { createBuildRoutes } from './build-routes.ts'
import { createBuilds } from './builds.ts'
import { createChat } from './chat.ts'
import { createConnections } from './connections.ts'
import { createFirehoseRoutes } from './firehose.ts'
import { createServerLog } from './log.ts'
import { createNews } from './news.ts'
import { createNotifications } from './notifications.ts'
import { createOpenStreams } from './open-streams.ts'
import { RequestProblem, problemResponse, toProblem } from './problem.ts'
import { sameOriginWrites } from './same-origin.ts'
import { createSessions } from './sessions.ts'
import { createTopics } from './topics.ts'
import { createUploadRoutes } from './upload-routes.ts'
import { createUploads } from './uploads.ts'
import type { AppEnv } from './app-env.ts'
import type { Settings } from './settings.ts'

export interface App {
  readonly routes: Hono<AppEnv>
  /** Ends all streams, stops all timers, closes all files. From then on every request is answered 503. */
  close(): Promise<void>
}

export function createApp(settings: Settings): App {
  const startedAt = Date.now()
  const streams = createOpenStreams(settings)
  const topics = createTopics(settings)
  const sessions = createSessions(settings)
  const chat = createChat(settings, streams, topics)
  const news = createNews(settings, streams, topics)
  const notifications = createNotifications(settings, streams, topics, sessions)
  const connections = createConnections(settings, streams)
  const assistant = createAssistant(settings, streams)
  const uploads = createUploads(settings)
  const builds = createBuilds(settings)
  const log = createServerLog(settings, streams)
  let isClosed = false

  const routes = new Hono<AppEnv>()
    .use(async (c, next) => {
      if (isClosed) throw new RequestProblem(503, 'The server is closing')
      await next()
      c.header('X-Content-Type-Options', 'nosniff')
    })
    .use(log.noteRequest)
    .use(sameOriginWrites)
    .route('/api/chat', chat.routes)
    .route('/api/news', news.routes)
    .route('/api/session', sessions.routes)
    .route('/api/notifications', notifications.routes)
    .route('/api/connections', connections.routes)
    .route('/api/assistant', assistant.routes)
    .route('/api/builds', createBuildRoutes(builds, settings, streams))
    .route('/api/uploads', createUploadRoutes(uploads, streams))
    .route('/api/log', log.routes)
    .route('/api/firehose', createFirehoseRoutes(settings, streams))
    .get('/api/health', (c) =>
      c.json({ status: 'ok', streams: streams.size, uptimeMs: Date.now() - startedAt }),
    )
    .notFound(() => problemResponse(new RequestProblem(404, 'There is no such address')))
    .onError((error) => problemResponse(toProblem(error)))

  return {
    routes,
    async close() {
      if (isClosed) return
      isClosed = true
      // Presence stops before the streams end: a server that restarts has not emptied the room.
      chat.close()
      news.close()
      notifications.close()
      sessions.close()
      connections.close()
      assistant.close()
      await Promise.all([uploads.close(), builds.close()])
      streams.close()
      topics.close()
      log.close()
    },
  }
}
