/** The assistant: no model, but passages of the project's documents, told word by word. The same question, the same answer. */
import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { ASSISTANT_FAULTS, LIMITS } from '../shared/contract.ts'
import { createAnswer } from './answer.ts'
import { readJsonObject, textField } from './json-body.ts'
import { readLastEventId } from './last-event-id.ts'
import { findPassages, readPassages } from './passages.ts'
import { RequestProblem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import type { Context } from 'hono'
import type { AssistantFault } from '../shared/contract.ts'
import type { Answer } from './answer.ts'
import type { AppEnv } from './app-env.ts'
import type { JsonObject } from './json-body.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Passage } from './passages.ts'
import type { Settings } from './settings.ts'

export interface Assistant {
  readonly routes: Hono<AppEnv>
  close(): void
}

const KEPT_ANSWERS = 100
const NO_ANSWER: Passage = {
  source: 'nowhere',
  text: 'The documents of this project have no word of that. Ask about streams, tabs, retries, queues, uploads, or what happens when a connection is lost.',
}

export function createAssistant(settings: Settings, streams: OpenStreams): Assistant {
  const passages = readPassages()
  /** Oldest first. */
  const answers = new Map<string, Answer>()
  const limitQuestions = createRateLimit(settings.messageLimit)

  function answer(question: string, variant: number, fault: AssistantFault): Answer {
    const found = findPassages(passages, question)
    const { source, text } = found[variant % found.length] ?? NO_ANSWER
    // Nobody can guess the id, so nobody reads what somebody else has asked for.
    const id = randomBytes(12).toString('hex')
    const made = createAnswer({ id, source, text, fault, wordMs: settings.wordMs })
    answers.set(id, made)
    for (const [oldest, { close }] of answers) {
      if (answers.size <= KEPT_ANSWERS) break
      answers.delete(oldest)
      close()
    }
    return made
  }

  function tell(c: Context<AppEnv>, { listen }: Answer, lastEventId: string | null): Response {
    return streams.open(c, 'assistant', ({ send, end, onClose }) => {
      const cut = (): void => void c.env.outgoing.destroy()
      onClose(listen(lastEventId, { send, end, cut }))
    })
  }

  const routes = new Hono<AppEnv>()
    .post('/', async (c) => {
      limitQuestions(c)
      const body = await readJsonObject(c)
      const question = textField(body, 'question', 1, LIMITS.questionChars)
      return tell(c, answer(question, readVariant(body), readFault(body)), null)
    })
    .get('/:id/stream', (c) => {
      const found = answers.get(c.req.param('id'))
      if (!found) {
        throw new RequestProblem(404, 'There is no such answer', 'The server does not remember it.')
      }
      const lastEventId = readLastEventId(c)
      return found.isKnown(lastEventId) ? c.body(null, 204) : tell(c, found, lastEventId)
    })

  return {
    routes,
    close() {
      for (const { close } of answers.values()) close()
    },
  }
}

function readVariant({ variant = 0 }: JsonObject): number {
  if (Number.isInteger(variant) && Number(variant) >= 0 && Number(variant) < LIMITS.variants) {
    return Number(variant)
  }
  throw new RequestProblem(400, `"variant" must be a whole number from 0 to ${LIMITS.variants - 1}`)
}

function readFault({ fault = 'none' }: JsonObject): AssistantFault {
  const known = ASSISTANT_FAULTS.find((name) => name === fault)
  if (known) return known
  throw new RequestProblem(400, `"fault" must be one of ${ASSISTANT_FAULTS.join(', ')}`)
}
