/** Tabs that share a connection, and what happens to the one that holds it. */
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import { judge, longestPause } from './tabs-judge.ts'
import type { SharingTab, Tabs } from './tabs-harness.ts'
import type { TabReport } from './tabs-page-script.ts'
import type { Verdict } from './tabs-judge.ts'

export const STRIKES = ['closed', 'crashed', 'navigated', 'frozen', 'hung'] as const
export type Strike = (typeof STRIKES)[number]

/** How long the other tabs may get nothing. */
export const MOST_BLACKOUT_MS: Record<Strike, number> = {
  closed: 500,
  crashed: 500,
  navigated: 500,
  frozen: 500,
  hung: 5000,
}

export interface Failover {
  /** Of each tab that lives in the end, those that came back included. */
  readonly verdicts: Verdict[]
  readonly reports: TabReport[]
  /** The longest pause between two messages in the worst of the other tabs: after the strike, and once it was over. */
  readonly blackoutMs: number
  readonly laterMs: number
  readonly connections: number
  readonly mostOpen: number
  readonly open: number
}

export const TABS = 8
export const STREAM = 'news'
export const SHARED = { stream: STREAM, identity: null, options: { share: 'tabs' } } as const
const PER_SECOND = 200
const HANG_MS = 6000

/** Strikes the tab; gives what brings it back, where it comes back: one that is hung does by itself. */
export async function strike(
  tabs: Tabs,
  victim: SharingTab,
  how: Strike,
  hangMs = HANG_MS,
): Promise<(() => unknown) | undefined> {
  const to = victim.name
  if (how === 'closed') await tabs.close(victim)
  if (how === 'crashed') (await victim.attach()).crash()
  if (how === 'hung') {
    await tabs.say({ do: 'block', to, ms: hangMs })
    return () => {}
  }
  if (how === 'navigated') {
    await tabs.say({ do: 'leave', to })
    // Without the cache it would come back as another page.
    if (!tabs.chromium.hasBackForwardCache) return undefined
    return async () => {
      // A page that is not there yet does not hear it.
      await tabs.untilAll([victim], ({ hasStream }) => expect(hasStream).toBe(false))
      await tabs.say({ do: 'return', to })
      await tabs.untilAll([victim], ({ hasStream }) => expect(hasStream).toBe(true))
    }
  }
  if (how === 'frozen') {
    const tab = await victim.attach()
    await tab.freeze()
    return () => tab.unfreeze()
  }
  return undefined
}

/**
 * Opens eight tabs, strikes the one that holds the connection while the server sends so many events a second, lets it come
 * back where it can, and waits until everybody has everything.
 */
export async function failOver(tabs: Tabs, how: Strike, perSecond = PER_SECOND): Promise<Failover> {
  const { server } = tabs
  const opened = await tabs.openMany(TABS, SHARED)
  expect([server.connections(STREAM).length, server.open(STREAM)]).toEqual([1, 1])
  const stop = server.flow(STREAM, perSecond)
  await tabs.untilAll(opened, ({ count }) => expect(count).toBeGreaterThan(perSecond / 2))
  const victim = await tabs.leader(opened)
  const others = opened.filter((tab) => tab !== victim)

  const struckAt = performance.timeOrigin + performance.now()
  const takeBack = await strike(tabs, victim, how)
  // The next one has opened a connection, and has told everybody for half a second.
  await eventually(() => expect(server.connections(STREAM).length).toBeGreaterThan(1))
  const goal = server.last(STREAM) + perSecond / 2
  await tabs.untilAll(others, ({ last }) => expect(last).toBeGreaterThan(goal))
  const overAt = performance.timeOrigin + performance.now()
  await takeBack?.()
  const living = takeBack ? opened : others
  if (takeBack) {
    const next = server.last(STREAM) + perSecond / 2
    await tabs.untilAll(living, ({ last }) => expect(last).toBeGreaterThan(next))
  }
  stop()
  const reports = await tabs.receiveAll(living, STREAM)
  await eventually(() => expect(server.open(STREAM)).toBe(1))
  const survivors = reports.filter(({ tab }) => tab !== victim.name)
  const worst = (from: number, to: number): number =>
    Math.round(Math.max(...survivors.map(({ times }) => longestPause(times, from, to))))
  const lastAt = server.writtenAt.get(STREAM)!.at(-1)!
  return {
    verdicts: reports.map(({ ids }) => judge(ids, 1, server.last(STREAM))),
    reports,
    blackoutMs: worst(struckAt, overAt),
    laterMs: worst(overAt, lastAt),
    connections: server.connections(STREAM).length,
    mostOpen: server.mostOpen(STREAM),
    open: server.open(STREAM),
  }
}

/** One line of what was measured. */
export function tell(
  how: Strike,
  { blackoutMs, laterMs, connections, mostOpen }: Failover,
): string {
  return (
    `${how}: the other tabs got nothing for ${blackoutMs} ms at most (${laterMs} ms after its return); ` +
    `${connections} connections, ${mostOpen} at a time`
  )
}
