/** `for await` over a stream: bounded, so a slow loop slows the server instead of filling the memory. */
import type { EventStreamState } from '../types.ts'

const CAPACITY = 500

export interface IterationSource<T> {
  readonly state: EventStreamState
  /** Reports every message and every change of the state. Returns what stops it. */
  subscribe(onMessage: (message: T) => Promise<void>, onChange: () => void): () => void
  hold(reason: symbol): void
  release(reason: symbol): void
}

/** A generator's body runs from the first `next()` on: messages before it are not collected. */
export async function* iterateMessages<T>(source: IterationSource<T>): AsyncGenerator<T, void> {
  const { state } = source
  const holdReason = Symbol()
  const buffer: { message: T; finish: () => void }[] = []
  let finish = (): void => {}
  let wake = (): void => {}
  const drop = (): void => buffer.splice(0).forEach((left) => left.finish())
  const unsubscribe = source.subscribe(
    // A message is handled when the loop asks for the next one.
    (message) =>
      new Promise((resolve) => {
        if (buffer.push({ message, finish: resolve }) === CAPACITY) source.hold(holdReason)
        wake()
      }),
    () => {
      // The URL has changed: nothing of the old one arrives any more.
      if (state.received === 0) drop()
      wake()
    },
  )
  try {
    for (;;) {
      while (buffer.length > 0) {
        const next = buffer.shift()!
        finish = next.finish
        yield next.message
        finish()
      }
      // Reading goes on when all is taken, not with each one; what waited comes at once.
      source.release(holdReason)
      if (buffer.length > 0) continue
      if (state.status === 'failed') throw state.error
      if (state.status === 'closed') return
      await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    finish()
    drop()
    unsubscribe()
    source.release(holdReason)
  }
}
