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
  client: Pick<EventStreamClient, 'status' | 'pause'>
  say(count: number): void
}

/** One whose handler takes a slice for each message. */
async function startSlow(): Promise<SlowClient> {
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
    },
  })
  await fake.advance(0)
  sources.last.open()
  const say = (count: number): void => {
    for (; count > 0; count--) sources.last.say(TEXT)
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
