/** One answer that is a stream: what the server writes to it, and how far it has come. */
import type { Attempt } from './attempts.ts'
import type { Block, EventLog } from './event-log.ts'

const CR = 13

export interface Wire {
  readonly attempt: Attempt
  readonly log: EventLog
  /** Everything before this entry of the log is taken for received. */
  readonly from: number
  readonly blocks: Block[]
  /** The block that is looked for next among those that arrive. */
  next: number
  /** The client was paused: what came meanwhile was read later. */
  wasHeld: boolean
  /** It was left with bytes that had arrived. */
  hadRest: boolean
  /** They may be delivered yet, when a pause ends. */
  hasLeftovers: boolean
  /** Nothing arrives any more, and nobody says so. */
  isStalled: boolean
  /** Since when nothing has come that is being read; the same by the clock on the wall. */
  silentSince: number
  silentSinceWall: number
  /** It may be dead. Since when it is asked for a byte: it gets two seconds, which a pause puts off. */
  isDoubted: boolean
  doubtedAt: number | undefined
  /** Bytes have come in a pause: they are read when it ends, and tell nothing. */
  hasUnread: boolean
  /** By the clock on the wall: when the last byte was sent, and the last duplicate was dropped. */
  lastByteAt: number | null
  lastDuplicateAt: number
  /** Why messages may be missing: what was raised. */
  readonly gaps: string[]
  /** Messages that say so were delivered. */
  gapEvents: number
  /** One of these should be raised when the stream opens; undefined for none. */
  readonly expectedGaps: readonly (string | undefined)[]
  add(...blocks: Block[]): void
  /** How many bytes are not sent. */
  readonly waiting: number
  /** Takes the next bytes, in chunks of at most so many. */
  take(count: number, chunk: number): Uint8Array[]
  /** How many blocks have arrived: all bytes of them, or all but the LF of a CRLF at the end. */
  arrived(isEarly?: boolean): number
}

export function createWire(
  attempt: Attempt,
  log: EventLog,
  from: number,
  expectedGaps: Wire['expectedGaps'],
  now: number,
  wallTime: number,
): Wire {
  const blocks: Block[] = []
  const ends: number[] = []
  let all: number[] = []
  let sent = 0
  let total = 0

  return {
    ...{
      attempt,
      log,
      from,
      blocks,
      next: 0,
      wasHeld: false,
      hadRest: false,
      hasLeftovers: false,
      isStalled: false,
      gaps: [],
      gapEvents: 0,
    },
    ...{
      silentSince: now,
      silentSinceWall: wallTime,
      isDoubted: false,
      doubtedAt: undefined,
      hasUnread: false,
      lastByteAt: null,
      lastDuplicateAt: wallTime,
      expectedGaps,
    },
    add(...more) {
      for (const block of more) {
        blocks.push(block)
        all.push(...block.bytes)
        total += block.bytes.length
        ends.push(total)
      }
    },
    get waiting() {
      return all.length
    },
    take(count, chunk) {
      const taken = all.slice(0, count)
      all = all.slice(count)
      sent += taken.length
      const chunks: Uint8Array[] = []
      for (let at = 0; at < taken.length; at += chunk) {
        chunks.push(Uint8Array.from(taken.slice(at, at + chunk)))
      }
      return chunks
    },
    arrived(isEarly = false) {
      const count = ends.filter((end) => end <= sent).length
      const isSplit = ends[count] === sent + 1 && blocks[count]!.bytes.at(-2) === CR
      return isEarly && isSplit ? count + 1 : count
    },
  }
}
