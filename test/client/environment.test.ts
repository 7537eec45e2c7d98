/** The environment of a browser. happy-dom stands in for one; time and frames are the test's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultEnvironment, warnOnConsole } from '../../src/client/environment.ts'
import { settle } from '../support/settle.ts'
import type { Environment } from '../../src/client/environment.ts'

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

  it.each([undefined, null])('has no fetch where there is none: %s', (fetch) => {
    vi.stubGlobal('fetch', fetch)
    expect(() => defaultEnvironment.fetch('https://server.test/', {})).toThrow(
      expect.objectContaining({ code: 'unsupported', fatal: true }),
    )
  })

  it('says what the platform has at that moment', () => {
    expect(defaultEnvironment.platform('AbortController')).toBe(AbortController)
    for (const value of [EventTarget, undefined]) {
      vi.stubGlobal('EventSource', value)
      expect(defaultEnvironment.platform('EventSource')).toBe(value)
    }
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

  describe('nextTurn', () => {
    /** How often it was called back. */
    let turns: number
    const callback = (): void => void turns++
    /** A module of its own for each test: it remembers that no frames came. */
    let environment: Environment

    beforeEach(async () => {
      turns = 0
      vi.resetModules()
      environment = (await import('../../src/client/environment.ts')).defaultEnvironment
    })

    function stubFrames() {
      const frames: (() => void)[] = []
      const cancelled: number[] = []
      vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run))
      vi.stubGlobal('cancelAnimationFrame', (id: number) => cancelled.push(id))
      return { frames, cancelled }
    }

    /** A task of the platform, without a timer or a frame: messages of channels come. */
    async function tasks(): Promise<void> {
      for (let count = 0; count < 5; count++) await settle()
    }

    it('is the next frame of a page that is seen', async () => {
      environment.nextTurn(callback)
      await tasks()
      expect(turns).toBe(0)
      vi.advanceTimersToNextFrame()
      await tasks()
      expect(turns).toBe(1)
      vi.advanceTimersByTime(1000)
      await tasks()
      expect([turns, vi.getTimerCount()]).toEqual([1, 0])
    })

    it('is soon on a page that is hidden, without a timer or a frame', async () => {
      const { frames } = stubFrames()
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
      environment.nextTurn(callback)
      expect(turns).toBe(0)
      await tasks()
      expect([turns, frames.length, vi.getTimerCount()]).toEqual([1, 0, 0])
    })

    it('is soon where there is no requestAnimationFrame', async () => {
      vi.stubGlobal('requestAnimationFrame', undefined)
      environment.nextTurn(callback)
      expect(turns).toBe(0)
      await tasks()
      expect([turns, vi.getTimerCount()]).toEqual([1, 0])
    })

    it('is a frame where there is no document, but frames: in a worker', async () => {
      const { frames } = stubFrames()
      vi.stubGlobal('document', undefined)
      environment.nextTurn(callback)
      await tasks()
      expect([turns, frames.length]).toEqual([0, 1])
      frames[0]!()
      expect(turns).toBe(1)
    })

    it('is after 100 ms when the frame does not come, then soon until one comes', async () => {
      const { frames } = stubFrames()
      environment.nextTurn(callback)
      vi.advanceTimersByTime(99)
      await tasks()
      expect(turns).toBe(0)
      vi.advanceTimersByTime(1)
      expect(turns).toBe(1)
      const [, probe] = frames
      for (let more = 2; more <= 4; more++) {
        environment.nextTurn(callback)
        await tasks()
        expect(turns).toBe(more)
      }
      // Asked for once: when it comes, there are frames again.
      expect(frames).toHaveLength(2)
      probe!()
      environment.nextTurn(callback)
      await tasks()
      expect([turns, frames.length]).toEqual([4, 3])
      frames[2]!()
      expect(turns).toBe(5)
    })

    it('asks for frames again when one comes, and waits 100 ms again when none does', async () => {
      const { frames } = stubFrames()
      environment.nextTurn(callback)
      vi.advanceTimersByTime(100)
      frames[1]!()
      environment.nextTurn(callback)
      await tasks()
      expect(turns).toBe(1)
      vi.advanceTimersByTime(100)
      expect(turns).toBe(2)
      environment.nextTurn(callback)
      await tasks()
      expect([turns, frames.length]).toEqual([3, 4])
    })

    it('learns from a flush that frames do not come', async () => {
      stubFrames()
      environment.nextFrame(() => {})
      vi.advanceTimersByTime(100)
      environment.nextTurn(callback)
      await tasks()
      expect(turns).toBe(1)
    })

    it('asks for one frame more, however many flushes get none', () => {
      const { frames } = stubFrames()
      for (let count = 1; count <= 5; count++) {
        environment.nextFrame(() => {})
        vi.advanceTimersByTime(100)
        expect(frames).toHaveLength(count + 1)
      }
    })

    it('is after 100 ms for a page that is hidden while it waits', async () => {
      stubFrames()
      environment.nextTurn(callback)
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
      await tasks()
      expect(turns).toBe(0)
      vi.advanceTimersByTime(100)
      expect(turns).toBe(1)
    })

    it.each(['visible', 'hidden'])(
      'does not call back when it is taken back, and leaves nothing: %s',
      async (visibility) => {
        const { frames, cancelled } = stubFrames()
        vi.spyOn(document, 'hidden', 'get').mockReturnValue(visibility === 'hidden')
        const cancel = environment.nextTurn(callback)
        cancel()
        cancel()
        await tasks()
        vi.advanceTimersByTime(1000)
        expect([turns, vi.getTimerCount()]).toEqual([0, 0])
        expect(new Set(cancelled).size).toBe(frames.length)
      },
    )

    it('may be taken back when it is over', async () => {
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
      const cancel = environment.nextTurn(callback)
      await tasks()
      cancel()
      expect(turns).toBe(1)
    })

    it('calls back in the order in which it was asked', async () => {
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
      const order: number[] = []
      for (const number of [1, 2, 3]) environment.nextTurn(() => order.push(number))
      await tasks()
      expect(order).toEqual([1, 2, 3])
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
