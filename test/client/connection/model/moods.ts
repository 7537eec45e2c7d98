/** Servers that answer everything at once, always in the same way: to make the client send as much as it can. */
import * as server from './server-verbs.ts'
import type { Attempt } from './attempts.ts'
import type { StreamModel } from './stream-model.ts'

export const MOODS = {
  'one new event, retry: 0, and the end': (model, attempt) => {
    const wire = server.answerStream(model, attempt, { isInclusive: false, lineEnd: '\n' })
    server.append(model, model.state.source!, 'own-id', '\n')
    server.say(wire, 'retry: 0', '\n')
    flushAndEnd(model, wire)
  },
  'a greeting and the end': (model, attempt) => {
    const wire = server.answerStream(model, attempt, { isInclusive: true, lineEnd: '\n' })
    server.say(wire, 'greeting', '\n')
    flushAndEnd(model, wire)
  },
  'a cut': (model, attempt) =>
    server.cut(model, server.answerStream(model, attempt, { isInclusive: true, lineEnd: '\n' })),
  'no network': server.refuse,
  'a page': server.answerPage,
  'retry now': (model, attempt) =>
    server.answerStatus(model, attempt, {
      ...{ status: 503, body: 'text', retryAfter: { seconds: 0, isDate: false } },
    }),
  'no access': (model, attempt) =>
    server.answerStatus(model, attempt, { status: 401, body: 'none', retryAfter: undefined }),
  'redirects that lead nowhere': (model, attempt) =>
    attempt.request.init.redirect === 'manual'
      ? server.answerRedirect(model, attempt)
      : server.refuse(model, attempt),
} satisfies Record<string, (model: StreamModel, attempt: Attempt) => void>

function flushAndEnd(model: StreamModel, wire: ReturnType<typeof server.answerStream>): void {
  server.flow(model, wire, wire.waiting, wire.waiting)
  server.end(model, wire)
}
