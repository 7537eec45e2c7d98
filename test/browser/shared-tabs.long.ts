/**
 * `npm run test:tabs`: eight tabs that share a connection, and five rounds of everything that may happen to the one that
 * holds it; it prints how long the others got nothing. Then tabs that come and go at random (`SEED=1` repeats a run), and
 * 10,000 events a second, with how late they were.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { runBurst, tellBurst } from './tabs-burst.ts'
import { runChaos } from './tabs-chaos.ts'
import { MOST_BLACKOUT_MS, STRIKES, TABS, failOver, tell } from './tabs-failovers.ts'
import { useTabs } from './tabs-harness.ts'
import { FLAWLESS, quantile } from './tabs-judge.ts'
import type { Failover } from './tabs-failovers.ts'

const tabs = useTabs()
const ROUNDS = 5
const rounds = Array.from({ length: ROUNDS }, (_, index) => index + 1)

describe.each(STRIKES)('the tab that holds the connection of eight is %s', (how) => {
  const all: Failover[] = []
  afterAll(() => {
    const blackouts = all.map(({ blackoutMs }) => blackoutMs)
    const median = quantile(blackouts, 0.5)
    console.info(
      `${how}: ${median} ms at the median of ${all.length} rounds (${blackouts.join(', ')}); ` +
        `${MOST_BLACKOUT_MS[how]} ms are the limit`,
    )
  })

  it.each(rounds)('and the others go on: round %i', async () => {
    const failover = await failOver(tabs, how)
    all.push(failover)
    console.info(tell(how, failover))
    const { reports, verdicts } = failover
    expect(verdicts).toEqual(verdicts.map(() => FLAWLESS))
    expect(reports.flatMap(({ gaps }) => gaps)).toEqual([])
    expect(reports.filter(({ isLeader }) => isLeader)).toHaveLength(1)
    expect(failover.blackoutMs).toBeLessThan(MOST_BLACKOUT_MS[how])
  })
})

describe('the tab that holds the connection of eight, at 5,000 events a second,', () => {
  it.each(['closed', 'crashed'] as const)('is %s, and the others go on', async (how) => {
    const failover = await failOver(tabs, how, 5000)
    console.info(`5000 a second, ${tell(how, failover)}`)
    const { reports, verdicts } = failover
    expect(verdicts).toEqual(verdicts.map(() => FLAWLESS))
    expect(reports.flatMap(({ gaps }) => gaps)).toEqual([])
  })
})

describe('five tabs that come and go at random', () => {
  const seeds = process.env.SEED
    ? [Number(process.env.SEED)]
    : rounds.map((round) => (Date.now() % 1e6) + round)
  it.each(seeds)('have everything in the end: seed %i', async (seed) => {
    const { steps, verdicts, reports, connections } = await runChaos(tabs, seed)
    const gaps = reports.flatMap((report) => report.gaps)
    const flaws = verdicts.filter((verdict) => Object.values(verdict).join('') !== '')
    console.info(`seed ${seed}: ${steps.length} steps, ${connections} connections`)
    if (flaws.length + gaps.length > 0) console.info(steps.join('\n'))
    expect([flaws, gaps]).toEqual([[], []])
  })
})

describe('10,000 events a second', () => {
  it.each([1, TABS, TABS, TABS])('are all delivered, in order: to %i tabs', async (count) => {
    const burst = await runBurst(tabs, count)
    console.info(tellBurst(burst))
    expect(burst.verdicts).toEqual(burst.verdicts.map(() => FLAWLESS))
  })
})
