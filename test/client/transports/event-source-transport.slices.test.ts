// @vitest-environment node
/** A client over the browser's `EventSource`, whose handlers take so long that the page gets its turns in between. */
import { expect, it } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { eventSourceTransport } from '../../../src/client/transports/event-source-transport.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createScriptedEventSources } from '../../support/scripted-event-source.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { ScriptedEventSources } from '../../support/scripted-event-source.ts'

const TEXT = 'x'.repeat(44)
/** Each costs 256 characters beside its own. */
const FOUR = 4 * (256 + TEXT.length)

interface SlowClient extends FakeEnvironment {
  sources: ScriptedEventSources
  seen: unknown[]
  say(count: number): void
}

/** One whose handler takes a slice for each message. */
async function startSlow(): Promise<SlowClient> {
  const sources = createScriptedEventSources()
  const fake = createFakeEnvironment()
  const seen: unknown[] = []
  fake.has.EventSource = sources.EventSource
  createEventStreamClient('https://page.test/events', {
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
  return Object.assign(fake, { sources, seen, say })
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
