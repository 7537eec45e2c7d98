/** The environment of a browser. happy-dom stands in for one; time and frames are the test's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultEnvironment, warnOnConsole } from '../../src/client/environment.ts'
import type { AnyFunction } from '../../src/client/event-handlers.ts'

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'requestAnimationFrame', 'cancelAnimationFrame'],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('defaultEnvironment', () => {
  it('fetches with the fetch that is global at that moment', async () => {
    const response = {} as Response
    const fetch = vi.fn<AnyFunction>(async () => response)
    vi.stubGlobal('fetch', fetch)
    const init = { method: 'POST' }
    expect(await defaultEnvironment.fetch('https://server.test/', init)).toBe(response)
    expect(fetch).toHaveBeenCalledExactlyOnceWith('https://server.test/', init)
  })

  describe('after', () => {
    it('calls back once, when the time has passed', () => {
      const callback = vi.fn<AnyFunction>()
      defaultEnvironment.after(100, callback)
      vi.advanceTimersByTime(99)
      expect(callback).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1000)
      expect(callback).toHaveBeenCalledOnce()
    })

    it('does not call back when it is taken back; also twice, also too late', () => {
      const callback = vi.fn<AnyFunction>()
      const cancel = defaultEnvironment.after(100, callback)
      cancel()
      cancel()
      expect(vi.getTimerCount()).toBe(0)
      const cancelLate = defaultEnvironment.after(100, callback)
      vi.advanceTimersByTime(100)
      cancelLate()
      expect(callback).toHaveBeenCalledOnce()
    })

    it.each([2 ** 31, 1e15, Infinity])('does not call back at once after %d ms', (delay) => {
      const setTimeout = vi.spyOn(globalThis, 'setTimeout')
      const cancel = defaultEnvironment.after(delay, () => {})
      expect(setTimeout.mock.calls[0]![1]).toBe(2 ** 31 - 1)
      cancel()
    })
  })

  describe('nextFrame', () => {
    it('calls back with the next frame, once', () => {
      const callback = vi.fn<AnyFunction>()
      defaultEnvironment.nextFrame(callback)
      vi.advanceTimersToNextFrame()
      expect(callback).toHaveBeenCalledOnce()
      vi.advanceTimersByTime(1000)
      expect(callback).toHaveBeenCalledOnce()
      expect(vi.getTimerCount()).toBe(0)
    })

    it('calls back after 100 ms where frames do not come', () => {
      vi.stubGlobal('requestAnimationFrame', () => 7)
      const cancelFrame = vi.fn<AnyFunction>()
      vi.stubGlobal('cancelAnimationFrame', cancelFrame)
      const callback = vi.fn<AnyFunction>()
      defaultEnvironment.nextFrame(callback)
      vi.advanceTimersByTime(99)
      expect(callback).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(callback).toHaveBeenCalledOnce()
      expect(cancelFrame).toHaveBeenCalledExactlyOnceWith(7)
    })

    it('does not call back when it is taken back, and leaves nothing', () => {
      const callback = vi.fn<AnyFunction>()
      const cancel = defaultEnvironment.nextFrame(callback)
      cancel()
      cancel()
      expect(vi.getTimerCount()).toBe(0)
      vi.advanceTimersByTime(1000)
      expect(callback).not.toHaveBeenCalled()
    })
  })

  it('knows the time, chance, and where the page is', () => {
    vi.setSystemTime(1_234_567)
    expect(defaultEnvironment.now()).toBe(1_234_567)
    vi.spyOn(Math, 'random').mockReturnValue(0.25)
    expect(defaultEnvironment.random()).toBe(0.25)
    expect(defaultEnvironment.baseURI()).toBe(document.baseURI)
  })

  it('tells when the network is back, until it is taken back', () => {
    const listener = vi.fn<AnyFunction>()
    const cancel = defaultEnvironment.onPageEvent(listener)
    window.dispatchEvent(new Event('online'))
    window.dispatchEvent(new Event('offline'))
    expect(listener).toHaveBeenCalledOnce()
    cancel()
    window.dispatchEvent(new Event('online'))
    expect(listener).toHaveBeenCalledOnce()
  })

  it('reports an error where uncaught ones go, not to its caller', () => {
    const error = new Error('oops')
    defaultEnvironment.reportError(error)
    expect(() => vi.runAllTimers()).toThrow(error)
  })
})

describe('warnOnConsole', () => {
  it('warns on the console', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    warnOnConsole('text')
    expect(warn).toHaveBeenCalledExactlyOnceWith('text')
  })
})
