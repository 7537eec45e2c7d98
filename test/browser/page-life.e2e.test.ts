import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { usePages } from './use-pages.ts'

const pages = usePages()
/** Only something that cuts the wait short can end it in time. */
const LONG_WAIT = { initialDelay: 3_600_000, maxDelay: 3_600_000, jitter: 0 }

describe('a page without a network', () => {
  it('keeps a stream that lives', async () => {
    const tab = await pages.visit({ path: 'news' })
    const stop = pages.server.flow('news')
    await tab.setOffline(true)
    await eventually(async () => expect(await events()).toEqual(['pageshow', 'offline']))
    const { ids } = await pages.record(tab, 'news')
    await pages.receive(tab, 'news', ids.length + 50)
    await tab.setOffline(false)
    await eventually(async () => expect((await events()).at(-1)).toBe('online'))
    stop()
    await pages.receiveAll(tab, 'news')
    expect(await pages.record(tab, 'news')).toMatchObject({
      statuses: ['connecting', 'open'],
      errors: [],
    })
    expect(pages.connections('news')).toHaveLength(1)

    function events(): Promise<string[]> {
      return tab.evaluate(() => life.events.filter((text) => !text.startsWith('news')))
    }
  })

  it('says `offline` of a stream that dies, and goes on as soon as there is a network', async () => {
    const tab = await pages.visit({ path: 'news', options: { reconnect: LONG_WAIT } })
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    await tab.setOffline(true)
    pages.server.cut('news')
    await eventually(async () =>
      expect((await pages.record(tab, 'news')).statuses.at(-1)).toBe('reconnecting offline'),
    )
    // An attempt that is made all the same fails for the same reason.
    await tab.evaluate(() => life.clients.news!.reconnect())
    await eventually(async () =>
      expect((await pages.record(tab, 'news')).errors).toEqual(['network', 'network']),
    )
    expect(await tab.evaluate(() => life.clients.news!.reason)).toBe('offline')
    pages.server.publish('news', 3)
    expect(pages.connections('news')).toHaveLength(1)

    await tab.setOffline(false)
    await pages.receiveAll(tab, 'news')
    expect(pages.cursors('news')).toEqual(['', '3'])
    expect((await pages.record(tab, 'news')).statuses.at(-1)).toBe('open')
  })
})

describe.each([false, true])('a page that is left (composable: %s)', (isComposable) => {
  it('gives its stream up when it is frozen, and goes on when it is not', async () => {
    const tab = await pages.visit({ path: 'news', isComposable })
    const stop = pages.server.flow('news')
    await pages.receive(tab, 'news', 5)
    await tab.freeze()
    await eventually(() => expect(pages.server.open('news')).toBe(0))
    const { ids: before } = await pages.record(tab, 'news')
    await eventually(() =>
      expect(pages.server.ids('news').length).toBeGreaterThan(before.length + 50),
    )
    await tab.unfreeze()
    await eventually(() => expect(pages.server.open('news')).toBe(1))
    stop()
    await pages.receiveAll(tab, 'news')
    expect(await pages.record(tab, 'news')).toMatchObject({
      statuses: ['connecting', 'open', 'paused hidden', 'reconnecting hidden', 'open'],
      errors: [],
      gaps: [],
    })
    expect(pages.connections('news')).toMatchObject([
      { lastEventId: '', endedBy: 'client' },
      { lastEventId: before.at(-1) },
    ])
    expect(await tab.evaluate(() => life.events.includes('freeze'))).toBe(true)
  })

  it('gives its stream up for the back/forward cache, both ways', async ({ skip }) => {
    skip(!pages.hasBackForwardCache, 'the headless shell has no back/forward cache')
    const tab = await pages.visit({ path: 'news', isComposable })
    const stops = [pages.server.flow('news'), pages.server.flow('sport')]
    await pages.receive(tab, 'news', 5)

    await tab.goTo(pages.url({ path: 'sport', isComposable }))
    await eventually(() => expect([open('news'), open('sport')]).toEqual([0, 1]))
    await pages.receive(tab, 'sport', 5)
    await tab.goBy(-1)
    await eventually(() => expect([open('news'), open('sport')]).toEqual([1, 0]))
    await tab.goBy(1)
    await eventually(() => expect([open('news'), open('sport')]).toEqual([0, 1]))
    stops[1]!()
    await pages.receiveAll(tab, 'sport')
    await expectCached('sport', 2)
    await tab.goBy(-1)
    await eventually(() => expect([open('news'), open('sport')]).toEqual([1, 0]))
    stops[0]!()
    await pages.receiveAll(tab, 'news')
    await expectCached('news', 3)

    function open(name: string): number {
      return pages.server.open(name)
    }

    /** The page was never loaded anew, and its stream went on each time where it had been. */
    async function expectCached(name: string, times: number): Promise<void> {
      const shows = await tab.evaluate(() =>
        life.events.filter((text) => text.startsWith('pageshow')),
      )
      const others = Array.from({ length: times - 1 }, () => 'pageshow persisted')
      expect(shows).toEqual(['pageshow', ...others])
      const { statuses, errors, gaps } = await pages.record(tab, name)
      const hops = others.flatMap(() => ['paused pagehide', 'reconnecting pagehide', 'open'])
      expect(statuses).toEqual(['connecting', 'open', ...hops])
      expect([errors, gaps]).toEqual([[], []])
      expect(pages.connections(name)).toHaveLength(times)
      const ended = pages.connections(name).slice(0, -1)
      expect(ended.map(({ endedBy }) => endedBy)).toEqual(others.map(() => 'client'))
    }
  })
})

describe('a page that ends', () => {
  it('leaves no stream when its app is unmounted', async () => {
    const tab = await pages.visit({ path: 'news', isComposable: true }, { path: 'sport' })
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    await tab.evaluate(() => {
      for (const app of life.apps) app.unmount()
    })
    await eventually(() => expect(pages.connections('news')).toMatchObject([{ cleanUps: 1 }]))
    expect(pages.server.open('sport')).toBe(1)
    await tab.evaluate(() => life.clients.sport!.close())
    await eventually(() => expect(pages.connections('sport')).toMatchObject([{ cleanUps: 1 }]))
    expect(pages.connections('news')[0]).toMatchObject({ isOpen: false, endedBy: 'client' })
  })

  it('leaves no stream when its tab is closed', async () => {
    const tab = await pages.visit({ path: 'news', isComposable: true }, { path: 'sport' })
    await tab.close()
    await eventually(() => expect(pages.server.connections()).toMatchObject([closed, closed]))
  })
  const closed = { isOpen: false, endedBy: 'client', cleanUps: 1 }
})
