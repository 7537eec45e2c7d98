/** Whether an answer is the stream, and how its body is read. */
import { EventStreamError } from '../../protocol/errors.ts'
import { hintOfType } from './hints.ts'
import { createUtf8Decoder } from '../../protocol/text-decoder.ts'
import { unsupported } from './unsupported.ts'
import type { EventStreamErrorDetails } from '../../protocol/errors.ts'
import type { Environment } from '../environment.ts'
import type { Asking } from './transport.ts'

/** The longest wait that a server can ask for. */
export const MAX_SERVER_DELAY_MS = 3_600_000
/** Statuses under 500 with which a server asks for the same request later. */
const TEMPORARY = [408, 425, 429]
const PROBLEM = /^application\/problem\+json *(;|$)/i
/** How much of a body an error keeps, and how long it waits for it. */
const MAX_EXCERPT_CHARS = 4096
const MAX_EXCERPT_MS = 1000

/**
 * Judges a response by its head; undefined when it is what was asked for.
 * @param wasOpen Whether this URL was a stream before: a page in place of it is then a captive portal or a deploy
 * that passes, not a wrong URL.
 */
export function judgeResponse(
  { status, headers, body }: Response,
  { types, accept, isStream }: Asking,
  wasOpen: boolean,
): EventStreamError | undefined {
  if (status !== 200) {
    const fatal = status < 500 && !TEMPORARY.includes(status)
    const text = `The server answered ${status}.`
    return new EventStreamError('http-status', text, { status, fatal })
  }
  const contentType = headers.get('Content-Type') ?? 'of no type'
  if (types.test(contentType)) {
    const isUnreadable = isStream && body === undefined
    return isUnreadable ? unsupported('This fetch cannot stream.') : undefined
  }
  const text = `The answer is ${contentType}, not ${accept}.`
  const hint = hintOfType(contentType, accept)
  return new EventStreamError('content-type', text, { status, fatal: !wasOpen, hint })
}

/**
 * The body's bytes until its end, or until the signal is aborted. Before each read it waits for what `whenReady`
 * returns: TCP then slows the server. (`pipeThrough` was measured 4 to 20 times slower than reading.)
 */
export async function readBody(
  response: Response,
  signal: AbortSignal,
  whenReady: () => Promise<void> | undefined,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  const { body } = response
  // Where `fetch` cannot stream there is the text.
  if (body === undefined) return onBytes(new TextEncoder().encode(await response.text()))
  const reader = body?.getReader()
  // For a `fetch` of the app's own that does not look at the signal: nothing may stay open.
  const cancel = (): void => void reader?.cancel().catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    while (reader && !signal.aborted) {
      const wait = whenReady()
      if (wait) await wait
      const { done, value } = await reader.read()
      if (done || signal.aborted) return
      onBytes(value)
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}

/** What the body of an answer that is not the stream says: its beginning, and the problem if it is one. */
export async function readExcerpt(
  response: Response,
  signal: AbortSignal,
  { after }: Environment,
): Promise<EventStreamErrorDetails> {
  const controller = new AbortController()
  const stop = (): void => {
    cancelTimer()
    controller.abort()
  }
  const cancelTimer = after(MAX_EXCERPT_MS, stop)
  signal.addEventListener('abort', stop)
  const decoder = createUtf8Decoder()
  let body = ''
  const keepAll = (): undefined => undefined
  try {
    await readBody(response, controller.signal, keepAll, (chunk) => {
      body += decoder.decode(chunk)
      if (body.length >= MAX_EXCERPT_CHARS) stop()
    })
  } catch {
    // What has come until it broke off is what there is.
  }
  stop()
  body = body.slice(0, MAX_EXCERPT_CHARS)
  const isProblem = PROBLEM.test(`${response.headers.get('Content-Type')}`)
  return { body, problem: isProblem ? parseObject(body) : undefined }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (value && typeof value === 'object' && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {}
  return undefined
}

/** `Retry-After` in milliseconds from now, at most an hour: seconds, or a date, which is the server's. @see RFC 9110, 10.2.3 */
export function retryAfter({ headers }: Response, now: number): number {
  const value = headers.get('Retry-After') ?? ''
  const isSeconds = /^\d+$/.test(value)
  if (!isSeconds && !value.endsWith('GMT')) return 0
  const time = isSeconds
    ? Number(value) * 1000
    : Date.parse(value) - (Date.parse(headers.get('Date') ?? '') || now) || 0
  return Math.min(time, MAX_SERVER_DELAY_MS)
}
