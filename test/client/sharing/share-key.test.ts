// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { appKey, createReferences, tabsName } from '../../../src/client/sharing/share-key.ts'
import { ndjson } from '../../../src/client/formats/ndjson.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import type { EventStreamClientOptions, UrlSource } from '../../../src/client/options.ts'

const { environment } = createFakeEnvironment()
const reference = createReferences()
const key = (options: EventStreamClientOptions<any> = {}, url: UrlSource = '/a'): string =>
  appKey(url, options, { ...environment, ...options.environment }, reference)
const name = (options: EventStreamClientOptions<any> = {}, url = '/a'): string =>
  tabsName(url, options, environment)

const fetchOfApp = (): Promise<Response> => Promise.reject(new Error('never'))
class Token {
  value = 1
}
const token = new Token()
const transport = { name: 'own', connect: async (): Promise<void> => {} }

/** What is compared, and what does not count: the same to apps and to tabs, unless said otherwise. */
const DIFFERENT: [string, EventStreamClientOptions<any>, EventStreamClientOptions<any>][] = [
  ['identity', { identity: 'ada' }, { identity: 'bob' }],
  ['an identity and none', { identity: null }, {}],
  ['an identity and its text', { identity: null }, { identity: 'null' }],
  ['credentials', { credentials: 'include' }, {}],
  ['silenceTimeout', { silenceTimeout: 1000 }, { silenceTimeout: 2000 }],
  ['a number and its text', { silenceTimeout: 1 }, { silenceTimeout: '1' as never }],
  ['connectTimeout', { connectTimeout: 1000 }, {}],
  ['reconnect', { reconnect: { maxDelay: 1000 } }, { reconnect: { maxDelay: 2000 } }],
  ['headers', { headers: { 'x-a': '1' } }, { headers: { 'x-a': '2' } }],
  ['headers as Headers', { headers: new Headers({ a: '1' }) }, { headers: new Headers() }],
  ["the plugin's headers", { baseHeaders: { 'x-a': '1' } }, {}],
  ['resume', { resume: { via: 'query' } }, { resume: { via: 'both' } }],
  ['until', { until: 'end' }, { until: 'done' }],
  ['dedupe', { dedupe: false }, {}],
  ['whenHidden', { whenHidden: 'disconnect' }, {}],
  ['appVersion', { appVersion: '1' }, { appVersion: '2' }],
  ['fallback', { fallback: false }, {}],
  ['a format and none', { format: ndjson() }, {}],
  ['what fields are called', { format: ndjson({ id: 'a' }) }, { format: ndjson({ id: 'b' }) }],
  ['an array and its text', { until: ['a'] as never }, { until: 'a' }],
]

const EQUAL: [string, EventStreamClientOptions<any>, EventStreamClientOptions<any>][] = [
  ['nothing', {}, {}],
  ['an option that is undefined', { until: undefined }, {}],
  [
    'the order of members',
    { reconnect: { factor: 2, jitter: 1 } },
    { reconnect: { jitter: 1, factor: 2 } },
  ],
  ['the default of credentials', { credentials: 'same-origin' }, {}],
  ['the method in other letters', { method: 'get' }, { method: 'GET' }],
  [
    'which of two equal formats it is',
    { format: ndjson({ id: 'a' }) },
    { format: ndjson({ id: 'a' }) },
  ],
  ['callbacks', { onMessage: () => {}, onOpen: () => {} }, { onError: () => {} }],
  ['handlers', { on: { a: () => {} } }, {}],
  ['decode', { decode: 'text' }, { decode: 'json' }],
  ['immediate', { immediate: false }, {}],
  ['enabled', { enabled: false }, {}],
  ['what only Vue knows', { queue: {}, flush: 'sync', schema: {} } as never, {}],
  ['where one starts', { initialLastEventId: '7' }, {}],
  ['where the log goes', { environment: { debug: () => {}, warn: () => {} } }, {}],
]

describe('appKey', () => {
  it.each(DIFFERENT)('tells %s apart', (_, one, other) => {
    expect(key(one)).not.toBe(key(other))
    expect(key(one)).toBe(key({ ...one }))
  })

  it.each(EQUAL)('does not count %s', (_, one, other) => {
    expect(key(one)).toBe(key(other))
  })

  it('compares absolute URLs', () => {
    expect(key({}, '/a')).toBe(key({}, 'https://page.test/a'))
    expect(key({ baseURL: '/api' }, '/a')).toBe(key({}, '/api/a'))
    expect(key({}, 'a')).toBe(key({}, '/folder/a'))
    expect(key({}, new URL('https://page.test/a'))).toBe(key())
    expect(key({}, '/a?x=1')).not.toBe(key())
  })

  it('takes what is no URL as it is', () => {
    expect(key({}, 'https://:')).toBe(key({}, 'https://:'))
    expect(key({}, 'https://:')).not.toBe(key({}, 'http://:'))
  })

  it('compares functions by reference: of the URL, too', () => {
    const url = (): string => '/a'
    expect(key({}, url)).toBe(key({}, url))
    expect(key({}, url)).not.toBe(key({}, () => '/a'))
    expect(key({ baseURL: '/b' }, url)).not.toBe(key({}, url))
    const headers = (): HeadersInit => ({})
    expect(key({ headers })).toBe(key({ headers }))
    expect(key({ headers })).not.toBe(key({ headers: () => ({}) }))
    expect(key({ fetch: fetchOfApp })).toBe(key({ fetch: fetchOfApp }))
    expect(key({ fetch: fetchOfApp })).not.toBe(key())
  })

  it('compares what is no plain object by reference', () => {
    const own = (identity: unknown): string => key({ appVersion: identity as string })
    expect(own(token)).toBe(own(token))
    expect(own(token)).not.toBe(own(new Token()))
    expect(own(Object.create(null))).not.toBe(own(Object.create(null)))
  })

  it('compares URLs in options by their text', () => {
    const own = (url: string): string => key({ appVersion: new URL(url) as never })
    expect(own('https://a.test/')).toBe(own('https://a.test'))
    expect(own('https://a.test/')).not.toBe(own('https://b.test/'))
  })

  it('compares plain objects by what is in them', () => {
    expect(key({ transport })).toBe(key({ transport: { ...transport } }))
    const connect = async (): Promise<void> => {}
    expect(key({ transport })).not.toBe(key({ transport: { ...transport, connect } }))
  })

  it('counts decode where options look into the payload', () => {
    const decode = (): unknown => 1
    for (const asked of [{ getEventId: () => '' }, { dedupe: () => '' }, { until: () => true }]) {
      expect(key({ ...asked, decode })).not.toBe(key(asked))
      expect(key({ ...asked, decode })).toBe(key({ ...asked, decode }))
    }
    expect(key({ until: 'end', decode })).toBe(key({ until: 'end' }))
  })

  it('counts the platform that a stream is given', () => {
    const now = (): number => 1
    expect(key({ environment: { now } })).toBe(key({ environment: { now } }))
    expect(key({ environment: { now } })).not.toBe(key({ environment: { now: () => 1 } }))
    expect(key({ environment: {} })).toBe(key())
  })
})

describe('tabsName', () => {
  it('shows nothing of what it is made of', () => {
    const secret = { identity: 'ada', headers: { 'x-key': 'secret' } }
    expect(name(secret, '/a?token=secret')).toMatch(/^vue-event-stream\/1:[a-z\d]{12,24}$/)
  })

  it.each(DIFFERENT)('tells %s apart', (_, one, other) => {
    expect(name(one)).not.toBe(name(other))
    expect(name(one)).toBe(name({ ...one }))
  })

  it.each(EQUAL)('does not count %s', (_, one, other) => {
    expect(name(one)).toBe(name(other))
  })

  it('counts functions and instances as equal: the code is', () => {
    expect(name({ headers: () => ({}) })).toBe(name({ headers: () => ({ a: '1' }) }))
    expect(name({ fetch: fetchOfApp })).not.toBe(name())
    expect(name({ appVersion: token as never })).toBe(name({ appVersion: new Token() as never }))
  })

  it.each(['authorization', 'Proxy-Authorization', 'cookie', 'X-CSRF-Token', 'x-xsrf-token'])(
    'does not count %s: the identity says whose it is',
    (header) => {
      expect(name({ headers: { [header]: '1' } })).toBe(name({ headers: { [header]: '2' } }))
      const mine = { baseHeaders: new Headers({ [header]: '1', a: '1' }) }
      expect(name(mine)).toBe(name({ baseHeaders: [['A', '1']] }))
      expect(name({ headers: { [header]: '1' } })).toBe(name())
      expect(key({ headers: { [header]: '1' } })).not.toBe(key({ headers: { [header]: '2' } }))
    },
  )

  it('is another for another URL', () => {
    expect(name({}, '/a')).not.toBe(name({}, '/b'))
    expect(name({}, '/a')).toBe(name({}, 'https://page.test/a'))
  })
})

describe('createReferences', () => {
  it('gives each its number, and keeps it', () => {
    const give = createReferences()
    const [one, other] = [{}, {}]
    expect([give(one), give(other), give(one), give(() => {})]).toEqual(['#1', '#2', '#1', '#3'])
  })
})
