/** The path `/script`: does what the test has written into the URL, one answer for each request of a tag. */
import { startStream } from './fault-stream.ts'
import type { Exchange } from './fault-stream.ts'

export interface Answer {
  /** @default 200 */
  status?: number
  /** An event stream unless they have another `Content-Type`. */
  headers?: Record<string, string>
  text?: string
  /** By default the last answer stays open if it is a stream, and all others end cleanly. */
  end?: 'clean' | 'cut' | 'open'
}

/** The path of a server that gives these answers, one for each request, and the last one to all further ones. */
export function script(...answers: readonly (string | Answer)[]): string {
  return `/script?answers=${encodeURIComponent(JSON.stringify(answers))}`
}

/** A stream that ends after this text, also when it is the last answer. */
export function ended(text: string, headers: Record<string, string> = {}): Answer {
  return { text, headers, end: 'clean' }
}

/** Blocks with these ids, whose data are the ids. */
export function blocks(...ids: (string | number)[]): string {
  return ids.map((id) => block(id, id)).join('')
}

/** A message with an id and data of its own. */
export function block(id: string | number, data: unknown): string {
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A message without an id of its own. */
export function bare(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** `answers=<JSON>&loop`: with `loop` they go round for ever, and every stream ends. */
export function respondWithScript({ query, nth, response }: Exchange): void {
  const answers = JSON.parse(query.get('answers')!) as (string | Answer)[]
  const isLoop = query.has('loop')
  const index = isLoop ? nth % answers.length : Math.min(nth, answers.length - 1)
  const given = answers[index]!
  const { status = 200, headers, text = '', ...more } = toAnswer(given)
  const isLast = !isLoop && index === answers.length - 1
  const { end = isLast && status === 200 && !headers?.['Content-Type'] ? 'open' : 'clean' } = more

  if (status === 200) startStream(response, headers)
  else response.writeHead(status, headers).flushHeaders()
  if (end === 'clean') response.end(text)
  else if (end === 'cut') response.write(text || ':', () => response.destroy())
  else if (text) response.write(text)
}

function toAnswer(answer: string | Answer): Answer {
  return typeof answer === 'string' ? { text: answer } : answer
}
