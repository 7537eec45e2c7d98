// @vitest-environment node
/** How one attempt carries the cursor: in a header, in the query, or not at all. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createRequest } from '../../../src/client/transports/request.ts'
import type { AttemptRequest } from '../../../src/client/transports/request.ts'
import type { ConnectionOptions, ResumeOptions } from '../../../src/client/options.ts'

const { signal } = new AbortController()

function request(
  source: string,
  options: ConnectionOptions = {},
  { hasPage = true, lastEventId = '', omitsHeader = false } = {},
): Promise<AttemptRequest> {
  const context = { lastEventId, attempt: 0, wasOpen: false, signal }
  const environment = {
    ...createFakeEnvironment().environment,
    baseURI: () => (hasPage ? 'https://page.test/folder/index.html' : undefined),
  }
  return createRequest(source, options, environment, context, omitsHeader)
}

describe('createRequest', () => {
  it('sends the last event ID in UTF-8', async () => {
    for (const lastEventId of ['5', 'é你😀', 'a b', '\u0085']) {
      const { init } = await request('/', {}, { lastEventId })
      const value = new Headers(init.headers).get('Last-Event-ID')!
      const sent = Uint8Array.from(value, (character) => character.charCodeAt(0))
      expect(new TextDecoder().decode(sent)).toBe(lastEventId)
    }
  })

  describe('the last event ID', () => {
    /** What carries the id: `header`, `query`, and whether nothing does. */
    async function carriers(
      lastEventId: string,
      resume?: ResumeOptions,
      omitsHeader = false,
      source = '/events',
    ) {
      const { init, url, isIdUnsent, isIdInHeader } = await request(
        source,
        { resume },
        { lastEventId, omitsHeader },
      )
      const { searchParams } = new URL(url)
      const header = new Headers(init.headers).get('Last-Event-ID')
      expect(isIdInHeader).toBe(header !== null)
      return { header, query: searchParams.get(resume?.param ?? 'lastEventId'), isIdUnsent }
    }

    it.each<[ResumeOptions['via'], string | null, string | null]>([
      [undefined, '5', null],
      ['header', '5', null],
      ['query', null, '5'],
      ['both', '5', '5'],
    ])('goes with via: %s in the header as %j, in the query as %j', async (via, header, query) => {
      expect(await carriers('5', { via })).toEqual({ header, query, isIdUnsent: false })
      expect(await carriers('', { via })).toEqual({ header: null, query: null, isIdUnsent: false })
    })

    it('goes where the transport wants it, whatever the options say', async () => {
      const { environment } = createFakeEnvironment()
      const context = { lastEventId: '5', attempt: 0, wasOpen: false, signal }
      for (const via of ['header', 'query', 'both', undefined] as const) {
        const options = { resume: { via, param: 'since' } }
        const { url, init, isIdInHeader, isIdUnsent } = await createRequest(
          ...(['/events', options, environment, context, false, undefined, 'query'] as const),
        )
        expect(new URL(url).searchParams.get('since')).toBe('5')
        expect(new Headers(init.headers).has('Last-Event-ID')).toBe(false)
        expect([isIdInHeader, isIdUnsent]).toEqual([false, false])
      }
    })

    it('goes under another name where the options say so', async () => {
      const { url } = await request(
        '/events',
        { resume: { via: 'query', param: 'after' } },
        { lastEventId: '5' },
      )
      expect(url).toBe('https://page.test/events?after=5')
    })

    it('is written into the query as any text has to be', async () => {
      const id = 'a&b=c #é你😀+%'
      expect(await carriers(id, { via: 'query' })).toMatchObject({ query: id })
    })

    it('replaces one in the query, and leaves the rest as it is', async () => {
      const { url } = await request(
        '/events?lastEventId=1&room=a&lastEventId=2#hash',
        { resume: { via: 'both' } },
        { lastEventId: '5' },
      )
      expect(url).toBe('https://page.test/events?lastEventId=5&room=a#hash')
    })

    it('leaves the query alone while there is none', async () => {
      const options = { resume: { via: 'query' } } as const
      const { url } = await request('/events?lastEventId=1&b=%20', options)
      expect(url).toBe('https://page.test/events?lastEventId=1&b=%20')
    })

    it.each(['a\tb', 'a\u0001', '\u007f', ' a', 'a ', '  ', ' '])(
      'is not sent in a header that cannot carry it: %j',
      async (id) => {
        const nothing = { header: null, query: null }
        expect(await carriers(id)).toEqual({ ...nothing, isIdUnsent: true })
        for (const via of ['query', 'both'] as const) {
          expect(await carriers(id, { via })).toEqual({
            header: null,
            query: id,
            isIdUnsent: false,
          })
        }
      },
    )

    it.each(['a b', '\u0080', '\u00a0', 'x'.repeat(4096), 'é'.repeat(2048)])(
      'is sent in a header that can: %j',
      async (id) => {
        expect(await carriers(id)).toMatchObject({ header: expect.any(String), isIdUnsent: false })
      },
    )

    it('is not sent at all when it is over 4096 bytes', async () => {
      for (const id of ['x'.repeat(4097), 'é'.repeat(2049), 'x'.repeat(1_000_000)]) {
        for (const via of ['header', 'query', 'both'] as const) {
          expect(await carriers(id, { via })).toEqual({
            header: null,
            query: null,
            isIdUnsent: true,
          })
        }
      }
    })

    it('is kept out of the header when that is asked for', async () => {
      expect(await carriers('5', {}, true)).toEqual({ header: null, query: null, isIdUnsent: true })
      const inQuery = { header: null, query: '5', isIdUnsent: false }
      expect(await carriers('5', { via: 'both' }, true)).toEqual(inQuery)
      expect(await carriers('', {}, true)).toMatchObject({ isIdUnsent: false })
    })
  })

  describe('isCrossOrigin', () => {
    const isCrossOrigin = async (
      source: string,
      options: ConnectionOptions = {},
      details: Parameters<typeof request>[2] = {},
    ): Promise<boolean> => (await request(source, options, details)).isCrossOrigin

    it('says yes of another origin', async () => {
      expect(await isCrossOrigin('https://server.test/')).toBe(true)
      expect(await isCrossOrigin('http://page.test/')).toBe(true)
      expect(await isCrossOrigin('https://page.test:8443/')).toBe(true)
      expect(await isCrossOrigin('/events', { baseURL: 'https://server.test' })).toBe(true)
    })

    it('says no of the own origin, and where there is no page', async () => {
      expect(await isCrossOrigin('/events')).toBe(false)
      expect(await isCrossOrigin('https://page.test:443/other')).toBe(false)
      expect(await isCrossOrigin('https://server.test/', {}, { hasPage: false })).toBe(false)
    })

    it('goes by the URL that request() gives', async () => {
      expect(await isCrossOrigin('/a', { request: () => ({ url: 'https://a.test/' }) })).toBe(true)
      expect(await isCrossOrigin('https://a.test/', { request: () => ({ url: '/a' }) })).toBe(false)
    })
  })
})
