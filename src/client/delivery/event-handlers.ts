/** Who wants which event type. Names come from the wire, so they are kept in a Map and never on an object. */

export type AnyFunction = (...args: any[]) => unknown

export interface EventHandlers {
  /** Returns what takes the handler away. The key is an event type, or a symbol that none can be equal to. */
  add(key: string | symbol, handler: AnyFunction, once?: boolean): () => void
  /** Has `call` run each handler that is there now, and still there when its turn comes. */
  run(key: string | symbol, call: (handler: AnyFunction) => void): void
}

export function createEventHandlers(): EventHandlers {
  const byKey = new Map<string | symbol, Map<() => void, AnyFunction>>()

  return {
    add(key, handler, once) {
      const handlers = byKey.get(key) ?? new Map<() => void, AnyFunction>()
      const remove = (): void => {
        if (handlers.delete(remove) && handlers.size === 0) byKey.delete(key)
      }
      byKey.set(key, handlers)
      handlers.set(remove, (...args) => {
        if (once) remove()
        return handler(...args)
      })
      return remove
    },
    run(key, call) {
      const handlers = byKey.get(key)
      if (!handlers) return
      for (const [remove, handler] of [...handlers]) if (handlers.has(remove)) call(handler)
    },
  }
}
