/**
 * The recipe for LaunchDarkly, on a server that sends what its SDKs for browsers take.
 * @see https://github.com/launchdarkly/js-core/blob/main/packages/shared/sdk-client/src/streaming/StreamingProcessor.ts
 * `put`, `patch`, `delete`; 5 minutes without a byte are too long; a minute makes a connection well
 * @see https://github.com/launchdarkly/ld-relay/blob/v8/docs/configuration.md `heartbeatInterval`: a comment every 3 minutes
 */
import { describe, expect, it, vi } from 'vitest'
import { encodeComment, encodeEvent } from 'vue-event-stream/protocol'
import { until } from '../support/client-run.ts'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { useFlags } from './launchdarkly.ts'
import { sendHead, useRecipeServer } from './recipe-runs.ts'
import type { ServerResponse } from 'node:http'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

const MINUTE = 60_000

let flagsOfServer: Record<string, { value: unknown; version: number }> = {}
let answer: ServerResponse

const tell = (type: string, payload: object): void =>
  void answer.write(encodeEvent({ type, data: JSON.stringify(payload) }))

const server = useRecipeServer((_, response) => {
  answer = response
  sendHead(response)
  tell('put', flagsOfServer)
})

/** The network is real, the time is the test's. */
function useRun() {
  const { environment, advance } = createFakeEnvironment()
  const { after, now } = environment
  const { result } = server.run(() => useFlags(`${server.url()}/eval/env/e30`), {
    environment: { after, now },
  })
  const value = (key: string): unknown => result.flags.value[key]?.value
  return { ...result, advance, value }
}

describe('a server that sends all flags with each connection', () => {
  it('has its changes folded into them, and older ones left out', async () => {
    flagsOfServer = { a: { value: 1, version: 10 }, b: { value: true, version: 3 } }
    const { value, stream } = useRun()
    await until(() => value('a') === 1)
    tell('patch', { key: 'a', value: 2, version: 11 })
    tell('patch', { key: 'a', value: 'older', version: 10 })
    tell('patch', { key: 'c', value: 'new', version: 1 })
    tell('delete', { key: 'b', version: 4 })
    await until(() => stream.received.value === 5)
    expect(['a', 'b', 'c'].map(value)).toEqual([2, undefined, 'new'])
    tell('patch', { key: 'b', value: 'older', version: 3 })
    await until(() => stream.received.value === 6)
    expect(value('b')).toBeUndefined()
  })

  it('is right again after a cut, whatever was missed', async () => {
    flagsOfServer = { a: { value: 1, version: 1 } }
    const { value, stream, advance } = useRun()
    await until(() => value('a') === 1)
    flagsOfServer = { a: { value: 2, version: 2 } }
    await server.cut()
    await until(() => stream.status.value === 'reconnecting')
    await advance(1000)
    await until(() => value('a') === 2)
    expect(server.requests[1]!.headers['last-event-id']).toBeUndefined()
  })

  it('may be silent for three minutes, not for five', async () => {
    flagsOfServer = { a: { value: 1, version: 1 } }
    const { value, stream, advance } = useRun()
    await until(() => value('a') === 1)
    for (let heartbeat = 1; heartbeat <= 3; heartbeat++) {
      await advance(3 * MINUTE)
      const last = stream.lastActivityAt.value
      answer.write(encodeComment(''))
      await until(() => stream.lastActivityAt.value !== last)
    }
    expect([server.requests.length, stream.status.value]).toEqual([1, 'open'])
    flagsOfServer = { a: { value: 2, version: 2 } }
    await advance(5 * MINUTE)
    await until(() => value('a') === 2)
    expect(server.requests).toHaveLength(2)
    expect(stream.status.value).toBe('open')
  })

  it('is asked less and less often while no connection lasts for a minute', async () => {
    const { stream, advance } = useRun()
    const loseAfter = async (time: number, count: number): Promise<number> => {
      await until(() => stream.received.value === count)
      await advance(time)
      await server.cut()
      await until(() => stream.status.value === 'reconnecting')
      return stream.attempt.value
    }
    const attempts = [await loseAfter(MINUTE / 2, 1)]
    await advance(2000)
    attempts.push(await loseAfter(MINUTE / 2, 2))
    await advance(4000)
    attempts.push(await loseAfter(MINUTE, 3))
    expect(attempts).toEqual([1, 2, 0])
  })

  it('is left when the stream is closed', async () => {
    const { stream } = useRun()
    await until(() => stream.status.value === 'open')
    stream.close()
    await until(() => server.open() === 0)
    expect(stream.status.value).toBe('closed')
  })
})
