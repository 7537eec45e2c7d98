/** What the chaos server does to each request: drawn by chance from the seed and the request's number alone. */
import { randomAt } from './chaos-log.ts'
import type { SeededRandom } from '../support/seeded-random.ts'

/**
 * How a stream is broken off, or refused.
 * - `end`: by the book, after a whole event
 * - `fin`, `rst`: the socket is closed, or reset, after a whole event
 * - `utf8`, `crlf`, `byte`: inside a character, between CR and LF, or anywhere in an event
 * - `stall`: nothing more comes, and nothing is closed
 * - `no-head`: reset before the answer
 * - `503`, `429`: with `Retry-After`
 * - `html`: a page instead of the stream
 */
export const CUTS = [
  'end',
  'fin',
  'rst',
  'utf8',
  'crlf',
  'byte',
  'stall',
  'no-head',
  '503',
  '429',
  'html',
] as const
export type Cut = (typeof CUTS)[number]

/** How the socket is treated after a cut inside of an event. */
export type Ending = 'end' | 'fin' | 'rst'

export interface RequestPlan {
  readonly cut: Cut
  readonly ending: Ending
  /** How many events after the cursor are sent as a whole. */
  readonly events: number
  /** How many events up to the cursor are sent once more; 0: none, it goes on after the cursor. */
  readonly replay: number
  /** Events without an own id that were sent before are not sent again: the server keeps no history of them. */
  readonly skipsEphemeral: boolean
  /** With a cut: how many more events the server has sent, but the network has lost. */
  readonly inFlight: number
  /** The body has no length and no chunks: it ends with the socket. */
  readonly untilClose: boolean
  readonly lineEnd: '\n' | '\r\n' | '\r'
  readonly byteOrderMark: boolean
  /** `retry:` in milliseconds; undefined for none. */
  readonly retry: number | undefined
  /** In how many writes the body goes out. */
  readonly writes: number
  /** Whether a reset waits until the bytes are on their way. */
  readonly flushes: boolean
  /** For refusals: whether a real wait is asked for, where the run allows it; and as a date. */
  readonly realWait: boolean
  readonly asDate: boolean
}

/** A hand of cards, dealt again and again: so each way comes up as often as it should, even in a short run. */
const DECK: readonly Cut[] = Object.entries({
  end: 4,
  fin: 4,
  rst: 6,
  utf8: 5,
  crlf: 5,
  byte: 5,
  stall: 1,
  'no-head': 2,
  '503': 3,
  '429': 2,
  html: 3,
} satisfies Record<Cut, number>).flatMap(([cut, count]) => Array<Cut>(count).fill(cut as Cut))

const MAX_NEW_EVENTS = 28
const MAX_REPLAY = 30
const REPLAY_SHARE = 0.35
const MAX_IN_FLIGHT = 8

/** The plan for the request with this number, counted from 0. */
export function planRequest(seed: number, number: number): RequestPlan {
  const cut = dealCut(seed, number)
  const random = randomAt(~seed, number)
  const share = (of: number): boolean => random.next() < of
  return {
    cut,
    ending: random.pick(['end', 'fin', 'rst']),
    events: 1 + random.below(MAX_NEW_EVENTS),
    replay: share(REPLAY_SHARE) ? 1 + random.below(MAX_REPLAY) : 0,
    skipsEphemeral: share(0.5),
    inFlight: random.below(MAX_IN_FLIGHT),
    untilClose: share(0.25),
    lineEnd: cut === 'crlf' ? '\r\n' : random.pick(['\n', '\n', '\r\n', '\r']),
    byteOrderMark: share(0.1),
    retry: share(0.1) ? random.below(5) : undefined,
    writes: random.pick([1, 1, 2, 3, 8]),
    flushes: share(0.8),
    realWait: share(0.1),
    asDate: share(0.5),
  }
}

function dealCut(seed: number, number: number): Cut {
  const random: SeededRandom = randomAt(seed ^ 0x5bd1e995, Math.floor(number / DECK.length))
  const deck = [...DECK]
  for (let index = deck.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    ;[deck[index], deck[other]] = [deck[other]!, deck[index]!]
  }
  return deck[number % DECK.length]!
}
