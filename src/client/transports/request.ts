/** What one attempt asks for: URL, headers and body, asked for anew each time. */
import { EVENT_STREAM_MIME_TYPE, LAST_EVENT_ID_HEADER } from '../../protocol/constants.ts'
import { EventStreamError } from '../../protocol/errors.ts'
import type { Environment } from '../environment.ts'
import type {
  AttemptContext,
  ConnectionOptions,
  PerAttempt,
  ResumeOptions,
  UrlSource,
} from '../options.ts'

/** Longer ids are not sent: servers refuse the whole request when its head is too large. */
const MAX_SENT_ID_BYTES = 4096
/** What a header cannot carry: control characters, and spaces at its ends. */
// oxlint-disable-next-line no-control-regex
const UNSENDABLE = /[\0-\x1f\x7f]|^ | $/
const ABSOLUTE_URL = /^([\w+.-]+:)?\/\//

export interface AttemptRequest {
  readonly url: string
  readonly init: RequestInit
  /** There is a cursor, and nothing of the request carries it. */
  readonly isIdUnsent: boolean
  /** The cursor is in a header. */
  readonly isIdInHeader: boolean
  /** The server is of another origin: a browser asks it for leave before it sends such a header. */
  readonly isCrossOrigin: boolean
}

/**
 * Rejects as the app's functions do; with a fatal `request` when the URL is not one.
 * @param omitsHeader Whether the cursor is kept out of the header.
 * @param via Where the cursor goes.
 */
export async function createRequest(
  urlSource: UrlSource,
  options: ConnectionOptions,
  environment: Environment,
  context: AttemptContext,
  omitsHeader: boolean,
  accept: string = EVENT_STREAM_MIME_TYPE,
  via: ResumeOptions['via'] = options.resume?.via,
): Promise<AttemptRequest> {
  const { credentials, baseURL, baseHeaders, headers: ownHeaders, method } = options
  const { param = 'lastEventId' } = options.resume ?? {}
  const { lastEventId, signal } = context
  const url = toAbsoluteUrl(`${await resolve(urlSource, context)}`, baseURL, environment)
  let headers = new Headers({ Accept: accept })
  for (const source of [baseHeaders, ownHeaders]) {
    toHeaders(await resolve(source, context)).forEach((value, name) => headers.set(name, value))
  }
  const body = await resolve(options.body, context)
  const id = toHeaderValue(lastEventId)
  const header = via !== 'query' && !omitsHeader && !UNSENDABLE.test(lastEventId) && id
  const isInQuery = (via ?? 'header') !== 'header' && id && fitsIntoQuery(lastEventId)
  if (header) headers.set(LAST_EVENT_ID_HEADER, header)
  if (isInQuery) url.searchParams.set(param, lastEventId)

  const asked = { ...context, url: url.href, method: method ?? 'GET', headers, body }
  const other = (await options.request?.(asked)) ?? {}
  if (other.headers) headers = toHeaders(other.headers)
  // An app that makes a URL or a body of its own puts the cursor where its server wants it.
  const isOwn = other.url !== undefined || other.body !== undefined
  const isIdInHeader = headers.has(LAST_EVENT_ID_HEADER)
  const { href, origin } = other.url ? toAbsoluteUrl(`${other.url}`, baseURL, environment) : url
  const base = environment.baseURI()
  return {
    url: href,
    init: {
      method: other.method ?? method,
      body: other.body === undefined ? body : other.body,
      headers,
      credentials,
      cache: 'no-store',
      signal,
    },
    isIdUnsent: !!lastEventId && !isIdInHeader && !isInQuery && !isOwn,
    isIdInHeader,
    isCrossOrigin: !!base && new URL(base).origin !== origin,
  }
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
export function toAbsoluteUrl(
  url: string,
  baseURL: string | undefined,
  environment: Environment,
): URL {
  if (baseURL && !ABSOLUTE_URL.test(url)) {
    url = `${baseURL.replace(/\/$/, '')}/${url.replace(/^\//, '')}`
  }
  try {
    const absolute = new URL(url, environment.baseURI())
    if (!absolute.username && !absolute.password) return absolute
  } catch {}
  throw new EventStreamError('request', 'Invalid URL.', { fatal: true })
}

/** Of an absolute URL: the rest may hold a token. */
export function withoutQuery(href: string): string {
  return href.replace(/[?#][^]*/, '')
}

/** Undefined when it is no URL: the first attempt says what is wrong with it. */
export function absoluteHref(
  url: string,
  baseURL: string | undefined,
  environment: Environment,
): string | undefined {
  try {
    return toAbsoluteUrl(url, baseURL, environment).href
  } catch {
    return undefined
  }
}

/** The cause of what `Headers` throws would quote a token. */
export function toHeaders(init: HeadersInit | undefined): Headers {
  try {
    return new Headers(init)
  } catch {
    throw new EventStreamError('request', 'Invalid header.')
  }
}

/** In a query a byte takes up to three characters, and servers limit the length of the URL as they do that of a header. */
function fitsIntoQuery(lastEventId: string): boolean {
  return `${new URLSearchParams({ id: lastEventId })}`.length <= MAX_SENT_ID_BYTES
}

/** An id as UTF-8 in the form that headers take, a character for each byte; empty when it is too long to be sent. */
export function toHeaderValue(lastEventId: string): string {
  const bytes = new TextEncoder().encode(lastEventId)
  return bytes.length > MAX_SENT_ID_BYTES ? '' : String.fromCharCode(...bytes)
}
