/** What a stream gives to the composables that build on it. */
import { beforeEach, describe, expect, it } from 'vitest'
import { STREAM_INTERNALS } from '../../src/vue/stream-internals.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'
import { startStream } from '../support/mount.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

describe('STREAM_INTERNALS', () => {
  it('is out of sight of who lists the members of a stream by name', async () => {
    const { stream } = await startStream(environment)
    expect(typeof STREAM_INTERNALS).toBe('symbol')
    expect(new Set(Object.keys(stream))).toEqual(
      new Set([
        ...['status', 'reason', 'error', 'attempt', 'retryAt', 'disconnectedSince'],
        ...['lastActivityAt', 'lastEventId', 'received', 'duplicates', 'transport', 'message'],
        'queue',
        ...['open', 'close', 'reconnect', 'pause', 'resume', 'on', 'once'],
      ]),
    )
    expect(stream[STREAM_INTERNALS]).toBeDefined()
  })

  it('taps every message before any handler hears it, until the tap is taken away', async () => {
    const seen: string[] = []
    const { stream } = await startStream(environment, { onMessage: () => seen.push('onMessage') })
    const end = stream[STREAM_INTERNALS].tap(({ type }) => seen.push(type))
    await environment.last().send(event('a', 1))
    end()
    await environment.last().send(event('b', 1))
    expect(seen).toEqual(['a', 'onMessage', 'onMessage'])
  })

  it('tells of another URL, openings, gaps and each change of the status, until the tap is taken away', async () => {
    const seen: unknown[] = []
    const { stream } = await startStream(environment)
    const { tap, state } = stream[STREAM_INTERNALS]
    const end = tap(
      () => {},
      [],
      (change) => seen.push(change ?? state.status),
    )
    await environment.last().send(event('a', 1))
    await environment.last().end()
    await environment.advance(1000)
    await environment.last().answer()
    end()
    stream.close()
    expect(seen).toEqual(['open', 'open', 'reconnecting', 'reconnecting', 'open', 'open', 'no-id'])
  })

  it('holds the stream for a reason of the caller, which no status shows', async () => {
    const { stream } = await startStream(environment, { flush: 'sync' })
    const { pause, resume } = stream[STREAM_INTERNALS]
    const [one, other] = [Symbol(), Symbol()]
    await environment.last().answer()
    pause!(one)
    pause!(other)
    resume!(one)
    await environment.last().send(event('a', 1))
    expect([stream.status.value, stream.received.value]).toEqual(['open', 0])
    stream.resume()
    expect(stream.received.value).toBe(0)
    resume!(other)
    expect(stream.received.value).toBe(1)
  })

  it('runs a task with the next flush, once however often it is asked to', async () => {
    let runs = 0
    const { stream } = await startStream(environment)
    const task = (): void => void runs++
    for (let count = 0; count < 3; count++) stream[STREAM_INTERNALS].requestFlush(task)
    expect(runs).toBe(0)
    await environment.frame()
    expect(runs).toBe(1)
  })

  it('runs no task after the end of the scope', async () => {
    let runs = 0
    const { stream, scope } = await startStream(environment)
    stream[STREAM_INTERNALS].requestFlush(() => runs++)
    scope.stop()
    await environment.frame()
    expect([runs, environment.live().frames]).toEqual([0, 0])
  })
})
