/**
 * Everything the library takes from the platform: network, time, chance and the page. The only file of the layer
 * that touches a global, so that tests, native shells and servers can bring their own.
 */

/** What happens to the page that holds the stream. */
export type PageEvent = 'online' | 'visible'

/** A timer or frame that is under way; only the environment that made it knows what it is. */
export type TimerHandle = unknown

export interface Environment {
  fetch(input: string, init: RequestInit): Promise<Response>
  /** Calls back once after so many milliseconds. */
  setTimeout(callback: () => void, delay: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
  /** Calls back once with the next frame. Where there are no frames: never, the caller has a timer beside it. */
  requestFrame(callback: () => void): TimerHandle
  cancelFrame(handle: TimerHandle): void
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 up to, but not including, 1. */
  random(): number
  /** What relative URLs are relative to; undefined where there is no page. */
  baseURI(): string | undefined
  /** Whether the platform believes that there is a network. */
  isOnline(): boolean
  /** Reports the page's events until the returned function is called. */
  onPageEvent(listener: (event: PageEvent) => void): () => void
  /** Where errors go that nobody handles. */
  reportError(error: unknown): void
  /** Development warnings. */
  warn(text: string): void
  /** One line for each change of a stream; undefined while nobody has asked for it. */
  readonly debug: ((text: string) => void) | undefined
}

/** The storage key that turns debug lines on, on any page and without a rebuild: set it to anything, reload. */
const DEBUG_KEY = 'vue-event-stream:debug'

/** The environment of a browser, and of Node and workers as far as they have the same functions. */
export const defaultEnvironment: Environment = {
  fetch: (input, init) => fetch(input, init),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (handle) => clearTimeout(handle as number),
  requestFrame: (callback) => globalThis.requestAnimationFrame?.(callback),
  cancelFrame: (handle) => globalThis.cancelAnimationFrame?.(handle as number),
  now: () => Date.now(),
  random: () => Math.random(),
  baseURI: () => globalThis.document?.baseURI ?? globalThis.location?.href,
  isOnline: () => globalThis.navigator?.onLine !== false,
  onPageEvent,
  reportError: (error) => {
    if (globalThis.reportError) globalThis.reportError(error)
    else
      setTimeout(() => {
        throw error
      })
  },
  warn: (text) => console.warn(text),
  get debug() {
    return isDebugging() ? (text: string) => console.debug(text) : undefined
  },
}

function onPageEvent(listener: (event: PageEvent) => void): () => void {
  const page = globalThis.document
  const online = (): void => listener('online')
  const visibility = (): void => {
    if (page.visibilityState === 'visible') listener('visible')
  }
  globalThis.addEventListener?.('online', online)
  page?.addEventListener('visibilitychange', visibility)
  return () => {
    globalThis.removeEventListener?.('online', online)
    page?.removeEventListener('visibilitychange', visibility)
  }
}

function isDebugging(): boolean {
  try {
    return globalThis.localStorage?.getItem(DEBUG_KEY) != null
  } catch {
    return false // storage may be forbidden
  }
}
