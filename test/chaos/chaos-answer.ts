/** What the chaos server answers to a request: its plan at one place in the log, as bytes. Does nothing by itself. */
import { randomAt } from './chaos-log.ts'
import { NONE } from './chaos-notes.ts'
import { cutOffset, encodeBlock, isWholeBlock } from './chaos-wire.ts'
import type { SeededRandom } from '../support/seeded-random.ts'
import type { ChaosLog } from './chaos-log.ts'
import type { ServedRequest } from './chaos-notes.ts'
import type { Cut, Ending, RequestPlan } from './chaos-plan.ts'

export interface ChaosAnswer {
  /** What is noted down of it. */
  readonly served: ServedRequest
  /** Events before this one have been sent then, as far as the server knows. */
  readonly sent: number
  /** The way it breaks off, or is refused. */
  readonly cut: Cut
  /** How a stream's socket is treated at last; undefined: nothing more happens. */
  readonly ending: Ending | undefined
  /** The stream; undefined when the request is refused. */
  readonly body: Buffer | undefined
}

export interface Place {
  readonly seed: number
  /** The number of the request. */
  readonly number: number
  /** Where the last event ID of the request stands. */
  readonly cursor: number
  /** Events before this one have been sent before, as far as the server knows. */
  readonly sent: number
  /** An event that is left out in secret. */
  readonly omit?: number | undefined
}

const LAST_REPLAY = 30

export function composeAnswer(log: ChaosLog, plan: RequestPlan, place: Place): ChaosAnswer {
  const { cursor } = place
  // A page before the stream was ever open would be taken for a wrong URL.
  const cut = plan.cut === 'html' && cursor === NONE ? '503' : plan.cut
  if (cut === 'no-head' || cut === '503' || cut === '429' || cut === 'html') {
    const served = { cursor, from: cursor + 1, to: cursor + 1, skipBelow: 0 }
    return { served, sent: place.sent, cut, ending: undefined, body: undefined }
  }
  return composeStream(log, { ...plan, cut }, place)
}

/** The last answer: all has arrived, and the end of the log is told once more. */
export function composeFarewell(log: ChaosLog, plan: RequestPlan, place: Place): ChaosAnswer {
  return composeStream(log, { ...plan, cut: 'end', replay: LAST_REPLAY }, place)
}

function composeStream(log: ChaosLog, plan: RequestPlan, place: Place): ChaosAnswer {
  const { cursor, omit } = place
  const random = randomAt(place.seed ^ 0x27d4eb2f, place.number)
  const from = firstIndex(log, cursor, plan.replay)
  const end = Math.min(cursor + 1 + plan.events, log.length)
  const skipBelow = plan.skipsEphemeral ? place.sent : 0
  const indexes: number[] = []
  for (let index = from; index < end; index++) {
    if (index !== omit && (log.hasOwnId(index) || index >= skipBelow)) indexes.push(index)
  }
  const blocks = indexes.map((index) => encodeBlock(log.event(index), plan.lineEnd, random))

  const { cut, isWithin, isWhole } = cutLast(blocks, plan, random)
  const to = isWhole ? end : indexes.at(-1)!
  const ending = cut === 'stall' ? undefined : isWithin ? plan.ending : (cut as Ending)
  const isLossy = ending === undefined || ending === 'rst' || (isWithin && ending === 'fin')
  const sent = Math.max(place.sent, isLossy ? end + plan.inFlight : to)
  const body = Buffer.concat([...preamble(plan), ...blocks])
  return { served: { cursor, from, to, skipBelow }, sent, cut, ending, body }
}

/** Shortens the last block, where the plan says so and it has such a place. */
function cutLast(
  blocks: Buffer[],
  { cut, ending }: RequestPlan,
  random: SeededRandom,
): { cut: Cut; isWithin: boolean; isWhole: boolean } {
  const isInside = cut === 'utf8' || cut === 'crlf' || cut === 'byte' || cut === 'stall'
  const block = isInside ? blocks.at(-1) : undefined
  const length = block && cutOffset(block, cut, random)
  if (!block || length === undefined) {
    return { cut: isInside && cut !== 'stall' ? ending : cut, isWithin: false, isWhole: true }
  }
  blocks.splice(-1, 1, block.subarray(0, length))
  return { cut, isWithin: true, isWhole: isWholeBlock(block, length) }
}

/** What may stand before the first event. */
function preamble({ byteOrderMark, retry, lineEnd }: RequestPlan): Buffer[] {
  const mark = byteOrderMark ? '\uFEFF' : ''
  return [Buffer.from(retry === undefined ? mark : `${mark}retry: ${retry}${lineEnd}${lineEnd}`)]
}

/** After the cursor, or before it: then at an event with an own id, since one without would get the cursor's. */
function firstIndex(log: ChaosLog, cursor: number, replay: number): number {
  let index = cursor + 1
  if (replay === 0 || cursor === NONE) return index
  index = Math.max(0, index - replay)
  while (!log.hasOwnId(index)) index++
  return index
}
