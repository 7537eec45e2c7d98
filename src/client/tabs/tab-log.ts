/** What has come lately, with positions: every tab keeps it, since any may have to lead and bring others up to date. */
import { isHeartbeat } from '../delivery/heartbeat.ts'
import { ownText } from '../delivery/own-text.ts'
import { createMessageLog } from '../sharing/message-log.ts'
import type { EventStreamGapReason } from '../types.ts'

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
  /** Whether there is a message in it that the server cannot know by an id. @param exempt Types that need none. */
  hasAnonymous(exempt: readonly (string | undefined)[]): boolean
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

/** A comment with which a replay is over. (To who does not know of it, a mark that names no gap.) */
export function toCommentEntry(comment: string): TabEntry {
  return { type: null, data: comment, id: ':', hasOwnId: false }
}

export function isCommentEntry(entry: TabEntry): boolean {
  return isMark(entry) && entry.id === ':'
}

export function isBefore(a: Position, b: Position): boolean {
  return a.term < b.term || (a.term === b.term && a.seq < b.seq)
}

interface Item extends TabEntry, Position {}

export function createTabLog(): TabLog {
  let log = createMessageLog<Item>(onGiveUp)
  let floor = ORIGIN
  let end = ORIGIN
  let startId: string | undefined
  const terms = new Set<number>()

  function follow(term: number): void {
    terms.add(term)
    for (const first of terms) if (terms.size > MAX_TERMS) terms.delete(first)
  }

  function onGiveUp({ term, seq }: Item): void {
    floor = { term, seq }
    startId = undefined
  }

  /** From the last one back. */
  function* newestFirst(): Generator<Item> {
    for (let number = log.end(); number-- > log.first();) yield log.at(number)
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
        log.add(item, (type?.length ?? 0) + data.length + id.length)
        end = { term, seq: item.seq }
      }
    },
    startAt(position, nextStartId) {
      log = createMessageLog(onGiveUp)
      floor = end = position
      startId = nextStartId
      terms.clear()
      if (position !== ORIGIN) follow(position.term)
    },
    after(position) {
      if (isBefore(position, floor)) return undefined
      const chunks: { term: number; seq: number; entries: TabEntry[] }[] = []
      for (let number = log.first(); number < log.end(); number++) {
        const item = log.at(number)
        if (!isBefore(position, item)) continue
        const { term, seq, type, data, id, hasOwnId } = item
        if (chunks.at(-1)?.term !== term) chunks.push({ term, seq, entries: [] })
        chunks.at(-1)!.entries.push({ type, data, id, hasOwnId })
      }
      return chunks
    },
    hasAnonymous(exempt) {
      for (const { type, id, hasOwnId } of newestFirst()) {
        const needsId = type !== null && !isHeartbeat(type) && !exempt.includes(type)
        if (needsId && !(hasOwnId && id !== '')) return true
      }
      return false
    },
    find(id) {
      for (const { term, seq, hasOwnId, id: other } of newestFirst()) {
        if (id !== '' && hasOwnId && other === id) return { term, seq }
      }
      return id === startId ? floor : undefined
    },
  }
}
