// @vitest-environment node
/** Streams that share a connection which cannot be stopped, and more comes than they take. */
import { describe, expect, it } from 'vitest'
import { eventSourceTransport } from '../../../src/client/transports/event-source-transport.ts'
import { until } from '../../support/client-run.ts'
import { createFakeBrowser } from '../../support/fake-browser.ts'
import { createScriptedEventSources } from '../../support/scripted-event-source.ts'
import { range, useSharedStreams } from '../../support/shared-streams.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { ScriptedEventSources } from '../../support/scripted-event-source.ts'
import type { SharedPage, Subscribed } from '../../support/shared-streams.ts'

const openPage = useSharedStreams()

/** So many a log keeps for those who are slower than others. */
const MAX_ITEMS = 1000
/** Each costs 256 characters beside its own. */
const MESSAGE_CHARS = 256 + 4
const OVERFLOW = Symbol('overflow')

interface Burst {
  page: SharedPage
  sources: ScriptedEventSources
  streams: Subscribed[]
  /** The next ones come, each of the same length. */
  say(count: number): void
  /** The page has its turns, until nobody wants one any more. */
  turns(): Promise<void>
}

const slow: EventStreamClientOptions = {}
const slowInTabs: EventStreamClientOptions = { share: 'tabs', identity: null }

/** @param each What each subscriber has of its own; `slow` ones take a slice for each message. */
async function startBurst(...each: EventStreamClientOptions[]): Promise<Burst> {
  const page = openPage()
  const sources = createScriptedEventSources()
  const { navigator, BroadcastChannel } = createFakeBrowser().openTab().fake.has
  Object.assign(page.has, { EventSource: sources.EventSource, navigator, BroadcastChannel })
  const transport = eventSourceTransport()
  const streams = each.map((options) =>
    page.start({
      ...{ transport, maxMessageSize: 4 * MESSAGE_CHARS },
      ...options,
      ...([slow, slowInTabs].includes(options) && { onMessage: () => page.work(12) }),
    }),
  )
  // The code that shares is loaded first.
  await until(() => sources.all.length > 0)
  sources.last.open()
  let said = 0
  const say = (count: number): void => {
    for (; count > 0; count--) sources.last.say(`${++said}`.padStart(4, ' '))
  }
  return {
    ...{ page, sources, streams, say },
    async turns() {
      do await page.turn()
      while (page.live().includes('turn'))
    },
  }
}

function expectOneConnection({ sources }: Burst): void {
  expect(sources.all).toHaveLength(1)
  expect(sources.last.isClosed).toBe(false)
}

describe('slow handlers of streams that share a connection which cannot be stopped', () => {
  it.each<[string, EventStreamClientOptions[]]>([
    ['one', [slow]],
    ['one of two', [slow, {}]],
    ['all', [slow, slow, slow]],
    ['those of the tab that leads', [slowInTabs, slowInTabs]],
  ])('cost the page its turns, and no connection, when too much waits: %s', async (_, each) => {
    const burst = await startBurst(...each)
    burst.say(MAX_ITEMS + 100)
    expectOneConnection(burst)
    await burst.turns()
    for (const { data } of burst.streams) expect(data).toEqual(range(1, MAX_ITEMS + 100))
    burst.say(1)
    await burst.turns()
    for (const { data } of burst.streams) expect(data).toHaveLength(MAX_ITEMS + 101)
    expectOneConnection(burst)
  })

  it('have their turns while no more waits than may', async () => {
    const burst = await startBurst(slow)
    burst.say(MAX_ITEMS + 4)
    expect(burst.streams[0]!.data).toEqual([1])
    await burst.page.turn()
    expect(burst.streams[0]!.data).toEqual([1, 2])
    await burst.turns()
    expectOneConnection(burst)
  })

  it('are no reason to go on for one that takes nothing', async () => {
    const burst = await startBurst(slow, {})
    burst.streams[1]!.client.pause(OVERFLOW)
    burst.say(MAX_ITEMS + 10)
    expect(burst.sources.last.isClosed).toBe(true)
    await burst.turns()
    expect(burst.streams[0]!.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    burst.streams[1]!.client.resume(OVERFLOW)
    await burst.turns()
    await burst.page.advance(1000)
    expect(burst.sources.all).toHaveLength(2)
    expect(burst.streams.map(({ data }) => data)).toEqual([
      range(1, MAX_ITEMS + 5),
      range(1, MAX_ITEMS + 5),
    ])
  })

  it('wait for nobody who is paused', async () => {
    const burst = await startBurst(slow, {})
    burst.streams[1]!.client.pause()
    burst.say(MAX_ITEMS + 100)
    expectOneConnection(burst)
    await burst.turns()
    expect(burst.streams[0]!.data).toEqual(range(1, MAX_ITEMS + 100))
  })

  it('are not called for streams that are all paused', async () => {
    const burst = await startBurst(slow, slow)
    for (const { client } of burst.streams) client.pause()
    burst.say(10)
    expect(burst.sources.last.isClosed).toBe(true)
    for (const { client, data } of burst.streams) {
      expect([client.status, client.reason, data]).toEqual(['paused', 'user', []])
    }
  })
})
