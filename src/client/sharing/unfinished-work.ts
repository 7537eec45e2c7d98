/** What a subscriber has still to do for messages of its stream: where the stream is counts as handled only after it. */
export interface UnfinishedWork {
  /**
   * Settles when the message of this number is delivered, and handled; undefined when nothing is left to do.
   * @param number Of one that was delivered last, or is still to come: what was left to do before is not known any more.
   */
  of(number: number): Promise<unknown> | undefined
  /** This one is being delivered, after all before it. */
  begin(number: number): void
  /** Handlers are still at work on it. */
  add(works: readonly PromiseLike<unknown>[]): void
  /** Its delivery is over. */
  end(number: number): void
  /** Nothing more is delivered: nobody waits for it. */
  clear(): void
}

export function createUnfinishedWork(): UnfinishedWork {
  /** All before this number have been delivered, or are being. */
  let next = 0
  /** On the one that is being delivered, or was last. */
  let work: Promise<unknown> | undefined
  const waiting = new Map<number, () => void>()

  return {
    of(number) {
      if (number < next) return work
      return new Promise<void>((resolve) => waiting.set(number, resolve))
    },
    begin(number) {
      next = number + 1
      work = undefined
    },
    add(works) {
      work = Promise.allSettled(works)
    },
    end(number) {
      const finish = waiting.get(number)
      if (!finish) return
      waiting.delete(number)
      if (work) void work.then(finish)
      else finish()
    },
    clear() {
      for (const finish of waiting.values()) finish()
      waiting.clear()
      next = 0
    },
  }
}
