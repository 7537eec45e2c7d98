// @vitest-environment node
/** The watchdog alone; what a connection does with it is in connection.silence.test.ts. */
import { describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../support/fake-environment.ts'
import { createSilenceWatchdog } from '../../src/client/silence-watchdog.ts'
import type { FakeEnvironment } from '../support/fake-environment.ts'
import type { SilenceWatchdog } from '../../src/client/silence-watchdog.ts'

function create(timeout?: 'auto' | number): FakeEnvironment & {
  watchdog: SilenceWatchdog
  onSilence: ReturnType<typeof vi.fn<(silentMs: number) => void>>
} {
  const fake = createFakeEnvironment()
  const onSilence = vi.fn<(silentMs: number) => void>()
  const watchdog = createSilenceWatchdog(fake.environment, timeout, onSilence)
  return Object.assign(fake, { watchdog, onSilence })
}

describe('createSilenceWatchdog', () => {
  it('tells once for how long there was silence', async () => {
    const { watchdog, onSilence, advance, live } = create(100)
    watchdog.start()
    await advance(1000)
    expect(onSilence).toHaveBeenCalledExactlyOnceWith(100)
    expect(live()).toEqual([])
  })

  it('does nothing before start()', async () => {
    const { watchdog, onSilence, advance, live } = create(100)
    watchdog.activity()
    watchdog.heartbeat()
    expect(live()).toEqual([])
    await advance(1000)
    expect(onSilence).not.toHaveBeenCalled()
  })

  it('counts from the last activity, with one timer', async () => {
    const { watchdog, onSilence, advance, delays } = create(100)
    watchdog.start()
    for (let index = 0; index < 10; index++) {
      await advance(60)
      watchdog.activity()
      expect(delays()).toHaveLength(1)
    }
    expect(onSilence).not.toHaveBeenCalled()
    await advance(100)
    expect(onSilence).toHaveBeenCalledExactlyOnceWith(100)
  })

  it('leaves nothing after stop(), and counts anew after the next start()', async () => {
    const { watchdog, onSilence, advance, live } = create(100)
    watchdog.start()
    await advance(90)
    watchdog.stop()
    expect(live()).toEqual([])
    await advance(1000)
    watchdog.start()
    await advance(99)
    expect(onSilence).not.toHaveBeenCalled()
    await advance(1)
    expect(onSilence).toHaveBeenCalledOnce()
  })

  it('keeps one timer when it is started twice', async () => {
    const { watchdog, delays } = create(100)
    watchdog.start()
    watchdog.start()
    expect(delays()).toEqual([100])
    watchdog.stop()
    expect(delays()).toEqual([])
  })

  it.each([0, 'auto', undefined] as const)('sets no timer with %s', async (timeout) => {
    const { watchdog, live } = create(timeout)
    watchdog.start()
    watchdog.activity()
    expect(live()).toEqual([])
  })

  it('is not changed by heartbeats with a number', async () => {
    const { watchdog, advance, onSilence } = create(100)
    watchdog.start()
    await advance(90)
    watchdog.heartbeat()
    await advance(10)
    expect(onSilence).toHaveBeenCalledOnce()
  })

  it.each([
    [[0], 45_000],
    [[15_000], 45_000],
    [[20_000], 60_000],
    [[1000, 30_000, 1000], 90_000],
    [[30_000, 30_000], 90_000],
  ])('learns from gaps of %j ms to allow %i ms', async (gaps, limit) => {
    const { watchdog, onSilence, advance } = create('auto')
    watchdog.start()
    for (const gap of gaps) {
      await advance(gap)
      watchdog.activity()
      watchdog.heartbeat()
    }
    await advance(limit - 1)
    expect(onSilence).not.toHaveBeenCalled()
    await advance(1)
    expect(onSilence).toHaveBeenCalledExactlyOnceWith(limit)
  })
})
