// @vitest-environment node
/** The watchdog alone; what a connection does with it is in connection.silence.test.ts. */
import { describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createSilenceWatchdog } from '../../../src/client/connection/silence-watchdog.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { SilenceWatchdog } from '../../../src/client/connection/silence-watchdog.ts'

interface TestWatchdog extends FakeEnvironment {
  watchdog: SilenceWatchdog
  onSilence: ReturnType<typeof vi.fn<(silentMs: number) => void>>
}

function create(timeout?: 'auto' | number): TestWatchdog {
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

  describe('auto', () => {
    /** A heartbeat after each of these gaps. */
    async function beat({ advance, watchdog }: TestWatchdog, ...gaps: number[]): Promise<void> {
      for (const gap of gaps) {
        await advance(gap)
        watchdog.activity()
        watchdog.heartbeat()
      }
    }

    it('allows more after each longer gap that is shorter than what it allows', async () => {
      const test = create('auto')
      test.watchdog.start()
      await beat(test, 20_000, 50_000)
      await test.advance(149_999)
      expect(test.onSilence).not.toHaveBeenCalled()
      await test.advance(1)
      expect(test.onSilence).toHaveBeenCalledExactlyOnceWith(150_000)
    })

    it('allows no more after a gap that is longer than what it allows: the machine slept', async () => {
      const test = create('auto')
      test.watchdog.start()
      await beat(test, 15_000)
      // The timer has not run by then, the byte came first.
      test.watchdog.stop()
      await test.advance(3_600_000)
      test.watchdog.start()
      test.watchdog.heartbeat()
      await test.advance(45_000)
      expect(test.onSilence).toHaveBeenCalledExactlyOnceWith(45_000)
    })

    it.each([
      [44_999, 134_997],
      [45_000, 45_000],
      [3_600_000, 45_000],
    ])('takes a gap of %i ms to allow %i', async (gap, limit) => {
      let now = 0
      const fake = createFakeEnvironment()
      const onSilence = vi.fn<AnyFunction>()
      const environment = { ...fake.environment, now: () => now + fake.environment.now() }
      const watchdog = createSilenceWatchdog(environment, 'auto', onSilence)
      watchdog.start()
      watchdog.heartbeat()
      now += gap
      watchdog.activity()
      watchdog.heartbeat()
      await fake.advance(limit - 1)
      expect(onSilence).not.toHaveBeenCalled()
      await fake.advance(1)
      expect(onSilence).toHaveBeenCalledExactlyOnceWith(limit)
    })

    it('takes the time to the first heartbeat for a gap, however long', async () => {
      const test = create('auto')
      test.watchdog.start()
      await beat(test, 100_000)
      await test.advance(299_999)
      expect(test.onSilence).not.toHaveBeenCalled()
      await test.advance(1)
      expect(test.onSilence).toHaveBeenCalledOnce()
    })

    it('keeps what it has learned for the next connection', async () => {
      const test = create('auto')
      test.watchdog.start()
      await beat(test, 30_000)
      test.watchdog.stop()
      test.watchdog.start()
      await test.advance(90_000)
      expect(test.onSilence).toHaveBeenCalledExactlyOnceWith(90_000)
    })
  })

  describe('doubt', () => {
    it.each([0, 'auto', 60_000] as const)('gives a byte 2 s, with %s too', async (timeout) => {
      const { watchdog, onSilence, advance, live } = create(timeout)
      watchdog.start()
      await advance(5000)
      watchdog.doubt(true)
      await advance(1999)
      expect(onSilence).not.toHaveBeenCalled()
      await advance(1)
      expect(onSilence).toHaveBeenCalledExactlyOnceWith(7000)
      watchdog.stop()
      expect(live()).toEqual([])
    })

    it('is over with a byte', async () => {
      const { watchdog, onSilence, advance, live } = create(0)
      watchdog.start()
      watchdog.doubt(true)
      await advance(1999)
      watchdog.activity()
      expect(live()).toEqual([])
      await advance(60_000)
      expect(onSilence).not.toHaveBeenCalled()
    })

    it('may come again after a byte', async () => {
      const { watchdog, onSilence, advance } = create(0)
      watchdog.start()
      watchdog.doubt(true)
      watchdog.activity()
      await advance(10_000)
      watchdog.doubt(true)
      await advance(2000)
      expect(onSilence).toHaveBeenCalledExactlyOnceWith(12_000)
    })

    it('is not put off by more of it', async () => {
      const { watchdog, onSilence, advance } = create(0)
      watchdog.start()
      watchdog.doubt(true)
      await advance(1500)
      watchdog.doubt(true)
      await advance(500)
      expect(onSilence).toHaveBeenCalledOnce()
    })

    it('is over with stop()', async () => {
      const { watchdog, onSilence, advance, live } = create(0)
      watchdog.start()
      watchdog.doubt(true)
      watchdog.stop()
      expect(live()).toEqual([])
      watchdog.start()
      await advance(60_000)
      expect(onSilence).not.toHaveBeenCalled()
    })

    it('outlives a pause: nothing has answered it', async () => {
      const { watchdog, onSilence, advance, live } = create(0)
      watchdog.start()
      watchdog.doubt(true)
      await advance(1000)
      watchdog.pause()
      expect(live()).toEqual([])
      await advance(60_000)
      watchdog.start()
      await advance(1999)
      expect(onSilence).not.toHaveBeenCalled()
      await advance(1)
      expect(onSilence).toHaveBeenCalledExactlyOnceWith(2000)
    })

    it('may come in a pause, and a byte in a pause answers it', async () => {
      const { watchdog, onSilence, advance, live } = create(0)
      watchdog.start()
      watchdog.pause()
      watchdog.doubt(true)
      expect(live()).toEqual([])
      watchdog.start()
      await advance(1000)
      watchdog.pause()
      watchdog.activity()
      watchdog.start()
      await advance(60_000)
      expect(onSilence).not.toHaveBeenCalled()
    })

    it('is none when it is not serious, or a timer', async () => {
      const { watchdog, onSilence, advance, live } = create(0)
      watchdog.start()
      watchdog.doubt(false)
      expect(live()).toEqual([])
      await advance(60_000)
      expect(onSilence).not.toHaveBeenCalled()
    })

    it.each([true, false])(
      'leaves the time in which nothing ran out of the gap between heartbeats, serious or not: %s',
      async (isSerious) => {
        const { watchdog, onSilence, advance } = create('auto')
        watchdog.start()
        watchdog.heartbeat()
        await advance(40_000)
        watchdog.doubt(isSerious)
        await advance(1000)
        watchdog.activity()
        watchdog.heartbeat()
        await advance(45_000)
        expect(onSilence).toHaveBeenCalledExactlyOnceWith(45_000)
      },
    )
  })

  describe('the warning no-heartbeat', () => {
    /** What it warns of when a connection is lost that was silent for so long. */
    async function warningsAfter(
      silentMs: number,
      timeout: 'auto' | number = 'auto',
      before: (watchdog: SilenceWatchdog) => void = () => {},
    ): Promise<string[]> {
      const { watchdog, warnings, advance } = create(timeout)
      watchdog.start()
      before(watchdog)
      await advance(silentMs)
      watchdog.lost()
      return warnings
    }

    it('comes when a connection is lost that showed no byte for over a minute', async () => {
      expect(await warningsAfter(60_001)).toEqual([expect.stringContaining('no-heartbeat')])
      expect(await warningsAfter(60_000)).toEqual([])
    })

    it('does not come where the server sends heartbeats, or the app has set a time', async () => {
      expect(await warningsAfter(600_000, 'auto', ({ heartbeat }) => heartbeat())).toEqual([])
      expect(await warningsAfter(600_000, 0)).toEqual([])
      expect(await warningsAfter(600_000, 700_000)).toEqual([])
    })

    it('does not come while bytes come', async () => {
      const { watchdog, warnings, advance } = create('auto')
      watchdog.start()
      for (let count = 0; count < 5; count++) {
        await advance(50_000)
        watchdog.activity()
      }
      watchdog.lost()
      expect(warnings).toEqual([])
    })

    it('does not come where nothing was read, or lost', async () => {
      const { watchdog, warnings, advance } = create('auto')
      await advance(600_000)
      watchdog.lost()
      watchdog.start()
      await advance(600_000)
      watchdog.pause()
      watchdog.lost()
      watchdog.start()
      await advance(600_000)
      watchdog.stop()
      watchdog.lost()
      expect(warnings).toEqual([])
    })
  })
})
