/**
 * What a server remembers of a Redis stream: its newest entries, in order and without a hole. Whoever comes back is
 * answered from here; an id that is not known here is one that Redis has let go, or never had.
 */
import type { EventFilter, EventLog, LoggedEvent, StreamEvent } from './event-log.ts'

/** An entry as Redis has it. The one that a stream begins with has no event. */
export interface StreamEntry {
  id: string
  event?: { type: string; data: unknown }
}

export interface RedisMirror extends Pick<EventLog, 'since' | 'subscribe'> {
  /** The newest entry; undefined before the first `reset`. */
  readonly lastId: string | undefined
  /** Whether an id is newer than everything here. */
  isAhead(id: string): boolean
  /** Takes what follows `lastId`; what is here already is left out. False: the stream has begun anew, and nothing is taken. */
  take(entries: readonly StreamEntry[]): boolean
  /** Begins anew with the newest entries of the stream. Who listens is told that there is a gap, and what is left. */
  reset(entries: readonly StreamEntry[]): void
}

export interface RedisMirrorOptions {
  /** The most events that can be replayed. */
  capacity: number
  /** How many of the last events somebody gets who comes without an id. */
  newcomerEvents: number
}

interface Listener {
  tell(event: StreamEvent): void
  isVisible: EventFilter
}

const ID = /^(\d{1,15})-(\d{1,15})$/

export function createRedisMirror({ capacity, newcomerEvents }: RedisMirrorOptions): RedisMirror {
  const listeners = new Set<Listener>()
  let ring: LoggedEvent[] = []
  let lastId: string | undefined
  /** The entry just before the oldest one here: who has it has missed nothing. */
  let beforeId: string | undefined

  function push({ id, event }: StreamEntry): void {
    lastId = id
    if (!event) {
      beforeId = id
      return
    }
    ring.push({ id, ...event })
    if (ring.length > capacity) beforeId = ring.shift()!.id
  }

  function since(lastEventId: string | null, isVisible: EventFilter = () => true): StreamEvent[] {
    if (lastEventId === null) return upToNow(ring.filter(isVisible).slice(-newcomerEvents))
    const index = ring.findIndex(({ id }) => id === lastEventId)
    if (index >= 0 || lastEventId === beforeId) {
      return upToNow(ring.slice(index + 1).filter(isVisible), lastEventId)
    }
    return upToNow([{ type: 'gap', data: { lastEventId } }, ...ring.filter(isVisible)])
  }

  /** Where the last event is for others, or there is none, there is still a place to come back to. */
  function upToNow(events: StreamEvent[], from?: string): StreamEvent[] {
    return (events.at(-1)?.id ?? from) === lastId ? events : [...events, { id: lastId }]
  }

  const isAhead = (id: string): boolean =>
    ID.test(id) && (lastId === undefined || compareIds(id, lastId) > 0)

  return {
    get lastId() {
      return lastId
    },
    isAhead,
    take(entries) {
      const fresh = entries.filter(({ id }) => isAhead(id))
      if (fresh.some(({ event }) => !event)) return false
      for (const entry of fresh) {
        push(entry)
        const event = ring.at(-1)!
        for (const { tell, isVisible } of listeners) if (isVisible(event)) tell(event)
      }
      return true
    },
    reset(entries) {
      const missedAfter = lastId
      ring = []
      beforeId = undefined
      for (const entry of entries) push(entry)
      if (missedAfter === undefined) return
      for (const { tell, isVisible } of listeners) {
        for (const event of since(missedAfter, isVisible)) tell(event)
      }
    },
    since,
    subscribe(lastEventId, tell, isVisible = () => true) {
      for (const event of since(lastEventId, isVisible)) tell(event)
      const listener: Listener = { tell, isVisible }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Ids are `<ms>-<number>`, and numbers have no leading zeros to agree on. */
function compareIds(a: string, b: string): number {
  const [, aMs, aNumber] = ID.exec(a) ?? []
  const [, bMs, bNumber] = ID.exec(b) ?? []
  return Number(aMs) - Number(bMs) || Number(aNumber) - Number(bNumber)
}
