// @vitest-environment node
/** A client over the browser's `EventSource`, whose handlers take so long that the page gets its turns in between. */
import { expect, it } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { eventSourceTransport } from '../../../src/client/transports/event-source-transport.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createScriptedEventSources } from '../../support/scripted-event-source.ts'
import type { EventStreamClient } from '../../../src/client/types.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { ScriptedEventSources } from '../../support/scripted-event-source.ts'

const TEXT = 'x'.repeat(44)
/** Each costs 256 characters beside its own. */
const FOUR = 4 * (256 + TEXT.length)

interface SlowClient extends FakeEnvironment {
  sources: ScriptedEventSources
  seen: unknown[]
  client: Pick<EventStreamClient, 'status' | 'reason' | 'pause' | 'close' | 'open'>
  say(count: number, text?: string): void
}

/** One whose handler takes a slice for each message. */
async function startSlow(onData?: (data: unknown) => void): Promise<SlowClient> {
  const sources = createScriptedEventSources()
  const fake = createFakeEnvironment()
  const seen: unknown[] = []
  fake.has.EventSource = sources.EventSource
  const client = createEventStreamClient('https://page.test/events', {
    transport: eventSourceTransport(),
    decode: 'text',
    maxMessageSize: FOUR,
    environment: fake.environment,
    onMessage({ data }) {
      seen.push(data)
      fake.work(12)
      onData?.(data)
    },
  })
  await fake.advance(0)
  sources.last.open()
  const say = (count: number, text = TEXT): void => {
    for (; count > 0; count--) sources.last.say(text)
  }
  return Object.assign(fake, { sources, client, seen, say })
}

it('leaves no connection for what came and is delivered', async () => {
  const { say, turn, seen, sources } = await startSlow()
  say(5)
  expect(seen).toHaveLength(1)
  for (let count = 0; count < 20; count++) {
    await turn()
    say(1)
  }
  expect(seen).toHaveLength(21)
  expect(sources.all).toHaveLength(1)
  expect(sources.last.isClosed).toBe(false)
})

it('gives the page no turn rather than that too much waits', async () => {
  const { say, turn, seen, sources } = await startSlow()
  say(5)
  expect(seen).toHaveLength(1)
  say(15)
  // Four wait.
  expect(seen).toHaveLength(16)
  for (let count = 0; count < 4; count++) await turn()
  expect(seen).toHaveLength(20)
  expect(sources.all).toHaveLength(1)
  expect(sources.last.isClosed).toBe(false)
})

it('leaves the connection when too much waits because of a pause, in a slice, too', async () => {
  const { client, say, turn, seen, sources } = await startSlow()
  say(1)
  client.pause()
  say(5)
  await turn()
  expect(seen).toHaveLength(1)
  expect(sources.last.isClosed).toBe(true)
  expect(client).toMatchObject({ status: 'paused', reason: 'user' })
})

/** As large as a message may be. */
const LARGE = 'y'.repeat(FOUR)

it('leaves the connection when twice as much waits as may, until all of it is delivered', async () => {
  const { client, say, turn, seen, sources, advance, live } = await startSlow()
  say(5)
  // Each is one more, and one more is delivered: of the small ones.
  say(1, LARGE)
  expect(sources.last.isClosed).toBe(false)
  say(1, LARGE)
  expect(sources.last.isClosed).toBe(true)
  expect(client).toMatchObject({ status: 'paused', reason: 'overflow' })
  expect(seen).toEqual([TEXT, TEXT, TEXT])
  for (let count = 0; count < 5; count++) {
    expect(client.status).toBe('paused')
    await turn()
  }
  expect(client.status).toBe('reconnecting')
  expect(seen).toEqual([TEXT, TEXT, TEXT, TEXT, TEXT, LARGE, LARGE])
  await advance(2000)
  expect(sources.all).toHaveLength(2)
  sources.last.open()
  expect(client.status).toBe('open')
  client.close()
  expect(live()).toEqual([])
})

it('makes none anew before that when the page comes back', async () => {
  const { say, turn, seen, sources, advance, page } = await startSlow()
  say(5)
  say(2, LARGE)
  await turn()
  await page('pagehide', 'pageshow')
  await advance(2000)
  expect([seen.length, sources.all.length]).toEqual([4, 1])
  for (let count = 0; count < 4; count++) await turn()
  await advance(0)
  expect([seen.length, sources.all.length]).toEqual([7, 2])
})

it('leaves nothing else when a handler has left it meanwhile', async () => {
  let calls = 0
  const { client, say, sources, advance } = await startSlow(() => {
    if (++calls !== 3) return
    client.close()
    client.pause()
    client.open()
  })
  say(5)
  say(2, LARGE)
  await advance(2000)
  expect(sources.all).toHaveLength(2)
  expect(sources.last.isClosed).toBe(false)
  expect(client).toMatchObject({ status: 'paused', reason: 'user' })
})
