// @vitest-environment node
/** What one attempt asks for. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createRequest, isSafeMethod, resolve } from '../../../src/client/transports/request.ts'
import type { AttemptRequest } from '../../../src/client/transports/request.ts'
import type {
  AttemptContext,
  ConnectionOptions,
  RequestContext,
  UrlSource,
} from '../../../src/client/options.ts'

const { signal } = new AbortController()

function request(
  source: UrlSource,
  options: ConnectionOptions = {},
  { hasPage = true, lastEventId = '', wasOpen = false } = {},
): Promise<AttemptRequest> {
  const context: AttemptContext = { lastEventId, attempt: 0, wasOpen, signal }
  const environment = {
    ...createFakeEnvironment().environment,
    baseURI: () => (hasPage ? 'https://page.test/folder/index.html' : undefined),
  }
  return createRequest(source, options, environment, context, false)
}

/** What a request that must fail fails with. */
const failure = (attempt: Promise<unknown>): Promise<Error> =>
  attempt.then(
    () => expect.unreachable('it did not fail'),
    (error: Error) => error,
  )

async function urlOf(source: UrlSource, baseURL?: string): Promise<string> {
  return (await request(source, { baseURL })).url
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

  it('asks for other types where the transport takes them', async () => {
    const environment = createFakeEnvironment().environment
    const context = { lastEventId: '', attempt: 0, wasOpen: false, signal }
    const options = { headers: { 'X-A': '1' } }
    const json = 'application/json'
    const { init } = await createRequest('/', options, environment, context, false, json)
    expect(new Headers(init.headers).get('Accept')).toBe(json)
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

  describe('request()', () => {
    it('is told of all that would be asked for', async () => {
      const asked: RequestContext[] = []
      const options: ConnectionOptions = {
        ...{ method: 'POST', body: 'text', headers: { 'X-A': '1' }, resume: { via: 'both' } },
        request: (context) => void asked.push(context),
      }
      await request('/events?a=1', options, { lastEventId: '5', wasOpen: true })
      const [{ headers, ...rest }] = asked as [RequestContext]
      expect(rest).toEqual({
        ...{ url: 'https://page.test/events?a=1&lastEventId=5', method: 'POST', body: 'text' },
        ...{ lastEventId: '5', attempt: 0, wasOpen: true, signal },
      })
      expect(Object.fromEntries(headers)).toEqual({
        ...{ accept: 'text/event-stream', 'last-event-id': '5', 'x-a': '1' },
      })
    })

    it('is told that the method is GET where none is given', async () => {
      let asked: string | undefined
      const { init } = await request('/', { request: ({ method }) => void (asked = method) })
      expect([asked, init.method]).toEqual(['GET', undefined])
    })

    it.each([undefined, {}, Promise.resolve(), { method: undefined, body: undefined }])(
      'changes nothing with %j',
      async (override) => {
        const options = { method: 'PUT', body: 'x', headers: { 'X-A': '1' } }
        const { init, url } = await request('/', {
          ...options,
          request: () => override as undefined,
        })
        expect(url).toBe('https://page.test/')
        expect(init).toMatchObject({ method: 'PUT', body: 'x' })
        expect(new Headers(init.headers).get('X-A')).toBe('1')
      },
    )

    it('has the last word on URL, method, headers and body', async () => {
      const options: ConnectionOptions = {
        ...{ method: 'PUT', body: 'x', headers: { 'X-A': '1' }, credentials: 'include' },
        request: async () => ({ url: '/b', method: 'POST', headers: { 'X-B': '2' }, body: 'y' }),
      }
      const { init, url } = await request('/a', options, { lastEventId: '5' })
      expect(url).toBe('https://page.test/b')
      expect(init).toMatchObject({ method: 'POST', body: 'y', credentials: 'include', signal })
      expect(Object.fromEntries(new Headers(init.headers))).toEqual({ 'x-b': '2' })
    })

    it('may change the headers in place, and take the body away', async () => {
      const change = ({ headers }: RequestContext): { body: null } => {
        headers.set('X-A', '1')
        headers.delete('Accept')
        return { body: null }
      }
      const { init } = await request('/', { body: 'x', request: change })
      expect(Object.fromEntries(new Headers(init.headers))).toEqual({ 'x-a': '1' })
      expect(init.body).toBe(null)
    })

    it.each(['b', '/b', new URL('https://page.test/b')])(
      'may give any URL, relative or not: %s',
      async (url) => {
        const result = await request('/a', { baseURL: '/api', request: () => ({ url }) })
        expect(result.url).toBe(`https://page.test${typeof url === 'string' ? '/api' : ''}/b`)
      },
    )

    it('cannot give what is no URL, or headers that cannot be sent', async () => {
      const url = failure(request('/', { request: () => ({ url: 'http://[secret' }) }))
      expect(await url).toMatchObject({ code: 'request', fatal: true })
      const headers = { 'X-A': 'secret\nsecret' }
      const header = failure(request('/', { request: () => ({ headers }) }))
      expect(await header).toMatchObject({ code: 'request', fatal: false })
      for (const error of [await url, await header]) {
        expect(`${error.message} ${error.cause}`).not.toContain('secret')
      }
    })

    it('fails as it fails', async () => {
      const cause = new Error('no token')
      await expect(request('/', { request: () => Promise.reject(cause) })).rejects.toBe(cause)
    })
  })

  it('tells the functions whether the stream was open', async () => {
    const seen: unknown[] = []
    const note = ({ wasOpen }: AttemptContext): undefined => void seen.push(wasOpen)
    const options = { headers: note, baseHeaders: note, body: note, request: note }
    for (const wasOpen of [true, false]) await request('/', options, { wasOpen })
    expect(seen).toEqual([...Array(4).fill(true), ...Array(4).fill(false)])
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
  const context: AttemptContext = { lastEventId: '1', attempt: 2, wasOpen: true, signal }

  it('gives a value as it is', () => {
    expect(resolve('a', context)).toBe('a')
  })

  it('asks a function with the attempt', async () => {
    expect(resolve(({ attempt }) => attempt, context)).toBe(2)
    expect(await resolve(async ({ lastEventId }) => lastEventId, context)).toBe('1')
  })
})
