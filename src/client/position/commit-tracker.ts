/** Knows up to which id everything has been handled: handlers may take their time, and end in any order. */

export interface CommitTracker {
  /** The next id of the stream, and what its handlers still have to do. */
  add(id: string, work?: readonly PromiseLike<unknown>[]): void
}

interface Entry {
  readonly id: string
  isSettled: boolean
}

/** @param onCommit Everything up to this id has been handled. */
export function createCommitTracker(onCommit: (id: string) => void): CommitTracker {
  const pending: Entry[] = []

  return {
    add(id, work) {
      if (!work && pending.length === 0) return onCommit(id)
      const entry: Entry = { id, isSettled: !work }
      pending.push(entry)
      if (work) void settle(entry, work)
    },
  }

  async function settle(entry: Entry, work: readonly PromiseLike<unknown>[]): Promise<void> {
    await Promise.allSettled(work)
    entry.isSettled = true
    const end = pending.findIndex(({ isSettled }) => !isSettled)
    const settled = pending.splice(0, end < 0 ? pending.length : end)
    if (settled.length > 0) onCommit(settled.at(-1)!.id)
  }
}
