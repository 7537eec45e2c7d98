/** The events of the lines: numbered from 1, so that everybody can tell whether all of them came, once and in order. */

export interface Payload {
  readonly n: number
  readonly text: string
}

export interface EventShape {
  /** @default 'tick' */
  type?(n: number): string
  /** How many characters the data has beside its number. @default 40 */
  readonly length?: number
  /** @default true */
  readonly hasIds?: boolean
}

const WORDS = 'the quick brown fox jumps over the lazy dog, '
const encoder = new TextEncoder()

/** The text of the events from one number up to, and with, another one. */
export function eventsText(
  first: number,
  last: number,
  { type = () => 'tick', length = 40, hasIds = true }: EventShape = {},
): string {
  const text = WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length)
  let all = ''
  for (let n = first; n <= last; n++) {
    const id = hasIds ? `id: ${n}\n` : ''
    all += `${id}event: ${type(n)}\ndata: {"n":${n},"text":"${text}"}\n\n`
  }
  return all
}

export const eventsBytes = (...args: Parameters<typeof eventsText>): Uint8Array =>
  encoder.encode(eventsText(...args))

/** As a server sends them that writes so many at a time. */
export function eventChunks(count: number, perChunk: number, shape?: EventShape): Uint8Array[] {
  const chunks: Uint8Array[] = []
  // Fractions: of 2.5 each, every second chunk has three.
  for (let end = perChunk, next = 1; next <= count; end += perChunk) {
    const last = Math.min(count, Math.floor(end + 1e-9))
    if (last < next) continue
    chunks.push(eventsBytes(next, last, shape))
    next = last + 1
  }
  return chunks
}

/** As a network hands out what is longer. */
export function cutInto(bytes: Uint8Array, length: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += length) {
    chunks.push(bytes.subarray(start, start + length))
  }
  return chunks
}

/** Counts what comes to one place. */
export interface Ledger {
  take(payload: Pick<Payload, 'n'>): void
  /** How many; throws when one of them was not the one that was due. */
  count(): number
}

/** @param step From one to the next: who gets every tenth one sees 1, 11, 21. */
export function createLedger(first = 1, step = 1): Ledger {
  let next = first
  let count = 0
  let wrong: string | undefined
  return {
    take({ n }) {
      // Handlers that throw are reported somewhere else.
      if (n !== next) wrong ??= `${n} has come instead of ${next}.`
      next = n + step
      count++
    },
    count() {
      if (wrong) throw new Error(wrong)
      return count
    },
  }
}

/** How much has come to all of them together. */
export function countAll(ledgers: readonly Ledger[]): number {
  let sum = 0
  for (const ledger of ledgers) sum += ledger.count()
  return sum
}
