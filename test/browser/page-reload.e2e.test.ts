import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { usePages } from './use-pages.ts'
import type { Tab } from './chromium-tabs.ts'

const pages = usePages()
const options = { resume: { storage: 'session' } } as const

const delivered = (tab: Tab): Promise<string[][]> => tab.evaluate(() => life.delivered('news'))
/** Waits until the documents of the tab, the first one first, have got these. */
const expectDelivered = (tab: Tab, ...expected: string[][]): Promise<void> =>
  eventually(async () => expect(await delivered(tab)).toEqual(expected))

describe('a reload with `resume.storage`', () => {
  it.each([false, true])(
    'goes on after what was handled (composable: %s)',
    async (isComposable) => {
      const tab = await pages.visit({ path: 'news', isComposable, options })
      const stop = pages.server.flow('news')
      await pages.receive(tab, 'news', 50)
      await tab.reload()
      await pages.receive(tab, 'news', 50)
      await tab.reload()
      await pages.receive(tab, 'news', 50)
      stop()
      await eventually(async () =>
        expect((await delivered(tab)).flat().at(-1)).toBe(pages.server.ids('news').at(-1)),
      )
      const lists = await delivered(tab)
      expect(lists.flat()).toEqual(pages.server.ids('news'))
      expect(pages.cursors('news')).toEqual(['', lists[0]!.at(-1), lists[1]!.at(-1)])
      expect((await pages.record(tab, 'news')).gaps).toEqual([])
    },
  )

  it('notes down at the last moment what was handled', async () => {
    const tab = await pages.visit({ path: 'news', options, reloadsAt: '3' })
    pages.server.publish('news', 3)
    await eventually(() => expect(pages.connections('news')).toHaveLength(2))
    pages.server.publish('news', 2)
    await expectDelivered(tab, ['1', '2', '3'], ['4', '5'])
    expect(pages.cursors('news')).toEqual(['', '3'])
  })

  it('delivers again what was not handled to the end, and all that came after it', async () => {
    const tab = await pages.visit({ path: 'news', options, hangsAt: ['4'] })
    pages.server.publish('news', 6)
    await pages.receiveAll(tab, 'news')
    await tab.reload()
    await expectDelivered(tab, ['1', '2', '3', '4', '5', '6'], ['4', '5', '6'])
    expect(pages.cursors('news')).toEqual(['', '3'])
  })

  it('begins anew when the stored id is too old', async () => {
    const resume = { ...options.resume, maxAge: 1 }
    const tab = await pages.visit({ path: 'news', options: { resume } })
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    await tab.reload()
    await expectDelivered(tab, ['1', '2', '3'], ['1', '2', '3'])
    expect(pages.cursors('news')).toEqual(['', ''])
    expect((await pages.record(tab, 'news')).gaps).toEqual(['expired'])
  })

  it('costs no stream when its code is gone from the server', async () => {
    pages.server.loseScripts()
    const tab = await pages.visit({ path: 'news', options })
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    expect((await pages.record(tab, 'news')).statuses).toEqual(['connecting', 'open'])
  })

  it('begins anew without it', async () => {
    const tab = await pages.visit({ path: 'news' })
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    await tab.reload()
    await expectDelivered(tab, ['1', '2', '3'], ['1', '2', '3'])
    expect(pages.cursors('news')).toEqual(['', ''])
  })
})

describe('a way back to the page with `resume.storage`', () => {
  it('goes on when it is by the history, without the back/forward cache', async () => {
    const tab = await pages.visit({ path: 'news', options })
    await tab.goTo(`${pages.url({ path: 'news', options })}&unload`)
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    await tab.goTo(`${pages.server.url}/elsewhere`)
    pages.server.publish('news', 2)
    await tab.goBy(-1)
    await expectDelivered(tab, ['1', '2', '3'], ['4', '5'])
    const [navigation] = await tab.evaluate(() =>
      performance.getEntriesByType('navigation').map((entry) => entry.toJSON()),
    )
    expect(navigation.type).toBe('back_forward')
    expect(await tab.evaluate(() => life.events)).not.toContain('pageshow persisted')
    expect(pages.cursors('news')).toEqual(['', '', '3'])
  })

  it('begins anew when it is by a link', async () => {
    const tab = await pages.visit({ path: 'news', options })
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    await tab.goTo(`${pages.server.url}/elsewhere`)
    await tab.goTo(pages.url({ path: 'news', options }))
    await expectDelivered(tab, ['1', '2', '3'], ['1', '2', '3'])
    expect(pages.cursors('news')).toEqual(['', ''])
    expect((await pages.record(tab, 'news')).gaps).toEqual([])
  })
})
