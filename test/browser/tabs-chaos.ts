/**
 * Tabs that come and go at random while the server sends, so slowly that every tab can keep all there was: in the end
 * everybody has everything once, whoever held the connection when.
 */
import { expect } from 'vitest'
import { createSeededRandom } from '../support/seeded-random.ts'
import { eventually } from './eventually.ts'
import { SHARED, STREAM, STRIKES, strike } from './tabs-failovers.ts'
import { judge } from './tabs-judge.ts'
import type { SharingTab, Tabs } from './tabs-harness.ts'
import type { TabReport } from './tabs-page-script.ts'
import type { Verdict } from './tabs-judge.ts'

export interface Chaos {
  /** What was done, in its order. */
  readonly steps: string[]
  readonly verdicts: Verdict[]
  readonly reports: TabReport[]
  readonly connections: number
}

const TABS = 5
const PER_SECOND = 20
/** Less than the log of a tab holds. */
const EVENTS = 900
const MOST_AWAY = 3
const MOST_HANG_MS = 5000
const DEEDS = [...STRIKES, 'reload', 'pause', 'reconnect', 'cut'] as const

export async function runChaos(tabs: Tabs, seed: number): Promise<Chaos> {
  const { server } = tabs
  const random = createSeededRandom(seed)
  const steps: string[] = []
  /** Those that are away, and what brings them back when the server has sent so much. */
  const away = new Map<SharingTab, { until: number; takeBack: () => unknown }>()

  async function bringBack(limit: number): Promise<void> {
    for (const [tab, { until, takeBack }] of away) {
      if (until > limit) continue
      await takeBack()
      away.delete(tab)
      steps.push(`${tab.name} is back`)
    }
  }

  async function step(): Promise<void> {
    const present = tabs.all.filter((tab) => !away.has(tab))
    // Whoever leads has most to lose.
    const leaderName = server.connections(STREAM).find(({ endedAt }) => !endedAt)?.tab
    const leader = present.find(({ name }) => name === leaderName)
    const victim = leader && random.next() < 0.5 ? leader : random.pick(present)
    const how = random.pick(DEEDS)
    const ms = random.below(MOST_HANG_MS)
    const leaves = how !== 'reload' && how !== 'reconnect' && how !== 'cut'
    if (leaves && away.size >= MOST_AWAY) return
    steps.push(
      `${server.last(STREAM)}: ${victim.name}${victim === leader ? ' (leads)' : ''} ${how}`,
    )
    const until = server.last(STREAM) + random.below(4 * PER_SECOND)
    const to = victim.name
    if (how === 'cut') return server.cut(STREAM)
    if (how === 'reload') return tabs.reload(victim)
    if (how === 'reconnect') return tabs.say({ do: how, to })
    if (how === 'pause') {
      await tabs.say({ do: 'pause', to })
      away.set(victim, { until, takeBack: () => tabs.say({ do: 'resume', to }) })
      return
    }
    const takeBack = await strike(tabs, victim, how, ms)
    if (takeBack) {
      const hang = how === 'hung' ? Math.ceil((ms / 1000) * PER_SECOND) : 0
      away.set(victim, { until: until + hang, takeBack })
      return
    }
    await tabs.close(victim)
    steps.push(`${(await tabs.open(SHARED)).name} is new`)
  }

  await tabs.openMany(TABS, SHARED)
  const stop = server.flow(STREAM, PER_SECOND)
  while (server.last(STREAM) < EVENTS) {
    const next = server.last(STREAM) + random.below(PER_SECOND)
    await eventually(() => expect(server.last(STREAM)).toBeGreaterThanOrEqual(next))
    await bringBack(server.last(STREAM))
    await step()
  }
  stop()
  await bringBack(Infinity)
  const reports = await tabs.receiveAll(tabs.all, STREAM).catch((error: unknown) => {
    throw new Error(`${steps.join('\n')}\n${server.last(STREAM)}: not everybody has all`, {
      cause: error,
    })
  })
  await eventually(() => expect(server.open(STREAM)).toBe(1))
  return {
    steps,
    reports,
    verdicts: reports.map(({ ids }) => judge(ids, 1, server.last(STREAM))),
    connections: server.connections(STREAM).length,
  }
}
