// @vitest-environment node
/** The shared streams of an app, by what they have in common. */
import { describe, expect, it } from 'vitest'
import { createSharedStreams } from '../../../src/client/sharing/shared-streams.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createTabConnection } from '../../../src/client/tabs/tab-connection.ts'
import { useTestTabs } from '../../support/fake-browser-streams.ts'
import { settle } from '../../support/settle.ts'
import {
  LINGER_MS,
  messages,
  range,
  SHARED_URL,
  useSharedStreams,
} from '../../support/shared-streams.ts'
import { createStreamClient } from '../../../src/client/stream-client.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { EventStreamClient } from '../../../src/client/types.ts'
import type { CreateTabConnection } from '../../../src/client/sharing/shared-streams.ts'
import { createConnection } from '../../../src/client/connection/connection.ts'

const openPage = useSharedStreams()
const createTabs = useTestTabs()

describe('createSharedStreams', () => {
  it('asks the connection of tabs for one that has their name, once for all', async () => {
    const fake = createFakeEnvironment()
    const counts: number[] = []
    const streams = createSharedStreams(() => void counts.push(streams.count()))
    const names: string[] = []
    const createNamed: CreateTabConnection = (...args) => {
      names.push(args[7])
      const [source, options, environment, state, gate, listener, hasCompletion] = args
      return createConnection(source, options, environment, state, gate, listener, hasCompletion)
    }
    const options: EventStreamClientOptions<any> = {
      environment: fake.environment,
      identity: null,
    }
    const start = (more = {}): EventStreamClient =>
      createStreamClient(SHARED_URL, { ...options, ...more }, (...args) =>
        streams.subscribe({ ...options, ...more }, createNamed, ...args),
      )
    const clients = [
      start({ headers: { a: '1' } }),
      start({ headers: { authorization: 'x', a: '1' } }),
    ]
    await settle()
    expect(names).toEqual([expect.stringMatching(/^vue-event-stream\/1:\w+$/)])
    expect([fake.requests.length, streams.count(), counts.at(-1)]).toEqual([1, 1, 1])
    await fake.request.respond()
    await fake.request.push(messages(1, 1001))
    const gaps: string[] = []
    const heard: unknown[] = []
    const onGap = ({ reason }: { reason: string }): void => void gaps.push(reason)
    const onMessage = ({ data }: { data: unknown }): void => void heard.push(data)
    // There is one connection for all, so who comes too late hears that.
    clients.push(start({ headers: { a: '1' }, onGap, onMessage }))
    await settle()
    await fake.request.push(messages(1002))
    expect([fake.requests.length, gaps, heard]).toEqual([1, ['late'], [1002]])
    for (const client of clients) client.close()
    expect(streams.count()).toBe(0)
    streams.dispose()
    expect(fake.live()).toEqual([])
  })

  it('has several for one key where each began too late for somebody', async () => {
    const page = openPage()
    const streams = [...(await page.joinOpen(1))]
    for (let round = 0; round < 3; round++) {
      await page.request.push(messages(1, 1001))
      streams.push(await page.join())
      await page.request.respond()
    }
    expect(page.connections.count()).toBe(4)
    for (const { client } of streams.slice(0, 3)) client.close()
    await page.advance(LINGER_MS)
    expect(page.open()).toHaveLength(1)
    const last = await page.join()
    await page.request.push(messages(7))
    expect([streams[3]!.data, last.data]).toEqual([[7], [7]])
  })

  it('brings one that left back to its own stream, also where another has its id', async () => {
    const page = openPage()
    const [first] = await page.joinOpen(1)
    await page.request.push(messages(1, 1001))
    const second = await page.join()
    await page.request.respond()
    await page.request.push(`${messages(7)}data: 0\n\n`)
    for (const { client } of [first!, second]) {
      client.close()
      client.open()
    }
    await settle()
    await page.requests[0]!.push(messages(1002))
    await page.requests[1]!.push(messages(8))
    expect(page.requests).toHaveLength(2)
    expect(first!.data).toEqual(range(1, 1002))
    expect(second.data).toEqual([7, 0, 8])
    expect(second.gaps).toEqual([])
  })

  it('goes on in another stream whose log has the id', async () => {
    const page = openPage()
    const [first] = await page.joinOpen(1)
    await page.request.push(messages(1, 2))
    first!.client.close()
    await page.advance(LINGER_MS)
    const second = await page.join()
    await page.request.respond()
    await page.request.push(messages(1, 4))
    first!.client.open()
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(first!.data).toEqual([1, 2, 3, 4])
    expect(second.data).toEqual([1, 2, 3, 4])
  })

  it('tells a gap where who goes on in another stream had messages without ids', async () => {
    const page = openPage()
    const [first] = await page.joinOpen(1)
    await page.request.push(`${messages(1)}data: 0\n\n`)
    first!.client.close()
    await page.advance(LINGER_MS)
    await page.join()
    await page.request.respond()
    await page.request.push(messages(1, 2))
    first!.takeLog()
    first!.client.open()
    await settle()
    expect(first!.log).toEqual(['connecting', 'open', 'onOpen', 'onGap no-id', '2'])
  })

  it('tells who had no ids at all a gap, and takes it from there', async () => {
    const page = openPage()
    const [first] = await page.joinOpen(1)
    await page.request.push(messages(1))
    await page.request.push('id\ndata: 2\n\n')
    first!.client.close()
    await page.advance(LINGER_MS)
    const [second] = await page.joinOpen(1)
    await page.request.push(messages(7))
    first!.client.open()
    await settle()
    await page.request.push(messages(8))
    expect(page.requests).toHaveLength(2)
    expect(first!.gaps).toMatchObject([{ reason: 'no-id' }])
    expect(first!.data).toEqual([1, 2, 8])
    expect(second!.data).toEqual([7, 8])
  })

  it('logs what it does apart, without the query', async () => {
    const page = openPage()
    const lines: string[] = []
    const environment = { debug: (text: string) => void lines.push(text) }
    await page.join({ url: '/a?token=1', environment })
    await page.join({ url: () => '/b', environment })
    await page.requests[0]!.respond()
    await page.requests[0]!.push(messages(1))
    expect(lines.filter((line) => line.startsWith('(shared) '))).not.toEqual([])
    expect(lines.filter((line) => !line.startsWith('(shared) '))).not.toEqual([])
    expect(lines.join('\n')).not.toContain('token')
  })

  it('logs who leads, of tabs that share, when that changes', async () => {
    const tabs = createTabs()
    const lines: string[][] = []
    const clients = [0, 1].map((index) => {
      lines.push([])
      const environment = {
        ...tabs.openTab().environment,
        debug: (text: string) => void lines[index]!.push(text),
      }
      const options: EventStreamClientOptions<any> = { environment, identity: null }
      const streams = createSharedStreams(() => {})
      return createStreamClient(`${SHARED_URL}?token=1`, options, (...args) =>
        streams.subscribe({ ...options, share: 'tabs' }, createTabConnection, ...args),
      )
    })
    await tabs.settle()
    await tabs.request().respond()
    await tabs.send(1)
    const roles = (): string[][] =>
      lines.map((all) => all.splice(0).filter((line) => /leads|follows/.test(line)))
    expect(roles()).toEqual([[`(shared) ${SHARED_URL} leads`], [`(shared) ${SHARED_URL} follows`]])
    clients[0]!.close()
    await tabs.settle()
    await tabs.request().respond()
    await tabs.settle()
    expect(roles()).toEqual([[], [`(shared) ${SHARED_URL} leads`]])
    clients[1]!.close()
    await tabs.settle()
    expect(lines.flat().join('\n')).not.toContain('token')
  })

  it('logs nothing of a role where tabs do not share', async () => {
    const page = openPage()
    const lines: string[] = []
    await page.join({ environment: { debug: (text: string) => void lines.push(text) } })
    await page.request.respond()
    expect(lines.filter((line) => /leads|follows/.test(line))).toEqual([])
  })

  it('shares also where one of them is watched', async () => {
    const page = openPage()
    await page.join({ environment: { debug: () => {} } })
    await page.join()
    expect(page.requests).toHaveLength(1)
  })
})
