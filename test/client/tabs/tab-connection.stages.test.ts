// @vitest-environment node
/** Schemas, failures that the server tells and batches in tabs that share, whichever of them has the connection: with all that is in use. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { createAppConnections } from '../../../src/client/sharing/app-connections.ts'
import { until } from '../../support/client-run.ts'
import { numbered, upTo, useTestTabs } from '../../support/fake-browser-streams.ts'
import { noteDown } from '../../support/note-down.ts'
import { createSlowSchema } from '../../support/slow-schema.ts'
import { URL_OF_TESTS } from '../../support/test-streams.ts'
import type { StandardSchemaV1 } from '../../../src/protocol/standard-schema.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { ReceivedMessage } from '../../../src/client/types.ts'
import type { TabStream, TestTabs } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()
const ends: (() => void)[] = []

beforeAll(() =>
  Promise.all([
    import('../../../src/client/delivery/message-stages.ts'),
    import('../../../src/client/sharing/shared-streams.ts'),
    import('../../../src/client/tabs/tab-connection.ts'),
  ]),
)
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A tab whose app shares with other tabs, as the option `share` makes it. */
async function join(tabs: TestTabs, options: EventStreamClientOptions): Promise<TabStream> {
  const tab = tabs.openTab()
  const connections = createAppConnections()
  const { notes, listening } = noteDown(options, { isTerse: true })
  const client = createEventStreamClient(URL_OF_TESTS, {
    ...{ share: 'tabs', identity: null, connections, environment: tab.environment },
    ...listening,
  })
  const stream = { ...notes, tab, client }
  tabs.streams.push(stream)
  ends.push(() => {
    client.close()
    connections.dispose()
  })
  await settled(tabs, () => client.transport !== null)
  return stream
}

/** Code is loaded on demand: that takes turns of the event loop. */
const settled = (tabs: TestTabs, isDone: () => boolean): Promise<unknown> =>
  until(async () => {
    await tabs.settle()
    return isDone()
  })

/** Two tabs, of which the first leads. */
async function joinOpen(
  tabs: TestTabs,
  options: EventStreamClientOptions,
  others = options,
): Promise<[TabStream, TabStream]> {
  const first = await join(tabs, options)
  await settled(tabs, () => tabs.requests().length > 0)
  await tabs.request().respond()
  await tabs.settle()
  const second = await join(tabs, others)
  await settled(tabs, () => second.client.status === 'open')
  expect([first.client.transport, second.client.transport]).toEqual(['fetch', 'tabs'])
  first.takeLog()
  second.takeLog()
  return [first, second]
}

async function reopen(tabs: TestTabs): Promise<string | null> {
  await tabs.advance(1000)
  await settled(tabs, () => tabs.requests().length > 0)
  await tabs.request().respond()
  await tabs.settle()
  return tabs.request().headers.get('Last-Event-ID')
}

/** Takes even numbers, ten times as great. */
const even: StandardSchemaV1<unknown, any> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      (value as number) % 2 === 0
        ? { value: (value as number) * 10 }
        : { issues: [{ message: 'odd' }] },
  },
}

describe('schema', () => {
  it('is that of each tab, in the one that leads and in those that follow', async () => {
    const tabs = createTabs()
    const [first, second] = await joinOpen(tabs, { schema: { message: even } }, {})
    const third = await join(tabs, { schema: { message: even } })
    await tabs.send(1, 2)
    expect([first.data, second.data, third.data]).toEqual([[20], [1, 2], [20]])
    for (const { errors } of [first, third]) {
      expect(errors).toMatchObject([{ code: 'validation', fatal: false, raw: '1' }])
    }
    expect(second.errors).toEqual([])
  })

  it('keeps the order in a tab that follows while it takes its time, and holds no other tab up', async () => {
    const tabs = createTabs()
    const schema = createSlowSchema()
    const [first, second] = await joinOpen(tabs, {}, { schema: { message: schema } })
    await tabs.send(1, 2)
    await tabs.request().push('event: other\ndata: 3\n\n')
    await tabs.settle()
    expect([first.data, second.data]).toEqual([[1, 2, 3], []])
    expect(second.client.lastEventId).toBe('')
    await schema.answer({ value: 10 })
    expect([schema.asked, second.data, second.client.lastEventId]).toEqual([[1, 2], [10], '1'])
    await schema.answer({ issues: [{ message: 'no' }] })
    expect(second.data).toEqual([10, 3])
    expect(second.log).toEqual(['error validation'])
    expect(second.client.lastEventId).toBe('2')
  })

  it('keeps the order in the tab that leads, and holds no other tab up', async () => {
    const tabs = createTabs()
    const schema = createSlowSchema()
    const [first, second] = await joinOpen(tabs, { schema: { message: schema } }, {})
    await tabs.send(1, 2)
    await tabs.advance(1000)
    await tabs.send(3)
    expect([first.data, second.data]).toEqual([[], [1, 2, 3]])
    await schema.answer({ value: 10 })
    await schema.answer({ value: 20 })
    await schema.answer({ value: 30 })
    expect(first.data).toEqual([10, 20, 30])
    expect(tabs.leader()).toBe(first)
  })

  it.each(['a tab that follows', 'the tab that leads next'])(
    'loses nothing and repeats nothing in %s when the leader goes meanwhile',
    async (which) => {
      const tabs = createTabs()
      const schema = createSlowSchema()
      const [first, second] = await joinOpen(tabs, {}, { schema: { message: schema } })
      const third = which === 'a tab that follows' ? await join(tabs, {}) : undefined
      await tabs.send(1, 2)
      first.client.close()
      await settled(tabs, () => tabs.requests().length > 0)
      const request = tabs.request()
      await request.respond()
      const from = Number(request.headers.get('Last-Event-ID'))
      await tabs.send(...upTo(4).filter((number) => number > from))
      for (const value of [10, 20, 30, 40]) {
        await settled(tabs, () => schema.asked.length >= value / 10)
        await schema.answer({ value })
      }
      await tabs.settle()
      expect(second.data).toEqual([10, 20, 30, 40])
      expect(second.gaps).toEqual([])
      if (third) expect(third.data).toEqual([1, 2, 3, 4])
    },
  )

  it('checks what a tab gets of the past when it comes late', async () => {
    const tabs = createTabs()
    const options = { schema: { message: even } }
    await joinOpen(tabs, options)
    await tabs.send(1, 2, 4)
    const late = await join(tabs, options)
    await settled(tabs, () => late.data.length === 2)
    expect(late.data).toEqual([20, 40])
    expect(late.errors.map(({ code }) => code)).toEqual(['validation'])
  })
})

const isError = ({ type }: ReceivedMessage): boolean => type === 'error'
const isFatal = ({ type }: ReceivedMessage): false | 'fatal' => type === 'error' && 'fatal'
const FAILURE = 'event: error\ndata: {"code":7}\n\n'

describe('failWhen', () => {
  it('is a loss for all tabs, and its message reaches none', async () => {
    const tabs = createTabs()
    const both = await joinOpen(tabs, { failWhen: isError })
    await tabs.request().push(numbered(1) + FAILURE)
    await tabs.settle()
    for (const { data, log, errors, client } of both) {
      expect(data).toEqual([1])
      expect(log).toEqual(['reconnecting network', 'error server'])
      expect(errors).toMatchObject([
        { code: 'server', fatal: false, type: 'error', raw: '{"code":7}', attempt: 0 },
      ])
      expect(client.error).toBe(errors[0])
    }
    expect(await reopen(tabs)).toBe('1')
    await tabs.send(2)
    for (const { data, client } of both) {
      expect(data).toEqual([1, 2])
      expect(client).toMatchObject({ status: 'open', error: null })
    }
  })

  it('fails all tabs with fatal, until one of them opens the stream again', async () => {
    const tabs = createTabs()
    const both = await joinOpen(tabs, { failWhen: isFatal })
    await tabs.request().push(numbered(1) + FAILURE)
    await tabs.settle()
    for (const { data, log, errors, client } of both) {
      expect(data).toEqual([1])
      expect(log).toEqual(['failed network', 'error server', 'onClose network'])
      expect(errors).toMatchObject([{ code: 'server', fatal: true, raw: '{"code":7}' }])
      expect(client).toMatchObject({ status: 'failed', error: errors[0] })
    }
    expect(tabs.requests()).toEqual([])
    both[1].client.open()
    await settled(tabs, () => tabs.requests().length > 0)
    expect(tabs.request().headers.get('Last-Event-ID')).toBe('1')
    await tabs.request().respond()
    await tabs.settle()
    for (const { client } of both) expect(client).toMatchObject({ status: 'open', error: null })
  })

  it('keeps what came behind the failure for the next connection, in all tabs', async () => {
    const tabs = createTabs()
    const both = await joinOpen(tabs, { failWhen: isError })
    await tabs.request().push(numbered(1) + FAILURE + numbered(2))
    await tabs.settle()
    expect(await reopen(tabs)).toBe('1')
    await tabs.send(2, 3)
    for (const { data } of both) expect(data).toEqual([1, 2, 3])
  })

  it('fails no tab that comes later and reads of it', async () => {
    const tabs = createTabs()
    await joinOpen(tabs, { failWhen: isError })
    await tabs.request().push(numbered(1) + FAILURE)
    await reopen(tabs)
    await tabs.send(2)
    const late = await join(tabs, { failWhen: isError })
    await settled(tabs, () => late.data.length > 0)
    await tabs.settle()
    expect([late.data, late.errors]).toEqual([[1, 2], []])
    expect(late.client.status).toBe('open')
  })

  it('comes to the tab that leads next as to any', async () => {
    const tabs = createTabs()
    const [first, second] = await joinOpen(tabs, { failWhen: isError })
    const third = await join(tabs, { failWhen: isError })
    first.client.close()
    await settled(tabs, () => tabs.requests().length > 0)
    await tabs.request().respond()
    await tabs.request().push(FAILURE)
    await tabs.settle()
    for (const { errors, client } of [second, third]) {
      expect(errors.map(({ code }) => code)).toEqual(['server'])
      expect(client.status).toBe('reconnecting')
    }
  })
})

describe('onBatch', () => {
  const showFrames = async (tabs: TestTabs): Promise<void> => {
    for (const { fake } of tabs.tabs) await fake.frame()
    await tabs.settle()
  }

  it('gives each tab its own batches, the past apart', async () => {
    const tabs = createTabs()
    const batches: unknown[][] = []
    const options = (tab: number): EventStreamClientOptions => ({
      caughtUp: () => false,
      onBatch(messages, { replayed }) {
        batches.push([tab, replayed, ...messages.map(({ data }) => data)])
      },
    })
    await joinOpen(tabs, options(1), options(2))
    await tabs.send(1, 2)
    await showFrames(tabs)
    expect(batches).toEqual([
      [1, false, 1, 2],
      [2, false, 1, 2],
    ])
    const late = await join(tabs, options(3))
    await settled(tabs, () => late.data.length === 2)
    await tabs.send(3)
    await showFrames(tabs)
    expect(batches.slice(2).filter(([tab]) => tab === 3)).toEqual([
      [3, true, 1, 2],
      [3, false, 3],
    ])
  })

  it('gives the last ones when the stream ends for all tabs', async () => {
    const tabs = createTabs()
    const batches: unknown[] = []
    const options = {
      until: '[DONE]',
      onBatch: (messages: { data: unknown }[]) => batches.push(messages.map(({ data }) => data)),
    }
    await joinOpen(tabs, options)
    await tabs.request().push(`${numbered(1)}data: [DONE]\n\n`)
    await tabs.settle()
    expect(batches).toEqual([[1], [1]])
  })
})
