/** The oracle of delivery: every message in the order of the server's log, each id once, or a gap that says so. */
import { isHeld } from './state.ts'
import type { Attempt } from './attempts.ts'
import type { Block, LogEntry } from './event-log.ts'
import type { Violate } from './invariants.ts'
import type { Settings } from './settings.ts'
import type { ModelState, Session } from './state.ts'
import type { Wire } from './wire.ts'

/** A replay is over when so many milliseconds went by without a duplicate. */
const DEDUPE_MS = 30_000

/** A message that was delivered before, and that its own id tells from all others. */
function isDuplicate({ handled }: Session, { key, entry }: Block, { dedupe }: Settings): boolean {
  return dedupe && key !== undefined && !!entry?.id && handled.has(key)
}

/** The client hands a message to the app. */
export function hear(
  state: ModelState,
  settings: Settings,
  key: string,
  wallTime: number,
  violate: Violate,
): void {
  const { session } = state
  if (state.rest) violate('I3', `${key} is delivered at rest`)
  if (isHeld(state) && state.isPaused !== undefined && !session.mayHideMessage)
    violate('I2', `${key} is delivered while it is to wait`)
  const match = findBlock(state, settings, key)
  if (!match) {
    violate('I7', `${key} is delivered out of turn: expected ${expected(session, settings)}`)
    return
  }
  const { wire, index } = match
  const block = wire.blocks[index]!
  if (session.handled.has(key)) {
    const isReplayOver = wallTime - wire.lastDuplicateAt >= DEDUPE_MS
    // What was taken for a repetition by the server's own will is taken for one from then on.
    if (isReplayOver) session.repeated.add(key)
    if (isDuplicate(session, block, settings) && !session.repeated.has(key)) {
      violate('I7', `${key} is delivered twice`)
    }
    if (!block.id && wire.gaps.length === 0) {
      violate('I7', `${key}, which has no id, is delivered twice without a gap`)
    }
  }
  for (const other of session.wires)
    if (other === wire) break
    else other.next = other.blocks.length
  pass(session, settings, wire, index, wallTime)
  wire.next = index + 1
  session.handled.add(key)
  session.lastKey = key
  session.received++
  if (block.isGapEvent && !state.isReleasing) wire.gapEvents++
  if (!wire.expectedGaps.includes(undefined) && wire.gaps.length === 0) {
    violate('I7', `${key} is delivered before the gap is told`)
  }
  // An empty id takes the position away: the message is one without.
  if (!block.id && !block.isHeartbeat && !block.isGapEvent) session.hadNoId = true
}

/**
 * In the stream that is being read; or, when the end of a pause lets go what waited, in one before it, whose bytes
 * had been read.
 */
function findBlock(
  { session, isReleasing }: ModelState,
  settings: Settings,
  key: string,
): { wire: Wire; index: number } | undefined {
  const last = session.wires.at(-1)
  const wires = session.wires.filter((wire) => wire === last || (isReleasing && wire.hasLeftovers))
  for (const wire of wires) {
    const arrived = wire.arrived(true)
    for (let index = wire.next; index < arrived; index++) {
      const block = wire.blocks[index]!
      if (block.key === key) return { wire, index }
      if (block.key !== undefined && !isDuplicate(session, block, settings)) break
    }
  }
  return undefined
}

function expected(session: Session, settings: Settings): string {
  const wire = session.wires.at(-1)
  const blocks = wire?.blocks.slice(wire.next, wire.arrived(true)) ?? []
  const next = blocks.find((one) => one.key !== undefined && !isDuplicate(session, one, settings))
  return next?.key ?? 'none'
}

/** These blocks have gone by without a message for the app. */
function pass(
  session: Session,
  settings: Settings,
  wire: Wire,
  end: number,
  wallTime: number,
): Block | undefined {
  for (; wire.next < end; wire.next++) {
    const block = wire.blocks[wire.next]!
    if (block.key === undefined) continue
    if (!isDuplicate(session, block, settings)) return block
    session.dropped++
    wire.lastDuplicateAt = wallTime
  }
  return undefined
}

/** All that has arrived on a connection that is being read has been dealt with. */
export function checkArrived(
  { session }: ModelState,
  settings: Settings,
  wire: Wire,
  wallTime: number,
  violate: Violate,
): void {
  const missing = pass(session, settings, wire, wire.arrived(), wallTime)
  if (missing) violate('I7', `${missing.key} has arrived and was not delivered`)
}

/** What the server took for received was so, or there was a gap. */
export function checkSkipped({ session }: ModelState, wire: Wire, violate: Violate): void {
  for (const { key } of missed(session, wire.from)) {
    violate('I7', `${key} is lost: the stream went on after it, and there was no gap`)
  }
}

/** It is not, or need not be, known of what is before the stream. */
export function excuse(session: Session, { from }: Wire): void {
  for (const { index } of missed(session, from)) session.excused.add(index)
}

/** Messages before this index that were never delivered. */
export function missed(session: Session, end = session.log.entries.length): LogEntry[] {
  return session.log.entries
    .slice(session.start, end)
    .filter(({ key, index }) => key && !session.handled.has(key) && !session.excused.has(index))
}

/** Something has come of a connection that was left, and may wait for its turn. */
export const hasWaiting = ({ wires }: Session): boolean =>
  wires.some(({ hasLeftovers }) => hasLeftovers)

/** The ids that the cursor may have after what has been handled, and before what has not arrived. */
export function possibleCursors({ wires }: Session): string[] {
  const ids: string[] = []
  for (const wire of wires) {
    // What waited in a pause may be dealt with after the next connection has started.
    if (wire !== wires.at(-1) && !wire.hasLeftovers) continue
    ids.push(wire.attempt.cursor, wire.attempt.deliveredId)
    for (const [index, { id }] of wire.blocks.slice(0, wire.arrived(true)).entries()) {
      if (id === undefined) continue
      if (index < wire.next && !wires.some(({ hasLeftovers }) => hasLeftovers)) ids.length = 0
      ids.push(id)
    }
  }
  return ids
}

/** The id of the last block with one that has arrived. */
export function expectedCursor(wire: Wire, isEarly = false): string {
  let { cursor } = wire.attempt
  for (const { id } of wire.blocks.slice(0, wire.arrived(isEarly))) cursor = id ?? cursor
  return cursor
}

/** The gaps of which the answer to this attempt must raise one, as far as the head shows it. */
export function gapsOf(
  state: ModelState,
  attempt: Attempt,
  isHistoryLost: boolean,
): (string | undefined)[] {
  const { cursor, sentId, isCursorSure } = attempt
  const { session, wasParked } = state
  const isFirst = session.wires.length === 0
  if (sentId === undefined && !isCursorSure) {
    const others = gapsOf(state, { ...attempt, cursor: '', isCursorSure: true }, isHistoryLost)
    return ['unsendable-id', ...others]
  }
  if (cursor !== '' && sentId === undefined) return ['unsendable-id']
  if (sentId !== undefined && isHistoryLost) return isFirst ? ['server', undefined] : ['server']
  const gap = wasParked ? 'paused' : 'no-id'
  if (session.hadNoId) return [gap]
  // What has arrived and was not delivered may count.
  if (session.wires.some(({ hadRest }) => hadRest)) return [gap, undefined]
  return wasParked && cursor === '' ? ['paused'] : [undefined]
}

/** The stream that the client reads, as far as it knows. */
export function currentWire(state: ModelState, attempt: Attempt | undefined): Wire | undefined {
  return state.rest || attempt?.isLeft ? undefined : attempt?.wire
}
