// @vitest-environment node
/** What one attempt asks for. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { createRequest, isSafeMethod, resolve } from '../../src/client/request.ts'
import type { AttemptRequest } from '../../src/client/request.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from '../../src/client/types.ts'

const { signal } = new AbortController()

function request(
  source: UrlSource,
  options: ConnectionOptions = {},
  { hasPage = true, lastEventId = '' } = {},
): Promise<AttemptRequest> {
  const context: AttemptContext = { lastEventId, attempt: 0, signal }
  const environment = {
    ...createFakeEnvironment().environment,
    baseURI: () => (hasPage ? 'https://page.test/folder/index.html' : undefined),
  }
  return createRequest(source, options, environment, context)
}

/** What a request that must fail fails with. */
const failure = (attempt: Promise<unknown>): Promise<Error> =>
  attempt.then(
    () => expect.unreachable('it did not fail'),
    (error: Error) => error,
  )

async function urlOf(source: UrlSource, baseURL?: string): Promise<string> {
  return (await request(source, { baseURL })).url.href
}

async function headersOf(options: ConnectionOptions): Promise<Record<string, string>> {
  const { init } = await request('/', options)
  return Object.fromEntries(new Headers(init.headers))
}

describe('createRequest', () => {
  it('asks for an event stream, past every cache, and leaves the rest to fetch', async () => {
    const { init } = await request('/events')
    expect({ ...init, headers: Object.fromEntries(new Headers(init.headers)) }).toEqual({
      ...{ headers: { accept: 'text/event-stream' }, cache: 'no-store', signal },
      ...{ method: undefined, credentials: undefined, body: undefined },
    })
  })

  it('passes method, credentials and body on', async () => {
    const { init } = await request('/', { method: 'POST', credentials: 'include', body: 'x' })
    expect(init).toMatchObject({ method: 'POST', credentials: 'include', body: 'x' })
  })

  describe('the URL', () => {
    it.each<[string, UrlSource, string]>([
      ['relative to the root', '/events?a=1', 'https://page.test/events?a=1'],
      ['relative to the page', 'events', 'https://page.test/folder/events'],
      ['absolute', 'https://a.test/b', 'https://a.test/b'],
      ['without a protocol', '//a.test/b', 'https://a.test/b'],
      ['a URL object', new URL('https://a.test/b?c'), 'https://a.test/b?c'],
      ['a function', () => '/b', 'https://page.test/b'],
      ['an async function', async () => new URL('https://a.test/b'), 'https://a.test/b'],
    ])('may be %s', async (_, source, expected) => {
      expect(await urlOf(source)).toBe(expected)
    })

    it.each([
      ['/api', 'events', 'https://page.test/api/events'],
      ['/api', '/events', 'https://page.test/api/events'],
      ['/api/', 'events', 'https://page.test/api/events'],
      ['/api/', '/events', 'https://page.test/api/events'],
      ['https://a.test/api', '/events?b=1#c', 'https://a.test/api/events?b=1#c'],
      ['https://a.test', 'events', 'https://a.test/events'],
      ['//a.test/api', '/events', 'https://a.test/api/events'],
      ['api', '/events', 'https://page.test/folder/api/events'],
      ['/api', '?b=1', 'https://page.test/api/?b=1'],
      ['', '/events', 'https://page.test/events'],
    ])('is joined to baseURL %j: %j', async (baseURL, source, expected) => {
      expect(await urlOf(source, baseURL)).toBe(expected)
    })

    it.each(['https://b.test/c', 'HTTPS://b.test/c', '//b.test/c'])(
      'is not joined to baseURL when it is absolute: %s',
      async (source) => {
        expect(await urlOf(source, 'https://a.test/api')).toBe('https://b.test/c')
        expect(await urlOf(new URL('https://b.test/c'), '/api')).toBe('https://b.test/c')
      },
    )

    it.each(['/events', 'http://', 'http://[::1/', 'https://a.test:99999/', 'https://a b/'])(
      'is refused for ever when it is none: %j',
      async (source) => {
        const error = await failure(request(source, {}, { hasPage: false }))
        expect(error).toMatchObject({ code: 'request', fatal: true })
        expect(error).not.toHaveProperty('cause')
      },
    )

    it.each(['https://user:password@a.test/', 'https://user@a.test/', 'https://:password@a.test/'])(
      'is refused for ever with credentials: %s',
      async (source) => {
        const error = await failure(request(source))
        expect(error).toMatchObject({ code: 'request', fatal: true })
        expect(error).not.toHaveProperty('cause')
        expect(error.message).not.toContain('user')
      },
    )
  })

  describe('headers', () => {
    it('may be any form that fetch takes, a function, or nothing', async () => {
      const forms = [
        { 'X-A': '1' },
        [['X-A', '1']] as [string, string][],
        new Headers({ 'X-A': '1' }),
        () => ({ 'X-A': '1' }),
        async () => new Headers({ 'X-A': '1' }),
      ]
      for (const headers of forms) expect((await headersOf({ headers }))['x-a']).toBe('1')
      expect(await headersOf({ headers: () => undefined })).toEqual({ accept: 'text/event-stream' })
    })

    it('lie over baseHeaders, and both over Accept', async () => {
      const baseHeaders = { 'X-A': 'base', 'X-B': 'base', Accept: 'base' }
      expect(await headersOf({ baseHeaders, headers: { 'x-a': 'own', 'X-C': 'own' } })).toEqual({
        ...{ 'x-a': 'own', 'x-b': 'base', 'x-c': 'own', accept: 'base' },
      })
    })

    it('cannot replace the last event ID', async () => {
      const options = { headers: { 'Last-Event-ID': 'own' } }
      const { init } = await request('/', options, { lastEventId: '7' })
      expect(new Headers(init.headers).get('Last-Event-ID')).toBe('7')
    })

    it('are a request error without a cause when one cannot be sent', async () => {
      for (const [name, value] of [
        ['X-A', 'secret\nsecret'],
        ['not a name', 'secret'],
      ] as const) {
        const headers = { [name]: value }
        const error = await failure(request('/', { headers }))
        expect(error).toMatchObject({ code: 'request', fatal: false })
        expect(error).not.toHaveProperty('cause')
        expect(error.message).not.toContain('secret')
      }
    })

    it('reject as their function does', async () => {
      const cause = new Error('no token')
      await expect(request('/', { headers: () => Promise.reject(cause) })).rejects.toBe(cause)
    })
  })

  it('sends the last event ID in UTF-8', async () => {
    for (const lastEventId of ['5', 'é你😀', 'a b', '\u0085']) {
      const { init } = await request('/', {}, { lastEventId })
      const value = new Headers(init.headers).get('Last-Event-ID')!
      const sent = Uint8Array.from(value, (character) => character.charCodeAt(0))
      expect(new TextDecoder().decode(sent)).toBe(lastEventId)
    }
  })
})

describe('isSafeMethod', () => {
  it.each([undefined, 'GET', 'get', 'HEAD', 'Head'])('says yes to %s', (method) => {
    expect(isSafeMethod(method)).toBe(true)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'GETS', ''])('says no to %j', (method) => {
    expect(isSafeMethod(method)).toBe(false)
  })
})

describe('resolve', () => {
  const context: AttemptContext = { lastEventId: '1', attempt: 2, signal }

  it('gives a value as it is', () => {
    expect(resolve('a', context)).toBe('a')
  })

  it('asks a function with the attempt', async () => {
    expect(resolve(({ attempt }) => attempt, context)).toBe(2)
    expect(await resolve(async ({ lastEventId }) => lastEventId, context)).toBe('1')
  })
})
