/** What the composables that build on a stream need of it, out of the users' sight. */
import type { EventStreamError } from '../protocol/errors.ts'
import type { Environment } from '../client/environment.ts'
import type {
  EventStreamControls,
  EventStreamState,
  Message,
  StreamChange,
} from '../client/types.ts'

export interface StreamInternals<Events extends object> {
  /** Hears every message before any handler does; returns what ends it. */
  tap(listener: (message: Message<Events>) => void, types?: Iterable<string>): () => void
  /** No messages are taken, for a reason of the caller's own: only for who owns the stream. */
  pause?(reason: symbol): void
  resume?(reason: symbol): void
  /** Runs a task with the stream's next flush. */
  requestFlush(task: () => void): void
}

/** Those of a whole stream. */
export interface OwnStreamInternals<Events extends object> extends StreamInternals<Events> {
  /** @param onChange Hears of openings and gaps, and of each change of the status. */
  tap(
    listener: (message: Message<Events>, isIdOwn: boolean) => void,
    types?: Iterable<string>,
    onChange?: (change: StreamChange) => void,
  ): () => void
  /** As it is, and not as it was with the last flush. */
  readonly state: EventStreamState
  readonly environment: Environment
  readonly onError: ((error: EventStreamError) => unknown) | undefined
}

export const STREAM_INTERNALS: unique symbol = Symbol()

/** What composables that build on a stream take: the return of one that has them. */
export interface MessageSource<Events extends object> extends Pick<
  EventStreamControls<Events>,
  'on'
> {
  /** @internal */
  readonly [STREAM_INTERNALS]: OwnStreamInternals<Events>
}
