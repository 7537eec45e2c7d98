// @vitest-environment node
/** Who shares a connection with whom, who never does, and how many there are. */
import { describe, expect, it } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { pageConnections } from '../../../src/client/sharing/app-connections.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import {
  LINGER_MS,
  messages,
  SHARED_URL,
  TAB_PARTS,
  useSharedStreams,
} from '../../support/shared-streams.ts'
import type { SubscribedOptions } from '../../support/shared-streams.ts'

const openPage = useSharedStreams()
const headers = (): HeadersInit => ({ a: '1' })
const text = (): string => ''

/** How many requests two streams make. */
async function requestsOf(one: SubscribedOptions, other: SubscribedOptions): Promise<number> {
  const page = openPage()
  await page.join(one)
  await page.join(other)
  expect(page.connections.count()).toBe(page.requests.length)
  return page.requests.length
}

describe('two streams of an app', () => {
  it.each<[string, SubscribedOptions, SubscribedOptions]>([
    ['the same options', { silenceTimeout: 9000 }, { silenceTimeout: 9000 }],
    ['the same functions', { headers }, { headers }],
    ['URLs written in two ways', { url: '/a' }, { url: new URL('https://page.test/a') as never }],
    ['the same function as URL', { url: text }, { url: text }],
    ['the same identity', { identity: 'ada' }, { identity: 'ada' }],
    ['other listeners', { decode: 'text', on: { a: () => {} } }, {}],
    ['app and tabs without locks', { identity: 'ada' }, { share: 'tabs', identity: 'ada' }],
  ])('use one connection with %s', async (_, one, other) => {
    expect(await requestsOf(one, other)).toBe(1)
  })

  it.each<[string, SubscribedOptions, SubscribedOptions]>([
    ['different silenceTimeout', { silenceTimeout: 9000 }, { silenceTimeout: 10_000 }],
    ['functions that only look the same', { headers: () => ({}) }, { headers: () => ({}) }],
    ['different URLs', {}, { url: '/b' }],
    ['different identities', { identity: 'ada' }, { identity: 'bob' }],
    ['no identity and that of nobody', {}, { identity: null }],
    ['different headers', { headers: { a: '1' } }, { headers: { a: '2' } }],
    ['a platform of its own', {}, { environment: { now: () => 1 } }],
  ])('have two with %s', async (_, one, other) => {
    expect(await requestsOf(one, other)).toBe(2)
  })

  it.each<[string, SubscribedOptions]>([
    ['share: false', { share: false }],
    ['no share', { share: undefined }],
    ['POST', { method: 'POST' }],
    ['HEAD', { method: 'HEAD' }],
    ['request', { request: () => undefined }],
    ['a body', { body: 'x' }],
  ])('are private with %s', async (_, options) => {
    expect(await requestsOf(options, options)).toBe(2)
  })

  it('are private where only one of them wants to share', async () => {
    expect(await requestsOf({}, { share: false })).toBe(2)
    expect(await requestsOf({ share: false }, {})).toBe(2)
  })

  it('wait for a URL, each for its own', async () => {
    const page = openPage()
    const [one, other] = [await page.join({ url: null }), await page.join({ url: null })]
    expect([one.client.status, page.connections.count()]).toEqual(['idle', 0])
    one.client.setUrl('/a')
    other.client.setUrl('/a')
    await settle()
    expect(page.requests).toHaveLength(1)
    expect(page.connections.count()).toBe(1)
  })

  it('of two apps have two connections', async () => {
    const [one, other] = [openPage(), openPage()]
    await one.join()
    await other.join()
    expect([one.requests.length, other.requests.length]).toEqual([1, 1])
  })

  it('are together in the page when no app has made them', async () => {
    const { environment, requests, live, advance } = createFakeEnvironment()
    const start = () => createEventStreamClient(SHARED_URL, { share: 'app', environment })
    const [one, other] = [start(), start()]
    await settle()
    expect([requests.length, pageConnections.count()]).toEqual([1, 1])
    one.close()
    other.close()
    await advance(LINGER_MS)
    expect([live(), pageConnections.count()]).toEqual([[], 0])
  })
})

describe('another identity', () => {
  it('leaves the connection at once, and gets nothing of the old one', async () => {
    const page = openPage()
    const [stream] = await page.joinOpen(1, { identity: 'ada' })
    await page.request.push(messages(1))
    const old = page.request
    stream!.takeLog()
    stream!.client.setUrl(SHARED_URL, 'bob')
    expect(page.open()).toEqual([])
    await old.push(messages(2))
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.has('last-event-id')).toBe(false)
    await page.request.respond()
    await page.request.push(messages(7))
    expect(stream!.log).toEqual(['connecting', 'open', 'onOpen', '7'])
  })

  it.each<[string, string | null | undefined]>([
    ['nobody', null],
    ['unknown', undefined],
  ])('may be %s', async (_, identity) => {
    const page = openPage()
    const [stream, other] = await page.joinOpen(2, { identity: 'ada' })
    stream!.client.setUrl(SHARED_URL, identity)
    await settle()
    expect(page.requests).toHaveLength(2)
    await page.requests[0]!.push(messages(1))
    expect([stream!.data, other!.data]).toEqual([[], [1]])
  })

  it('stays with a URL that is given alone', async () => {
    const page = openPage()
    const [stream] = await page.joinOpen(1, { identity: 'ada' })
    await page.join({ url: '/b', identity: 'ada' })
    stream!.client.setUrl('/b')
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(page.open()).toEqual(['https://page.test/b'])
  })
})

describe('another URL', () => {
  it('leaves the connection at once, the others stay', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.setUrl('/b')
    await settle()
    expect(page.open()).toEqual([SHARED_URL, 'https://page.test/b'])
    other!.client.setUrl(null)
    expect(page.open()).toEqual(['https://page.test/b'])
    expect(other!.client.status).toBe('idle')
  })

  it('and back before anything happens is one request more', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    one!.client.setUrl('/b')
    one!.client.setUrl(SHARED_URL)
    await settle()
    expect(page.requests.map(({ url }) => url)).toEqual([SHARED_URL, SHARED_URL])
  })

  it('joins what is there', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1, { url: '/b' })
    await page.request.push(messages(1))
    const other = await page.join({ url: null })
    other.client.setUrl('/b')
    await settle()
    expect(other.log).toEqual(['connecting', 'open', 'onOpen', '1'])
    expect(one!.data).toEqual([1])
  })

  it('keeps the position with the same resume.key', async () => {
    const page = openPage()
    const resume = { key: 'chat' }
    const [one] = await page.joinOpen(1, { resume })
    await page.request.push(messages(1))
    one!.client.setUrl('/b')
    await settle()
    expect(page.request.headers.get('last-event-id')).toBe('1')
    expect(one!.client.lastEventId).toBe('1')
    await page.request.respond()
    await page.request.push(messages(2))
    expect(one!.data).toEqual([1, 2])
  })
})

describe('count()', () => {
  it('counts the connections that streams stand on, and tells each change', async () => {
    const page = openPage()
    const counts: number[] = []
    const note = (): void => {
      if (counts.at(-1) !== page.connections.count()) counts.push(page.connections.count())
    }
    const one = page.start({ onStatus: note })
    expect(page.connections.count()).toBe(0)
    const before = page.changes
    await settle()
    expect(page.connections.count()).toBe(1)
    expect(page.changes).toBeGreaterThan(before)
    const own = await page.join({ share: false, onStatus: note })
    const other = await page.join()
    expect(page.connections.count()).toBe(2)
    own.client.close()
    expect(page.connections.count()).toBe(1)
    one.client.close()
    expect(page.connections.count()).toBe(1)
    const last = page.changes
    other.client.close()
    expect(page.connections.count()).toBe(0)
    expect(page.changes).toBeGreaterThan(last)
  })

  it('leaves out what has failed or ended', async () => {
    const page = openPage()
    await page.join()
    await page.join({ share: false })
    expect(page.connections.count()).toBe(2)
    await page.requests[0]!.respond({ status: 404 })
    expect(page.connections.count()).toBe(1)
    await page.requests[1]!.respond({ status: 204, hasBody: false })
    expect(page.connections.count()).toBe(0)
  })

  it('counts a private one once, whatever becomes of it', async () => {
    const page = openPage()
    await page.join({ share: false })
    const before = page.changes
    await page.request.respond()
    await page.request.cut()
    await page.advance(1000)
    expect([page.requests.length, page.connections.count()]).toEqual([2, 1])
    expect(page.changes).toBe(before)
  })

  it('leaves out private ones whose URL has changed', async () => {
    const page = openPage()
    const { client } = await page.join({ share: false })
    client.setUrl(null)
    expect(page.connections.count()).toBe(0)
    client.setUrl('/b')
    expect(page.connections.count()).toBe(1)
  })
})

describe('dispose()', () => {
  it('ends all that are shared, at once, and those that linger', async () => {
    const page = openPage()
    const [one, other] = [await page.join(), await page.join({ url: '/b' })]
    const left = await page.join({ url: '/c' })
    left.client.close()
    expect(page.open()).toHaveLength(3)
    page.connections.dispose()
    expect(page.live()).toEqual([])
    for (const { log } of [one, other]) {
      expect(log.slice(-2)).toEqual(['closed unmount', 'onClose unmount'])
    }
    expect(page.connections.count()).toBe(0)
  })

  it('leaves private ones alone', async () => {
    const page = openPage()
    await page.join({ share: false })
    page.connections.dispose()
    expect(page.open()).toHaveLength(1)
  })
})

describe('warnings', () => {
  const codes = ({ warnings }: { warnings: string[] }): string[] =>
    warnings.map((warning) => /\] ([\w-]+) \((.*?)\)/.exec(warning)!.slice(1).join(' '))

  it('tell of two private streams to one URL, without its query, once', async () => {
    const page = openPage()
    await page.join({ share: false, url: '/a?token=1' })
    await page.join({ share: false, url: '/a?token=1' })
    expect(codes(page)).toEqual(['unshared-streams https://page.test/a'])
    expect(page.warnings[0]).not.toContain('token')
  })

  it('tell it once for a stream', async () => {
    const page = openPage()
    await page.join({ share: false })
    const other = await page.join({ share: false })
    for (let count = 0; count < 3; count++) {
      other.client.close()
      other.client.open()
      await settle()
    }
    expect(page.warnings).toHaveLength(1)
  })

  it('say nothing of one after the other', async () => {
    const page = openPage()
    for (let count = 0; count < 3; count++) {
      const { client } = await page.join({ share: false })
      client.close()
    }
    const failed = await page.join({ share: false })
    await page.request.respond({ status: 404 })
    expect(failed.client.status).toBe('failed')
    await page.join({ share: false })
    expect(page.warnings).toEqual([])
  })

  it('say nothing of different URLs, of functions, and of what is shared', async () => {
    const page = openPage()
    await page.join({ share: false, url: '/a' })
    await page.join({ share: false, url: '/b' })
    await page.join({ url: '/a' })
    await page.join({ url: '/a' })
    await page.join({ share: false, url: () => '/c' })
    expect(page.warnings).toEqual([])
    await page.join({ share: false, url: () => '/c' })
    expect(codes(page).filter((code) => code.startsWith('unshared'))).toEqual([])
  })

  it('say nothing of two that can never share', async () => {
    const page = openPage()
    await page.join({ method: 'POST' })
    await page.join({ method: 'POST' })
    expect(page.warnings).toEqual([])
  })

  it('compare URLs with what is before them', async () => {
    const page = openPage()
    await page.join({ share: false, baseURL: '/api', url: '/a' })
    await page.join({ share: false, url: '/a' })
    expect(page.warnings).toEqual([])
    await page.join({ share: false, url: '/api/a' })
    expect(codes(page)).toEqual(['unshared-streams https://page.test/api/a'])
  })

  it.each([
    ['http/1.1', ['many-streams 4']],
    ['h2', []],
    [undefined, []],
  ])('tell of four connections over %s', async (protocol, told) => {
    const page = openPage()
    const environment = { navigation: () => ({ type: 'navigate', documentId: 1, protocol }) }
    const other = { share: false as const, url: 'https://other.test/a', environment }
    await page.join(other)
    for (const url of ['/a', '/b', '/c']) await page.join({ share: false, url, environment })
    expect(page.warnings).toEqual([])
    await page.join({ share: false, url: '/d', environment })
    expect(codes(page).map((code) => code.replace('5', '4'))).toEqual(told)
  })

  it.each<[string, SubscribedOptions, object]>([
    ['no identity', {}, TAB_PARTS],
    ['its URL is a function', { identity: null, url: () => '/a' }, TAB_PARTS],
    ['no Web Locks', { identity: null }, {}],
    ['no Web Locks', { identity: null }, { navigator: {} }],
    ['no Web Locks', { identity: null }, { navigator: { locks: {} } }],
  ])('say why tabs do not share: %s', async (problem, options, has) => {
    const page = openPage()
    Object.assign(page.has, has)
    await page.join({ share: 'tabs', ...options })
    expect(codes(page)[0]).toBe(`tabs-not-shared ${problem}`)
    expect(page.requests[0]?.isOpen).toBe(true)
  })
})
