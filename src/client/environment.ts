/**
 * Everything the library takes from the platform: network, time, chance and the page. The only file of the layer
 * that touches a global, so that tests, native shells and servers can bring their own.
 */

/** Takes back what was asked for; does nothing when that is over. */
export type Cancel = () => void

/** Plain functions: they are called without their object. */
export interface Environment {
  fetch(input: string, init: RequestInit): Promise<Response>
  /** Calls back once after so many milliseconds. */
  after(delay: number, callback: () => void): Cancel
  /** Calls back once with the next frame; where none comes (hidden pages, servers) soon. */
  nextFrame(callback: () => void): Cancel
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 up to, but not including, 1. */
  random(): number
  /** What relative URLs are relative to; undefined where there is no page. */
  baseURI(): string | undefined
  /** Calls back whenever the page has a network again. */
  onPageEvent(listener: () => void): Cancel
  /** Where errors go that nobody handles. */
  reportError(error: unknown): void
  /** Where development warnings go, if not to the console. */
  warn?(text: string): void
}

/** Longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1
/** A page that shows no frame for this long is taken for hidden. */
const MAX_FRAME_MS = 100

/** The environment of a browser, and of Node and workers as far as they have the same functions. */
export const defaultEnvironment: Environment = {
  fetch: (input, init) => fetch(input, init),
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
  nextFrame(callback) {
    const run = (): void => {
      cancel()
      callback()
    }
    const cancelTimer = defaultEnvironment.after(MAX_FRAME_MS, run)
    const frame = globalThis.requestAnimationFrame?.(run)
    const cancel = (): void => {
      cancelTimer()
      globalThis.cancelAnimationFrame?.(frame)
    }
    return cancel
  },
  now: () => Date.now(),
  random: () => Math.random(),
  baseURI: () => globalThis.document?.baseURI,
  onPageEvent(listener) {
    globalThis.addEventListener?.('online', listener)
    return () => globalThis.removeEventListener?.('online', listener)
  },
  // As `reportError`, which Node does not have.
  reportError: (error) => {
    setTimeout(() => {
      throw error
    })
  },
}

/** Apart from the default environment, so that production builds are without it. */
export function warnOnConsole(text: string): void {
  console.warn(text)
}
