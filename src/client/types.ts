/** What a stream is, says and can do. */
import type { EventStreamError } from '../protocol/errors.ts'
import type { UrlSource } from './options.ts'

/**
 * What the stream is doing. In the standard's terms: `connecting` and `reconnecting` are CONNECTING, `open` is
 * OPEN, `closed` and `failed` are CLOSED.
 * - `idle`: nothing has been asked for: no URL yet, not enabled, or on the server
 * - `connecting`: the first attempt is under way
 * - `open`: the server's answer is there and messages arrive
 * - `reconnecting`: it failed or was cut; `retryAt` says when the next attempt starts, null while one is under way
 * - `paused`: `pause()` was called, or the page is away: hidden for long, frozen, or in the back/forward cache; or the
 *   app takes no messages, so that the connection was left
 * - `closed`: ended on purpose, by the app or by the server
 * - `failed`: ended by an error that waiting will not mend
 */
export type EventStreamStatus =
  | 'idle'
  | 'connecting'
  | 'open'
  | 'reconnecting'
  | 'paused'
  | 'closed'
  | 'failed'

/**
 * Why the status is what it is; null when that needs no explanation.
 * - `user`: `pause()`, `close()` or `reconnect()`
 * - `disabled`: `enabled` is false; `unmount`: the scope or the app has ended
 * - `no-content`: the server answered 204
 * - `complete`: `until` was met, or a stream that is not repeated has ended
 * - `offline`: as `network`, and the browser says that there is none
 * - `network`: no connection, or it broke off; also of the errors that have no reason of their own
 * - `silence`, `timeout`, `http`, `content-type`, `exhausted`: the error of that name
 * - `overflow`: the app has not taken its messages for 30 seconds
 * - `hidden`: the page is out of sight or frozen; `pagehide`: it was left
 */
export type EventStreamReason =
  | 'user'
  | 'disabled'
  | 'unmount'
  | 'no-content'
  | 'complete'
  | 'offline'
  | 'network'
  | 'silence'
  | 'timeout'
  | 'http'
  | 'content-type'
  | 'hidden'
  | 'pagehide'
  | 'overflow'
  | 'exhausted'
  | null

/** The names of an event map: its keys that are strings. */
export type EventType<Events extends object> = keyof Events & string

/** A message of one type of an event map. */
export interface MessageOf<Type extends string, Data> {
  /** The event type; `'message'` when the server sent none. */
  readonly type: Type
  /** The decoded payload. */
  readonly data: Data
  /** The stream's last event ID at this message: its own or inherited, `''` when there is none. */
  readonly lastEventId: string
  /** A number unique within the stream, counted from 1: for `v-for`, since ids may repeat or be missing. */
  readonly key: number
  /** Whether it makes up for an absence, and is no news of this moment: see the option `caughtUp`, without which it is false. */
  readonly replayed: boolean
}

/** A message as it came: decoded, and not looked at by any schema. */
export interface ReceivedMessage {
  readonly type: string
  /** The text of one that cannot be decoded. */
  readonly data: unknown
  readonly lastEventId: string
  readonly comment?: undefined
}

/** What may say that a replay is over: a message, or a comment (a line that starts with a colon) without the space before it. */
export type CaughtUpMark =
  | ReceivedMessage
  | { readonly comment: string; readonly type?: undefined; readonly data?: undefined }

/** A message of an event map: a union that `message.type` tells apart. */
export type Message<Events extends object = Record<string, unknown>> = {
  [Type in EventType<Events>]: MessageOf<Type, Events[Type]>
}[EventType<Events>]

/**
 * Gets the payload first, the whole message second. A promise that it returns is watched: for a rejection; because reading
 * stops while those of 1,024 messages have not settled; and, with `resume.storage`, because the message is handled only when
 * it has settled.
 */
export type EventHandler<Events extends object, Type extends EventType<Events>> = (
  payload: Events[Type],
  message: MessageOf<Type, Events[Type]>,
) => unknown

/** The event-name-to-handler map. */
export type HandlerMap<Events extends object> = {
  [Type in EventType<Events>]?: EventHandler<Events, Type>
}

export interface OpenDetails {
  /** Whether the stream was never open since `open()`. */
  readonly first: boolean
  /** How many attempts in a row had failed before. */
  readonly attempt: number
  /** Milliseconds since the stream was last open, or since `open()`. */
  readonly downMs: number
  /** Of the answer, as the next one. */
  readonly status: number
  /** Empty where another tab holds the connection. */
  readonly headers: Headers
}

/**
 * Why messages may be missing:
 * - `server`: the server could not go on after the id it was sent
 * - `no-id`: the stream was interrupted, and it delivers messages without an id of their own
 * - `expired`: the stored id is older than `resume.maxAge`, or the code that reads it could not be loaded
 * - `unsendable-id`: the server was not sent the id: no header can carry it, or a server of another origin did not answer
 *   two attempts with it
 * - `paused`: nothing was read for 30 seconds, the connection was left, and there was no id to go on after
 * - `late`: a shared stream had been going on for longer than is remembered, or this part of it was behind for too long
 */
export type EventStreamGapReason =
  | 'server'
  | 'no-id'
  | 'expired'
  | 'unsendable-id'
  | 'paused'
  | 'late'

/**
 * What may change what a state rests on:
 * - `first`: another stream begins, or the same one without its cursor
 * - `open`: there is a connection, for the first time or again
 * - why messages may be missing
 * - undefined: the status, or what belongs to it
 */
export type StreamChange = 'first' | 'open' | EventStreamGapReason | undefined

export interface GapDetails {
  readonly reason: EventStreamGapReason
  /** The cursor at this moment, before what is missing: of a `gapEvent` with an id of its own, that one. */
  readonly lastEventId: string
}

/** What a stream is, at this moment. */
export interface EventStreamState {
  readonly status: EventStreamStatus
  readonly reason: EventStreamReason
  /** Why the stream is not open; null while it is. */
  readonly error: EventStreamError | null
  /** Failed attempts in a row. */
  readonly attempt: number
  /** When the next attempt starts, in milliseconds since 1970; null when none is waiting. */
  readonly retryAt: number | null
  /** Since when a stream that should be open is not, in milliseconds since 1970. */
  readonly disconnectedSince: number | null
  /** When the last byte came, in milliseconds since 1970; in a tab that follows, the last message. */
  readonly lastActivityAt: number | null
  /** The cursor: of the last message delivered. A reconnect sends it, or the id of what has come and still waits. */
  readonly lastEventId: string
  /**
   * The name of the transport in use, which shows whether the fallback has taken over, or `tabs` while another tab holds the
   * connection; null before the first attempt.
   */
  readonly transport: string | null
  /** Messages that were delivered, duplicates aside. */
  readonly received: number
  /** Messages that were dropped because they had been delivered before. */
  readonly duplicates: number
}

/** What one can do with a stream. Members that take an event type are methods, so that any stream can be passed on. */
export interface EventStreamControls<Events extends object> extends AsyncIterable<Message<Events>> {
  /** Connects; does nothing when the stream is live. */
  open(): void
  /**
   * Ends the stream: nothing arrives after it, only a `for await` still gets to see what it has taken in. `open()` goes
   * on from the same cursor.
   */
  close(): void
  /** Drops the connection and opens another at once, whatever the status, if there is a URL and it is enabled; at most once a second. Ends a pause. */
  reconnect(): void
  /**
   * Stops reading: with `fetch` the server's writes stop with it. After 30 seconds the connection is closed and the id kept; a request
   * that may not be repeated is kept.
   */
  pause(): void
  /** Goes on where `pause()` stopped. */
  resume(): void
  /** Adds a handler for every message; returns what takes it away. */
  on(type: '*', handler: (message: Message<Events>) => unknown): () => void
  /** Adds a handler for one event type; returns what takes it away. */
  on<Type extends EventType<Events>>(type: Type, handler: EventHandler<Events, Type>): () => void
  /** As `on`, for the next message only. */
  once(type: '*', handler: (message: Message<Events>) => unknown): () => void
  once<Type extends EventType<Events>>(type: Type, handler: EventHandler<Events, Type>): () => void
}

export interface EventStreamClient<Events extends object = Record<string, unknown>>
  extends EventStreamState, EventStreamControls<Events> {
  /** The last message, for show. Handlers and queues get every one. */
  readonly message: Message<Events> | null
  /** False: the stream is `idle` (`disabled`) whatever is asked of it; the cursor is kept. True: as asked last. */
  setEnabled(isEnabled: boolean): void
  /**
   * Stops reading, for a reason of the caller's own: messages are taken again when every reason is gone. Only without
   * one the status shows it.
   */
  pause(reason?: symbol): void
  resume(reason?: symbol): void
  /**
   * Hears every message before any handler does; returns what ends it. Must not throw.
   * @param listener Is also told whether the message brought its id or has inherited it, and the number by which `dedupe` tells it
   * apart; undefined when it is never dropped.
   * @param types What it is after: a transport that has to ask for each event type asks for these.
   * @param onChange Hears of openings and gaps, and of each change of the status.
   */
  tap(
    listener: (message: Message<Events>, isIdOwn: boolean, print: number | undefined) => void,
    types?: Iterable<string>,
    onChange?: (change: StreamChange) => void,
  ): () => void
  /** As `close()`, with the reason that the status shows. */
  close(reason?: 'user' | 'unmount'): void
  /**
   * Leaves this URL for another one; null for none, which is `idle`. Cursor, attempts, error and
   * counters start anew, unless `resume.key` stays the same: then cursor and counters stay. A stream that was live, or waited for a URL, connects at once.
   * @param identity Whose stream it is, undefined for nobody's in particular: another one always starts anew. Left out it stays.
   */
  setUrl(url: UrlSource | null, ...identity: [identity?: string | null]): void
}
