/** What a connection tells while the next one is asked for: as much as is known again when that one repeats it. */
import type { Cancel } from '../environment.ts'
import type { TransportAttempt } from './transport.ts'

/** So long the old connection may be left unread: who watches over it takes it for silent. */
const MAX_UNREAD_MS = 5000

export interface Overlap {
  /** The next connection is asked for. */
  begin(): void
  /** A message has come. */
  count(): void
  /** Tells this now; or keeps it, when too much has come. */
  pass(step: () => void): void
  /** As that of the attempt, while nothing is kept. */
  whenReady(): Promise<void> | undefined
  /** The next connection is not asked for any more. @param isTold Whether what was kept is told; else it comes again. */
  end(isTold: boolean): void
}

/**
 * @param max How many messages may be told.
 * @param onLate The old connection has not been read for too long: the next one is not to be waited for.
 */
export function createOverlap(
  { whenReady, receive, environment }: TransportAttempt,
  max: number,
  onLate: () => void,
): Overlap {
  let left = Infinity
  let kept: (() => void)[] | undefined
  let whenFree: Promise<void> | undefined
  let free: (() => void) | undefined
  let cancelLate: Cancel | undefined

  function keep(): void {
    if (left > 0 || kept) return
    kept = []
    cancelLate = environment.after(MAX_UNREAD_MS, onLate)
    whenFree = new Promise((resolve) => (free = resolve))
  }

  return {
    begin() {
      left = max
      keep()
    },
    count() {
      left--
      keep()
    },
    pass(step) {
      if (kept) kept.push(step)
      else step()
    },
    whenReady: () => whenFree?.then(whenReady) ?? whenReady(),
    end(isTold) {
      const steps = kept ?? []
      cancelLate?.()
      left = Infinity
      kept = whenFree = undefined
      free?.()
      if (!isTold || steps.length === 0) return
      receive(() => {
        for (const step of steps) step()
      })
    },
  }
}
