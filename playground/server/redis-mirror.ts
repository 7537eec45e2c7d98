/**
 * What a server remembers of a Redis stream: its newest entries, in order and without a hole. Whoever comes back is
 * answered from here; an id that is not known here is one that Redis has let go, or never had.
 */
import type { LoggedEvent, StreamEvent } from './event-log.ts'

/** An entry as Redis has it. The one that a stream begins with has no event. */
export interface StreamEntry {
  id: string
  event?: { type: string; data: unknown }
}

export interface RedisMirror {
  /** The newest entry; undefined before the first `reset`. */
  readonly lastId: string | undefined
  /** Whether an id is newer than everything here. */
  isAhead(id: string): boolean
  /** Takes what follows `lastId`; what is here already is left out. False: the stream has begun anew, and nothing is taken. */
  take(entries: readonly StreamEntry[]): boolean
  /** Begins anew with the newest entries of the stream. Who listens is told that there is a gap, and what is left. */
  reset(entries: readonly StreamEntry[]): void
  since(lastEventId: string | null): StreamEvent[]
  subscribe(lastEventId: string | null, listener: (event: StreamEvent) => void): () => void
}

export interface RedisMirrorOptions {
  /** The most events that can be replayed. */
  capacity: number
  /** How many of the last events somebody gets who comes without an id. */
  newcomerEvents: number
}

const ID = /^(\d{1,15})-(\d{1,15})$/

export function createRedisMirror({ capacity, newcomerEvents }: RedisMirrorOptions): RedisMirror {
  const listeners = new Set<(event: StreamEvent) => void>()
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

  function since(lastEventId: string | null): StreamEvent[] {
    if (lastEventId === null) return upToNow(ring.slice(-newcomerEvents))
    if (lastEventId === beforeId) return [...ring]
    const index = ring.findIndex(({ id }) => id === lastEventId)
    if (index >= 0) return ring.slice(index + 1)
    return upToNow([{ type: 'gap', data: { lastEventId } }, ...ring])
  }

  /** Where there is no event, there is still a place to come back to. */
  function upToNow(events: StreamEvent[]): StreamEvent[] {
    return ring.length > 0 ? events : [...events, { id: lastId }]
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
        for (const listener of listeners) listener({ id: entry.id, ...entry.event })
      }
      return true
    },
    reset(entries) {
      const missedAfter = lastId
      ring = []
      beforeId = undefined
      for (const entry of entries) push(entry)
      if (missedAfter === undefined) return
      const left = since(missedAfter)
      for (const listener of listeners) for (const event of left) listener(event)
    },
    since,
    subscribe(lastEventId, listener) {
      for (const event of since(lastEventId)) listener(event)
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
