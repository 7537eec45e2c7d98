import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { usePages } from './use-pages.ts'
import type { Tab } from './chromium-tabs.ts'

const pages = usePages()
const LONG_MS = 600_000

/** A stream that has shown what it had, and says nothing from then on. */
async function visitQuiet(): Promise<Tab> {
  const tab = await pages.visit({ path: 'quiet' })
  pages.server.publish('quiet', 3)
  await pages.receiveAll(tab, 'quiet')
  await tab.evaluate((ms) => void (life.skipsWhenFrozen = ms), LONG_MS)
  return tab
}

/** Gives every timer that may act on the stream the time to do so. */
async function settle(tab: Tab): Promise<void> {
  const ticks = await tab.evaluate(() => life.ticks)
  await eventually(async () =>
    expect(await tab.evaluate(() => life.ticks)).toBeGreaterThanOrEqual(ticks + 4),
  )
}

async function expectOneReturn(tab: Tab, reason: string): Promise<void> {
  await eventually(() => expect(pages.server.open('quiet')).toBe(1))
  await settle(tab)
  const { downMs, ...record } = await pages.record(tab, 'quiet')
  expect(record).toEqual({
    ids: ['1', '2', '3'],
    statuses: ['connecting', 'open', `paused ${reason}`, `reconnecting ${reason}`, 'open'],
    errors: [],
    gaps: [],
  })
  expect(pages.cursors('quiet')).toEqual(['', '3'])
  expect(downMs[1]).toBeGreaterThan(LONG_MS)
}

describe('a page whose computer has slept', () => {
  it('doubts its streams: those without a byte are opened anew, the others are kept', async () => {
    const tab = await pages.visit({ path: 'dead' }, { path: 'alive' })
    pages.server.publish('dead', 3)
    await pages.receiveAll(tab, 'dead')
    pages.server.hush('dead')
    pages.server.publish('dead', 3)
    const stop = pages.server.flow('alive')
    await tab.evaluate((ms) => life.skip(ms), LONG_MS)
    await pages.receiveAll(tab, 'dead')
    stop()
    await pages.receiveAll(tab, 'alive')
    expect(pages.cursors('dead')).toEqual(['', '3'])
    expect(await pages.record(tab, 'dead')).toMatchObject({
      statuses: ['connecting', 'open', 'reconnecting silence', 'open'],
      errors: ['silence'],
    })
    expect(pages.cursors('alive')).toEqual([''])
  })
})

describe('a page that was away for long', () => {
  it('asks once when it comes back from the back/forward cache', async ({ skip }) => {
    skip(!pages.hasBackForwardCache, 'the headless shell has no back/forward cache')
    const tab = await visitQuiet()
    await tab.goTo(`${pages.server.url}/elsewhere`)
    await eventually(() => expect(pages.server.open('quiet')).toBe(0))
    await tab.goBy(-1)
    expect(await tab.evaluate(() => life.events)).toContain('pageshow persisted')
    await expectOneReturn(tab, 'pagehide')
  })

  it('asks once when it is frozen no more', async () => {
    const tab = await visitQuiet()
    await tab.freeze()
    await eventually(() => expect(pages.server.open('quiet')).toBe(0))
    await tab.unfreeze()
    await expectOneReturn(tab, 'hidden')
  })
})
