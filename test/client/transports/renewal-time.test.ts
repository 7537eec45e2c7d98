// @vitest-environment node
/** When a connection is to be replaced. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment, START_MS } from '../../support/fake-environment.ts'
import { createRenewalTime } from '../../../src/client/transports/renewal-time.ts'
import type { RenewOptions } from '../../../src/client/transports/renew-options.ts'
import type { RenewalTime } from '../../../src/client/transports/renewal-time.ts'

const HEADERS = new Headers({ Expires: '5' })

/** The log says when the next connection was due, in seconds, and how old one has to be that it was put off for. */
function start(options: RenewOptions) {
  const fake = createFakeEnvironment()
  const log: string[] = []
  const seconds = (): number => (fake.environment.now() - START_MS) / 1000
  const time: RenewalTime = createRenewalTime(
    options,
    fake.environment,
    (minAge) => log.push(`soon ${minAge / 1000}`),
    () => log.push(`due ${seconds()}`),
  )
  const hear = (type: string, id = ''): boolean =>
    time.hear({ type, data: 'x', lastEventId: id }, id !== '')
  time.begin(HEADERS)
  return Object.assign(fake, { time, log, hear, takeLog: () => log.splice(0) })
}

describe('createRenewalTime', () => {
  it('asks the app when the connection ends, and what the answer says', async () => {
    const asked: unknown[] = []
    const { advance, log } = start({
      before(details) {
        asked.push(details)
        return details.openedAt + Number(details.headers.get('Expires')) * 1000
      },
      lead: 2000,
    })
    expect(asked).toEqual([{ openedAt: START_MS, headers: HEADERS }])
    await advance(60_000)
    expect(log).toEqual(['due 3'])
  })

  it.each<[string, unknown]>([
    ['no time', undefined],
    ['null', null],
    ['no number', NaN],
    ['no date', new Date('x')],
    ['never', Infinity],
  ])('is not due by time when it says %s', async (_, value) => {
    const { delays, log } = start({ before: () => value as number })
    expect(delays()).toEqual([])
    expect(log).toEqual([])
  })

  it('waits for as long as it takes, though timers come too early', async () => {
    const { advance, environment, log, time } = start({
      before: () => START_MS + 100_000,
      lead: 0,
    })
    await advance(50_000)
    time.look()
    expect(log).toEqual([])
    expect(environment.now()).toBe(START_MS + 50_000)
    await advance(50_000)
    expect(log).toEqual(['due 100'])
  })

  it('looks at the clock when it is told to: timers may be late', () => {
    const { work, log, time } = start({ before: () => START_MS + 40_000 })
    work(9999)
    time.look()
    expect(log).toEqual([])
    work(50_001)
    time.look()
    time.look()
    expect(log).toEqual(['due 60'])
  })

  it('is due once for each connection', async () => {
    const { hear, log, advance } = start({ on: 'end', before: () => START_MS + 31_000 })
    expect([hear('end'), hear('end'), hear('other')]).toEqual([true, true, false])
    await advance(60_000)
    expect(log).toEqual(['due 0'])
  })

  it('does not hear the same announcement twice', async () => {
    const { hear, time, log, advance } = start({ on: ({ data }) => data === 'x' })
    hear('a', '1')
    time.begin(HEADERS)
    await advance(20_000)
    expect(hear('a', '1')).toBe(true)
    await advance(20_000)
    expect(log).toEqual(['due 0'])
    hear('a', '2')
    expect(log).toEqual(['due 0', 'due 40'])
  })

  it('keeps a new connection for 10 seconds, and for longer each time that it is left so soon', async () => {
    const { hear, time, takeLog, advance } = start({ on: 'end' })
    const ages = [10, 20, 40, 80, 160, 300, 300]
    hear('end')
    expect(takeLog()).toEqual(['due 0'])
    let at = 0
    for (const age of ages) {
      time.begin(HEADERS)
      hear('end')
      await advance(age * 1000 - 1)
      expect(takeLog()).toEqual([`soon ${age}`])
      await advance(1)
      expect(takeLog()).toEqual([`due ${(at += age)}`])
    }
    time.begin(HEADERS)
    await advance(300_000)
    hear('end')
    expect(takeLog()).toEqual([`due ${at + 300}`])
    time.begin(HEADERS)
    hear('end')
    expect(takeLog()).toEqual(['soon 10'])
    time.stop()
  })

  it('keeps it for 10 seconds where each token is a new one, though they live shortly', async () => {
    const { time, log, advance } = start({ before: ({ openedAt }) => openedAt + 15_000 })
    for (let count = 0; count < 3; count++) {
      await advance(1000)
      time.begin(HEADERS)
      await advance(10_000)
    }
    const due = ['due 0', 'due 11', 'due 22', 'due 33']
    expect(log.filter((line) => line.startsWith('due'))).toEqual(due)
  })

  it('asks less and less often for the sake of a token that stays the same', async () => {
    const { time, log, advance } = start({ before: () => START_MS })
    for (const age of [10, 20, 40]) {
      time.begin(HEADERS)
      await advance(age * 1000)
    }
    const due = ['due 0', 'due 10', 'due 30', 'due 70']
    expect(log.filter((line) => line.startsWith('due'))).toEqual(due)
  })

  it('survives functions that throw, and reports what they throw', () => {
    const fail = (): never => {
      throw new Error('mine')
    }
    const { hear, reported, log } = start({ before: fail, on: fail })
    expect(hear('a')).toBe(false)
    expect(reported).toEqual([new Error('mine'), new Error('mine')])
    expect(log).toEqual([])
  })

  it('has no timer after its end, though a function ends it', () => {
    const { time, delays, log } = start({ before: () => START_MS + 60_000 })
    expect(delays()).toEqual([30_000])
    time.stop()
    time.begin(HEADERS)
    expect(delays()).toEqual([])
    expect(log).toEqual([])
  })

  it('knows a bounded number of announcements', () => {
    const { hear, time, log } = start({ on: 'end' })
    for (let id = 0; id <= 1000; id++) hear('end', `${id}`)
    time.begin(HEADERS)
    hear('end', '1000')
    expect(log).toEqual(['due 0'])
    hear('end', '0')
    expect(log).toEqual(['due 0', 'soon 10'])
  })
})
