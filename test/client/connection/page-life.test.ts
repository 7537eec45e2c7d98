// @vitest-environment node
/** From what happens to the page to what a connection is told. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createPageLife } from '../../../src/client/connection/page-life.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { PageEvent } from '../../../src/client/environment.ts'
import type { PageLife } from '../../../src/client/connection/page-life.ts'

interface TestPage extends FakeEnvironment {
  life: PageLife
  /** What was heard, and forgets it: `visible`, `leave hidden`. */
  heard(): string[]
  /** Whether what is asked for then can be given up. */
  mayLeave: boolean
}

function create(leavesWhenHidden = false, fake = createFakeEnvironment()): TestPage {
  const signals: string[] = []
  const test: TestPage = Object.assign(fake, {
    life: createPageLife(
      fake.environment,
      leavesWhenHidden ? () => test.mayLeave : undefined,
      (signal, reason) => signals.push(reason ? `${signal} ${reason}` : signal),
    ),
    heard: () => signals.splice(0),
    mayLeave: true,
  })
  return test
}

describe('createPageLife', () => {
  it('says nothing of a page to which nothing happens', async () => {
    const { heard, advance, live, life } = create(true)
    await advance(86_400_000)
    expect(heard()).toEqual([])
    expect(life.isOffline).toBe(false)
    expect(live()).toEqual(['page listener'])
  })

  describe('the network', () => {
    it('is remembered when it is gone, without a word, until it is back', async () => {
      const { life, page, heard } = create()
      await page('offline')
      expect([life.isOffline, heard()]).toEqual([true, []])
      await page('online')
      expect([life.isOffline, heard()]).toEqual([false, ['online']])
    })

    it('is known to be gone from the start', async () => {
      const fake = createFakeEnvironment()
      await fake.page('offline')
      expect(create(false, fake).life.isOffline).toBe(true)
    })
  })

  describe('a page that is left', () => {
    it.each([
      ['pagehide', 'pageshow', 'leave pagehide'],
      ['freeze', 'resume', 'leave hidden'],
    ] as [PageEvent, PageEvent, string][])(
      'is away from %s to %s',
      async (leave, comeBack, signal) => {
        const { page, heard } = create()
        await page(leave)
        expect(heard()).toEqual([signal])
        await page(comeBack)
        expect(heard()).toEqual(['return'])
      },
    )

    it.each(['pageshow', 'resume', 'visible'] as PageEvent[])(
      'does not return by %s when it was not away',
      async (event) => {
        const { page, heard } = create(true)
        await page(event)
        expect(heard()).not.toContain('return')
      },
    )

    it('returns once when it is told twice', async () => {
      const { page, heard } = create()
      await page('pagehide', 'pagehide', 'pageshow', 'pageshow')
      expect(heard().filter((signal) => signal === 'return')).toHaveLength(1)
    })

    it.each([
      [['pageshow', 'resume', 'visible']],
      [['visible', 'resume', 'pageshow']],
      [['resume', 'visible', 'pageshow']],
    ] as [PageEvent[]][])('returns with the last of all reasons: %j', async (events) => {
      const { page, heard, advance } = create(true)
      await page('hidden')
      await advance(30_000)
      await page('pagehide', 'freeze')
      expect(heard().at(-1)).toBe('leave pagehide')
      for (const [index, event] of events.entries()) {
        await page(event)
        expect(heard().includes('return')).toBe(index === 2)
      }
    })

    it('is left in the cache whatever else it is, and after that only hidden', async () => {
      const { page, heard } = create()
      await page('freeze')
      expect(heard()).toEqual(['leave hidden'])
      await page('pagehide')
      expect(heard()).toEqual(['leave pagehide'])
      await page('pageshow')
      expect(heard()).toEqual(['leave hidden'])
      await page('resume')
      expect(heard()).toEqual(['return'])
    })
  })

  describe('a page that nobody sees', () => {
    it('is away after 30 s where that is asked for', async () => {
      const { page, heard, advance, live } = create(true)
      await page('hidden')
      await advance(29_999)
      expect(heard()).toEqual([])
      await advance(1)
      expect(heard()).toEqual(['leave hidden'])
      expect(live()).toEqual(['page listener'])
    })

    it('is not away when what is there then cannot be given up', async () => {
      const page = create(true)
      await page.page('hidden')
      await page.advance(29_999)
      page.mayLeave = false
      await page.advance(60_000)
      expect(page.heard()).toEqual([])
      await page.page('visible')
      expect(page.heard()).toEqual(['wake'])
    })

    it('is never away where it is not', async () => {
      const { page, heard, advance, live } = create()
      await page('hidden')
      expect(live()).toEqual(['page listener'])
      await advance(86_400_000)
      expect(heard()).toEqual([])
    })

    it('counts from the moment that it was hidden, also when that is told twice', async () => {
      const { page, heard, advance, delays } = create(true)
      await page('hidden')
      await advance(1000)
      await page('hidden')
      expect(delays()).toHaveLength(1)
      await advance(30_000)
      expect(heard()).toEqual(['leave hidden'])
    })

    it('is known to be hidden from the start', async () => {
      const fake = createFakeEnvironment()
      await fake.page('hidden')
      const { heard, advance } = create(true, fake)
      await advance(30_000)
      expect(heard()).toEqual(['leave hidden'])
    })

    it.each([true, false])(
      'is just visible again before 30 s, given up or not: %s',
      async (how) => {
        const { page, heard, advance, live } = create(how)
        await page('hidden')
        await advance(29_999)
        await page('visible')
        expect(heard()).toEqual(['visible'])
        expect(live()).toEqual(['page listener'])
        await advance(60_000)
        expect(heard()).toEqual([])
      },
    )

    it('may have lost its connection unnoticed from 30 s on, which is to wake', async () => {
      const { page, heard, advance } = create()
      await page('hidden')
      await advance(30_000)
      await page('visible')
      expect(heard()).toEqual(['wake'])
    })

    it('wakes and returns where its connection was given up', async () => {
      const { page, heard, advance } = create(true)
      await page('hidden')
      await advance(30_000)
      heard()
      await page('visible')
      expect(heard()).toEqual(['wake', 'return'])
    })

    it('is just visible when it is told so again', async () => {
      const { page, heard, advance } = create()
      await page('hidden')
      await advance(30_000)
      await page('visible')
      heard()
      await advance(60_000)
      await page('visible')
      expect(heard()).toEqual(['visible'])
    })

    it('was asleep with the machine: it is away as soon as its timer can run', async () => {
      const { page, heard, sleep } = create(true)
      await page('hidden')
      await sleep(3_600_000)
      expect(heard()).toEqual(['leave hidden'])
    })
  })

  it('passes on that the machine woke', async () => {
    const { page, heard } = create()
    await page('wake')
    expect(heard()).toEqual(['wake'])
  })

  it.each([[[]], [['hidden']], [['pagehide']], [['freeze', 'hidden', 'offline']]] as [
    PageEvent[],
  ][])('leaves nothing, and says nothing, after stop(): %j', async (events) => {
    const { life, page, heard, live, advance } = create(true)
    await page(...events)
    heard()
    life.stop()
    expect(live()).toEqual([])
    await page('resume', 'pageshow', 'visible', 'online', 'wake')
    await advance(60_000)
    expect(heard()).toEqual([])
  })
})
