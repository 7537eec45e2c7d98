/** The events of one topic: live to everybody who listens, and replayed after an id. In memory for now. */
export interface LoggedEvent {
  id: string
  type: string
  data: unknown
}

export interface EventLog {
  append(type: string, data: unknown): LoggedEvent
  /** Calls back for what came after the id, then for what comes. Returns what ends it. */
  subscribe(after: string, listener: (event: LoggedEvent) => void): () => void
}

export function createEventLog(capacity = 500): EventLog {
  const epoch = Date.now().toString(36)
  const events: LoggedEvent[] = []
  const listeners = new Set<(event: LoggedEvent) => void>()
  let count = 0
  return {
    append(type, data) {
      const event = { id: `${epoch}-${++count}`, type, data }
      events.push(event)
      if (events.length > capacity) events.shift()
      for (const listener of listeners) listener(event)
      return event
    },
    subscribe(after, listener) {
      const known = events.findIndex((event) => event.id === after)
      for (const event of events.slice(known + 1)) listener(event)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
