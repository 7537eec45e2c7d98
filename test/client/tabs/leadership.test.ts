// @vitest-environment node
/** The lock of a group of tabs. */
import { describe, expect, it, vi } from 'vitest'
import { createLeadership } from '../../../src/client/tabs/leadership.ts'
import { createFakeBrowser } from '../../support/fake-browser.ts'
import type { FakeBrowser } from '../../support/fake-browser.ts'

function join(browser: FakeBrowser) {
  const log: string[] = []
  const tab = browser.openTab()
  const { locks } = tab.environment.platform('navigator') as { locks: LockManager }
  const leadership = createLeadership(locks, 'n', {
    onGranted: () => log.push('granted'),
    onStolen: () => log.push('stolen'),
    onRefused: (error) => log.push(`refused ${String(error)}`),
  })
  return { tab, log, leadership }
}

describe('createLeadership', () => {
  it('leads one after the other, in the order of the requests', async () => {
    const browser = createFakeBrowser()
    const all = [join(browser), join(browser), join(browser)]
    for (const { leadership } of all) leadership.request()
    await browser.settle()
    expect(all.map(({ log }) => log)).toEqual([['granted'], [], []])
    all[0]!.leadership.release()
    await browser.settle()
    expect(all.map(({ log }) => log)).toEqual([['granted'], ['granted'], []])
  })

  it('gets in line once', async () => {
    const browser = createFakeBrowser()
    const { leadership, log } = join(browser)
    leadership.request()
    leadership.request()
    await browser.settle()
    expect(log).toEqual(['granted'])
    expect(browser.locks.pending()).toEqual([])
    leadership.release()
    await browser.settle()
    expect(browser.locks.held()).toEqual([])
  })

  it('leaves the line without a word', async () => {
    const browser = createFakeBrowser()
    const [one, two] = [join(browser), join(browser)]
    one.leadership.request()
    two.leadership.request()
    await browser.settle()
    two.leadership.release()
    one.leadership.release()
    await browser.settle()
    expect(two.log).toEqual([])
    expect([...browser.locks.held(), ...browser.locks.pending()]).toEqual([])
  })

  it('gets in line again after it has left it', async () => {
    const browser = createFakeBrowser()
    const { leadership, log } = join(browser)
    leadership.request()
    leadership.release()
    leadership.request()
    await browser.settle()
    expect(log).toEqual(['granted'])
  })

  it('is stolen: the one that had it hears of it, and what it held is nobody else’s', async () => {
    const browser = createFakeBrowser()
    const [one, two, three] = [join(browser), join(browser), join(browser)]
    for (const { leadership } of [one, two, three]) leadership.request()
    await browser.settle()
    three.leadership.steal()
    await browser.settle()
    expect([one.log, two.log, three.log]).toEqual([['granted', 'stolen'], [], ['granted']])
    expect(browser.locks.pending()).toEqual(['B: n'])
    one.leadership.release()
    three.leadership.release()
    await browser.settle()
    expect(two.log).toEqual(['granted'])
  })

  it('counts who else waits', async () => {
    const browser = createFakeBrowser()
    const [one, two, three] = [join(browser), join(browser), join(browser)]
    one.leadership.request()
    await browser.settle()
    expect(await one.leadership.countWaiting()).toBe(0)
    two.leadership.request()
    three.leadership.request()
    await browser.settle()
    expect(await one.leadership.countWaiting()).toBe(2)
    expect(await two.leadership.countWaiting()).toBe(1)
  })

  it('knows whether the lock is still its own, though nobody has told it', async () => {
    const browser = createFakeBrowser()
    const [one, two] = [join(browser), join(browser)]
    one.leadership.request()
    await browser.settle()
    expect(await one.leadership.isHeld()).toBe(true)
    one.tab.hang()
    two.leadership.steal()
    await browser.settle()
    expect(one.log).toEqual(['granted'])
    expect(await one.leadership.isHeld()).toBe(false)
    expect(await two.leadership.isHeld()).toBe(true)
    await one.tab.unhang()
    for (const { leadership } of [one, two]) leadership.release()
  })

  it.each([
    [
      'never',
      async () => {
        throw new Error('no')
      },
    ],
    [
      'no more',
      vi
        .fn<() => Promise<unknown>>()
        .mockResolvedValueOnce({ held: [{ name: 'n', clientId: 'a' }] })
        .mockRejectedValue(new Error('no')),
    ],
    [
      'only later',
      vi
        .fn<() => Promise<unknown>>()
        .mockRejectedValueOnce(new Error('no'))
        .mockResolvedValue({ held: [{ name: 'n', clientId: 'a' }] }),
    ],
    ['and nobody is named', async () => ({})],
  ])('takes it for its own where locks can be listed %s', async (_, query) => {
    const locks = {
      query,
      request: async (_name: string, _options: object, run: () => unknown) => run(),
    }
    const leadership = createLeadership(locks as unknown as LockManager, 'n', {
      onGranted() {},
      onStolen() {},
      onRefused() {},
    })
    leadership.request()
    await createFakeBrowser().settle()
    expect(await leadership.isHeld()).toBe(true)
    leadership.release()
  })

  it('runs alone, or not at all', async () => {
    const browser = createFakeBrowser()
    const [one, two] = [join(browser), join(browser)]
    let end!: () => void
    const runs: string[] = []
    const first = one.leadership.runAlone(() => {
      runs.push('one')
      return new Promise((resolve) => (end = resolve))
    })
    await two.leadership.runAlone(async () => void runs.push('two'))
    end()
    await first
    await two.leadership.runAlone(async () => void runs.push('two again'))
    expect(runs).toEqual(['one', 'two again'])
  })

  it('says that there are no locks to be had', async () => {
    const log: string[] = []
    const locks = { request: () => Promise.reject(new DOMException('No', 'SecurityError')) }
    const leadership = createLeadership(locks as unknown as LockManager, 'n', {
      onGranted: () => log.push('granted'),
      onStolen: () => log.push('stolen'),
      onRefused: (error) => log.push((error as Error).name),
    })
    leadership.request()
    await createFakeBrowser().settle()
    expect(log).toEqual(['SecurityError'])
  })
})
