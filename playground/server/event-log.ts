/** The events of one topic: numbered, live to everybody who listens, and replayed after an id. */
import { newEpoch, openLogFile } from './log-file.ts'
import { reportOnConsole } from './report.ts'
import type { LogLine } from './log-file.ts'
import type { Report } from './report.ts'

export interface LoggedEvent {
  id: string
  type: string
  data: unknown
}

/** What a stream sends. Without an id it does not move the client's cursor; an id alone does nothing else. */
export interface StreamEvent {
  id?: string
  type?: string
  data?: unknown
}

/** Who may see what: what is not for somebody is neither replayed nor told to them. */
export type EventFilter = (event: LoggedEvent) => boolean

export interface EventLogOptions {
  /** The file that keeps the events over a restart. Left out, they live in memory only. */
  file?: string
  /** The most events that can be replayed. */
  capacity: number
  /** How many of the last events somebody gets who comes without an id. */
  newcomerEvents: number
  report?: Report
}

export interface EventLog {
  /** The events that can be replayed, oldest first. */
  readonly events: readonly LoggedEvent[]
  readonly lastId: string
  /** Stores the event and then announces it to the listeners. */
  append(type: string, data: unknown): LoggedEvent
  /**
   * What came after the id. When the log does not hold all of it, the first event is a `gap`, and everything that is
   * left follows. Ends with an id to come back with, also where the last events are for others.
   */
  since(lastEventId: string | null, isVisible?: EventFilter): StreamEvent[]
  /** Calls back for what came after the id and then for what comes: nothing twice, nothing left out. */
  subscribe(
    lastEventId: string | null,
    listener: (event: StreamEvent) => void,
    isVisible?: EventFilter,
  ): () => void
  close(): void
}

/** Rewriting a file costs as much as writing all its lines: do it once in this many times the capacity. */
const COMPACT_AT_CAPACITIES = 4

export function createEventLog(options: EventLogOptions): EventLog {
  const { capacity, newcomerEvents, report = reportOnConsole } = options
  const file = options.file === undefined ? undefined : openLogFile(options.file, report)
  const epoch = file?.epoch ?? newEpoch()
  const listeners = new Set<(event: LoggedEvent) => void>()
  const ring = (file?.lines ?? []).slice(-capacity).map(toEntry)
  let lastNumber = file?.lastNumber ?? 0
  let isClosed = false
  compactIfLong()

  function toEntry(line: LogLine): LogLine & LoggedEvent {
    return { ...line, id: idOf(line.number) }
  }

  function idOf(number: number): string {
    return `${epoch}-${number}`
  }

  function compactIfLong(): void {
    if (file && file.length > capacity * COMPACT_AT_CAPACITIES) file.rewrite(ring)
  }

  function since(lastEventId: string | null, isVisible: EventFilter = () => true): StreamEvent[] {
    if (lastEventId === null) return upToNow(ring.filter(isVisible).slice(-newcomerEvents))
    const number = numberIn(lastEventId, epoch)
    const later = number === undefined ? [] : ring.filter((event) => event.number > number)
    const isComplete = number !== undefined && later.length === lastNumber - number
    if (isComplete) return upToNow(later.filter(isVisible), lastEventId)
    return upToNow([{ type: 'gap', data: { lastEventId } }, ...ring.filter(isVisible)])
  }

  /** Where the last event is not there to be read, there is still a place in the log to come back to. */
  function upToNow(events: StreamEvent[], from?: string): StreamEvent[] {
    const lastId = idOf(lastNumber)
    return (events.at(-1)?.id ?? from) === lastId ? events : [...events, { id: lastId }]
  }

  return {
    events: ring,
    get lastId() {
      return idOf(lastNumber)
    },
    append(type, data) {
      if (isClosed) throw new Error('The log is closed: the event would be lost.')
      const event = toEntry({ number: ++lastNumber, type, data })
      ring.push(event)
      if (ring.length > capacity) ring.shift()
      file?.append(event)
      compactIfLong()
      for (const listener of listeners) listener(event)
      return event
    },
    since,
    subscribe(lastEventId, listener, isVisible = () => true) {
      for (const event of since(lastEventId, isVisible)) listener(event)
      const tell = (event: LoggedEvent): void => {
        if (isVisible(event)) listener(event)
      }
      listeners.add(tell)
      return () => void listeners.delete(tell)
    },
    close() {
      isClosed = true
      listeners.clear()
      file?.close()
    },
  }
}

/** The number in an id of this epoch, undefined for every other text. */
function numberIn(id: string, epoch: string): number | undefined {
  const prefix = `${epoch}-`
  const digits = id.startsWith(prefix) ? id.slice(prefix.length) : ''
  return /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : undefined
}
