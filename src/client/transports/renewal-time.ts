/** When the next connection is due: before a time, or when the server says so; but not too often. */
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { RenewOptions } from './renew-options.ts'

const DEFAULT_LEAD_MS = 30_000
/** How old a connection has to be that took the place of another one: twice as old each time that nothing has changed. */
const MIN_AGE_MS = 10_000
const MAX_AGE_MS = 300_000
/** So many announcements are known again. */
const MAX_KNOWN = 1000

export interface RenewalTime {
  /** There is a connection, the first one or the next. */
  begin(headers: Headers): void
  /** Whether this message announces the end of the connection: then the next one is due. */
  hear(message: EventStreamMessage, hasOwnId: boolean): boolean
  /** Looks at the clock: the timers of a page that nobody sees are late. */
  look(): void
  stop(): void
}

/**
 * @param onSoon It is due again too soon, and put off until the connection is so old.
 * @param onDue Called once for each connection.
 */
export function createRenewalTime(
  { before, lead = DEFAULT_LEAD_MS, on }: RenewOptions,
  { after, now, reportError }: Environment,
  onSoon: (minAge: number) => void,
  onDue: () => void,
): RenewalTime {
  /** By their ids: a server may replay what it announced. */
  const known = new Set<string>()
  let endsAt = Infinity
  /** Infinity: it is not known; -Infinity: it was told. */
  let dueAt = Infinity
  let soonestAt = -Infinity
  let minAge = MIN_AGE_MS
  /** It was put off, and nothing says that the next connection is better. */
  let isVain = false
  let isStopped = false
  let cancel: Cancel | undefined

  function set(time: number, isNews: boolean): void {
    if (!(time < dueAt) || isStopped) return
    dueAt = time
    if (time < soonestAt) {
      isVain = !isNews
      onSoon(minAge)
    }
    check()
  }

  /** Timers may come too early: they have a longest time, and clocks are set. */
  function check(): void {
    cancel?.()
    const wait = Math.max(dueAt, soonestAt) - now()
    if (wait > 0) cancel = after(wait, check)
    else {
      dueAt = -Infinity
      onDue()
    }
  }

  /** Calls a function of the app: whatever it does, the stream goes on. */
  function ask<Result>(fn: () => Result): Result | undefined {
    try {
      return fn()
    } catch (cause) {
      reportError(cause)
      return undefined
    }
  }

  return {
    begin(headers) {
      const openedAt = now()
      if (dueAt < Infinity) {
        minAge = isVain ? Math.min(minAge * 2, MAX_AGE_MS) : MIN_AGE_MS
        soonestAt = openedAt + minAge
      }
      isVain = false
      dueAt = Infinity
      const endedAt = endsAt
      endsAt = ask(() => Number(before?.({ openedAt, headers }) ?? Infinity)) ?? Infinity
      // The same time again: the app still gives the old token.
      set(endsAt - lead, endsAt > endedAt)
    },
    hear(message, hasOwnId) {
      const isIt = typeof on === 'string' ? message.type === on : on && ask(() => on(message))
      if (!isIt) return false
      const { lastEventId } = message
      if (hasOwnId && known.has(lastEventId)) return true
      if (known.size >= MAX_KNOWN) known.clear()
      if (hasOwnId) known.add(lastEventId)
      set(now(), false)
      return true
    },
    look() {
      if (Number.isFinite(dueAt) && now() >= Math.max(dueAt, soonestAt)) check()
    },
    stop() {
      isStopped = true
      cancel?.()
    },
  }
}
