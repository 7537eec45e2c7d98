/** `for await` over a stream: bounded, so a slow loop slows the server instead of filling the memory. */
import type { EventStreamState } from './types.ts'

const CAPACITY = 500
/** Reading goes on when this many are left, not with each one taken. */
const LOW_WATER = CAPACITY / 2

export interface IterationSource<T> {
  readonly state: Pick<EventStreamState, 'status' | 'error'>
  /** Reports every message and every change of the state. Returns what stops it. */
  subscribe(onMessage: (message: T) => void, onChange: () => void): () => void
  hold(reason: symbol): void
  release(reason: symbol): void
}

/** A generator's body runs from the first `next()` on: messages before it are not collected. */
export async function* iterateMessages<T>(source: IterationSource<T>): AsyncGenerator<T, void> {
  const { state } = source
  const holdReason = Symbol()
  const buffer: T[] = []
  let wake = (): void => {}
  const unsubscribe = source.subscribe(
    (message) => {
      if (buffer.push(message) === CAPACITY) source.hold(holdReason)
      wake()
    },
    () => wake(),
  )
  try {
    for (;;) {
      while (buffer.length > 0) {
        if (buffer.length === LOW_WATER) source.release(holdReason)
        yield buffer.shift()!
      }
      if (state.status === 'failed') throw state.error
      if (state.status === 'closed') return
      await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    unsubscribe()
    source.release(holdReason)
  }
}
