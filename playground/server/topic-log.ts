/** The history of a topic, wherever it is kept: in a file of this server, or in Redis for several servers. */
import { createEventLog } from './event-log.ts'
import type { EventFilter, EventLog, EventLogOptions, LoggedEvent } from './event-log.ts'
import type { SseStream } from './sse-response.ts'

export interface TopicLog extends Pick<EventLog, 'since'> {
  /** What an earlier run of this server left. Empty where others may have gone on meanwhile. */
  readonly recovered: readonly LoggedEvent[]
  /** Resolves when the event is stored and all streams of this server have it; throws the problem when it is not. */
  append(type: string, data: unknown): Promise<LoggedEvent>
  /** Resolves when `since` and `follow` can answer for this id; throws the problem when they cannot. */
  reach(lastEventId: string | null): Promise<void>
  /**
   * Tells a stream what came after the id and then what comes: nothing twice, nothing left out. Ends it when this
   * server hears of nothing new any more, so that its client comes back, here or elsewhere, with its last id.
   */
  follow(stream: TopicStream, lastEventId: string | null, isVisible?: EventFilter): void
  /** True for one of all servers in so many ms. */
  takeTurn(ms: number): Promise<boolean>
  close(): void
}

export type TopicStream = Pick<SseStream, 'send' | 'end' | 'onClose'>

/** One server, one file: whatever is appended is there at once. */
export function createFileTopic(options: EventLogOptions): TopicLog {
  const log = createEventLog(options)
  return {
    recovered: [...log.events],
    append: async (type, data) => log.append(type, data),
    reach: async () => {},
    since: log.since,
    follow: (stream, lastEventId, isVisible) =>
      stream.onClose(log.subscribe(lastEventId, stream.send, isVisible)),
    takeTurn: async () => true,
    close: log.close,
  }
}
