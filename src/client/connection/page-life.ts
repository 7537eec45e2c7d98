/** What the life of the page means for a connection: when to leave it, when to come back, when to doubt it. */
import type { Signal } from './connection-table.ts'
import type { Cancel, Environment, PageEvent } from '../environment.ts'

/** Hidden for so long is away for `whenHidden: 'disconnect'`; and long enough for a connection to die unnoticed. */
const LONG_HIDDEN_MS = 30_000

export interface PageLife {
  readonly isOffline: boolean
  /** The page is out of the user's reach, so that the connection is left. */
  readonly isAway: boolean
  /** Nothing more is heard. */
  stop(): void
}

/**
 * @param leavesWhenHidden Whether a page that nobody sees for long gives its connection up: asked at that moment.
 * @param hear Gets `leave`, with the reason that the status shows, and `return` once every reason to be away is gone.
 */
export function createPageLife(
  environment: Environment,
  leavesWhenHidden: (() => boolean) | undefined,
  hear: (signal: Signal, reason?: 'hidden' | 'pagehide') => void,
): PageLife {
  const { now } = environment
  /** A page can be hidden, frozen and in the cache at once. */
  const away = new Set<PageEvent>()
  let hiddenAt = Infinity
  let cancelTimer: Cancel | undefined

  const leave = (event: PageEvent): void => {
    away.add(event)
    tell()
  }
  const comeBack = (event: PageEvent): void => {
    if (away.delete(event)) tell()
  }
  const tell = (): void => {
    if (away.size === 0) hear('return')
    else hear('leave', away.has('pagehide') ? 'pagehide' : 'hidden')
  }

  const on: { readonly [Event in PageEvent]: () => void } = {
    online() {
      life.isOffline = false
      hear('online')
    },
    offline: () => (life.isOffline = true),
    hidden() {
      hiddenAt = now()
      cancelTimer?.()
      if (!leavesWhenHidden) return
      cancelTimer = environment.after(LONG_HIDDEN_MS, () => leavesWhenHidden() && leave('hidden'))
    },
    visible() {
      cancelTimer?.()
      hear(now() - hiddenAt >= LONG_HIDDEN_MS ? 'wake' : 'visible')
      hiddenAt = Infinity
      comeBack('hidden')
    },
    freeze: () => leave('freeze'),
    resume: () => comeBack('freeze'),
    pagehide: () => leave('pagehide'),
    pageshow: () => comeBack('pagehide'),
    wake: () => hear('wake'),
  }

  const life = {
    isOffline: false,
    get isAway() {
      return away.size > 0
    },
    stop() {
      cancelTimer?.()
      unsubscribe()
    },
  }
  const unsubscribe = environment.onPageEvent((event) => on[event]())
  return life
}
