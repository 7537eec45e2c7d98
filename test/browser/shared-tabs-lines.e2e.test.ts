/** Tabs that share a stream of NDJSON, whose ids are in its data. */
import { expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { SHARED, STREAM, strike } from './tabs-failovers.ts'
import { FLAWLESS, judge } from './tabs-judge.ts'
import { useTabs } from './tabs-harness.ts'

const tabs = useTabs()

it.each(['format', 'type'] as const)(
  'tabs that read NDJSON by its %s go on when it is cut, and when their leader is gone',
  async (lines) => {
    const { server } = tabs
    let opened = await tabs.openMany(3, { ...SHARED, lines })
    const stop = server.flow(STREAM, 200)
    const flow = async (): Promise<void> => {
      const goal = server.last(STREAM) + 50
      await tabs.untilAll(opened, ({ last }) => expect(last).toBeGreaterThan(goal))
    }
    await flow()
    server.cut(STREAM)
    await flow()
    const gone = await tabs.leader(opened)
    opened = opened.filter((tab) => tab !== gone)
    await strike(tabs, gone, 'closed')
    await flow()
    const late = await tabs.open({ ...SHARED, lines })
    await flow()
    stop()
    const reports = await tabs.receiveAll(opened, STREAM)
    expect(reports.map(({ ids }) => judge(ids, 1, server.last(STREAM)))).toEqual([
      ...[FLAWLESS, FLAWLESS],
    ])
    const { ids, gaps } = (await tabs.receiveAll([late], STREAM))[0]!
    expect(judge(ids, ids[0]!, server.last(STREAM))).toEqual(FLAWLESS)
    for (const report of [...reports, { gaps }]) expect(report.gaps).toEqual([])
    await eventually(() => expect(server.open(STREAM)).toBe(1))
    // One in the beginning, one after the cut, and one of the next leader.
    expect(server.connections(STREAM)).toHaveLength(3)
  },
)
