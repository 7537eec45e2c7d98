// @vitest-environment node
/** When the first transport is tried once more, and how long that may take: the rules alone. */
import { describe, expect, it } from 'vitest'
import {
  BROKEN,
  createOnFallback,
  createTestChoice as create,
  REFUSED,
  RETRY_AFTER,
  STUCK,
  UNANSWERED,
  WAIT,
  WELL,
} from './choice-in-hand.ts'
import type { Loss, TestChoice } from './choice-in-hand.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** After how long the first transport is tried, each time; then that fails in this way. */
async function retryDelays(test: TestChoice, count: number, loss: Loss): Promise<number[]> {
  const delays = []
  for (let index = 0; index < count; index++) {
    test.open()
    delays.push(test.delays()[0]!)
    await test.advance(delays.at(-1)! - 1)
    expect([test.choice.isDue(), test.next()]).toEqual([false, 'other'])
    await test.advance(1)
    test.choice.stop()
    expect(test.choice.isDue()).toBe(true)
    expect(test.next()).toBe('first')
    test.lose(loss)
    expect(test.next()).toBe('other')
  }
  return delays
}

/** The fallback is in use after an outage: the server was not there. */
function createAfterOutage(fallback = {}): TestChoice {
  const test = create(fallback)
  test.lose(REFUSED, 3)
  expect(test.next()).toBe('other')
  return test
}

describe('one more try of the first transport', () => {
  describe('after failures of the way to the server', () => {
    it.each<[string, Loss, number]>([
      ['no answer in time', UNANSWERED, 1],
      ['streams that broke off without progress', BROKEN, 3],
      ['streams that fell silent', STUCK, 3],
    ])('comes after five minutes: %s', async (_, loss, times) => {
      const test = create()
      test.lose(loss, times)
      expect(await retryDelays(test, 1, UNANSWERED)).toEqual([RETRY_AFTER])
    })

    it('comes half as often each time, at least once an hour', async () => {
      const minutes = [5, 10, 20, 40, 60, 60].map((count) => count * MINUTE)
      expect(await retryDelays(createOnFallback(), 6, UNANSWERED)).toEqual(minutes)
      expect(await retryDelays(createOnFallback(), 6, REFUSED)).toEqual(minutes)
    })

    it('comes as often as retryAfter says, also when that is longer than an hour', async () => {
      const short = createOnFallback({ retryAfter: 1000 })
      expect(await retryDelays(short, 3, UNANSWERED)).toEqual([1000, 2000, 4000])
      for (const loss of [UNANSWERED, REFUSED]) {
        const long = createOnFallback({ retryAfter: 2 * HOUR })
        expect(await retryDelays(long, 3, loss)).toEqual([2 * HOUR, 2 * HOUR, 2 * HOUR])
      }
    })

    it('is due so long after the fallback took over, whenever that opens', async () => {
      for (const opensAfter of [0, 100_000, RETRY_AFTER - 1]) {
        const { open, advance, onTryFirst } = createOnFallback()
        await advance(opensAfter)
        open()
        await advance(RETRY_AFTER - opensAfter - 1)
        expect(onTryFirst).not.toHaveBeenCalled()
        await advance(1)
        expect(onTryFirst).toHaveBeenCalledOnce()
      }
    })

    it('is due at once when its time comes between the attempt of the fallback and its head', async () => {
      const { choice, next, advance, onMute, onTryFirst } = createOnFallback()
      expect(next()).toBe('other')
      await advance(RETRY_AFTER + 1)
      choice.opened(onMute, onTryFirst)
      await advance(0)
      expect(onTryFirst).toHaveBeenCalledOnce()
    })

    it('is due whatever comes, and not when the connection is left', async () => {
      const { open, advance, onTryFirst, choice, live } = createOnFallback()
      open()
      choice.heard(false)
      expect(live()).toEqual([`timer of ${RETRY_AFTER} ms`])
      choice.stop()
      expect(live()).toEqual([])
      await advance(RETRY_AFTER)
      expect(onTryFirst).not.toHaveBeenCalled()
    })
  })

  describe('after an outage, which says nothing of the way', () => {
    it.each<[string, Loss]>([
      ['no answer at all', REFUSED],
      ['a gateway without its server', { code: 'http-status', status: 503, attempt: 1 }],
    ])('comes after 5 s, and half as often each time: %s', async (_, loss) => {
      const test = create()
      test.lose(loss, 3)
      expect(await retryDelays(test, 5, loss)).toEqual([5000, 10_000, 20_000, 40_000, 80_000])
    })

    it('comes after five minutes once the way turns out to be bad, or later', async () => {
      const test = createAfterOutage()
      const losses = [REFUSED, UNANSWERED, REFUSED, BROKEN]
      const delays = []
      for (const loss of losses) delays.push(...(await retryDelays(test, 1, loss)))
      expect(delays).toEqual([5000, 10_000, RETRY_AFTER, 2 * RETRY_AFTER])
      expect(await retryDelays(test, 1, REFUSED)).toEqual([4 * RETRY_AFTER])
    })

    it('is none that counts: one bad way among the failures is enough', async () => {
      const test = create()
      test.lose(BROKEN)
      test.lose(REFUSED, 2)
      expect(await retryDelays(test, 1, REFUSED)).toEqual([RETRY_AFTER])
    })

    it('comes after 5 s where the way was bad, and then progress was made', async () => {
      const test = create()
      test.lose(BROKEN, 2)
      test.choice.progressed()
      test.lose(REFUSED, 3)
      expect(await retryDelays(test, 1, REFUSED)).toEqual([5000])
    })

    it('comes no later than retryAfter', async () => {
      const test = createAfterOutage({ retryAfter: 2000 })
      expect(await retryDelays(test, 2, REFUSED)).toEqual([2000, 4000])
    })
  })

  it('never comes by itself when retryAfter is 0', async () => {
    for (const test of [
      createOnFallback({ retryAfter: 0 }),
      createAfterOutage({ retryAfter: 0 }),
    ]) {
      test.open()
      await test.advance(24 * HOUR)
      expect(test.onTryFirst).not.toHaveBeenCalled()
      expect(test.next()).toBe('other')
      test.choice.stop()
      test.choice.tryFirst()
      test.lose(UNANSWERED)
      test.open()
      expect(test.delays()).toEqual([Infinity])
      expect(test.next()).toBe('other')
    }
  })

  it('comes with the next attempt when it is asked for', () => {
    const { choice, next, lose } = createOnFallback()
    choice.tryFirst()
    expect(choice.isDue()).toBe(true)
    expect(next()).toBe('first')
    expect(choice.isDue()).toBe(false)
    lose(REFUSED)
    expect(next()).toBe('other')
  })

  it('is nothing while the first transport is in use', () => {
    const { choice, next, lose } = create()
    lose(REFUSED)
    choice.tryFirst()
    expect(choice.isDue()).toBe(false)
    lose(REFUSED)
    expect(next()).toBe('first')
  })

  it('comes as often as at first when the app starts anew, with all attempts', async () => {
    const test = createOnFallback()
    await retryDelays(test, 3, UNANSWERED)
    test.choice.reset()
    expect(test.choice.isDue()).toBe(false)
    expect(test.next()).toBe('first')
    test.lose(BROKEN, 2)
    expect(test.next()).toBe('first')
    test.lose(BROKEN)
    expect(await retryDelays(test, 1, UNANSWERED)).toEqual([RETRY_AFTER])
  })

  it('says nothing of the way when the app starts anew', async () => {
    const test = create()
    test.lose(BROKEN, 2)
    test.choice.reset()
    test.lose(REFUSED, 3)
    expect(await retryDelays(test, 1, REFUSED)).toEqual([5000])
  })

  describe('a trial', () => {
    /** One is under way. */
    function createOnTrial(fallback = {}): TestChoice {
      const test = createOnFallback(fallback)
      test.choice.tryFirst()
      expect(test.next()).toBe('first')
      return test
    }

    it('waits 5 s for the head, or less where an attempt has less', () => {
      const { choice, lose } = createOnTrial()
      expect([0, 60_000, 5001, 4000].map(choice.limit)).toEqual([5000, 5000, 5000, 4000])
      lose(REFUSED)
      expect([0, 60_000].map(choice.limit)).toEqual([0, 60_000])
    })

    it('waits 5 s for the first byte, or less where muteAfter is less', async () => {
      for (const [muteAfter, limit] of [
        [15_000, 5000],
        [70, 70],
      ] as const) {
        const { open, advance, onMute } = createOnTrial({ muteAfter })
        open()
        await advance(limit - 1)
        expect(onMute).not.toHaveBeenCalled()
        await advance(1)
        expect(onMute).toHaveBeenCalledExactlyOnceWith(limit)
      }
    })

    it('waits for ever for the first byte where muteAfter is 0', () => {
      const { open, live } = createOnTrial({ muteAfter: 0 })
      open()
      expect(live()).toEqual([])
    })

    it('is lost with any failure, and goes back without a further wait where it has waited', () => {
      for (const loss of [UNANSWERED, STUCK]) {
        const { lose, next } = createOnTrial()
        expect(lose(loss)).toBe(0)
        expect(next()).toBe('other')
      }
      const { lose, next } = createOnTrial()
      expect(lose(REFUSED)).toBe(WAIT)
      expect(next()).toBe('other')
    })

    it('goes on while all that came came with the head', async () => {
      const test = createOnTrial()
      test.choice.heard(false)
      test.choice.progressed()
      expect(test.choice.limit(60_000)).toBe(5000)
      test.lose(REFUSED)
      expect(await retryDelays(test, 1, UNANSWERED)).toEqual([2 * RETRY_AFTER])
    })

    it('is over once the stream flows: the first one has all its attempts, and all times', async () => {
      const test = createOnTrial()
      test.choice.heard(true)
      expect(test.choice.limit(60_000)).toBe(60_000)
      test.lose(WELL)
      test.lose(BROKEN, 2)
      expect(test.next()).toBe('first')
      test.lose(BROKEN)
      expect(await retryDelays(test, 1, UNANSWERED)).toEqual([RETRY_AFTER])
    })
  })
})
