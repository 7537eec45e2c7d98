/**
 * The ordered log of a chaos run: what the server has to tell, half of it without an own id. Made anew from the seed
 * whenever it is asked for, so that a long log takes no memory.
 */
import { createSeededRandom } from '../support/seeded-random.ts'
import type { SeededRandom } from '../support/seeded-random.ts'

export interface ChaosEvent {
  /** `message` is sent by leaving the type out. */
  readonly type: string
  readonly data: string
  /** Its own id; undefined when it has none. */
  readonly id: string | undefined
}

export interface ChaosLog {
  readonly seed: number
  readonly length: number
  readonly ownIds: number
  hasOwnId(index: number): boolean
  event(index: number): ChaosEvent
  /** The last event ID after this event: its own or inherited; `''` before the first one, as at -1. */
  lastEventIdAt(index: number): string
  /** The event with this id; -1 for no id; undefined when no event has it. */
  positionOf(id: string): number | undefined
  /** The event that this message is, exactly; undefined when it is none. */
  identify(message: { type: string; data: unknown; lastEventId: string }): number | undefined
}

const TYPES = ['message', 'message', 'news', 'job.progress', '__proto__', 'größe']
const ID_PREFIXES = ['e', 'é', '編號', '😀']
const WORDS = [
  'plain',
  'é',
  'naïve',
  '你好',
  '日本語',
  '😀',
  '👩‍👩‍👧',
  'a: b',
  '"quoted"',
  '{}',
  ':',
  ' ',
]
const LARGE_SHARE = 0.03
const MAX_LARGE_CHARS = 8000
const SEVERAL_LINES_SHARE = 0.2
const MAX_LINES = 5

/** A different stream of chance for every index, whatever else has been asked for. */
export function randomAt(seed: number, index: number): SeededRandom {
  return createSeededRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index, 0xc2b2ae35))
}

/** Half of the events have an own id, the last one always, so that the end of the log can be named. */
export function createChaosLog(seed: number, length: number): ChaosLog {
  const own = placeOwnIds(seed, length)
  /** The last event with an own id, at or before each. */
  const cursors = new Int32Array(length)
  own.forEach(
    (isOwn, index) => (cursors[index] = isOwn ? index : index > 0 ? cursors[index - 1]! : -1),
  )

  const hasOwnId = (index: number): boolean => own[index] === 1
  const idOf = (index: number): string => `${ID_PREFIXES[index % ID_PREFIXES.length]}-${index}`
  const lastEventIdAt = (index: number): string => {
    const cursor = cursors[index] ?? -1
    return cursor < 0 ? '' : idOf(cursor)
  }

  function event(index: number): ChaosEvent {
    const random = randomAt(seed, index)
    const type = random.pick(TYPES)
    const isLarge = random.next() < LARGE_SHARE
    const lines = random.next() < SEVERAL_LINES_SHARE ? 2 + random.below(MAX_LINES - 1) : 1
    const texts = Array.from({ length: lines }, () => text(random))
    if (isLarge) texts.push(text(random).padEnd(1000 + random.below(MAX_LARGE_CHARS), '你é-'))
    return {
      type,
      data: `#${index} ${texts.join('\n')}`,
      id: hasOwnId(index) ? idOf(index) : undefined,
    }
  }

  return {
    seed,
    length,
    ownIds: own.reduce((sum, isOwn) => sum + isOwn, 0),
    hasOwnId,
    event,
    lastEventIdAt,
    positionOf(id) {
      if (id === '') return -1
      const index = Number(/-(\d+)$/.exec(id)?.[1] ?? -1)
      return hasOwnId(index) && idOf(index) === id ? index : undefined
    },
    identify({ type, data, lastEventId }) {
      const index = Number(/^#(\d+) /.exec(String(data))?.[1] ?? -1)
      if (index < 0 || index >= length || lastEventIdAt(index) !== lastEventId) return undefined
      const expected = event(index)
      return expected.type === type && expected.data === data ? index : undefined
    },
  }
}

/** Half of the places, the last one among them, drawn by chance. */
function placeOwnIds(seed: number, length: number): Uint8Array {
  const random = randomAt(seed, -1)
  const own = new Uint8Array(length).fill(1, Math.floor(length / 2))
  for (let index = length - 2; index > 0; index--) {
    const other = random.below(index + 1)
    ;[own[index], own[other]] = [own[other]!, own[index]!]
  }
  return own
}

/** Some words; one line, which may be empty or begin with a space. */
function text(random: SeededRandom): string {
  return Array.from({ length: random.below(24) }, () => random.pick(WORDS)).join(
    random.pick(['', ' ']),
  )
}
