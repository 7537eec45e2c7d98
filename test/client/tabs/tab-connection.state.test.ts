// @vitest-environment node
/** What the apps of several tabs see of their one connection: in all of them the same. */
import { describe, expect, it } from 'vitest'
import { numbered, useTestTabs } from '../../support/fake-browser-streams.ts'
import type { TabStream, TestTabs } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

/** What has to be the same in all tabs. */
function shown({ client }: TabStream): Record<string, unknown> {
  const { status, reason, error, attempt, retryAt, disconnectedSince, lastEventId } = client
  const { code, message, status: http, url } = error ?? {}
  return {
    ...{ status, reason, attempt, retryAt, disconnectedSince, lastEventId },
    error: error && { code, message, http, url, fatal: error.fatal },
  }
}

function expectSame(streams: readonly TabStream[]): void {
  for (const stream of streams) expect(shown(stream)).toEqual(shown(streams[0]!))
}

describe('the state', () => {
  it('is the same in all tabs, from the first attempt to the second opening', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start(), await tabs.start()]
    expectSame(streams)
    await tabs.request().respond({ status: 503, headers: { 'Retry-After': '7' } })
    await tabs.settle()
    expectSame(streams)
    expect(streams[1]!.client).toMatchObject({ status: 'reconnecting', reason: 'http', attempt: 1 })
    expect(streams[1]!.client.error).toMatchObject({
      code: 'http-status',
      status: 503,
      retryAfter: 7000,
    })
    expect(streams[1]!.client.retryAt).toBeGreaterThan(0)
    const late = await tabs.start()
    expectSame([...streams, late])
    expect(late.log).toEqual(['connecting', 'reconnecting http', 'error http-status'])
    await tabs.advance(11_000)
    await tabs.request().respond()
    await tabs.send(1)
    expectSame([...streams, late])
    for (const { log } of streams) expect(log).toEqual(streams[0]!.log)
    expect(streams[0]!.log.slice(0, 3)).toEqual(late.log.slice(0, 3))
    await tabs.request().cut()
    await tabs.settle()
    expectSame([...streams, late])
    expect(late.log.slice(-2)).toEqual(['reconnecting network', 'error network'])
  })

  it('says what failed, once in each tab, and keeps the tabs together', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 404 })
    await tabs.settle()
    expectSame(streams)
    for (const { log } of streams) {
      expect(log.slice(1)).toEqual(['failed http', 'error http-status', 'onClose http'])
    }
    expect(tabs.requests()).toEqual([])
    streams[0]!.client.close()
    await tabs.advance(10_000)
    expect(tabs.requests()).toEqual([])
    expect(streams[1]!.client.status).toBe('failed')
  })

  it.each(['reconnect', 'open'] as const)('revives for all with %s() in any tab', async (verb) => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 404 })
    await tabs.settle()
    streams[1]!.client[verb]()
    await tabs.settle()
    await tabs.request().respond()
    await tabs.send(1)
    expectSame(streams)
    for (const { data, client } of streams) {
      expect(client.status).toBe('open')
      expect(data).toEqual([1])
    }
    expect(tabs.leader()).toBe(streams[0])
  })

  it('revives for all when a new tab wants the stream', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 404 })
    await tabs.settle()
    streams.push(await tabs.start())
    await tabs.request().respond()
    await tabs.settle()
    expectSame(streams)
    expect(streams[2]!.client.status).toBe('open')
  })

  it('ends in all tabs when there is no content', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start(), await tabs.start()]
    await tabs.request().respond({ status: 204, hasBody: false })
    await tabs.advance(1000)
    for (const { log } of streams) {
      expect(log).toEqual(['connecting', 'closed no-content', 'onClose no-content'])
    }
    expect(tabs.tabs.flatMap(({ fake }) => fake.requests)).toHaveLength(1)
    expect(tabs.live()).toEqual([])
  })

  it('ends in all tabs with the message that says so', async () => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(3, { until: '[DONE]' })
    await tabs.request().push(`${numbered(1)}data: [DONE]\n\n`)
    await tabs.advance(1000)
    for (const { log, data } of streams) {
      expect(data).toEqual([1])
      expect(log.slice(-2)).toEqual(['closed complete', 'onClose complete'])
    }
    expect(tabs.tabs.flatMap(({ fake }) => fake.requests)).toHaveLength(1)
    expect(tabs.live()).toEqual([])
  })

  const GOES: [string, (stream: TabStream) => Promise<void>][] = [
    ['is closed', async ({ client }) => client.close()],
    ['crashes', ({ tab }) => tab.crash()],
    ['leaves', ({ tab }) => tab.page('pagehide')],
  ]

  /** So many attempts have failed, and the next one is waited for. */
  async function failInTabs(count: number): Promise<[TestTabs, TabStream[]]> {
    const tabs = createTabs()
    const reconnect = { maxAttempts: 3, jitter: 0 }
    const streams = [await tabs.start({ reconnect }), await tabs.start({ reconnect })]
    for (let attempt = 1; attempt <= count; attempt++) {
      await tabs.request().respond({ status: 503 })
      await tabs.settle()
      if (attempt < count) await tabs.advance(1000 * 2 ** (attempt - 1))
    }
    return [tabs, streams]
  }

  it.each(GOES)('counts failed attempts on when the tab that leads %s', async (_, go) => {
    const [tabs, [first, second]] = await failInTabs(2)
    await go(first!)
    await tabs.advance(0)
    expect(tabs.leader()).toBe(second)
    expect(second!.client).toMatchObject({ status: 'reconnecting', attempt: 2 })
    await tabs.request().respond({ status: 503 })
    await tabs.settle()
    expect(second!.client).toMatchObject({ status: 'failed', attempt: 3 })
    expect(second!.client.error).toMatchObject({ code: 'attempts-exhausted', attempt: 3 })
  })

  it('waits longer after the next failed attempt, whichever tab makes it', async () => {
    const [tabs, [first, second]] = await failInTabs(1)
    first!.client.close()
    await tabs.settle()
    await tabs.request().respond({ status: 503 })
    await tabs.settle()
    const now = second!.tab.fake.environment.now()
    expect(second!.client).toMatchObject({ attempt: 2, retryAt: now + 2000 })
  })

  it('counts anew when a stream that has failed is opened again, or comes to be open', async () => {
    const [tabs, [first, second]] = await failInTabs(2)
    first!.client.close()
    await tabs.settle()
    await tabs.request().respond({ status: 503 })
    await tabs.settle()
    expect(second!.client.status).toBe('failed')
    second!.client.open()
    await tabs.settle()
    expect(second!.client).toMatchObject({ status: 'connecting', attempt: 0 })
    await tabs.request().respond()
    await tabs.send(1)
    expect(second!.client).toMatchObject({ status: 'open', attempt: 0 })
  })

  it('is connect-timeout in all tabs', async () => {
    const tabs = createTabs()
    const streams = [await tabs.start(), await tabs.start()]
    await tabs.advance(15_000)
    expectSame(streams)
    expect(streams[1]!.errors[0]).toMatchObject({ code: 'connect-timeout', fatal: false })
  })

  it('shows nothing of a cause or of headers', async () => {
    const tabs = createTabs()
    const [, follower] = await tabs.startOpen(2)
    await tabs.request().cut(new TypeError('secret'))
    await tabs.settle()
    expect(follower!.errors[0]!.code).toBe('network')
    expect(follower!.errors[0]!.cause).toBeUndefined()
    expect(JSON.stringify(tabs.channels.said)).not.toMatch(/secret|server\.test\/events\?/)
  })
})
