/** The environment of a browser. happy-dom stands in for one; time and frames are the test's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultEnvironment, warnOnConsole } from '../../src/client/environment.ts'

beforeEach(() => {
  vi.useFakeTimers({
    toFake: [
      ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] as const),
      ...(['requestAnimationFrame', 'cancelAnimationFrame'] as const),
    ],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('defaultEnvironment', () => {
  it('fetches with the fetch that is global at that moment', async () => {
    const response = {} as Response
    const fetch = vi.fn<(...args: any[]) => any>(async () => response)
    vi.stubGlobal('fetch', fetch)
    const init = { method: 'POST' }
    expect(await defaultEnvironment.fetch('https://server.test/', init)).toBe(response)
    expect(fetch).toHaveBeenCalledExactlyOnceWith('https://server.test/', init)
  })

  describe('after', () => {
    it('calls back once, when the time has passed', () => {
      const callback = vi.fn<(...args: any[]) => any>()
      defaultEnvironment.after(100, callback)
      vi.advanceTimersByTime(99)
      expect(callback).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1000)
      expect(callback).toHaveBeenCalledOnce()
    })

    it('does not call back when it is taken back; also twice, also too late', () => {
      const callback = vi.fn<(...args: any[]) => any>()
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
      const callback = vi.fn<(...args: any[]) => any>()
      defaultEnvironment.nextFrame(callback)
      vi.advanceTimersToNextFrame()
      expect(callback).toHaveBeenCalledOnce()
      vi.advanceTimersByTime(1000)
      expect(callback).toHaveBeenCalledOnce()
      expect(vi.getTimerCount()).toBe(0)
    })

    it('calls back after 100 ms where frames do not come', () => {
      vi.stubGlobal('requestAnimationFrame', () => 7)
      const cancelFrame = vi.fn<(...args: any[]) => any>()
      vi.stubGlobal('cancelAnimationFrame', cancelFrame)
      const callback = vi.fn<(...args: any[]) => any>()
      defaultEnvironment.nextFrame(callback)
      vi.advanceTimersByTime(99)
      expect(callback).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(callback).toHaveBeenCalledOnce()
      expect(cancelFrame).toHaveBeenCalledExactlyOnceWith(7)
    })

    it('does not call back when it is taken back, and leaves nothing', () => {
      const callback = vi.fn<(...args: any[]) => any>()
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

  describe('onPageEvent', () => {
    const heard: string[] = []
    let cancel = (): void => {}

    function listen(): void {
      heard.length = 0
      cancel = defaultEnvironment.onPageEvent((event) => heard.push(event))
    }

    function show(isHidden: boolean): void {
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(isHidden)
      document.dispatchEvent(new Event('visibilitychange'))
    }

    afterEach(() => cancel())

    it('tells what happens to the page, until it is taken back', () => {
      listen()
      const types = ['online', 'offline', 'pagehide', 'pageshow'] as const
      for (const type of types) window.dispatchEvent(new Event(type))
      for (const type of ['freeze', 'resume']) document.dispatchEvent(new Event(type))
      show(true)
      show(false)
      expect(heard).toEqual([...types, 'freeze', 'resume', 'hidden', 'visible'])
      cancel()
      window.dispatchEvent(new Event('online'))
      show(true)
      expect(heard).toHaveLength(8)
      expect(vi.getTimerCount()).toBe(0)
    })

    it('tells at once that the page is hidden or without a network', () => {
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
      vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
      listen()
      expect(heard).toEqual(['hidden', 'offline'])
    })

    it('tells that the machine has slept: a timer was over 30 s late', () => {
      listen()
      vi.advanceTimersByTime(60_000)
      vi.setSystemTime(Date.now() + 30_000)
      vi.advanceTimersByTime(1000)
      expect(heard).toEqual([])
      vi.setSystemTime(Date.now() + 30_001)
      vi.advanceTimersByTime(1000)
      expect(heard).toEqual(['wake'])
      vi.advanceTimersByTime(60_000)
      expect(heard).toEqual(['wake'])
    })

    it('takes the slow timers of a hidden page for what they are', () => {
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
      listen()
      vi.setSystemTime(Date.now() + 90_000)
      vi.advanceTimersByTime(1000)
      expect(heard).toEqual(['hidden'])
      vi.setSystemTime(Date.now() + 90_001)
      vi.advanceTimersByTime(1000)
      expect(heard).toEqual(['hidden', 'wake'])
    })
  })

  it('knows how the page was come to, and tells documents apart', () => {
    vi.spyOn(performance, 'getEntriesByType').mockReturnValue([
      { type: 'reload' } as PerformanceNavigationTiming,
    ])
    const { timeOrigin } = performance
    expect(defaultEnvironment.navigation()).toEqual({ type: 'reload', documentId: timeOrigin })
  })

  it("gives the page's storages", () => {
    expect(defaultEnvironment.storage('session')).toBe(sessionStorage)
    expect(defaultEnvironment.storage('local')).toBe(localStorage)
  })

  describe('debug', () => {
    afterEach(() => localStorage.clear())

    it('is off', () => {
      expect(defaultEnvironment.debug).toBe(undefined)
    })

    it('is on when the storage says so', () => {
      localStorage.setItem('vue-event-stream:debug', '1')
      const debug = vi.spyOn(console, 'debug').mockReturnValue()
      defaultEnvironment.debug!('text')
      expect(debug).toHaveBeenCalledExactlyOnceWith('[vue-event-stream] text')
    })

    it('is off where the storage is forbidden', () => {
      const forbidden = vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
        throw new Error('forbidden')
      })
      expect(defaultEnvironment.debug).toBe(undefined)
      forbidden.mockRestore()
    })
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
