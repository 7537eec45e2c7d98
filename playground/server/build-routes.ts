/** Builds over HTTP: start one or join the one that runs, find it again, watch it. */
import { Hono } from 'hono'
import { readJsonObject } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { answerPoll } from './poll-answer.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import type { BuildTicket } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { Build, Builds } from './builds.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'

export function createBuildRoutes(
  builds: Builds,
  settings: Settings,
  streams: OpenStreams,
): Hono<AppEnv> {
  const limitBuilds = createRateLimit(settings.messageLimit)

  return new Hono<AppEnv>()
    .post('/', async (c) => {
      limitBuilds(c)
      const { damage = false } = await readJsonObject(c)
      if (typeof damage !== 'boolean') {
        throw new RequestProblem(400, '"damage" must be true or false')
      }
      const running = builds.latest?.isRunning ? builds.latest : undefined
      const { id } = running ?? builds.start({ damage })
      return c.json({ id } satisfies BuildTicket, running ? 200 : 201)
    })
    .get('/latest', (c) => {
      c.header('Cache-Control', 'no-store')
      const { latest } = builds
      return latest ? c.json({ id: latest.id } satisfies BuildTicket) : c.body(null, 204)
    })
    .get('/:id/stream', (c) => {
      const build = builds.find(c.req.param('id'))
      const lastEventId = readLastEventId(c)
      if (isKnown(build, lastEventId)) return c.body(null, 204)
      return streams.open(c, 'build', (stream) => {
        const unsubscribe = build.events.subscribe(lastEventId, (event) => {
          stream.send(event)
          if (event.type === 'complete' || event.type === 'failed') stream.end()
        })
        stream.onClose(unsubscribe)
      })
    })
    .get('/:id/since', (c) => {
      const build = builds.find(c.req.param('id'))
      const lastEventId = readLastEventId(c)
      if (isKnown(build, lastEventId)) return c.body(null, 204)
      return answerPoll(c, build.events, lastEventId)
    })
}

/** Everything, to its last event. 204 then tells clients not to come back: there will never be anything else. */
function isKnown({ events, isRunning }: Build, lastEventId: string | null): boolean {
  return !isRunning && lastEventId === events.lastId
}
