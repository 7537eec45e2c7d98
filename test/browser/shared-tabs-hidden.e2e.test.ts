/** A hidden tab that holds the connection, in a Chromium that throttles it after seconds, not after five minutes. */
import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { SHARED, STREAM } from './tabs-failovers.ts'
import { FLAWLESS, judge } from './tabs-judge.ts'
import { useTabs } from './tabs-harness.ts'

const tabs = useTabs('production', [
  '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/3',
])
/** A timer of a second that takes so long is on the grid of a minute. */
const THROTTLED_MS = 5000

describe('a hidden tab whose timers fire once a minute', () => {
  it('is left the connection of a silent stream, and reopens it in time because another tab says so', async () => {
    const { server } = tabs
    // The last one is seen, those before it are not.
    const opened = await tabs.openMany(3, SHARED)
    server.publish(STREAM, 10)
    const [leader] = await tabs.receiveAll(opened, STREAM)
    expect(leader).toMatchObject({ isLeader: true, visibility: 'hidden' })
    await eventually(async () => {
      const [report] = await tabs.ask(opened)
      expect(report!.tickMs).toBeGreaterThan(THROTTLED_MS)
    })
    // Whoever is not answered for three seconds takes the connection away.
    expect(server.connections(STREAM)).toHaveLength(1)

    const cutAt = performance.now()
    server.cut(STREAM)
    server.publish(STREAM, 10)
    const reports = await tabs.receiveAll(opened, STREAM)
    const ms = Math.round(performance.now() - cutAt)
    console.info(`A cut stream of a hidden tab was told to all again after ${ms} ms.`)
    expect(ms).toBeLessThan(5000)
    expect(reports.map(({ ids }) => judge(ids, 1, 20))).toEqual(reports.map(() => FLAWLESS))
    expect(server.connections(STREAM).map(({ tab }) => tab)).toEqual([leader!.tab, leader!.tab])
  })
})
