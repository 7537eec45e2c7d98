// @vitest-environment node
/** Tabs that come late, or come to another stream than they left: they have everything, or hear of a gap. */
import { describe, expect, it } from 'vitest'
import { replay, upTo, useTestTabs } from '../../support/fake-browser-streams.ts'
import type { TabStream } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

describe('a tab that comes late', () => {
  it('is told a gap when the log does not reach back, and goes on where the others are', async () => {
    const tabs = createTabs()
    await tabs.startOpen(1)
    await tabs.send(...upTo(1200))
    const late = await tabs.start()
    expect(late.data).toEqual([])
    expect(late.log).toEqual(['connecting', 'open', 'onOpen', 'onGap late'])
    expect(late.client.lastEventId).toBe('1200')
    await tabs.send(1201)
    expect(late.data).toEqual([1201])
  })

  it('is told a gap in the middle of what it reads, where messages without ids may be missing', async () => {
    const tabs = createTabs()
    const seen: unknown[] = []
    const [first] = await tabs.startOpen(1)
    await tabs.sendBare(1, 2)
    first!.client.reconnect()
    await tabs.settle()
    await tabs.request().respond()
    const early = await tabs.start()
    await tabs.sendBare(4)
    const late = await tabs.start({
      onMessage: ({ data }) => void seen.push(data),
      onGap: ({ reason }) => void seen.push(reason),
    })
    await tabs.sendBare(5)
    expect(seen).toEqual([1, 2, 'no-id', 4, 5])
    expect(late.log).toEqual(['connecting', 'open', 'onOpen', 'onGap no-id'])
    expect(early.log).toEqual(late.log)
    expect(first!.log.filter((line) => line === 'onGap no-id')).toHaveLength(1)
  })

  it('is told no gap in what it reads where ids are in the data', async () => {
    const tabs = createTabs()
    const getEventId = ({ data }: { data: unknown }): string => String(data)
    await tabs.startOpen(1, { getEventId })
    await tabs.sendBare(1, 2)
    await tabs.request().cut()
    await tabs.advance(1000)
    expect(tabs.request().headers.get('Last-Event-ID')).toBe('2')
    await tabs.request().respond()
    await tabs.sendBare(3)
    const late = await tabs.start({ getEventId })
    expect(late.data).toEqual([1, 2, 3])
    expect(late.log).toEqual(['connecting', 'open', 'onOpen'])
  })

  it('is told no gap in what it reads where nothing is without an id but what needs none', async () => {
    const tabs = createTabs()
    const resume = { volatile: ['connected'], gapEvent: 'lost' }
    const greet = (): Promise<void> =>
      tabs.request().push('event: connected\ndata: 0\n\nevent: lost\ndata: 0\n\n')
    await tabs.startOpen(1, { resume })
    await greet()
    await tabs.send(1)
    await tabs.request().cut()
    await tabs.advance(1000)
    await tabs.request().respond()
    await greet()
    await tabs.send(2)
    const late = await tabs.start({ resume })
    expect(late.data).toEqual([0, 0, 1, 0, 0, 2])
    expect(late.log.filter((line) => line === 'onGap no-id')).toEqual([])
  })

  it('gets once what the server has repeated', async () => {
    const tabs = createTabs()
    const [first] = await tabs.startOpen(1)
    await tabs.send(1, 2)
    first!.client.reconnect()
    await tabs.settle()
    await tabs.request().respond()
    await tabs.send(1, 2, 3)
    const late = await tabs.start()
    expect(late.data).toEqual([1, 2, 3])
    expect(late.log).toEqual(['connecting', 'open', 'onOpen'])
  })

  it('is told the gap with the id before it', async () => {
    const tabs = createTabs()
    const ids: string[] = []
    const [, second] = await tabs.startOpen(2, {
      onGap: ({ lastEventId }) => void ids.push(lastEventId),
    })
    await tabs.send(1, 2)
    await second!.tab.page('pagehide')
    await tabs.send(...upTo(1204).slice(2))
    await second!.tab.page('pageshow')
    await tabs.settle()
    expect(ids).toEqual(['2'])
    expect(second!.client.lastEventId).toBe('1204')
  })

  it('stays before the gap when it closes because of it', async () => {
    const tabs = createTabs()
    await tabs.startOpen(1)
    await tabs.send(...upTo(1200))
    const late: TabStream = await tabs.start({ onGap: () => late.client.close(), immediate: false })
    late.client.open()
    await tabs.settle()
    expect(late.client).toMatchObject({ status: 'closed', lastEventId: '' })
  })

  it('goes on after an id of its own that the others know', async () => {
    const tabs = createTabs()
    await tabs.startOpen(1)
    await tabs.send(1, 2, 3)
    const late = await tabs.start({ initialLastEventId: '2' })
    expect(late.data).toEqual([3])
    expect(late.log).not.toContain('onGap late')
    const stranger = await tabs.start({ initialLastEventId: 'x' })
    expect(stranger.data).toEqual([])
    expect(stranger.log).toContain('onGap late')
  })

  it('has all when all started after the same id', async () => {
    const tabs = createTabs()
    await tabs.startOpen(1, { initialLastEventId: '5' })
    await tabs.send(6)
    const late = await tabs.start({ initialLastEventId: '5' })
    expect(late.data).toEqual([6])
    expect(late.log).not.toContain('onGap late')
  })

  it('leads after what it was told, though it has nothing itself', async () => {
    const tabs = createTabs()
    const [first] = await tabs.startOpen(1)
    await tabs.send(...upTo(1200))
    const late = await tabs.start()
    first!.client.close()
    await tabs.settle()
    expect(tabs.leader()).toBe(late)
    expect(tabs.request().headers.get('Last-Event-ID')).toBe('1200')
  })

  it('is a gap for a returned tab when it began the stream anew', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1)
    await second!.tab.page('pagehide')
    first!.client.close()
    const fresh = await tabs.start()
    await tabs.request().respond()
    await tabs.send(9)
    await second!.tab.page('pageshow')
    await tabs.settle()
    expect(second!.log).toContain('onGap late')
    await tabs.send(10)
    expect(second!.data).toEqual([1, 10])
    expect(fresh.data).toEqual([9, 10])
  })
})

describe('a stream that was begun twice', () => {
  it('is told apart: a tab of the second one lacks nothing when the first one leads again', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1, 2)
    await second!.tab.page('pagehide')
    first!.client.close()
    const third = await tabs.start()
    const fourth = await tabs.start()
    await tabs.advance(10)
    await second!.tab.page('pageshow')
    await fourth.tab.page('pagehide')
    third.client.close()
    await tabs.settle()
    expect(tabs.leader()).toBe(second)
    await fourth.tab.page('pageshow')
    await replay(tabs, 3)
    const isComplete = [1, 2, 3].every((number) => fourth.data.includes(number))
    expect(isComplete || fourth.log.includes('onGap late')).toBe(true)
    expect(fourth.client.status).toBe('open')
  })
})

describe('two tabs that come at once', () => {
  it('make one request', async () => {
    const tabs = createTabs()
    await Promise.all([tabs.start(), tabs.start(), tabs.start()])
    expect(tabs.requests()).toHaveLength(1)
    await tabs.request().respond()
    await tabs.settle()
    expect(tabs.streams.map(({ client }) => client.status)).toEqual(['open', 'open', 'open'])
  })
})
