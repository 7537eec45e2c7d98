// @vitest-environment node
/** What goes over to the fallback, and what does not: the rules alone. */
import { describe, expect, it, vi } from 'vitest'
import {
  attemptOf,
  BROKEN,
  createOnFallback,
  createTestChoice as create,
  failure,
  MUTE_AFTER,
  REFUSED,
  STUCK,
  UNANSWERED,
  WAIT,
  WELL,
} from './choice-in-hand.ts'

const FULL = Symbol('full')
const UNSUPPORTED = { code: 'unsupported', attempt: 1 } as const
const EXHAUSTED = { code: 'attempts-exhausted', attempt: 3 } as const

describe('createTransportChoice', () => {
  it('is the first transport to begin with', () => {
    expect(create().choice.choose()).toBe(undefined)
  })

  it('is nothing without a fallback', () => {
    const { lose, end, next, open, choice, live } = create(false)
    for (const loss of [REFUSED, BROKEN, WELL, UNANSWERED, STUCK]) {
      expect(lose(loss, 10)).toBe(WAIT)
    }
    for (const loss of [UNSUPPORTED, EXHAUSTED]) {
      const [result, error] = end(loss)
      expect(result).toBe(error)
      expect(error.fatal).toBe(true)
    }
    open()
    choice.heard(false)
    choice.tryFirst()
    expect(choice.isDue()).toBe(false)
    expect([next(), live(), choice.limit(60_000)]).toEqual(['first', [], 60_000])
  })

  describe('failures in a row', () => {
    it.each([REFUSED, BROKEN])(
      'go over to the fallback with the third, after the wait of the rules: %j',
      (loss) => {
        const { lose, next } = create()
        expect(lose(loss, 2)).toBe(WAIT)
        expect(next()).toBe('first')
        expect(lose(loss)).toBe(WAIT)
        expect(next()).toBe('other')
      },
    )

    it('go over with as many as afterAttempts says', () => {
      const { lose, next } = create({ afterAttempts: 1 })
      lose(REFUSED)
      expect(next()).toBe('other')
    })

    it('count anew once messages get through, or the app asks for it', () => {
      for (const event of ['progressed', 'reset'] as const) {
        const { lose, next, choice } = create()
        lose(REFUSED, 2)
        choice[event]()
        lose(REFUSED, 2)
        expect(next()).toBe('first')
        lose(REFUSED)
        expect(next()).toBe('other')
      }
    })

    it('are none where a stream that was well is lost', () => {
      const { lose, next } = create({ afterAttempts: 1 })
      expect(lose(WELL, 10)).toBe(WAIT)
      expect(next()).toBe('first')
    })

    it('count the attempts after a stream that was well', () => {
      const { lose, next } = create()
      lose(WELL)
      lose(REFUSED, 2)
      expect(next()).toBe('first')
      lose(REFUSED)
      expect(next()).toBe('other')
    })

    it('of the fallback give the first one a trial, which is lost with one failure', () => {
      const { lose, next } = createOnFallback()
      expect(lose(REFUSED, 2)).toBe(WAIT)
      expect(next()).toBe('other')
      expect(lose(REFUSED)).toBe(WAIT)
      expect(next()).toBe('first')
      expect(lose(REFUSED)).toBe(WAIT)
      expect(next()).toBe('other')
      // And so on: the fallback has all its attempts again.
      lose(REFUSED, 2)
      expect(next()).toBe('other')
      lose(REFUSED)
      expect(next()).toBe('first')
    })
  })

  describe('an answer that does not come', () => {
    it('goes over at once, without a further wait', () => {
      const { lose, next } = create()
      expect(lose(UNANSWERED)).toBe(0)
      expect(next()).toBe('other')
    })

    it('of the fallback counts as any other failure', () => {
      const { lose, next } = createOnFallback()
      expect(lose(UNANSWERED, 2)).toBe(WAIT)
      expect(next()).toBe('other')
      expect(lose(UNANSWERED)).toBe(WAIT)
      expect(next()).toBe('first')
    })

    it('is none while the functions of the app take their time: nothing was asked', () => {
      const { lose, next } = create()
      const unasked = { ...UNANSWERED, url: undefined }
      expect(lose(unasked, 2)).toBe(WAIT)
      expect(next()).toBe('first')
      lose(unasked)
      expect(next()).toBe('other')
    })
  })

  describe('streams that fall silent after what came with the head', () => {
    it('go over with the third in a row, at once, though each made progress', () => {
      const { lose, next } = create()
      expect(lose(STUCK, 2)).toBe(WAIT)
      expect(next()).toBe('first')
      expect(lose(STUCK)).toBe(0)
      expect(next()).toBe('other')
    })

    it.each([{ ...STUCK, isFlowing: true }, WELL, BROKEN])(
      'do not when one of them is lost in another way: %j',
      (loss) => {
        const { lose, next, choice } = create()
        for (let count = 0; count < 4; count++) {
          lose(STUCK, 2)
          lose(loss)
          choice.progressed()
        }
        expect(next()).toBe('first')
      },
    )

    it('count anew when the app asks for it', () => {
      const { lose, next, choice } = create()
      lose(STUCK, 2)
      choice.reset()
      lose(STUCK, 2)
      expect(next()).toBe('first')
    })

    it('count anew with the fallback, which gives the first one a trial with the third', () => {
      const { lose, next } = create()
      lose(STUCK, 3)
      lose(STUCK, 2)
      expect(next()).toBe('other')
      lose(STUCK)
      expect(next()).toBe('first')
    })
  })

  describe('a head with nothing after it', () => {
    it('is mute after 15 s, and goes over with that failure', async () => {
      const { open, advance, onMute, lose, next } = create()
      open()
      await advance(MUTE_AFTER - 1)
      expect(onMute).not.toHaveBeenCalled()
      await advance(1)
      expect(onMute).toHaveBeenCalledExactlyOnceWith(MUTE_AFTER)
      expect(next()).toBe('first')
      expect(lose({ ...STUCK, attempt: 1 })).toBe(0)
      expect(next()).toBe('other')
    })

    it('is mute after as long as muteAfter says', async () => {
      const { open, advance, onMute } = create({ muteAfter: 70 })
      open()
      await advance(70)
      expect(onMute).toHaveBeenCalledExactlyOnceWith(70)
    })

    it('is not once a byte has come, or the connection is left', async () => {
      for (const end of ['heard', 'stop'] as const) {
        const { open, advance, onMute, choice, live } = create()
        open()
        await advance(MUTE_AFTER - 1)
        if (end === 'heard') choice.heard(false)
        else choice.stop()
        expect(live()).toEqual([])
        await advance(MUTE_AFTER)
        expect(onMute).not.toHaveBeenCalled()
      }
    })

    it('is not while nothing is read, and gets its time anew then', async () => {
      const { open, advance, onMute, gate } = create()
      open()
      gate.hold(FULL)
      await advance(2 * MUTE_AFTER)
      expect(onMute).not.toHaveBeenCalled()
      gate.release(FULL)
      await advance(MUTE_AFTER - 1)
      expect(onMute).not.toHaveBeenCalled()
      await advance(1)
      expect(onMute).toHaveBeenCalledOnce()
    })

    it('is not where the stream may not be opened again, or muteAfter is 0', () => {
      const once = create()
      once.choice.opened(undefined, once.onTryFirst)
      expect(once.live()).toEqual([])
      const off = create({ muteAfter: 0 })
      off.open()
      expect(off.live()).toEqual([])
    })

    it('is nothing with the fallback', async () => {
      const { open, advance, onMute } = createOnFallback()
      open()
      await advance(MUTE_AFTER)
      expect(onMute).not.toHaveBeenCalled()
    })
  })

  describe('the end of the stream', () => {
    it.each([UNSUPPORTED, EXHAUSTED])('goes over at once, and ends nothing: %j', (loss) => {
      const { end, next } = create()
      const [result, error] = end(loss)
      expect([result, error.fatal]).toEqual([0, false])
      expect(next()).toBe('other')
    })

    it.each(['http-status', 'content-type', 'request', 'silence', 'network'] as const)(
      'is the end with any other code: %s',
      (code) => {
        const { end, next } = create({ afterAttempts: 1 })
        const [result, error] = end({ code, attempt: 1 })
        expect(result).toBe(error)
        expect(error.fatal).toBe(true)
        expect(next()).toBe('first')
      },
    )

    it('is the end when the attempts of the fallback are exhausted', () => {
      const { choice, next } = createOnFallback()
      const exhausted = failure(EXHAUSTED)
      expect(choice.failed(failure(REFUSED), attemptOf(REFUSED), () => exhausted)).toBe(exhausted)
      expect(next()).toBe('other')
    })
  })

  describe('what the server asks to wait', () => {
    it('is waited before the fallback, after an end too', () => {
      const timeout = create()
      expect(timeout.lose({ ...UNANSWERED, retryAfter: 9000 })).toBe(9000)
      const { choice, next } = create()
      const refused = { code: 'http-status', attempt: 3, status: 503, retryAfter: 9000 } as const
      const exhausted = failure(EXHAUSTED)
      expect(choice.failed(failure(refused), attemptOf(refused), () => exhausted)).toBe(9000)
      expect(next()).toBe('other')
    })
  })

  describe('a fallback that fails for good', () => {
    it.each([
      UNSUPPORTED,
      { code: 'http-status', status: 404 } as const,
      { code: 'content-type' } as const,
    ])('gives back to the first one, ends nothing, and is never used again: %j', (loss) => {
      const { choice, lose, end, next, open, live } = createOnFallback()
      const error = failure({ ...loss, fatal: true })
      const decide = vi.fn<() => number>(() => {
        expect(error.fatal).toBe(false)
        return WAIT
      })
      expect(choice.failed(error, attemptOf({ code: 'network' }), decide)).toBe(WAIT)
      expect(decide).toHaveBeenCalledOnce()
      expect(next()).toBe('first')
      choice.reset()
      lose(REFUSED, 10)
      lose(UNANSWERED)
      open()
      expect([next(), live()]).toEqual(['first', []])
      for (const last of [UNSUPPORTED, EXHAUSTED]) {
        const [result, fatal] = end(last)
        expect(result).toBe(fatal)
        expect(fatal.fatal).toBe(true)
      }
    })

    it.each([401, 403])('is none that is refused: the first one would be, too: %i', (status) => {
      const { end, next } = createOnFallback()
      const [result, error] = end({ code: 'http-status', status, attempt: 1 })
      expect(result).toBe(error)
      expect(error.fatal).toBe(true)
      expect(next()).toBe('other')
    })
  })
})
