/** What a connection tells while the next one is asked for: as much as is known again when that one repeats it. */
import type { TransportAttempt } from './transport.ts'

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

/** @param max How many messages may be told. */
export function createOverlap({ whenReady, receive }: TransportAttempt, max: number): Overlap {
  let left = Infinity
  let kept: (() => void)[] | undefined
  let whenFree: Promise<void> | undefined
  let free: (() => void) | undefined

  function keep(): void {
    if (left > 0 || kept) return
    kept = []
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
