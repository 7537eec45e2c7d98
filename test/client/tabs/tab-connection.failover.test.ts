// @vitest-environment node
/** The leader goes, hangs or comes back: nothing is lost and nothing comes twice, or there is a gap. */
import { describe, expect, it } from 'vitest'
import {
  NAME_OF_TESTS,
  numbered,
  replay,
  upTo,
  useTestTabs,
} from '../../support/fake-browser-streams.ts'
import type { TabStream, TestTabs } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

type Away = [
  string,
  (stream: TabStream, tabs: TestTabs) => Promise<void>,
  (stream: TabStream) => Promise<void>,
  string,
]
const AWAY: Away[] = [
  [
    'left for the cache',
    ({ tab }) => tab.page('pagehide'),
    ({ tab }) => tab.page('pageshow'),
    'pagehide',
  ],
  ['frozen', ({ tab }) => tab.page('freeze'), ({ tab }) => tab.page('resume'), 'hidden'],
  [
    'hidden for long',
    async ({ tab }, tabs) => {
      await tab.page('hidden')
      await tabs.advance(30_000)
    },
    ({ tab }) => tab.page('visible'),
    'hidden',
  ],
]

describe.each(AWAY)('a leader whose page is %s', (_, leave, comeBack, reason) => {
  it('lets another tab lead, and follows when it is back', async () => {
    const tabs = createTabs()
    const [first, second, third] = await tabs.startOpen(3, { whenHidden: 'disconnect' })
    await tabs.send(1, 2)
    await leave(first!, tabs)
    await tabs.settle()
    expect(first!.client).toMatchObject({ status: 'paused', reason, retryAt: null })
    expect(tabs.channels.open()).not.toContain(`A: ${NAME_OF_TESTS}`)
    expect([...tabs.locks.held(), ...tabs.locks.pending()].join()).not.toMatch(/A:/)
    await replay(tabs, 4)
    expect(tabs.leader()).toBe(second)
    expect(first!.data).toEqual([1, 2])
    await comeBack(first!)
    await tabs.settle()
    expect(first!.data).toEqual(upTo(4))
    await tabs.send(5)
    for (const { data, client } of [first!, second!, third!]) {
      expect(data).toEqual(upTo(5))
      expect(client).toMatchObject({ status: 'open', duplicates: 0 })
    }
    expect(first!.client.transport).toBe('tabs')
    expect(first!.log.slice(-3)).toEqual([`reconnecting ${reason}`, 'open', 'onOpen'])
  })

  it('goes on by itself when it was alone', async () => {
    const tabs = createTabs()
    const [only] = await tabs.startOpen(1, { whenHidden: 'disconnect' })
    await tabs.send(1, 2)
    await leave(only!, tabs)
    expect(tabs.requests()).toEqual([])
    await tabs.advance(1000)
    await comeBack(only!)
    await tabs.settle()
    await replay(tabs, 3)
    expect(only!.data).toEqual(upTo(3))
    expect(only!.client).toMatchObject({ status: 'open', transport: 'fetch' })
  })

  it('is a gap for messages without ids', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2, { whenHidden: 'disconnect' })
    await tabs.sendBare(1)
    await leave(first!, tabs)
    await tabs.settle()
    await tabs.request().respond()
    await tabs.sendBare(3)
    await comeBack(first!)
    await tabs.settle()
    expect(second!.log).toContain('onGap no-id')
    expect(first!.log).toContain('onGap no-id')
    expect(first!.data).toEqual([1, 3])
    expect(second!.data).toEqual([1, 3])
  })
})

describe('a tab that is paused, then frozen, while others lead', () => {
  it('is told the gap of an opening that it did not come to', async () => {
    const tabs = createTabs()
    const seen: unknown[] = []
    const [first, second] = await tabs.startOpen(3, {
      whenHidden: 'disconnect',
      onGap: ({ reason }) => void seen.push(reason),
    })
    await tabs.sendBare(1)
    second!.client.pause()
    await first!.tab.page('pagehide')
    await tabs.settle()
    await tabs.request().respond()
    await tabs.sendBare(3)
    await second!.tab.page('freeze', 'resume')
    await tabs.settle()
    seen.length = 0
    second!.client.on('*', ({ data }) => void seen.push(data))
    second!.client.resume()
    expect(seen.slice(0, 2)).toEqual(['no-id', 3])
  })
})

describe('a leader that hangs', () => {
  it('is stolen from, once, and follows when it goes on', async () => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(4)
    const [first] = streams
    await tabs.send(1, 2)
    first!.tab.hang()
    await first!.tab.fake.request.push(numbered(3) + numbered(4))
    await tabs.advance(5000)
    const open = tabs.requests().filter((request) => request !== first!.tab.fake.requests[0])
    expect(open).toHaveLength(1)
    expect(open[0]!.headers.get('Last-Event-ID')).toBe('2')
    await open[0]!.respond()
    await open[0]!.push([3, 4, 5].map(numbered).join(''))
    await tabs.settle()
    for (const { data } of streams.slice(1)) expect(data).toEqual(upTo(5))
    await first!.tab.unhang()
    await tabs.settle()
    expect(tabs.requests()).toEqual(open)
    await tabs.send(6)
    for (const { data, client, log } of streams) {
      expect(data).toEqual(upTo(6))
      expect(client.status).toBe('open')
      expect(log).not.toContainEqual(expect.stringMatching(/^onGap/))
    }
  })

  it('delivers nothing of its own once it has lost the lock, though that comes first', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1, 2)
    first!.tab.hang()
    const all = upTo(1500)
    const text = all.slice(2).map(numbered).join('')
    await first!.tab.fake.request.push(text)
    await tabs.advance(5000)
    await second!.tab.fake.request.respond()
    await second!.tab.fake.request.push(text)
    await tabs.settle()
    await first!.tab.unhang(true)
    await tabs.settle()
    for (const { data, client } of [first!, second!]) {
      expect(data).toEqual(all)
      expect(client).toMatchObject({ status: 'open', duplicates: 0 })
    }
    expect(tabs.leader()).toBe(second)
  })

  it('delivers what has come, in order, when it has the lock still', async () => {
    const tabs = createTabs()
    const [only] = await tabs.startOpen(1)
    await tabs.send(1)
    only!.tab.hang()
    await tabs.request().push([2, 3].map(numbered).join(''))
    await tabs.advance(5000)
    await only!.tab.unhang(true)
    await tabs.send(4)
    expect(only!.data).toEqual(upTo(4))
  })

  it('leaves no steal lock behind', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    first!.tab.hang()
    await tabs.advance(4000)
    second!.client.close()
    await tabs.settle()
    expect(tabs.locks.held()).toEqual([])
  })

  it('is left to a tab that knows the stream, rather than to one that has just come', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1, 2)
    first!.tab.hang()
    const third = await tabs.start()
    await tabs.advance(6000)
    const request = tabs.requests().find(({ headers }) => headers.get('Last-Event-ID') === '2')!
    expect(second!.tab.fake.requests).toEqual([request])
    await request.respond()
    await tabs.settle()
    expect(third.client.status).toBe('open')
    expect(third.data).toEqual([1, 2])
  })

  it('may be a tab that is only slow: one that answers keeps the lock', async () => {
    const tabs = createTabs()
    const [first] = await tabs.startOpen(3)
    await tabs.advance(600_000)
    expect(tabs.leader()).toBe(first)
    expect(tabs.requests()).toHaveLength(1)
    const pings = tabs.channels.said.filter(({ data }) => data.kind === 'ping')
    expect(pings.length).toBeGreaterThan(100)
    expect(pings.length).toBeLessThan(700)
  })
})

describe('a follower that hangs', () => {
  it('steals from nobody, and gets all that has come', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    second!.tab.hang()
    await tabs.send(1, 2)
    await tabs.advance(10_000)
    await tabs.send(3)
    await second!.tab.unhang()
    await tabs.advance(5000)
    expect(tabs.leader()).toBe(first)
    expect(second!.data).toEqual([1, 2, 3])
  })
})
