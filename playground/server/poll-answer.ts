/** The answer to somebody who asks what is new, for clients that no stream gets through to. */
import type { Context } from 'hono'
import type { Poll } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { EventLog, StreamEvent } from './event-log.ts'

/** The rest comes with the next answers: the client asks for what follows the last of these. */
const MAX_LOGGED = 1000

/** @param now What is no history: told after it, in every answer. */
export function answerPoll(
  context: Context<AppEnv>,
  log: Pick<EventLog, 'since'>,
  lastEventId: string | null,
  ...now: StreamEvent[]
): Response {
  const missed = log.since(lastEventId).slice(0, MAX_LOGGED)
  const messages = [...missed, ...now].map(({ id, type, data }) => ({ id, type, data }))
  return context.json({ messages } satisfies Poll, 200, { 'Cache-Control': 'no-store' })
}
