// @vitest-environment node
/** When a leader is asked, and when its lock is taken. */
import { describe, expect, it } from 'vitest'
import { createLeaderWatch } from '../../../src/client/tabs/leader-watch.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import type { Leadership } from '../../../src/client/tabs/leadership.ts'

function create({
  waiting = 0,
  hasNothing = false,
  isAlone = true,
  onCount = () => {},
  onTurn = () => {},
} = {}) {
  const fake = createFakeEnvironment()
  const log: string[] = []
  const leadership = {
    steal: () => log.push('steal'),
    async countWaiting() {
      onCount()
      return waiting
    },
    async runAlone(run: () => Promise<void>) {
      if (!isAlone) return
      log.push('alone')
      onTurn()
      await run()
      log.push('done')
    },
  } as unknown as Leadership
  const watch = createLeaderWatch(
    fake.environment,
    leadership,
    () => log.push('ping'),
    () => hasNothing,
  )
  watch.start()
  return { fake, log, watch }
}

describe('createLeaderWatch', () => {
  it('asks after 2 s of silence, and steals 1.5 s after that', async () => {
    const { fake, log } = create()
    await fake.advance(1999)
    expect(log).toEqual([])
    await fake.advance(1)
    expect(log).toEqual(['ping'])
    await fake.advance(1000)
    expect(log).toEqual(['ping', 'alone', 'ping'])
    await fake.advance(499)
    expect(log).not.toContain('steal')
    await fake.advance(1)
    expect(log.at(-1)).toBe('steal')
    await fake.advance(500)
    expect(log.at(-1)).toBe('done')
  })

  it('asks nothing while the leader is heard', async () => {
    const { fake, log, watch } = create()
    for (let count = 0; count < 10; count++) {
      await fake.advance(1900)
      watch.heard()
    }
    expect(log).toEqual([])
    expect(fake.delays()).toHaveLength(1)
  })

  it.each([500, 2000, 3200])('steals from nobody that answers after %d ms', async (time) => {
    const { fake, log, watch } = create()
    await fake.advance(time)
    watch.heard()
    await fake.advance(1900)
    expect(log).not.toContain('steal')
  })

  it('asks after 1 s when an answer is due', async () => {
    const { fake, log, watch } = create()
    watch.asked()
    watch.asked()
    await fake.advance(999)
    expect(log).toEqual([])
    await fake.advance(1)
    expect(log).toEqual(['ping'])
  })

  it('asks once more when it was late itself', async () => {
    const { fake, log, watch } = create()
    await fake.advance(2000)
    await fake.sleep(6000)
    expect(log).toEqual(['ping', 'ping'])
    watch.heard()
    await fake.advance(1000)
    expect(log).toEqual(['ping', 'ping'])
  })

  it('steals nothing while another tab does so, and looks again', async () => {
    const { fake, log } = create({ isAlone: false })
    await fake.advance(3000)
    expect(log).toEqual(['ping'])
    await fake.advance(2000)
    expect(log).toEqual(['ping', 'ping'])
  })

  it('leaves it once to those that know the stream', async () => {
    const { fake, log } = create({ hasNothing: true, waiting: 1 })
    await fake.advance(3000)
    expect(log).toEqual(['ping'])
    await fake.advance(3500)
    expect(log).toContain('steal')
  })

  it('does not wait for others that are not there', async () => {
    const { fake, log } = create({ hasNothing: true })
    await fake.advance(3500)
    expect(log).toContain('steal')
  })

  it.each(['onCount', 'onTurn'])(
    'steals nothing when it is stopped meanwhile: %s',
    async (name) => {
      const { fake, log, watch } = create({ hasNothing: true, [name]: () => watch.stop() })
      watch.start()
      await fake.advance(8000)
      expect(log).not.toContain('steal')
      expect(log.filter((line) => line === 'ping')).toHaveLength(1)
    },
  )

  it('keeps the others from stealing for 500 ms, though it leads', async () => {
    const { fake, log, watch } = create()
    await fake.advance(3500)
    watch.stop()
    expect(log.at(-1)).toBe('steal')
    await fake.advance(500)
    expect(log.at(-1)).toBe('done')
    expect(fake.live()).toEqual([])
  })

  it.each([0, 2000, 3000, 3500])('leaves nothing when it ends after %d ms', async (time) => {
    const { fake, log, watch } = create()
    await fake.advance(time)
    watch.end()
    const steals = log.filter((line) => line === 'steal').length
    await fake.advance(0)
    expect(fake.live()).toEqual([])
    expect(log.filter((line) => line === 'steal')).toHaveLength(steals)
  })
})
