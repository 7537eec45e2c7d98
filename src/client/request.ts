/** What one attempt asks for: URL, headers and body, asked for anew each time. */
import { EVENT_STREAM_MIME_TYPE, LAST_EVENT_ID_HEADER } from '../protocol/constants.ts'
import { EventStreamError } from '../protocol/errors.ts'
import type { Environment } from './environment.ts'
import type { AttemptContext, ConnectionOptions, PerAttempt, UrlSource } from './types.ts'

/** Longer ids are not sent: servers refuse the whole request when its head is too large. */
const MAX_SENT_ID_BYTES = 4096
// oxlint-disable-next-line no-control-regex -- what a header cannot carry
const CONTROL_CHARACTER = /[\0-\x1f\x7f]/
const ABSOLUTE_URL = /^([\w+.-]+:)?\/\//

export interface AttemptRequest {
  readonly url: URL
  readonly init: RequestInit
}

/** Rejects as the app's functions do; with a fatal `request` when the URL is not one. */
export async function createRequest(
  urlSource: UrlSource,
  options: ConnectionOptions,
  environment: Environment,
  context: AttemptContext,
): Promise<AttemptRequest> {
  const { method, credentials, baseURL, baseHeaders, headers: ownHeaders } = options
  const url = toAbsoluteUrl(`${await resolve(urlSource, context)}`, baseURL, environment)
  const headers = new Headers({ Accept: EVENT_STREAM_MIME_TYPE })
  for (const source of [baseHeaders, ownHeaders]) {
    const more = await resolve(source, context)
    try {
      new Headers(more).forEach((value, name) => headers.set(name, value))
    } catch {
      throw new EventStreamError('request', 'Invalid header.') // the cause would quote a token
    }
  }
  const body = await resolve(options.body, context)
  const lastEventId = toHeaderValue(context.lastEventId)
  if (lastEventId) headers.set(LAST_EVENT_ID_HEADER, lastEventId)
  const { signal } = context
  return { url, init: { method, headers, body, credentials, cache: 'no-store', signal } }
}

/** GET and HEAD change nothing on the server, so they may be repeated. */
export function isSafeMethod(method = 'GET'): boolean {
  return /^(GET|HEAD)$/i.test(method)
}

/** Asks a function, takes a value. */
export function resolve<T>(source: PerAttempt<T>, context: AttemptContext): T | PromiseLike<T> {
  return typeof source === 'function'
    ? (source as (context: AttemptContext) => T | PromiseLike<T>)(context)
    : source
}

/** No credentials: `fetch` refuses them. The error names no URL and keeps no cause: both may show a token. */
function toAbsoluteUrl(url: string, baseURL: string | undefined, environment: Environment): URL {
  if (baseURL && !ABSOLUTE_URL.test(url)) {
    url = `${baseURL.replace(/\/$/, '')}/${url.replace(/^\//, '')}`
  }
  try {
    const absolute = new URL(url, environment.baseURI())
    if (!absolute.username && !absolute.password) return absolute
  } catch {}
  throw new EventStreamError('request', 'Invalid URL.', { fatal: true })
}

/** An id as UTF-8 in the form that headers take, a character for each byte; undefined when it cannot be sent. */
function toHeaderValue(lastEventId: string): string | undefined {
  const bytes = new TextEncoder().encode(lastEventId)
  if (bytes.length > MAX_SENT_ID_BYTES || CONTROL_CHARACTER.test(lastEventId)) return undefined
  return String.fromCharCode(...bytes)
}
