/**
 * What is noted down while a chaos run goes on: each request as the server answered it, and each step of the client.
 * In arrays made before the start, so that a growing heap is the client's and not the notes'.
 */

/** No event, no id. */
export const NONE = -1

/** A request, as the server answered it. */
export interface ServedRequest {
  /** The position in the log of the id that came with it; `NONE` without one. */
  readonly cursor: number
  /** What was sent as a whole: the events from here … */
  readonly from: number
  /** … up to, but not including, this one; nothing when both are equal. */
  readonly to: number
  /** Events before this one were left out when they have no id of their own. */
  readonly skipBelow: number
}

/** What the client told, in order. */
export type JournalEntry =
  /** A message that is the event at this place in the log, exactly. */
  | { readonly kind: 'message'; readonly index: number }
  /** A message that is no event of the log. */
  | { readonly kind: 'wrong' }
  /** The answer to the request with this number was a stream. */
  | { readonly kind: 'open'; readonly request: number; readonly first: boolean }
  /** The id after which messages may be missing, by its position in the log. */
  | { readonly kind: 'gap'; readonly reason: string; readonly cursor: number }
  /** The stream has ended by the book. */
  | { readonly kind: 'end' }
  /** It was cut or refused. */
  | { readonly kind: 'cut' }

export interface Notes<Note> extends Iterable<Note> {
  readonly length: number
  at(index: number): Note | undefined
  /** False: there is no room left. */
  add(note: Note): boolean
}

export function createRequestNotes(capacity: number): Notes<ServedRequest> {
  return createNotes(
    capacity,
    4,
    ({ cursor, from, to, skipBelow }) => [cursor, from, to, skipBelow],
    ([cursor, from, to, skipBelow]) => ({
      ...{ cursor: cursor!, from: from!, to: to! },
      skipBelow: skipBelow!,
    }),
  )
}

const KINDS: readonly JournalEntry['kind'][] = ['message', 'wrong', 'open', 'gap', 'end', 'cut']

export function createJournal(capacity: number): Notes<JournalEntry> {
  const reasons: string[] = []

  function numbersOf(entry: JournalEntry): number[] {
    if (entry.kind === 'message') return [entry.index]
    if (entry.kind === 'open') return [entry.request, Number(entry.first)]
    if (entry.kind !== 'gap') return []
    if (!reasons.includes(entry.reason)) reasons.push(entry.reason)
    return [entry.cursor, reasons.indexOf(entry.reason)]
  }

  return createNotes(
    capacity,
    3,
    (entry) => [KINDS.indexOf(entry.kind), ...numbersOf(entry)],
    ([code, first, second]) => {
      const kind = KINDS[code!]!
      if (kind === 'message') return { kind, index: first! }
      if (kind === 'open') return { kind, request: first!, first: second === 1 }
      if (kind === 'gap') return { kind, cursor: first!, reason: reasons[second!]! }
      return { kind }
    },
  )
}

function createNotes<Note>(
  capacity: number,
  width: number,
  encode: (note: Note) => number[],
  decode: (numbers: Int32Array) => Note,
): Notes<Note> {
  const numbers = new Int32Array(capacity * width)
  let length = 0
  const notes: Notes<Note> = {
    get length() {
      return length
    },
    at: (index) =>
      index >= 0 && index < length
        ? decode(numbers.subarray(index * width, (index + 1) * width))
        : undefined,
    add(note) {
      if (length === capacity) return false
      numbers.set(encode(note), length++ * width)
      return true
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield notes.at(index)!
    },
  }
  return notes
}
