/** Who wants which messages. Names come from the wire, so they are kept in a Map and never on an object. */
import { createHandlerList } from './handler-list.ts'
import type { AnyFunction, HandlerList } from './handler-list.ts'

export interface EventHandlers {
  /** Of every message, before any other. */
  readonly taps: HandlerList
  /** Of every message, after those of its type. (`*` on the wire is an ordinary type.) */
  readonly ofAll: HandlerList
  /** Those of an event type, if there are any. */
  ofType(type: string): HandlerList | undefined
  /** Returns what takes the handler away. */
  add(type: string, handler: AnyFunction, once?: boolean): () => void
}

export function createEventHandlers(): EventHandlers {
  const byType = new Map<string, HandlerList>()

  return {
    taps: createHandlerList(),
    ofAll: createHandlerList(),
    ofType: (type) => byType.get(type),
    add(type, handler, once) {
      const list = byType.get(type) ?? createHandlerList(() => byType.delete(type))
      byType.set(type, list)
      return list.add(handler, once)
    },
  }
}
