/** What sharing is for, and what the harness of the other tests can see. */
import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { FLAWLESS, judge } from './tabs-judge.ts'
import { useTabs } from './tabs-harness.ts'

const tabs = useTabs()
/** What a browser opens to a host over HTTP/1.1 at a time. */
const MOST = 6

describe('tabs that share nothing', () => {
  it('hold six connections; the seventh does not even load until one is closed', async () => {
    const { server } = tabs
    const six = await tabs.openMany(MOST, { stream: 'news', options: { share: false } })
    expect(server.connections('news')).toHaveLength(MOST)
    expect((await tabs.ask(six)).map(({ isLeader }) => isLeader)).toEqual(six.map(() => true))

    const seventh = await tabs.start({ stream: 'news', options: { share: false } })
    const stop = server.flow('news', 200)
    // A page is there within 200 ms where it can be.
    await eventually(() => expect(server.last('news')).toBeGreaterThan(400))
    expect(server.loaded).not.toContain(seventh.name)
    expect(server.open('news')).toBe(MOST)

    await tabs.close(six[0]!)
    await eventually(() => expect(server.loaded).toContain(seventh.name))
    // And it streams: the flow goes on until then.
    await tabs.untilAll([seventh], ({ last }) => expect(last).toBeGreaterThan(400))
    expect(server.open('news')).toBe(MOST)
    stop()
    const reports = await tabs.receiveAll([...six.slice(1), seventh], 'news')
    const verdicts = reports.map(({ tab, ids }) => {
      const { first } = server.connections('news').find((connection) => connection.tab === tab)!
      return judge(ids, first, server.last('news'))
    })
    expect(verdicts).toEqual(reports.map(() => FLAWLESS))
    expect(server.connections('news').at(-1)!.first).toBeGreaterThan(400)
    expect(server.mostOpen('news')).toBe(MOST)
  })
})

describe('the count of the messages', () => {
  it.each([
    ['loses', [1, 2, 4, 5], { lost: '3' }],
    ['doubles', [1, 2, 3, 3, 4, 5], { doubled: '3' }],
    ['swaps', [1, 2, 4, 3, 5], { misplaced: '3' }],
  ])('notices in each tab what a server %s', async (_, ids, flaw) => {
    const opened = await tabs.openMany(2, { stream: 'news', options: { share: false } })
    tabs.server.write('news', ids)
    const reports = await tabs.receiveAll(opened, 'news')
    const verdict = { ...FLAWLESS, ...flaw }
    expect(reports.map((report) => judge(report.ids, 1, 5))).toEqual([verdict, verdict])
  })
})
