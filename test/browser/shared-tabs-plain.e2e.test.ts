/** Where tabs cannot share: they hold a connection each, and one warning says why. */
import { describe, expect, it } from 'vitest'
import { FLAWLESS, judge } from './tabs-judge.ts'
import { PLAIN_HOST, useTabs } from './tabs-harness.ts'
import { SHARED, STREAM } from './tabs-failovers.ts'

const tabs = useTabs('development')

describe.each([
  ['over plain http', 'no Web Locks', SHARED, PLAIN_HOST],
  ['without an identity', 'no identity', { ...SHARED, identity: undefined }, undefined],
])('tabs %s', (_, why, setup, host) => {
  it('hold a connection each, and warn once', async () => {
    const { server } = tabs
    const opened = await tabs.openMany(2, setup, host)
    expect(server.connections(STREAM)).toHaveLength(2)
    server.publish(STREAM, 10)
    const reports = await tabs.receiveAll(opened, STREAM, host)
    expect(reports.map(({ ids }) => judge(ids, 1, 10))).toEqual([FLAWLESS, FLAWLESS])
    expect(reports.map(({ isLeader }) => isLeader)).toEqual([true, true])
    const expected = [expect.stringContaining(`tabs-not-shared (${why})`)]
    expect(reports.map(({ warnings }) => warnings)).toEqual([expected, expected])
  })
})

describe('tabs that can share', () => {
  it('warn of nothing', async () => {
    const opened = await tabs.openMany(2, SHARED)
    tabs.server.publish(STREAM, 10)
    const reports = await tabs.receiveAll(opened, STREAM)
    expect(reports.map(({ warnings }) => warnings)).toEqual([[], []])
    expect(tabs.server.connections(STREAM)).toHaveLength(1)
  })
})
