// @vitest-environment node
/** What nobody should say on a channel, and platforms that have less than they seem to: the stream goes on. */
import { describe, expect, it } from 'vitest'
import { NAME_OF_TESTS, numbered, useTestTabs } from '../../support/fake-browser-streams.ts'
import { SHARED } from '../../support/fake-browser-tab.ts'
import type { FlatEntries } from '../../../src/client/tabs/tab-messages.ts'

const createTabs = useTestTabs()

describe('a channel full of nonsense', () => {
  it('changes nothing', async () => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(2)
    const term = tabs.channels.said.find(({ data }) => data.kind === 'lead')!.data.term as number
    for (const nonsense of [
      ...[null, undefined, 1, 'hello', [], {}, { kind: 'chunk' }, { kind: '__proto__' }],
      ...[{ kind: 'constructor' }, { kind: 'welcome', to: streams[1]!.tab.name, term }],
      { kind: 'chunk', term, seq: 1, entries: ['message', 1, '', true] },
      { kind: 'chunk', term: -1, seq: 1, entries: [] },
      { kind: 'chunk', term: term - 1, seq: 1, entries: ['message', '"old"', '9', true] },
      { kind: 'state', term, state: { status: 'failed' } },
      { kind: 'want', command: 'die' },
      { kind: 'hello', from: 'x', at: { term: 'a', seq: 0 }, lastEventId: null, opens: false },
    ]) {
      tabs.channels.say(NAME_OF_TESTS, nonsense)
      await tabs.settle()
    }
    await tabs.send(1)
    for (const { data, client } of streams) {
      expect(data).toEqual([1])
      expect(client.status).toBe('open')
    }
  })
})

describe('a forged leader', () => {
  const ENTRIES: FlatEntries = ['message', '9', '9', true]
  it.each<[string, (term: number) => Record<string, unknown>]>([
    ['leads', (term) => ({ kind: 'lead', term, at: { term, seq: 9 }, state: SHARED })],
    ['tells', (term) => ({ kind: 'chunk', term, seq: 1, entries: ENTRIES })],
    ['answers', (term) => ({ kind: 'pong', term })],
    ['leaves', (term) => ({ kind: 'bye', term })],
  ])('that %s silences nobody for ever, whatever its term', async (_, forge) => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(3)
    await tabs.send(1)
    const { now } = tabs.tabs[0]!.environment
    for (const term of [
      ...[Number.MAX_SAFE_INTEGER, (now() + 86_400_000) * 1000, now() * 1000 + 5000],
    ]) {
      tabs.channels.say(NAME_OF_TESTS, forge(term))
      await tabs.settle()
      await tabs.advance(6000)
      for (const request of tabs.requests()) await request.respond()
      await tabs.settle()
      expect(tabs.requests()).toHaveLength(1)
    }
    await tabs.send(2)
    await tabs.advance(3000)
    for (const { data, client } of streams) {
      expect(client.status).toBe('open')
      expect(data.at(-1)).toBe(2)
    }
  })
})

describe('a forger that knows the term', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'is ahead of all that comes',
      {
        kind: 'chunk',
        seq: 1,
        entries: Array.from({ length: 4000 }, () => ['m', '0', '', false]).flat(),
      },
    ],
    ['says that nobody leads', { kind: 'bye' }],
    ['says that it has failed', { kind: 'state', state: { ...SHARED, status: 'failed' } }],
  ])('is answered by the leader: it %s', async (_, forged) => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(3)
    await tabs.send(1)
    const { term } = tabs.channels.said.find(({ data }) => data.kind === 'chunk')!.data
    tabs.channels.say(NAME_OF_TESTS, { ...forged, term })
    await tabs.send(2)
    for (const { data, client } of streams) {
      expect(client.status).toBe('open')
      expect(data.at(-1)).toBe(2)
    }
    expect(tabs.requests()).toHaveLength(1)
  })
})

describe('where nothing is to be had', () => {
  function refuse(): never {
    throw new DOMException('No', 'SecurityError')
  }

  it('has a connection of its own without channels', async () => {
    const tabs = createTabs()
    const tab = tabs.openTab()
    tab.fake.has.BroadcastChannel = refuse
    await tabs.start()
    const stream = await tabs.start({ tab })
    await tab.fake.request.respond()
    await tab.fake.request.push(numbered(1))
    expect(tabs.requests()).toHaveLength(2)
    expect(stream.data).toEqual([1])
    expect(stream.client).toMatchObject({ status: 'open', transport: 'fetch' })
  })

  it('has a connection of its own without locks', async () => {
    const tabs = createTabs()
    const tab = tabs.openTab()
    const no = async (): Promise<never> => refuse()
    tab.fake.has.navigator = { locks: { request: no, query: no } }
    const stream = await tabs.start({ tab })
    await tabs.request().respond()
    await tabs.advance(5000)
    await tabs.send(1)
    expect(stream.data).toEqual([1])
    expect(tab.fake.warnings).toEqual([expect.stringMatching(/tabs-unreachable .*No/)])
    expect(tabs.channels.open()).toEqual([])
    stream.client.pause()
    await tabs.advance(1000)
    stream.client.resume()
    await tabs.send(2)
    expect(stream.data).toEqual([1, 2])
  })
})

describe('a clock that is set back', () => {
  it('makes the terms so far void, rather than the tabs silent', async () => {
    const tabs = createTabs()
    const tab = tabs.openTab()
    tab.fake.work(3 * 86_400_000)
    const streams = [await tabs.start({ tab }), await tabs.start(), await tabs.start()]
    await tabs.request().respond()
    await tabs.send(1)
    for (const { fake } of tabs.tabs) fake.work(-2 * 86_400_000)
    streams[0]!.client.close()
    await tabs.settle()
    await tabs.request().respond()
    await tabs.send(2)
    await tabs.advance(3000)
    for (const { data, client } of streams.slice(1)) {
      expect(client.status).toBe('open')
      expect(data).toEqual([1, 2])
    }
  })
})
