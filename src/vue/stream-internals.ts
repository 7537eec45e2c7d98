/** What the composables that build on a stream need of it, out of the users' sight. */
import type { Message } from '../client/types.ts'

export interface StreamInternals<Events extends object> {
  /** Hears every message before any handler does; returns what ends it. */
  tap(listener: (message: Message<Events>) => void, types?: Iterable<string>): () => void
  /** No messages are taken, for a reason of the caller's own: only for who owns the stream. */
  pause?(reason: symbol): void
  resume?(reason: symbol): void
  /** Runs a task with the stream's next flush. */
  requestFlush(task: () => void): void
}

export const STREAM_INTERNALS: unique symbol = Symbol()
