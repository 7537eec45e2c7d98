/** Which tabs share, what a tab gets that comes late or was away, and how fast they are told. */
import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { SHARED, STREAM, TABS, strike } from './tabs-failovers.ts'
import { FLAWLESS, judge, longestPause } from './tabs-judge.ts'
import { runBurst, tellBurst } from './tabs-burst.ts'
import { useTabs } from './tabs-harness.ts'

const tabs = useTabs()

describe('tabs of two users at one address', () => {
  it('hold two connections, and no message crosses, whoever leads', async () => {
    const { server } = tabs
    const as = (identity: string) => tabs.openMany(3, { ...SHARED, identity })
    const [anns, bobs] = [await as('ann'), await as('bob')]
    expect(server.connections(STREAM).map(({ identity }) => identity)).toEqual(['ann', 'bob'])
    const stop = server.flow(STREAM, 200)
    await tabs.untilAll([...anns, ...bobs], ({ count }) => expect(count).toBeGreaterThan(20))
    const leader = await tabs.leader(anns)
    await tabs.close(leader)
    const left = anns.filter((tab) => tab !== leader)
    await eventually(() => expect(server.connections(STREAM)).toHaveLength(3))
    const goal = server.last(STREAM) + 20
    await tabs.untilAll([...left, ...bobs], ({ last }) => expect(last).toBeGreaterThan(goal))
    stop()
    const reports = await tabs.receiveAll([...left, ...bobs], STREAM)
    expect(reports.map(({ receivers }) => receivers.join())).toEqual([
      ...left.map(() => 'ann'),
      ...bobs.map(() => 'bob'),
    ])
    const verdicts = reports.map(({ ids }) => judge(ids, 1, server.last(STREAM)))
    expect(verdicts).toEqual(reports.map(() => FLAWLESS))
    expect(server.connections(STREAM).map(({ identity }) => identity)).toEqual([
      'ann',
      'bob',
      'ann',
    ])
  })

  it('are told apart by names that tell nothing', async () => {
    await tabs.openMany(2, { ...SHARED, identity: 'ann' })
    const names = await tabs.locks()
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(name).toMatch(/^vue-event-stream\/1:[\da-z]+(:steal)?$/)
    expect(names.join()).not.toContain('ann')
  })
})

describe('tabs of two deployments that must not meet', () => {
  it('hold a connection each', async () => {
    const { server } = tabs
    const opened = await tabs.openMany(2, SHARED)
    const options = { ...SHARED.options, appVersion: '2' }
    const newer = await tabs.openMany(2, { ...SHARED, options })
    server.publish(STREAM, 10)
    const reports = await tabs.receiveAll([...opened, ...newer], STREAM)
    expect(reports.map(({ ids }) => judge(ids, 1, 10))).toEqual(reports.map(() => FLAWLESS))
    expect(reports.map(({ transport }) => transport === 'tabs')).toEqual([false, true, false, true])
    expect(server.connections(STREAM)).toHaveLength(2)
  })
})

describe('a tab that comes late', () => {
  it('gets what was sent since the connection opened, and nothing from before', async () => {
    const { server } = tabs
    server.publish(STREAM, 5)
    const [first] = await tabs.openMany(1, SHARED)
    server.publish(STREAM, 500)
    await tabs.receiveAll([first!], STREAM)
    const stop = server.flow(STREAM, 200)
    const late = await tabs.openMany(2, SHARED)
    stop()
    const reports = await tabs.receiveAll([first!, ...late], STREAM)
    const verdicts = reports.map(({ ids }) => judge(ids, 6, server.last(STREAM)))
    expect(verdicts).toEqual(reports.map(() => FLAWLESS))
    expect(reports.flatMap(({ gaps }) => gaps)).toEqual([])
    expect(server.connections(STREAM)).toHaveLength(1)
  })

  it('says so when that is too much, and goes on with what comes', async () => {
    const { server } = tabs
    const [first] = await tabs.openMany(1, SHARED)
    server.publish(STREAM, 1500)
    await tabs.receiveAll([first!], STREAM)
    const [late] = await tabs.openMany(1, SHARED)
    server.publish(STREAM, 10)
    const [report] = await tabs.receiveAll([late!], STREAM)
    expect(report!.gaps).toEqual(['late'])
    expect(judge(report!.ids, 1501, 1510)).toEqual(FLAWLESS)
  })
})

describe('a tab that follows', () => {
  it.each(['navigated', 'frozen', 'hung'] as const)(
    'is %s for a while: the others notice nothing, and it has everything in the end',
    async (how) => {
      const { server } = tabs
      const opened = await tabs.openMany(3, SHARED)
      const stop = server.flow(STREAM, 200)
      await tabs.untilAll(opened, ({ count }) => expect(count).toBeGreaterThan(20))
      const leader = await tabs.leader(opened)
      const victim = opened.find((tab) => tab !== leader)!
      const others = opened.filter((tab) => tab !== victim)
      const struckAt = performance.timeOrigin + performance.now()
      const takeBack = await strike(tabs, victim, how, 1500)
      const goal = server.last(STREAM) + 200
      await tabs.untilAll(others, ({ last }) => expect(last).toBeGreaterThan(goal))
      await takeBack?.()
      const living = takeBack ? opened : others
      const next = server.last(STREAM) + 20
      await tabs.untilAll(living, ({ last }) => expect(last).toBeGreaterThan(next))
      stop()
      const reports = await tabs.receiveAll(living, STREAM)
      const verdicts = reports.map(({ ids }) => judge(ids, 1, server.last(STREAM)))
      expect(verdicts).toEqual(reports.map(() => FLAWLESS))
      const pauses = reports
        .filter(({ tab }) => tab !== victim.name)
        .map(({ times }) => longestPause(times, struckAt))
      expect(Math.max(...pauses)).toBeLessThan(500)
      expect(server.connections(STREAM)).toHaveLength(1)
      // It was the same page all the time.
      const isBack = how === 'navigated' && takeBack
      expect(reports.reduce((sum, { returns }) => sum + returns, 0)).toBe(isBack ? 1 : 0)
    },
  )

  it('has the connection opened anew for all with `reconnect()`, as a cut does', async () => {
    const { server } = tabs
    const opened = await tabs.openMany(3, SHARED)
    const stop = server.flow(STREAM, 200)
    const leader = await tabs.leader(opened)
    await tabs.untilAll(opened, ({ count }) => expect(count).toBeGreaterThan(20))
    await tabs.say({ do: 'reconnect', to: opened.find((tab) => tab !== leader)!.name })
    await eventually(() => expect(server.connections(STREAM)).toHaveLength(2))
    await tabs.untilAll(opened, ({ status }) => expect(status).toBe('open'))
    server.cut(STREAM)
    await eventually(() => expect(server.connections(STREAM)).toHaveLength(3))
    const goal = server.last(STREAM) + 20
    await tabs.untilAll(opened, ({ last }) => expect(last).toBeGreaterThan(goal))
    stop()
    const reports = await tabs.receiveAll(opened, STREAM)
    const verdicts = reports.map(({ ids }) => judge(ids, 1, server.last(STREAM)))
    expect(verdicts).toEqual(reports.map(() => FLAWLESS))
    expect(new Set(server.connections(STREAM).map(({ tab }) => tab))).toEqual(
      new Set([leader.name]),
    )
    expect(server.open(STREAM)).toBe(1)
  })
})

describe('a tab that leads', () => {
  it.each([
    ['close', 'is closed by its app: another one leads'],
    ['pause', 'is paused: another one leads, and it goes on where it was'],
    ['reload', 'is loaded anew: another one leads, and it gets all there was'],
  ] as const)('%s: %s', async (what, _) => {
    const { server } = tabs
    const opened = await tabs.openMany(3, SHARED)
    const stop = server.flow(STREAM, 100)
    await tabs.untilAll(opened, ({ count }) => expect(count).toBeGreaterThan(20))
    const leader = await tabs.leader(opened)
    const others = opened.filter((tab) => tab !== leader)
    const struckAt = performance.timeOrigin + performance.now()
    await tabs.say({ do: what, to: leader.name })
    await eventually(() => expect(server.connections(STREAM)).toHaveLength(2))
    await eventually(() => expect(server.open(STREAM)).toBe(1))
    const goal = server.last(STREAM) + 50
    await tabs.untilAll(others, ({ last }) => expect(last).toBeGreaterThan(goal))
    if (what === 'pause') await tabs.say({ do: 'resume', to: leader.name })
    stop()
    const living = what === 'close' ? others : opened
    const reports = await tabs.receiveAll(living, STREAM)
    const verdicts = reports.map(({ ids }) => judge(ids, 1, server.last(STREAM)))
    expect(verdicts).toEqual(reports.map(() => FLAWLESS))
    expect(reports.flatMap(({ gaps }) => gaps)).toEqual([])
    const pauses = reports
      .filter(({ tab }) => tab !== leader.name)
      .map(({ times }) => longestPause(times, struckAt))
    console.info(
      `${what}: the other tabs got nothing for ${Math.max(...pauses).toFixed()} ms at most`,
    )
    // It is hidden: its timers fire once a second.
    expect(Math.max(...pauses)).toBeLessThan(2500)
    expect(server.connections(STREAM)).toHaveLength(2)
  })
})

describe('10,000 events a second to eight tabs', () => {
  it('are all delivered, in order', async () => {
    const burst = await runBurst(tabs, TABS)
    console.info(tellBurst(burst))
    expect(burst.verdicts).toEqual(burst.verdicts.map(() => FLAWLESS))
    expect(burst.reports.flatMap(({ gaps }) => gaps)).toEqual([])
    expect(burst.connections).toBe(1)
  })
})
