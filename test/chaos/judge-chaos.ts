/**
 * What the client made of a chaos run, judged by the server's log: a pure function of what was served and of what
 * arrived. Events with an own id must all arrive, once and in order. Those without one may be lost in a cut, or come
 * again with a replay, since nobody can tell whether they had arrived: that is counted, and the app must have been
 * told (`onGap`). But never is one lost that stands before another one that arrived on the same connection.
 */
import { NONE } from './chaos-notes.ts'
import type { ChaosLog } from './chaos-log.ts'
import type { JournalEntry, ServedRequest } from './chaos-notes.ts'

export interface ChaosVerdict {
  /** Events with an own id. */
  readonly withId: { lost: number; duplicated: number; outOfOrder: number }
  /** Events without one: never arrived, and arrivals after the first one. */
  readonly withoutId: { lost: number; repeated: number }
  /** All messages. */
  arrived: number
  /** Messages that are not what the log says: cut, mixed up, or with another event's id. */
  wrong: number
  /** Events that were left out though a later one on the same connection arrived, or its end by the book. */
  skipped: number
  /** Messages that the server had not sent there, or not as a whole. */
  unserved: number
  /** Requests that did not go on after the last event ID that had arrived. */
  wrongCursors: number
  /** Streams that came back, and after how many of them messages without an id may be missing. */
  readonly reconnects: { opened: number; afterEventsWithoutId: number }
  /** How often the app was told so; not told, or told though nothing can be missing, late or of another place. */
  readonly gaps: { raised: number; missing: number; needless: number }
  /** Ends by the book, after which nothing served may be missing. */
  ends: number
  /** Duplicates that must have been dropped, and those that may have been. */
  readonly dropped: { atLeast: number; atMost: number }
}

/** What may be read of the server's notes: an array is as good. */
interface ServedRequests {
  readonly length: number
  at(index: number): ServedRequest | undefined
}

/** @param journal What the client told, in order. */
export function judgeChaos(
  log: Pick<ChaosLog, 'length' | 'hasOwnId'>,
  requests: ServedRequests,
  journal: Iterable<JournalEntry>,
): ChaosVerdict {
  const verdict = emptyVerdict()
  const { withId, withoutId, reconnects, gaps, dropped } = verdict
  const arrivals = new Int32Array(log.length)
  let lastOwn = NONE
  let anyWithoutId = false

  /** The next request whose cursor has not been looked at. */
  let nextRequest = 0
  /** The cursors that the next request may come with, from the surest on: what was received last is not seen. */
  let cursors: number[] = [NONE]

  // The connection that is open.
  let request: ServedRequest | undefined
  /** Where its next event stands. */
  let position = 0
  /** The last event ID that has certainly arrived there. */
  let cursor = NONE
  let gapIsDue = false
  let endedByTheBook = false

  const isServed = ({ skipBelow }: ServedRequest, index: number): boolean =>
    log.hasOwnId(index) || index >= skipBelow
  const isDuplicate = (index: number): boolean => log.hasOwnId(index) && arrivals[index]! > 0

  for (const entry of journal) {
    if (entry.kind === 'open') open(entry)
    else if (entry.kind === 'gap') gap(entry)
    else if (entry.kind === 'message') message(entry.index)
    else if (entry.kind === 'wrong') wrong()
    else if (entry.kind === 'end') endedByTheBook = request !== undefined
  }
  checkCursors(requests.length)
  count()
  return verdict

  function open({ request: number, first }: { request: number; first: boolean }): void {
    if (number < nextRequest || number >= requests.length) verdict.unserved++
    checkCursors(Math.min(number + 1, requests.length))
    request = requests.at(number)
    if (!request) return
    position = request.from
    cursor = request.cursor
    if (first) return
    reconnects.opened++
    gapIsDue = anyWithoutId
    if (gapIsDue) reconnects.afterEventsWithoutId++
  }

  /** Between the opening and the first message, once. */
  function gap(entry: { reason: string; cursor: number }): void {
    gaps.raised++
    const isRight = gapIsDue && entry.reason === 'no-id' && entry.cursor === request?.cursor
    if (!isRight) gaps.needless++
    gapIsDue &&= !isRight
  }

  function wrong(): void {
    missGap()
    verdict.arrived++
    verdict.wrong++
  }

  function message(index: number): void {
    missGap()
    verdict.arrived++
    arrivals[index]!++
    if (log.hasOwnId(index)) {
      if (arrivals[index]! > 1) withId.duplicated++
      else if (index < lastOwn) withId.outOfOrder++
      lastOwn = Math.max(lastOwn, index)
    } else {
      anyWithoutId = true
    }
    if (!request || index < position || index >= request.to || !isServed(request, index)) {
      verdict.unserved++
      return
    }
    passTo(request, index)
    position = index + 1
    if (log.hasOwnId(index)) cursor = index
  }

  function missGap(): void {
    if (gapIsDue) gaps.missing++
    gapIsDue = false
  }

  /** The events before this place must have been dropped: there is no other way past them. */
  function passTo(served: ServedRequest, end: number): void {
    for (; position < end; position++) {
      if (!isServed(served, position)) continue
      if (!isDuplicate(position)) verdict.skipped++
      else {
        dropped.atLeast++
        dropped.atMost++
        cursor = position
      }
    }
  }

  /** The connection is over: what is left of it may have arrived as long as it would have been dropped. */
  function leave(): void {
    if (!request) return
    missGap()
    if (endedByTheBook) {
      verdict.ends++
      passTo(request, request.to)
    }
    endedByTheBook = false
    cursors = [cursor]
    for (; position < request.to; position++) {
      if (!isServed(request, position)) continue
      if (!isDuplicate(position)) break
      dropped.atMost++
      cursors.push(position)
    }
    request = undefined
  }

  /** Each request up to this one: none but the last of them was answered by a stream that the client saw. */
  function checkCursors(end: number): void {
    leave()
    for (; nextRequest < end; nextRequest++) {
      const sent = requests.at(nextRequest)!.cursor
      if (!cursors.includes(sent)) verdict.wrongCursors++
      cursors = [sent]
    }
  }

  function count(): void {
    arrivals.forEach((times, index) => {
      const isOwn = log.hasOwnId(index)
      if (times === 0) (isOwn ? withId : withoutId).lost++
      else if (!isOwn) withoutId.repeated += times - 1
    })
  }
}

function emptyVerdict(): ChaosVerdict {
  return {
    withId: { lost: 0, duplicated: 0, outOfOrder: 0 },
    withoutId: { lost: 0, repeated: 0 },
    ...{ arrived: 0, wrong: 0, skipped: 0, unserved: 0, wrongCursors: 0, ends: 0 },
    reconnects: { opened: 0, afterEventsWithoutId: 0 },
    gaps: { raised: 0, missing: 0, needless: 0 },
    dropped: { atLeast: 0, atMost: 0 },
  }
}
