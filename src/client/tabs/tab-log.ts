/** What has come lately, with positions: every tab keeps it, since any may have to lead and bring others up to date. */
import { isHeartbeat } from '../delivery/heartbeat.ts'
import { ownText } from '../delivery/own-text.ts'
import type { EventStreamGapReason } from '../types.ts'

const MAX_ENTRIES = 1000
const MAX_CHARS = 1_048_576
const MAX_TERMS = 100

/** Where in the stream of all tabs one is: leaders have terms, and count what they tell from 1. Compared in this order. */
export interface Position {
  readonly term: number
  readonly seq: number
}

/** One message, as it came; or, without a type, a move of the cursor alone. (Or a mark, see below.) */
export interface TabEntry {
  readonly type: string | null
  readonly data: string
  readonly id: string
  readonly hasOwnId: boolean
}

/** Entries of one term that follow each other. */
export interface TabChunk {
  readonly term: number
  /** Of the first entry. */
  readonly seq: number
  readonly entries: readonly TabEntry[]
}

/** Of a tab that knows nothing yet. */
export const ORIGIN: Position = { term: 0, seq: 0 }

export interface TabLog {
  /** Of the last entry, or of where this tab came in; `ORIGIN` before that. */
  readonly end: Position
  /** What the next entry of a term is to be. */
  next(term: number): number
  append(chunk: TabChunk): void
  /** This term goes on with what is here. */
  follow(term: number): void
  /**
   * Whether a position belongs to the same stream as this log. A tab that found nobody begins one of its own: what came
   * before it there says nothing about here, though its term is higher.
   */
  knows(position: Position): boolean
  /**
   * Starts anew at this position: nothing before it is known.
   * @param startId Who wants to start after this id misses nothing with it; undefined: nobody knows.
   */
  startAt(position: Position, startId?: string): void
  /** What comes after the position; undefined when the log does not reach back. */
  after(position: Position): TabChunk[] | undefined
  /** Whether there is a message in it that the server cannot know by an id. */
  hasAnonymous(): boolean
  /** The position of this id, or of the start that fits it; undefined when it is not known. */
  find(id: string): Position | undefined
}

/** Here the server was asked again: it may repeat what is before it. @param gap Why something may be missing. */
export function toMark(gap: EventStreamGapReason | undefined): TabEntry {
  return { type: null, data: gap ?? '', id: '', hasOwnId: false }
}

export function isMark({ type, hasOwnId }: TabEntry): boolean {
  return type === null && !hasOwnId
}

export function isBefore(a: Position, b: Position): boolean {
  return a.term < b.term || (a.term === b.term && a.seq < b.seq)
}

interface Item extends TabEntry, Position {}

export function createTabLog(): TabLog {
  let items: Item[] = []
  /** How many of the first items are given up. (Taking them out one by one is quadratic.) */
  let given = 0
  let chars = 0
  let floor = ORIGIN
  let end = ORIGIN
  let startId: string | undefined
  const terms = new Set<number>()

  function follow(term: number): void {
    terms.add(term)
    for (const first of terms) if (terms.size > MAX_TERMS) terms.delete(first)
  }

  const cost = ({ type, data, id }: TabEntry): number =>
    (type?.length ?? 0) + data.length + id.length

  function trim(): void {
    while (items.length - given > MAX_ENTRIES || chars > MAX_CHARS) {
      const { term, seq } = items[given]!
      chars -= cost(items[given++]!)
      floor = { term, seq }
      startId = undefined
    }
    if (given < MAX_ENTRIES) return
    items.splice(0, given)
    given = 0
  }

  return {
    get end() {
      return end
    },
    next: (term) => (end.term === term ? end.seq + 1 : 1),
    follow,
    knows: ({ term }) => terms.has(term),
    append({ term, seq, entries }) {
      follow(term)
      for (const { type, data, id, hasOwnId } of entries) {
        const item = {
          ...{ term, seq: seq++, hasOwnId },
          type: type && ownText(type),
          data: ownText(data),
          id: ownText(id),
        }
        items.push(item)
        chars += cost(item)
        end = { term, seq: item.seq }
      }
      trim()
    },
    startAt(position, nextStartId) {
      items = []
      given = chars = 0
      floor = end = position
      startId = nextStartId
      terms.clear()
      if (position !== ORIGIN) follow(position.term)
    },
    after(position) {
      if (isBefore(position, floor)) return undefined
      const chunks: { term: number; seq: number; entries: TabEntry[] }[] = []
      for (const item of items.slice(given)) {
        if (!isBefore(position, item)) continue
        const { term, seq, type, data, id, hasOwnId } = item
        if (chunks.at(-1)?.term !== term) chunks.push({ term, seq, entries: [] })
        chunks.at(-1)!.entries.push({ type, data, id, hasOwnId })
      }
      return chunks
    },
    hasAnonymous: () =>
      items.some(
        ({ type, id, hasOwnId }, index) =>
          index >= given && type !== null && !isHeartbeat(type) && !(hasOwnId && id !== ''),
      ),
    find(id) {
      for (let index = items.length - 1; id !== '' && index >= given; index--) {
        const item = items[index]!
        if (item.hasOwnId && item.id === id) return { term: item.term, seq: item.seq }
      }
      return id === startId ? floor : undefined
    },
  }
}
