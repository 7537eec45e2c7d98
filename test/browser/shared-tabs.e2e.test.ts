/** Eight tabs of one origin over HTTP/1.1, and what happens to the one that holds their connection. */
import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import {
  MOST_BLACKOUT_MS,
  SHARED,
  STREAM,
  STRIKES,
  TABS,
  failOver,
  tell,
} from './tabs-failovers.ts'
import { FLAWLESS, judge } from './tabs-judge.ts'
import { useTabs } from './tabs-harness.ts'
import type { SharingTab } from './tabs-harness.ts'

const tabs = useTabs()

describe('eight tabs that share', () => {
  it('hold one connection, and the eighth loads as the first one does', async () => {
    const { server } = tabs
    const opened: SharingTab[] = []
    const loadMs: number[] = []
    while (opened.length < TABS) {
      const since = performance.now()
      opened.push(await tabs.open(SHARED))
      await tabs.untilAll(opened, ({ status }) => expect(status).toBe('open'))
      loadMs.push(Math.round(performance.now() - since))
    }
    console.info(`eight tabs were open after ${loadMs.join(', ')} ms`)
    server.publish(STREAM, 100)
    const reports = await tabs.receiveAll(opened, STREAM)
    expect(reports.map(({ ids }) => judge(ids, 1, 100))).toEqual(reports.map(() => FLAWLESS))
    expect(reports.filter(({ isLeader }) => isLeader)).toHaveLength(1)
    expect(reports.filter(({ transport }) => transport === 'tabs')).toHaveLength(TABS - 1)
    expect(server.connections(STREAM)).toHaveLength(1)
  })

  it('go on until the last one, in whatever order they are closed', async () => {
    const { server } = tabs
    let left = await tabs.openMany(TABS, SHARED)
    const stop = server.flow(STREAM, 200)
    // Every third one that is left: the one that leads, and those that do not.
    for (let index = 0; left.length > 1; index = (index + 2) % left.length) {
      const goal = server.last(STREAM) + 20
      await tabs.untilAll(left, ({ last }) => expect(last).toBeGreaterThan(goal))
      const [gone] = left.splice(index, 1)
      await tabs.close(gone!)
    }
    const goal = server.last(STREAM) + 20
    await tabs.untilAll(left, ({ last }) => expect(last).toBeGreaterThan(goal))
    stop()
    const [report] = await tabs.receiveAll(left, STREAM)
    expect(judge(report!.ids, 1, server.last(STREAM))).toEqual(FLAWLESS)
    expect(report).toMatchObject({ gaps: [], isLeader: true })
    await eventually(() => expect(server.open(STREAM)).toBe(1))
  })
})

describe('the tab that holds the connection of eight', () => {
  it.each(STRIKES)('is %s: the others go on, nothing lost, nothing twice', async (how) => {
    const failover = await failOver(tabs, how)
    console.info(tell(how, failover))
    const { reports, verdicts } = failover
    expect(verdicts).toEqual(verdicts.map(() => FLAWLESS))
    expect(reports.flatMap(({ gaps }) => gaps)).toEqual([])
    expect(reports.filter(({ isLeader }) => isLeader)).toHaveLength(1)
    expect(failover.open).toBe(1)
    expect(failover.blackoutMs).toBeLessThan(MOST_BLACKOUT_MS[how])
    expect(failover.laterMs).toBeLessThan(MOST_BLACKOUT_MS[how])
    // It was the same page all the time.
    const isBack = how === 'navigated' && tabs.chromium.hasBackForwardCache
    expect(reports.reduce((sum, { returns }) => sum + returns, 0)).toBe(isBack ? 1 : 0)
  })
})
