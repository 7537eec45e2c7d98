/** Knows up to which id everything has been handled: handlers may take their time, and end in any order. */

export interface CommitTracker {
  /** The next id of the stream, and what its handlers still have to do. */
  add(id: string, work?: readonly PromiseLike<unknown>[]): void
}

interface Entry {
  id: string
  isSettled: boolean
}

/** @param onCommit Everything up to this id has been handled. */
export function createCommitTracker(onCommit: (id: string) => void): CommitTracker {
  const pending: Entry[] = []

  return {
    add(id, work) {
      const last = pending.at(-1)
      if (!work && !last) return onCommit(id)
      // However much comes behind one that takes long: only the last id counts.
      if (!work && last!.isSettled) return void (last!.id = id)
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
