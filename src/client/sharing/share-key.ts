/** What two streams must have in common to use one connection. */
import { fingerprint } from '../position/fingerprint.ts'
import { absoluteHref } from '../transports/request.ts'
import type { ConnectionSetup } from '../connection/connection-types.ts'
import type { Environment } from '../environment.ts'
import type { EventStreamOptions, UrlSource } from '../options.ts'

/** What a shared connection is made with: all that is not one subscriber's own. */
export type SharedOptions = ConnectionSetup & EventStreamOptions<any>

/** What each subscriber has of its own: how it listens, and from where. */
const OWN =
  /^(on([A-Z]\w*)?|decode|schema|immediate|enabled|queue|flush|share|connections|initialLastEventId)$/
/** In the URL, the same for all that are shared, and compared apart. */
const NO_DIFFERENCE = /^(baseURL|method|environment)$/
/** For the eyes of whoever looks for a bug, and new for each stream. */
const INSIGHT = /^(debug|warn)$/
/** Whose they are is what the identity says, and they may change while it stays. */
const CREDENTIALS = /^(authorization|proxy-authorization|cookie|x-[cx]srf-token)$/i

const WIRE_VERSION = 1

/**
 * The URL and all options that decide about the connection, as a text that nobody gets to see: it may hold secrets.
 * Functions and instances count by reference.
 */
export function appKey(
  source: UrlSource,
  options: SharedOptions,
  environment: Environment,
  reference: (value: object) => string,
): string {
  const members = Object.entries(environment).filter(([name]) => !INSIGHT.test(name))
  const referred = members.map(([name, member]) => [name, member && reference(member)])
  const platform: unknown = Object.fromEntries(referred)
  const compared = [urlOf(source, options, environment), differences(options), platform]
  return canonical(compared, reference)
}

/**
 * The name under which tabs meet; it shows nothing of the URL, the identity and the headers. Tabs have no functions in
 * common: they count as equal, as the app's code is. Credentials do not count.
 */
export function tabsName(source: string, options: SharedOptions, environment: Environment): string {
  const { headers, baseHeaders, ...others } = differences(options)
  const compared = { ...others, headers: [headers, baseHeaders].map(withoutCredentials) }
  const key = canonical([urlOf(source, options, environment), compared], (value) => typeof value)
  // Two of 53 bits, so that no two keys meet by chance.
  const hash = [fingerprint(key), fingerprint(`${key.length}${key}`)].map((n) => n.toString(36))
  return `vue-event-stream/${WIRE_VERSION}:${hash.join('')}`
}

/** Numbers for what has no text. */
export function createReferences(): (value: object) => string {
  const numbers = new WeakMap<object, number>()
  let count = 0
  return (value) => {
    const number = numbers.get(value) ?? ++count
    numbers.set(value, number)
    return `#${number}`
  }
}

function differences(options: SharedOptions): Record<string, unknown> {
  const { getEventId, dedupe, until, failWhen, caughtUp, decode } = options
  const { credentials = 'same-origin' } = options
  const asked = [getEventId, dedupe, until, failWhen, caughtUp]
  const looksInside = asked.some((fn) => typeof fn === 'function')
  const entries = Object.entries({ ...options, credentials })
  const counted = entries.filter(([name]) => !OWN.test(name) && !NO_DIFFERENCE.test(name))
  // What looks into the payload sees what `decode` makes of it.
  return { ...Object.fromEntries(counted), payload: looksInside && decode }
}

function urlOf(source: UrlSource, { baseURL }: SharedOptions, environment: Environment): unknown {
  if (typeof source === 'function') return [source, baseURL]
  // The first attempt says what is wrong with one that is none.
  return absoluteHref(`${source}`, baseURL, environment) ?? source
}

function withoutCredentials(headers: unknown): unknown {
  if (typeof headers === 'function') return headers
  try {
    const pairs = [...new Headers(headers as HeadersInit | undefined)]
    return pairs.filter(([name]) => !CREDENTIALS.test(name))
  } catch {
    return undefined // the first attempt says what is wrong with them
  }
}

/** The order of members does not count. */
function canonical(value: unknown, reference: (value: object) => string): string {
  const describe = (inner: unknown): string => canonical(inner, reference)
  if (Array.isArray(value)) return `[${value.map(describe).join()}]`
  if (value instanceof URL) return describe(value.href)
  if (value instanceof Headers) return describe([...value])
  if (typeof value === 'function') return reference(value)
  if (typeof value !== 'object' || value === null) {
    return `${typeof value} ${JSON.stringify(String(value))}`
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return reference(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const texts = members.map(describe)
  // oxlint-disable-next-line unicorn/no-array-sort -- it is no one else's, and the copying one is younger than our browsers
  return `{${texts.sort().join()}}`
}
