/** What a contender made of a stream, so cheaply that it can be counted while the clock runs. */
import type { ExpectedMessage } from '../inputs/workloads.ts'

export interface Tally {
  readonly count: number
  /** Of what was counted, in its order. */
  readonly sum: number
}

export interface Sink {
  /** Takes a message; without an id `''`. */
  add(data: string, type: string, id: string): void
  /** Takes something that is no message: only counted. */
  count(count: number): void
  /** Gives what was counted, and starts anew. */
  take(): Tally
}

/** Every text is read at its end: an engine that has put off to join or to copy it does so then, for all alike. */
export function createSink(): Sink {
  let count = 0
  let sum = 0
  return {
    add(data, type, id) {
      count++
      const ends = lastChar(data) + 7 * lastChar(id)
      sum = (Math.imul(sum, 31) + ends + data.length + type.length) | 0
    },
    count(more) {
      count += more
    },
    take() {
      const tally = { count, sum }
      count = sum = 0
      return tally
    },
  }
}

/** What a parser that is right makes of them. */
export function tallyOf(messages: readonly ExpectedMessage[]): Tally {
  const sink = createSink()
  for (const { data, type, lastEventId } of messages) sink.add(data, type, lastEventId)
  return sink.take()
}

function lastChar(text: string): number {
  return text.length > 0 ? text.charCodeAt(text.length - 1) : 0
}
