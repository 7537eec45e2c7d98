/** `for await` over a stream: bounded, so a slow loop slows the server instead of filling the memory. Loaded with the first loop. */
import type { EventStreamState } from '../types.ts'

const CAPACITY = 500

export interface IterationSource<T> extends Pick<
  EventStreamState,
  'received' | 'status' | 'error'
> {
  /** Reports every message and every change of the state. Returns what stops it. */
  tap(onMessage: (message: T) => Promise<void>, types: [], onChange: () => void): () => void
  pause(reason: symbol): void
  resume(reason: symbol): void
}

/**
 * A generator's body runs from the first `next()` on: messages before it are not collected.
 * @param holdReason For which the source may be held already: it is let go.
 */
export async function* iterateMessages<T>(
  source: IterationSource<T>,
  holdReason: symbol = Symbol(),
): AsyncGenerator<T, void> {
  const buffer: { message: T; finish: () => void }[] = []
  let finish = (): void => {}
  let wake = (): void => {}
  const drop = (): void => buffer.splice(0).forEach((left) => left.finish())
  const unsubscribe = source.tap(
    // A message is handled when the loop asks for the next one.
    (message) =>
      new Promise((resolve) => {
        if (buffer.push({ message, finish: resolve }) === CAPACITY) source.pause(holdReason)
        wake()
      }),
    [],
    () => {
      // The URL has changed: nothing of the old one arrives any more.
      if (source.received === 0) drop()
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
      source.resume(holdReason)
      if (buffer.length > 0) continue
      if (source.status === 'failed') throw source.error
      if (source.status === 'closed') return
      await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    finish()
    drop()
    unsubscribe()
    source.resume(holdReason)
  }
}
