// @vitest-environment node
/** Where one is in a stream: what a reload brings back, what may be missing, and what the position belongs to. */
import { describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment, START_MS } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { createResumePosition, positionKey } from '../../../src/client/position/resume-position.ts'
import type { ConnectionOptions, ResumeOptions, UrlSource } from '../../../src/client/options.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { ResumePosition } from '../../../src/client/position/resume-position.ts'

const NAME = 'vue-event-stream:chat'

interface TestPosition extends FakeEnvironment {
  position: ResumePosition
}

/** A reload, 1000 ms after the page before it has stored the id `5`. */
function reload(
  resume?: ResumeOptions,
  { key = 'chat' as string | null, age = 1000, isResting = false } = {},
): TestPosition {
  const fake = createFakeEnvironment()
  fake.navigationType = 'reload'
  fake.documentId = 2
  fake.stored.session.set(NAME, JSON.stringify({ id: '5', at: START_MS - age, by: 1 }))
  const position = createResumePosition(key ?? undefined, resume, fake.environment, () => isResting)
  return Object.assign(fake, { position })
}

describe('createResumePosition', () => {
  describe('load', () => {
    it('gives the id that an earlier page has left, once', async () => {
      const { position } = reload({ storage: 'session' })
      expect(await position.load()).toBe('5')
      expect(await position.load()).toBe(undefined)
      expect(position.opened()).toBe(undefined)
    })

    it('gives it once also when it is asked twice at a time', async () => {
      const { position } = reload({ storage: 'session' })
      const ids = await Promise.all([position.load(), position.load(), position.load()])
      expect(ids.filter((id) => id !== undefined)).toEqual(['5'])
    })

    it.each<[string, ResumeOptions | undefined, string | null]>([
      ['no options', undefined, 'chat'],
      ['no storage', {}, 'chat'],
      ['storage: false', { storage: false, key: 'chat' }, 'chat'],
      ['no key', { storage: 'session' }, null],
      ['another key', { storage: 'session' }, 'news'],
      ['another storage', { storage: 'local' }, 'chat'],
    ])('gives nothing with %s', async (_, resume, key) => {
      expect(await reload(resume, { key }).position.load()).toBe(undefined)
    })

    it('stores nothing without storage', async () => {
      const { position, stored, live } = reload({ key: 'chat' })
      await position.load()
      position.handled('6')
      position.flush()
      expect(stored.session.get(NAME)).toContain('"5"')
      expect(live()).toEqual([])
    })

    it('gives nothing of what is too old, which is a gap at the first open', async () => {
      const { position } = reload({ storage: 'session', maxAge: 999 })
      expect(await position.load()).toBe(undefined)
      expect(position.opened()).toBe('expired')
      expect(position.opened()).toBe(undefined)
    })

    it('goes without it, with a warning, where the storage cannot be used', async () => {
      const { environment, warnings } = createFakeEnvironment()
      const forbidden = {
        ...environment,
        storage(): never {
          throw new Error('SecurityError: no')
        },
      }
      const position = createResumePosition('chat', { storage: 'local' }, forbidden, () => false)
      expect(await position.load()).toBe(undefined)
      position.handled('6')
      position.flush()
      expect(warnings).toEqual([expect.stringMatching(/storage-unavailable .*SecurityError: no/)])
    })

    it('goes without it when the part that does it cannot be loaded, which is a gap', async () => {
      vi.resetModules()
      vi.doMock('../../../src/client/position/cursor-store.ts', () => {
        throw new Error('404')
      })
      const fresh = await import('../../../src/client/position/resume-position.ts')
      const { environment, warnings } = createFakeEnvironment()
      const resume: ResumeOptions = { storage: 'session' }
      const position = fresh.createResumePosition('chat', resume, environment, () => false)
      for (let count = 0; count < 2; count++) expect(await position.load()).toBe(undefined)
      vi.doUnmock('../../../src/client/position/cursor-store.ts')
      expect(warnings).toEqual([expect.stringContaining('storage-unavailable')])
      expect([position.opened(), position.opened()]).toEqual(['expired', undefined])
      position.handled('1')
      position.flush()
    })
  })

  it('stores what is handled, after 250 ms or with flush()', async () => {
    const { position, stored, advance } = reload({ storage: 'session' })
    await position.load()
    position.handled('6')
    await advance(250)
    expect(stored.session.get(NAME)).toContain('"6"')
    position.handled('7')
    position.flush()
    expect(stored.session.get(NAME)).toContain('"7"')
  })

  it('stores at once what is handled when the stream has ended', async () => {
    const { position, stored, live } = reload({ storage: 'session' }, { isResting: true })
    await position.load()
    position.handled('6', [Promise.resolve()])
    await settle()
    expect(stored.session.get(NAME)).toContain('"6"')
    expect(live()).toEqual([])
  })

  describe('opened', () => {
    it('knows of no gap while every message had an id', () => {
      const { position } = reload()
      expect([position.opened(), position.opened()]).toEqual([undefined, undefined])
    })

    it('tells each time that messages without an id have come', () => {
      const { position } = reload()
      position.opened()
      position.arrivedWithoutId()
      expect([position.opened(), position.opened()]).toEqual(['no-id', 'no-id'])
    })
  })

  describe('isDuplicate', () => {
    it('is looked at from the second open on', () => {
      const { position } = reload()
      position.opened()
      expect([position.isDuplicate(1), position.isDuplicate(2)]).toEqual([false, false])
      position.opened()
      expect([position.isDuplicate(1), position.isDuplicate(3)]).toEqual([true, false])
    })

    it('takes what comes twice before it for what the server repeats', () => {
      const { position } = reload()
      position.opened()
      expect([position.isDuplicate(1), position.isDuplicate(1)]).toEqual([false, false])
      position.opened()
      expect(position.isDuplicate(1)).toBe(false)
    })
  })
})

describe('positionKey', () => {
  function keyOf(source: UrlSource | null, options: ConnectionOptions = {}) {
    const { environment, warnings } = createFakeEnvironment()
    return { key: positionKey(source, options, environment), warnings }
  }

  it.each<[string, UrlSource | null, ConnectionOptions]>([
    ['no URL', null, { resume: { key: 'chat', storage: 'session' } }],
    ['nothing that needs one', '/events', {}],
    ['a function and nothing that needs one', () => '/events', { resume: { via: 'query' } }],
    ['storage: false', '/events', { resume: { storage: false } }],
    ['no URL that is one', 'http://[', { resume: { storage: 'session' } }],
    ['no URL that is one, and a key function', 'http://[', { resume: { key: (url) => url } }],
  ])('is not there with %s', (_, source, options) => {
    expect(keyOf(source, options)).toEqual({ key: undefined, warnings: [] })
  })

  it.each<[string, UrlSource]>([
    ['a URL', '/events'],
    ['no URL that is one', 'http://['],
    ['a function', () => '/events'],
  ])('is the one of the options with %s', (_, source) => {
    const resume: ResumeOptions = { key: 'chat', storage: 'local' }
    expect(keyOf(source, { resume })).toEqual({ key: 'chat', warnings: [] })
    expect(keyOf(source, { resume: { key: 'chat' } }).key).toBe('chat')
  })

  it('is what a function makes of the absolute URL', () => {
    const resume: ResumeOptions = { key: (url) => `key of ${url}` }
    const expected = 'key of https://page.test/api/events?room=1'
    expect(keyOf('events?room=1', { baseURL: '/api', resume }).key).toBe(expected)
    expect(keyOf(new URL('https://a.test/b'), { resume }).key).toBe('key of https://a.test/b')
  })

  it('is another one for every URL, and shows nothing of it', () => {
    const key = (source: UrlSource, baseURL?: string): string =>
      keyOf(source, { baseURL, resume: { storage: 'session' } }).key!
    const urls = ['/a', '/b', '/a?room=1', '/a?room=2', 'https://a.test/a', '/a?token=secret']
    const keys = urls.map((url) => key(url))
    expect(new Set(keys).size).toBe(urls.length)
    for (const text of keys) expect(text).toMatch(/^\d+$/)
    expect(key('/a')).toBe(key('https://page.test/a'))
    expect(key('a', '/api')).toBe(key(new URL('https://page.test/api/a')))
  })

  it.each<[string, ResumeOptions]>([
    ['storage', { storage: 'session' }],
    ['a key function', { key: (url) => url, storage: 'session' }],
  ])('is missing, with a warning, for a URL that is a function: %s', (_, resume) => {
    const { key, warnings } = keyOf(() => '/events', { resume })
    expect(key).toBe(undefined)
    expect(warnings).toEqual([expect.stringContaining('resume-without-key')])
  })
})
