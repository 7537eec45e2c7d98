import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { usePages } from './use-pages.ts'
import type { Tab } from './chromium-tabs.ts'
import type { StreamSetup } from './page-script.ts'

const pages = usePages()
const onClock = (path: string, whenHidden: 'keep' | 'disconnect'): StreamSetup => ({
  path,
  isOnClock: true,
  options: { whenHidden, connectTimeout: 0 },
})

/** Hides the page for more than 30 seconds of its streams' clock. */
async function hideForLong(tab: Tab): Promise<void> {
  await tab.evaluate(() => life.setSpeed(100))
  await tab.hide()
  const since = await tab.evaluate(() => life.now())
  await eventually(async () =>
    expect(await tab.evaluate(() => life.now())).toBeGreaterThan(since + 31_000),
  )
  await tab.evaluate(() => life.setSpeed(1))
}

describe('a hidden page', () => {
  it('keeps its stream for a while, whatever `whenHidden` says', async () => {
    const tab = await pages.visit(onClock('news', 'disconnect'))
    await tab.hide()
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    await tab.show()
    pages.server.publish('news', 3)
    await pages.receiveAll(tab, 'news')
    const { statuses } = await pages.record(tab, 'news')
    expect(statuses).toEqual(['connecting', 'open'])
    expect(pages.connections('news')).toHaveLength(1)
  })

  it('gives up after 30 seconds only what is not to be kept, and goes on when it is seen', async () => {
    const tab = await pages.visit(onClock('left', 'disconnect'), onClock('kept', 'keep'))
    const stops = [pages.server.flow('left'), pages.server.flow('kept')]
    await pages.receive(tab, 'left', 5)
    await hideForLong(tab)
    await eventually(() => expect(pages.server.open('left')).toBe(0))
    const { ids: left } = await pages.record(tab, 'left')
    const { ids: kept } = await pages.record(tab, 'kept')
    await pages.receive(tab, 'kept', kept.length + 50)
    expect((await pages.record(tab, 'left')).statuses.at(-1)).toBe('paused hidden')
    expect((await pages.record(tab, 'left')).ids).toEqual(left)

    await tab.show()
    await eventually(() => expect(pages.server.open('left')).toBe(1))
    for (const stop of stops) stop()
    await pages.receiveAll(tab, 'left')
    await pages.receiveAll(tab, 'kept')
    expect(await pages.record(tab, 'left')).toMatchObject({
      statuses: ['connecting', 'open', 'paused hidden', 'reconnecting hidden', 'open'],
      errors: [],
      gaps: [],
    })
    expect(await pages.record(tab, 'kept')).toMatchObject({
      statuses: ['connecting', 'open'],
      errors: [],
    })
    expect(pages.connections('left')).toMatchObject([
      { lastEventId: '', endedBy: 'client' },
      { lastEventId: left.at(-1) },
    ])
    expect(pages.connections('kept')).toHaveLength(1)
  })

  it('doubts its streams when it is seen after long: those without a byte are opened anew', async () => {
    const tab = await pages.visit(onClock('dead', 'keep'), onClock('alive', 'keep'))
    for (const name of ['dead', 'alive']) {
      pages.server.publish(name, 3)
      await pages.receiveAll(tab, name)
    }
    pages.server.hush('dead')
    pages.server.publish('dead', 3)
    await hideForLong(tab)
    const stop = pages.server.flow('alive')
    expect(pages.connections('dead')).toHaveLength(1)

    await tab.show()
    await eventually(() => expect(pages.connections('dead')).toHaveLength(2))
    stop()
    await pages.receiveAll(tab, 'dead')
    await pages.receiveAll(tab, 'alive')
    expect(pages.connections('dead')[1]).toMatchObject({ lastEventId: '3' })
    expect(await pages.record(tab, 'dead')).toMatchObject({
      statuses: ['connecting', 'open', 'reconnecting silence', 'open'],
      errors: ['silence'],
    })
    expect(pages.connections('alive')).toHaveLength(1)
  })
})
