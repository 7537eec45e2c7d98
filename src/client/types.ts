/** The client's options and what it gives. The Vue layer takes the same options. */
import type { EventStreamError } from '../protocol/errors.ts'
import type { Environment } from './environment.ts'

/**
 * What the stream is doing. In the standard's terms: `connecting` and `reconnecting` are CONNECTING, `open` is
 * OPEN, `closed` and `failed` are CLOSED.
 * - `idle`: nothing has been asked for: no URL yet, not enabled, or on the server
 * - `connecting`: the first attempt is under way
 * - `open`: the server's answer is there and messages arrive
 * - `reconnecting`: it failed or was cut; `retryAt` says when the next attempt starts, null while one is under way
 * - `paused`: `pause()` was called
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

/** Why the status is what it is; null when that needs no explanation. */
export type EventStreamReason =
  | 'user'
  | 'disabled'
  | 'unmount'
  | 'no-content'
  | 'complete'
  | 'network'
  | 'silence'
  | 'timeout'
  | 'http'
  | 'content-type'
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
}

/** A message of an event map: a union that `message.type` tells apart. */
export type Message<Events extends object = Record<string, unknown>> = {
  [Type in EventType<Events>]: MessageOf<Type, Events[Type]>
}[EventType<Events>]

/** Gets the payload first, the whole message second. What it returns is only looked at for a rejection. */
export type EventHandler<Events extends object, Type extends EventType<Events>> = (
  payload: Events[Type],
  message: MessageOf<Type, Events[Type]>,
) => unknown

/** The event-name-to-handler map. */
export type HandlerMap<Events extends object> = {
  [Type in EventType<Events>]?: EventHandler<Events, Type>
}

/** Turns the text of a message into its payload; what it throws becomes a `decode` error. */
export type DecodeFunction = (
  data: string,
  message: { type: string; lastEventId: string },
) => unknown
export type Decoding = 'json' | 'text' | DecodeFunction

/** What one attempt knows before it starts. */
export interface AttemptContext {
  /** The cursor that will be sent, `''` for none. */
  readonly lastEventId: string
  /** How many attempts in a row have failed before this one. */
  readonly attempt: number
  /** Aborted as soon as this attempt is not wanted any more. */
  readonly signal: AbortSignal
}

type Awaitable<T> = T | PromiseLike<T>
/** A value, or an (async) function called before every attempt. */
export type PerAttempt<T> = T | ((context: AttemptContext) => Awaitable<T>)
/** Where the stream is: relative or absolute, or an (async) function called before every attempt. */
export type UrlSource = PerAttempt<string | URL>

/** When and how often to try again. All times in milliseconds. */
export interface ReconnectOptions {
  /** The wait after the first failure. @default 1000 */
  initialDelay?: number
  /** How much longer each further wait is. @default 2 */
  factor?: number
  /** The longest wait that backoff makes; a server may ask for longer. @default 30_000 */
  maxDelay?: number
  /** The shortest wait, whatever the server asks for. @default 100 */
  minDelay?: number
  /** How much of a wait is left to chance, from 0 to 1, so that clients do not come back together. @default 0.5 */
  jitter?: number
  /** This many failed attempts in a row end the stream. @default Infinity */
  maxAttempts?: number
  /** A stream open for this long is well again: failures before it count no more. @default 5000 */
  stableAfter?: number
}

export interface OpenDetails {
  /** Whether the stream was never open since `open()`. */
  readonly first: boolean
  /** How many attempts in a row had failed before. */
  readonly attempt: number
  /** Milliseconds since the stream was last open, or since `open()`. */
  readonly downMs: number
  readonly status: number
  readonly headers: Headers
}

/** The options of one connection: everything but who listens. */
export interface ConnectionOptions {
  /** Put before relative URLs. */
  baseURL?: string
  /** @default 'GET' */
  method?: string
  /** As in `fetch`. @default 'same-origin' */
  credentials?: RequestCredentials
  /** Used in place of the global one. */
  fetch?: Environment['fetch']
  /** Request headers, asked for before every attempt. */
  headers?: PerAttempt<HeadersInit | undefined>
  /** Headers under those of `headers`: the plugin's. */
  baseHeaders?: PerAttempt<HeadersInit | undefined>
  /** The request body, asked for before every attempt. */
  body?: PerAttempt<BodyInit | null | undefined>
  /** Milliseconds until the response head must be there; 0 waits for ever. @default 15_000 */
  connectTimeout?: number
  /**
   * Milliseconds without any byte (comments count) after which the connection is taken for dead and opened anew;
   * 0 turns it off. `'auto'` waits until the server has shown a heartbeat (a comment, or an event of the type
   * `heartbeat` or `ping`), then allows three times the longest gap between two of them, at least 45 s.
   * @default 'auto'
   */
  silenceTimeout?: 'auto' | number
  /**
   * Whether and how to reconnect. On by default for GET and HEAD; other methods are repeated only when this is
   * given, because they may have effects.
   */
  reconnect?: boolean | ReconnectOptions
  /** The cursor to start with: the server goes on after it. @default '' */
  initialLastEventId?: string
  /** The longest message in characters; over it the connection is opened anew. @default 16_777_216 */
  maxMessageSize?: number
  /** The platform, where it is not a browser or has to be a special one: only what differs. */
  environment?: Partial<Environment>
}

export interface EventStreamOptions<
  Events extends object = Record<string, unknown>,
> extends ConnectionOptions {
  /**
   * How data becomes a payload: JSON (empty data is `undefined`), text, a function, or one of these for each event
   * type (JSON for the others). A failure is reported as `decode` and the stream goes on.
   * @default 'json'
   */
  decode?: Decoding | { [Type in EventType<Events>]?: Decoding }
  /** Whether to connect at once. @default true */
  immediate?: boolean
  /** Handlers by event type: every message, in order, exactly as it came. */
  on?: HandlerMap<NoInfer<Events>>
  /** Every message of any type, before the handlers of its type. */
  onMessage?: (message: Message<NoInfer<Events>>) => unknown
  onOpen?: (details: OpenDetails) => unknown
  /** The stream has ended: `closed` or `failed`. */
  onClose?: (reason: EventStreamReason) => unknown
  /** Every error, also those that a reconnect or the next message mends: see `error.fatal`. */
  onError?: (error: EventStreamError) => unknown
}

/** What a connection tells the app. */
export interface ConnectionCallbacks {
  /** Status, reason, error, attempt or retryAt has changed. */
  onStatus?: (status: EventStreamStatus, reason: EventStreamReason) => unknown
  /** Bytes have arrived and are dealt with. */
  onActivity?: () => unknown
  onOpen?: (details: OpenDetails) => unknown
  onClose?: (reason: EventStreamReason) => unknown
}

export interface EventStreamClientOptions<Events extends object = Record<string, unknown>>
  extends EventStreamOptions<Events>, Pick<ConnectionCallbacks, 'onStatus' | 'onActivity'> {
  /** As `setEnabled`. @default true */
  enabled?: boolean
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
  /** When the last byte came, in milliseconds since 1970. */
  readonly lastActivityAt: number | null
  /** The cursor: what a reconnect sends as `Last-Event-ID`. */
  readonly lastEventId: string
  /** Messages that have come. */
  readonly received: number
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
  /** Drops the connection and opens another at once, from any status; at most once a second. */
  reconnect(): void
  /** Stops reading: the server's writes stop with it. The connection, or the attempts at one, are kept. */
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
  /** Hears every message before any handler does; returns what ends it. Must not throw. */
  tap(listener: (message: Message<Events>) => void): () => void
  /** As `close()`, with the reason that the status shows. */
  close(reason?: 'user' | 'unmount'): void
  /**
   * Leaves this URL for another one; null for none, which is `idle`. Cursor, attempts, error and
   * counters start anew. A stream that was live, or waited for a URL, connects at once.
   */
  setUrl(url: UrlSource | null): void
}
