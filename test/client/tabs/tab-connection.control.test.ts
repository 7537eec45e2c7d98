// @vitest-environment node
/** What the apps of several tabs do with their one connection, and what they see of it. */
import { describe, expect, it } from 'vitest'
import { NAME_OF_TESTS, numbered, useTestTabs } from '../../support/fake-browser-streams.ts'
import { SHARED } from '../../support/fake-browser-tab.ts'
import type { FlatEntries } from '../../../src/client/tabs/tab-messages.ts'
import type { TabStream } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

/** What has to be the same in all tabs. */
function shown({ client }: TabStream): Record<string, unknown> {
  const { status, reason, error, attempt, retryAt, disconnectedSince, lastEventId } = client
  const { code, message, status: http, url } = error ?? {}
  return {
    ...{ status, reason, attempt, retryAt, disconnectedSince, lastEventId },
    error: error && { code, message, http, url, fatal: error.fatal },
  }
}

function expectSame(streams: readonly TabStream[]): void {
  for (const stream of streams) expect(shown(stream)).toEqual(shown(streams[0]!))
}

describe('the state', () => {
  it('is the same in all tabs, from the first attempt to the second opening', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start(), await tabs.start()]
    expectSame(streams)
    await tabs.request().respond({ status: 503, headers: { 'Retry-After': '7' } })
    await tabs.settle()
    expectSame(streams)
    expect(streams[1]!.client).toMatchObject({ status: 'reconnecting', reason: 'http', attempt: 1 })
    expect(streams[1]!.client.error).toMatchObject({
      code: 'http-status',
      status: 503,
      retryAfter: 7000,
    })
    expect(streams[1]!.client.retryAt).toBeGreaterThan(0)
    const late = await tabs.start()
    expectSame([...streams, late])
    expect(late.log).toEqual(['connecting', 'reconnecting http', 'error http-status'])
    await tabs.advance(11_000)
    await tabs.request().respond()
    await tabs.send(1)
    expectSame([...streams, late])
    for (const { log } of streams) expect(log).toEqual(streams[0]!.log)
    expect(streams[0]!.log.slice(0, 3)).toEqual(late.log.slice(0, 3))
    await tabs.request().cut()
    await tabs.settle()
    expectSame([...streams, late])
    expect(late.log.slice(-2)).toEqual(['reconnecting network', 'error network'])
  })

  it('says what failed, once in each tab, and keeps the tabs together', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 404 })
    await tabs.settle()
    expectSame(streams)
    for (const { log } of streams) {
      expect(log.slice(1)).toEqual(['failed http', 'error http-status', 'onClose http'])
    }
    expect(tabs.requests()).toEqual([])
    streams[0]!.client.close()
    await tabs.advance(10_000)
    expect(tabs.requests()).toEqual([])
    expect(streams[1]!.client.status).toBe('failed')
  })

  it.each(['reconnect', 'open'] as const)('revives for all with %s() in any tab', async (verb) => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 404 })
    await tabs.settle()
    streams[1]!.client[verb]()
    await tabs.settle()
    await tabs.request().respond()
    await tabs.send(1)
    expectSame(streams)
    for (const { data, client } of streams) {
      expect(client.status).toBe('open')
      expect(data).toEqual([1])
    }
    expect(tabs.leader()).toBe(streams[0])
  })

  it('revives for all when a new tab wants the stream', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 404 })
    await tabs.settle()
    streams.push(await tabs.start())
    await tabs.request().respond()
    await tabs.settle()
    expectSame(streams)
    expect(streams[2]!.client.status).toBe('open')
  })

  it('ends in all tabs when there is no content', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 204, hasBody: false })
    await tabs.advance(1000)
    for (const { log } of streams) {
      expect(log).toEqual(['connecting', 'closed no-content', 'onClose no-content'])
    }
    expect(tabs.tabs.flatMap(({ fake }) => fake.requests)).toHaveLength(1)
    expect(tabs.live()).toEqual([])
  })

  it('ends in all tabs with the message that says so', async () => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(3, { until: '[DONE]' })
    await tabs.request().push(`${numbered(1)}data: [DONE]\n\n`)
    await tabs.advance(1000)
    for (const { log, data } of streams) {
      expect(data).toEqual([1])
      expect(log.slice(-2)).toEqual(['closed complete', 'onClose complete'])
    }
    expect(tabs.tabs.flatMap(({ fake }) => fake.requests)).toHaveLength(1)
    expect(tabs.live()).toEqual([])
  })

  it('is connect-timeout in all tabs', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start()]
    await tabs.advance(15_000)
    expectSame(streams)
    expect(streams[1]!.errors[0]).toMatchObject({ code: 'connect-timeout', fatal: false })
  })

  it('shows nothing of a cause or of headers', async () => {
    const tabs = createTabs()
    const [, follower] = await tabs.startOpen(2)
    await tabs.request().cut(new TypeError('secret'))
    await tabs.settle()
    expect(follower!.errors[0]!.code).toBe('network')
    expect(follower!.errors[0]!.cause).toBeUndefined()
    expect(JSON.stringify(tabs.channels.said)).not.toMatch(/secret|server\.test\/events\?/)
  })
})

describe('reconnect()', () => {
  it('in a follower makes the leader connect anew', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1)
    second!.client.reconnect()
    await tabs.settle()
    expect(tabs.leader()).toBe(first)
    expect(first!.tab.fake.requests).toHaveLength(2)
    expect(second!.client).toMatchObject({ status: 'reconnecting', reason: 'user' })
    await tabs.request().respond()
    await tabs.send(1, 2)
    expect(second!.data).toEqual([1, 2])
    expect(first!.data).toEqual([1, 2])
  })

  it('in a follower does not end the pause of the leader', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    first!.client.pause()
    second!.client.reconnect()
    await tabs.settle()
    expect(first!.client).toMatchObject({ status: 'paused', reason: 'user' })
  })

  it('joins again after close()', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    await tabs.send(1)
    second!.client.close()
    await tabs.send(2)
    second!.client.reconnect()
    await tabs.settle()
    expect(second!.data).toEqual([1, 2])
    expect(second!.client.status).toBe('open')
    expect(tabs.requests()).toHaveLength(1)
  })
})

describe('close()', () => {
  it('in a follower leaves the others alone', async () => {
    const tabs = createTabs()
    const [first, second, third] = await tabs.startOpen(3)
    second!.client.close()
    await tabs.send(1)
    expect(second!.client).toMatchObject({ status: 'closed', reason: 'user' })
    expect(second!.log.slice(-2)).toEqual(['closed user', 'onClose user'])
    expect([first!.data, second!.data, third!.data]).toEqual([[1], [], [1]])
  })

  it('within a handler drops the rest, and open() gets it', async () => {
    for (const position of [0, 1]) {
      const tabs = createTabs()
      const streams = await tabs.startOpen(2)
      const { client, data } = streams[position]!
      client.once('*', () => client.close())
      await tabs.send(1, 2, 3)
      expect(data).toEqual([1])
      if (position === 0) await tabs.request().respond()
      await tabs.settle()
      client.open()
      await tabs.settle()
      expect(data).toEqual([1, 2, 3])
    }
  })

  it('drops what waits, and open() gets it, though nothing was delivered before', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    second!.client.pause()
    await tabs.send(1, 2)
    second!.client.close()
    second!.client.open()
    await tabs.send(3)
    expect(second!.data).toEqual([1, 2, 3])
  })

  it('within onStatus, before anything is asked, leaves nothing', async () => {
    const tabs = createTabs()
    const stream = await tabs.start({ immediate: false })
    const { client } = stream
    const options = {
      onStatus: (status: string) => void (status === 'connecting' && other.client.close()),
    }
    const other: TabStream = await tabs.start({ ...options, immediate: false })
    client.open()
    other.client.open()
    await tabs.settle()
    expect(other.client.status).toBe('closed')
    expect(tabs.channels.open()).toEqual([`A: ${NAME_OF_TESTS}`])
    expect(tabs.locks.pending()).toEqual([])
  })

  it('in one tab while the lock is on its way to it leaves it to the next', async () => {
    const tabs = createTabs()
    const [first, second, third] = await tabs.startOpen(3)
    first!.client.close()
    second!.client.close()
    await tabs.settle()
    expect(tabs.leader()).toBe(third)
  })
})

describe('pause()', () => {
  it('in a follower holds its messages, and nobody else', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    second!.client.pause()
    await tabs.send(1, 2)
    expect(second!.client).toMatchObject({ status: 'paused', reason: 'user' })
    expect([first!.data, second!.data]).toEqual([[1, 2], []])
    second!.client.resume()
    expect(second!.data).toEqual([1, 2])
    expect(second!.client.status).toBe('open')
  })

  it('in the leader lets another tab lead', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1)
    first!.client.pause()
    // No timer is in it: those of a hidden tab are late.
    await tabs.settle()
    expect(tabs.leader()).toBe(second)
    await tabs.request().respond()
    await tabs.send(1, 2)
    expect(second!.data).toEqual([1, 2])
    expect(first!.data).toEqual([1])
    expect(first!.client).toMatchObject({ status: 'paused', reason: 'user' })
    first!.client.resume()
    await tabs.settle()
    expect(first!.data).toEqual([1, 2])
    expect(first!.client).toMatchObject({ status: 'open', transport: 'tabs' })
    second!.client.close()
    await tabs.settle()
    expect(tabs.leader()).toBe(first)
  })

  it('in the only tab keeps the connection for 30 s', async () => {
    const tabs = createTabs()
    const [only] = await tabs.startOpen(1)
    only!.client.pause()
    await tabs.advance(29_000)
    expect(tabs.requests()).toHaveLength(1)
    await tabs.advance(2000)
    expect(tabs.requests()).toEqual([])
    const second = await tabs.start()
    await tabs.advance(500)
    await tabs.request().respond()
    await tabs.settle()
    expect(tabs.leader()).toBe(second)
    expect(second.client.status).toBe('open')
  })

  it('asks for what was too much to keep, once it is over', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    second!.client.pause()
    const numbers = Array.from({ length: 10_600 }, (_, index) => index + 1)
    for (let index = 0; index < numbers.length; index += 200) {
      await tabs.send(...numbers.slice(index, index + 200))
    }
    second!.client.resume()
    await tabs.settle()
    expect(first!.data).toEqual(numbers)
    expect(second!.data).toEqual(numbers)
    expect(second!.log).not.toContain('onGap late')
  })

  it('of a tab that has to lead alone asks only for what it does not have', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    second!.client.pause()
    const numbers = Array.from({ length: 3000 }, (_, index) => index + 1)
    await tabs.send(...numbers)
    first!.client.close()
    await tabs.settle()
    expect(tabs.request().headers.get('Last-Event-ID')).toBe('3000')
    await tabs.request().respond()
    second!.client.resume()
    await tabs.send(3001)
    expect(second!.data).toEqual([...numbers, 3001])
  })
})

describe('a leader whose timers are late', () => {
  it('is hurried by a follower whose are not', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2, {
      reconnect: { initialDelay: 4000, jitter: 0 },
    })
    await tabs.request().cut()
    await tabs.settle()
    const { retryAt } = second!.client
    expect(retryAt).not.toBeNull()
    // Its timers come once a minute.
    first!.tab.fake.work(0)
    expect(tabs.requests()).toEqual([])
    first!.tab.holdTimers(true)
    await tabs.advance(6000)
    first!.tab.holdTimers(false)
    expect(tabs.leader()).toBe(first)
  })
})

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

describe('a fallback', () => {
  it('is relayed as well', async () => {
    const tabs = createTabs()
    const fallback = {
      afterAttempts: 1,
      transport: {
        name: 'other',
        async connect(
          attempt: import('../../../src/client/transports/transport.ts').TransportAttempt,
        ) {
          attempt.onOpen({ status: 200, headers: new Headers() })
          attempt.receive(() => {
            attempt.onLastEventId('7')
            attempt.onMessage({ type: 'message', data: '7', lastEventId: '7' }, true)
          })
          await new Promise((resolve) => attempt.signal.addEventListener('abort', resolve))
        },
      },
    }
    const streams = [await tabs.start({ fallback }), await tabs.start({ fallback })]
    await tabs.request().refuse()
    await tabs.advance(1000)
    expect(streams.map(({ data }) => data)).toEqual([[7], [7]])
    expect(streams.map(({ client }) => client.transport)).toEqual(['other', 'tabs'])
  })
})
