/**
 * Keeps the committed id over a reload of the page. What a storage cannot do costs the reload, never the stream.
 * Loaded on demand: only apps that ask for it pay for it.
 */
import { createCommitTracker } from './commit-tracker.ts'
import type { Cancel, CursorStorage, Environment } from '../environment.ts'
import type { ResumeOptions } from '../options.ts'

const KEY_PREFIX = 'vue-event-stream:'
/** Measured: a write takes 15 to 19 µs, so one for each of 10,000 messages a second would take a fifth of a core. */
const WRITE_INTERVAL_MS = 250

interface StoredCursor {
  readonly id: string
  /** When it was written, in milliseconds since 1970. */
  readonly at: number
  /** Which document wrote it: nobody restores what the same page has stored. */
  readonly by: number
}

export interface CursorStore {
  /** What an earlier page has left: the id to go on from, or that it is too old. */
  restore(): { id: string; isExpired: boolean } | undefined
  /** Handlers have run, or still work, for everything up to this id. An empty one takes what is stored away. */
  handled(id: string, work?: readonly PromiseLike<unknown>[]): void
  /** Writes at once, and that it is true until now. */
  flush(): void
}

/**
 * @param isResting Whether the stream has ended: nothing is put off then.
 * @param onUnavailable The storage cannot be used. (Given, and not imported, so that this file stands alone.)
 */
export function createCursorStore(
  key: string,
  { storage: kind, maxAge = 300_000, shouldRestore = isBroughtBack }: ResumeOptions,
  environment: Environment,
  isResting: () => boolean,
  onUnavailable: (cause: unknown) => void,
): CursorStore {
  const name = KEY_PREFIX + key
  const { type: navigationType, documentId } = environment.navigation()
  const tracker = createCommitTracker((id) => {
    committed = id
    if (isResting()) flush()
    else cancelTimer ??= environment.after(WRITE_INTERVAL_MS, flush)
  })
  let committed: string | undefined
  let cancelTimer: Cancel | undefined

  /** Browsers throw where the user forbids storage, and when it is full. */
  function access<Result>(use: (storage: CursorStorage) => Result): Result | undefined {
    try {
      const storage = typeof kind === 'string' ? environment.storage(kind) : kind
      if (storage) return use(storage)
    } catch (cause) {
      onUnavailable(cause)
    }
    return undefined
  }

  function flush(): void {
    cancelTimer?.()
    cancelTimer = undefined
    if (committed === '') access((storage) => storage.removeItem(name))
    else if (committed !== undefined) {
      const stored: StoredCursor = { id: committed, at: environment.now(), by: documentId }
      access((storage) => storage.setItem(name, JSON.stringify(stored)))
    }
  }

  return {
    restore() {
      const stored = access((storage) => JSON.parse(storage.getItem(name) ?? 'null') as unknown)
      const { id, at, by } = (stored ?? {}) as Partial<StoredCursor>
      if (typeof id !== 'string' || typeof at !== 'number' || by === documentId) return undefined
      const age = environment.now() - at
      if (!shouldRestore({ age, navigationType })) return undefined
      const isExpired = age > maxAge
      if (!isExpired) committed = id
      return { id, isExpired }
    },
    handled: tracker.add,
    flush,
  }
}

function isBroughtBack({ navigationType }: { navigationType: string }): boolean {
  return navigationType === 'reload' || navigationType === 'back_forward'
}
