// @vitest-environment node
/** What tabs that share are told as replayed, whichever of them has the connection. */
import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../support/client-run.ts'
import { numbered, useTestTabs } from '../../support/fake-browser-streams.ts'
import type { CaughtUpMark, Message } from '../../../src/client/types.ts'
import type { TabStream, TestTabs } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

beforeAll(() => import('../../../src/client/delivery/message-stages.ts'))

const caughtUp = ({ type, comment }: CaughtUpMark): boolean => type === 'live' || comment === 'live'

interface WatchedTab extends TabStream {
  seen: string[]
}

async function start(tabs: TestTabs): Promise<WatchedTab> {
  const seen: string[] = []
  const onMessage = ({ data, replayed }: Message): unknown =>
    seen.push(`${data}${replayed ? ' replayed' : ''}`)
  const stream = await tabs.start({ caughtUp, onMessage })
  await until(async () => {
    await tabs.settle()
    return stream.client.transport !== null
  })
  return Object.assign(stream, { seen })
}

/** Two tabs, of which the first leads. */
async function startOpen(tabs: TestTabs): Promise<[WatchedTab, WatchedTab]> {
  const first = await start(tabs)
  await until(() => tabs.requests().length > 0)
  await tabs.request().respond()
  return [first, await start(tabs)]
}

describe('replayed', () => {
  it.each([
    [': live\n\n', []],
    ['event: live\ndata: "mark"\n\n', ['mark replayed']],
  ])('ends for all by %j, after the connection came back', async (mark, told) => {
    const tabs = createTabs()
    const both = await startOpen(tabs)
    await tabs.send(1)
    await tabs.request().cut()
    await tabs.advance(1000)
    await tabs.request().respond()
    await tabs.request().push(`${numbered(2)}: ping\n\n${mark}${numbered(3)}`)
    await tabs.settle()
    for (const { seen } of both) expect(seen).toEqual(['1', '2 replayed', ...told, '3'])
  })

  it('is true of what a tab gets that comes late, and false of what follows', async () => {
    const tabs = createTabs()
    await startOpen(tabs)
    await tabs.send(1, 2)
    const late = await start(tabs)
    await tabs.send(3)
    expect(late.seen).toEqual(['1 replayed', '2 replayed', '3'])
  })

  it('is not ended by a mark that another connection has had', async () => {
    const tabs = createTabs()
    await startOpen(tabs)
    await tabs.send(1)
    await tabs.request().cut()
    await tabs.advance(1000)
    await tabs.request().respond()
    await tabs.request().push(`: live\n\n${numbered(2)}`)
    const late = await start(tabs)
    await tabs.send(3)
    expect(late.seen).toEqual(['1 replayed', '2 replayed', '3'])
  })

  it('is true of what a tab has missed while it was away', async () => {
    const tabs = createTabs()
    const [, second] = await startOpen(tabs)
    await tabs.send(1)
    await second.tab.page('pagehide')
    await tabs.send(2)
    await second.tab.page('pageshow')
    await tabs.settle()
    await until(async () => {
      await tabs.settle()
      return second.client.status === 'open'
    })
    await tabs.send(3)
    expect(second.seen).toEqual(['1', '2 replayed', '3'])
  })

  it('is what the server says to the tab that leads next', async () => {
    const tabs = createTabs()
    const [first, second] = await startOpen(tabs)
    await tabs.send(1)
    first.client.close()
    await until(async () => {
      await tabs.settle()
      return tabs.requests().length > 0
    })
    await tabs.request().respond()
    await tabs.request().push(`${numbered(2)}: live\n\n${numbered(3)}`)
    await tabs.settle()
    expect(second.seen).toEqual(['1', '2 replayed', '3'])
  })
})
