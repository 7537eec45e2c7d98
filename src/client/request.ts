/** What one attempt asks for: URL, headers and body, asked for anew each time. */
import { EVENT_STREAM_MIME_TYPE, LAST_EVENT_ID_HEADER } from '../protocol/constants.ts'
import { EventStreamError } from '../protocol/errors.ts'
import type { Environment } from './environment.ts'
import type { AttemptContext, ConnectionOptions, PerAttempt, UrlSource } from './types.ts'

/** Longer ids are not sent: servers refuse the whole request when its head is too large. */
const MAX_SENT_ID_BYTES = 4096
/** What a header cannot carry, and tab, which would be lost at its ends. */
// oxlint-disable-next-line no-control-regex
const CONTROL_CHARACTER = /[\0-\x1f\x7f]/
const ABSOLUTE_URL = /^([a-z][a-z\d+.-]*:)?\/\//i

export interface AttemptRequest {
  readonly url: string
  readonly init: RequestInit
}

export async function createRequest(
  source: UrlSource,
  options: ConnectionOptions,
  environment: Environment,
  context: AttemptContext,
): Promise<AttemptRequest> {
  const base = {
    url: await resolve(source, context),
    method: options.method ?? 'GET',
    headers: new Headers(await resolve(options.headers, context)),
    body: (await resolve(options.body, context)) ?? null,
  }
  if (!base.headers.has('Accept')) base.headers.set('Accept', EVENT_STREAM_MIME_TYPE)
  const lastEventId = headerValue(context.lastEventId)
  if (lastEventId) base.headers.set(LAST_EVENT_ID_HEADER, lastEventId)
  const { url, ...request } = { ...base, ...(await options.request?.({ ...context, ...base })) }
  return {
    url: absoluteUrl(url, options.baseURL, environment),
    init: {
      ...request,
      credentials: options.credentials ?? 'same-origin',
      cache: 'no-store',
      signal: context.signal,
    },
  }
}

function resolve<T>(source: PerAttempt<T>, context: AttemptContext): T | PromiseLike<T> {
  return typeof source === 'function'
    ? (source as (context: AttemptContext) => T | PromiseLike<T>)(context)
    : source
}

function absoluteUrl(
  url: string | URL,
  baseURL: string | undefined,
  environment: Environment,
): string {
  try {
    return new URL(joinUrl(String(url), baseURL), environment.baseURI()).href
  } catch (cause) {
    throw new EventStreamError(
      'request',
      `"${withoutSecrets(String(url))}" is not a URL here. Outside a page it must be absolute, or baseURL must be.`,
      { cause, fatal: true },
    )
  }
}

function joinUrl(url: string, baseURL: string | undefined): string {
  if (!baseURL || ABSOLUTE_URL.test(url)) return url
  return `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`
}

/** A URL for people to read: its query, fragment and credentials may hold tokens. */
export function withoutSecrets(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^([a-z][a-z\d+.-]*:)?\/\/[^/]*@/i, '$1//')
}

/** An id as UTF-8 in the form that headers take: a character for each byte. Undefined when it cannot be sent. */
function headerValue(lastEventId: string): string | undefined {
  if (CONTROL_CHARACTER.test(lastEventId)) return undefined
  const bytes = new TextEncoder().encode(lastEventId)
  return bytes.length > MAX_SENT_ID_BYTES ? undefined : String.fromCharCode(...bytes)
}
