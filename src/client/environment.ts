/**
 * Everything the library takes from the platform: network, time, chance and the page. The only file of the layer
 * that touches a global, so that tests, native shells and servers can bring their own.
 */

import { EventStreamError } from '../protocol/errors.ts'

/** Takes back what was asked for; does nothing when that is over. */
export type Cancel = () => void

/**
 * What happens to the page, in the browser's terms:
 * - `online`, `offline`: there is a network again, or none
 * - `hidden`, `visible`: nobody sees the page, or somebody does
 * - `freeze`, `resume`: it is stopped, or goes on
 * - `pagehide`, `pageshow`: it is left (perhaps for the back/forward cache), or comes back from there
 * - `wake`: the machine slept; connections may be dead without having said so
 */
export type PageEvent =
  | 'online'
  | 'offline'
  | 'hidden'
  | 'visible'
  | 'freeze'
  | 'resume'
  | 'pagehide'
  | 'pageshow'
  | 'wake'

/** What brought the page here, and which page it is. */
export interface Navigation {
  /** `navigate`, `reload`, `back_forward` or `prerender`; `navigate` where there is no page. */
  readonly type: string
  /** Different for every document. */
  readonly documentId: number
  /** How the page came, such as `http/1.1` or `h2`; undefined when that is not known. */
  readonly protocol?: string | undefined
}

/** What of a `Storage` is needed to keep an id over a reload. */
export type CursorStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** What is not everywhere. `navigator`: for its locks. */
export type PlatformName = 'AbortController' | 'BroadcastChannel' | 'EventSource' | 'navigator'

/** Plain functions: they are called without their object. */
export interface Environment {
  fetch(input: string, init: RequestInit): Promise<Response>
  /** Calls back once after so many milliseconds. */
  after(delay: number, callback: () => void): Cancel
  /** Calls back once with the next frame; where none comes (hidden pages, servers) soon. */
  nextFrame(callback: () => void): Cancel
  /** Calls back once the page has had its turn: with the next frame, or soon where none comes. */
  nextTurn(callback: () => void): Cancel
  /** What the platform has under this name; undefined when it has none. */
  platform(name: PlatformName): unknown
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 up to, but not including, 1. */
  random(): number
  /** What relative URLs are relative to; undefined where there is no page. */
  baseURI(): string | undefined
  /** Calls back whenever something happens to the page; at once with `hidden` and `offline` when it is. */
  onPageEvent(listener: (event: PageEvent) => void): Cancel
  navigation(): Navigation
  /** The page's storage. May throw, as browsers do when the user forbids it. */
  storage(kind: 'session' | 'local'): CursorStorage | undefined
  /** Where errors go that nobody handles. */
  reportError(error: unknown): void
  /** Where development warnings go, if not to the console. */
  warn?(text: string): void
  /** Where the log goes that helps to see inside; undefined when nobody asked for it. */
  readonly debug?: ((text: string) => void) | undefined
}

/** Longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1
/** A page that shows no frame for this long is taken for hidden. */
const MAX_FRAME_MS = 100
/** A timer this late has slept. Hidden pages get theirs once a minute (measured: 49 to 60 s). */
const TICK_MS = 1000
const MAX_LATENESS_MS = 30_000
const MAX_LATENESS_HIDDEN_MS = 90_000
const BACK: readonly PageEvent[] = ['visible', 'resume', 'pageshow']
/** Tells documents apart where the platform does not say when they were made. */
const LOADED_AT = /* @__PURE__ */ Date.now()
const DEBUG_KEY = 'vue-event-stream:debug'

/** Asked for when no frame came in time: until it comes, there are none. */
let probe: number | undefined

/** The environment of a browser, and of Node and workers as far as they have the same functions. */
export const defaultEnvironment: Environment = {
  fetch(input, init) {
    if (!globalThis.fetch) {
      throw new EventStreamError('unsupported', 'No fetch.', { fatal: true })
    }
    return fetch(input, init)
  },
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, MAX_TIMER_MS))
    return () => clearTimeout(timer)
  },
  nextFrame(callback) {
    const { requestAnimationFrame, cancelAnimationFrame } = globalThis
    const run = (): void => {
      cancel()
      callback()
    }
    const cancelTimer = defaultEnvironment.after(MAX_FRAME_MS, () => {
      probe ??= requestAnimationFrame?.(() => (probe = undefined))
      run()
    })
    const frame = requestAnimationFrame?.(run)
    const cancel = (): void => {
      cancelTimer()
      cancelAnimationFrame?.(frame)
    }
    return cancel
  },
  nextTurn(callback) {
    const hasFrames = !!globalThis.requestAnimationFrame && !globalThis.document?.hidden
    if (hasFrames && probe === undefined) return defaultEnvironment.nextFrame(callback)
    const { MessageChannel } = globalThis
    if (!MessageChannel) return defaultEnvironment.after(0, callback)
    // A timer would come once a second, or once a minute.
    const { port1, port2 } = new MessageChannel()
    const cancel = (): void => port1.close()
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- this starts the port, too
    port1.onmessage = () => {
      cancel()
      callback()
    }
    port2.postMessage(0)
    return cancel
  },
  platform: (name) => globalThis[name],
  now: () => Date.now(),
  random: () => Math.random(),
  baseURI: () => globalThis.document?.baseURI,
  onPageEvent(listener) {
    const { document } = globalThis
    const cancels: Cancel[] = []
    let tickedAt = Date.now()
    const isHidden = (): boolean => !!document?.hidden
    const tell = (event: PageEvent): void => {
      // A page that was away has slow timers, too: that is no sleep of the machine.
      if (BACK.includes(event)) tickedAt = Date.now()
      listener(event)
    }
    const hear = (target: EventTarget | undefined, ...types: PageEvent[]): void => {
      for (const type of types) listen(target, type, () => tell(type))
    }
    const listen = (target: EventTarget | undefined, type: string, run: () => void): void => {
      target?.addEventListener?.(type, run)
      cancels.push(() => target?.removeEventListener?.(type, run))
    }
    hear(globalThis, 'online', 'offline', 'pagehide', 'pageshow')
    hear(document, 'freeze', 'resume')
    listen(document, 'visibilitychange', () => tell(isHidden() ? 'hidden' : 'visible'))
    const ticker = setInterval(() => {
      const late = Date.now() - tickedAt - TICK_MS
      tickedAt = Date.now()
      if (late > (isHidden() ? MAX_LATENESS_HIDDEN_MS : MAX_LATENESS_MS)) listener('wake')
    }, TICK_MS)
    if (isHidden()) listener('hidden')
    if (globalThis.navigator?.onLine === false) listener('offline')
    return () => {
      for (const cancel of cancels) cancel()
      clearInterval(ticker)
    }
  },
  navigation() {
    const { performance } = globalThis
    const entries = performance?.getEntriesByType?.('navigation') ?? []
    const { type = 'navigate', nextHopProtocol: protocol } = (entries[0] ??
      {}) as Partial<PerformanceNavigationTiming>
    return { type, protocol, documentId: performance?.timeOrigin ?? LOADED_AT }
  },
  storage: (kind) => globalThis[`${kind}Storage`],
  // As `reportError`, which Node does not have.
  reportError: (error) => {
    setTimeout(() => {
      throw error
    })
  },
  /** Read anew for each stream: no rebuild, only a reload. */
  get debug() {
    try {
      if (!globalThis.document || !localStorage[DEBUG_KEY]) return undefined
      return (text: string) => console.debug(`[vue-event-stream] ${text}`)
    } catch {
      return undefined
    }
  },
}

/** Apart from the default environment, so that production builds are without it. */
export function warnOnConsole(text: string): void {
  console.warn(text)
}
