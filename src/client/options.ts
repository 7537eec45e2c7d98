/** The client's options. The Vue layer takes the same ones. */
import type { EventStreamError } from '../protocol/errors.ts'
import type { StandardSchemaV1 } from '../protocol/standard-schema.ts'
import type { CursorStorage, Environment } from './environment.ts'
import type { AppConnections } from './sharing/app-connections.ts'
import type { StreamFormat } from './formats/stream-format.ts'
import type { RenewOptions } from './transports/renew-options.ts'
import type { Transport } from './transports/transport.ts'
import type {
  CaughtUpMark,
  EventStreamReason,
  EventStreamStatus,
  EventType,
  GapDetails,
  HandlerMap,
  Message,
  OpenDetails,
  ReceivedMessage,
} from './types.ts'

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
  /** Whether the stream was open since `open()`: this attempt goes on with it. */
  readonly wasOpen: boolean
  /** Aborted as soon as this attempt is not wanted any more. */
  readonly signal: AbortSignal
}

type Awaitable<T> = T | PromiseLike<T>
/** A value, or an (async) function called before every attempt. */
export type PerAttempt<T> = T | ((context: AttemptContext) => Awaitable<T>)
/** Where the stream is: relative or absolute, or an (async) function called before every attempt. */
export type UrlSource = PerAttempt<string | URL>

/** What an attempt is about to ask for; `request` may return other values for any of it. */
export interface RequestContext extends AttemptContext {
  /** Absolute, with the cursor where `resume.via` puts it into the query. */
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: BodyInit | null | undefined
}

/**
 * What is known of a stream that was open and is to be gone on with. `url` and `headers` are what the options make of them,
 * the header of the cursor too; `method` is GET, and there is no body.
 */
export interface ResumeContext extends RequestContext {
  /** The last message that was delivered, null when none was: the server is to go on after it. */
  readonly lastMessage: Message | null
  /** Of the answer with which the stream began: the id of a session, say. */
  readonly responseHeaders: Headers
}

export interface RequestOverride {
  /** Relative ones go under `baseURL`. The cursor's query parameter is not added to it. */
  url?: string | URL
  method?: string
  /** Replaces all headers, `Accept` and `Last-Event-ID` too; `context.headers` may be changed in place instead. */
  headers?: HeadersInit
  body?: BodyInit | null
}

/** When and how often to try again. All times in milliseconds. */
export interface ReconnectOptions {
  /** The longest wait after the first failure; `jitter` shortens it. @default 1000 */
  initialDelay?: number
  /** How much longer each further wait is. @default 2 */
  factor?: number
  /** The longest wait that backoff makes; a server may ask for longer. @default 30_000 */
  maxDelay?: number
  /** The shortest wait, whatever chance and the server say. @default 100 */
  minDelay?: number
  /**
   * How much of a wait is left to chance, from 0 to 1, so that clients do not come back together. All of the first wait
   * of a stream that was well is, unless this is 0; a wait that the server asks for gets longer by it.
   * @default 0.5
   */
  jitter?: number
  /** This many failed attempts in a row end the stream. @default Infinity */
  maxAttempts?: number
  /** A stream open for this long, or with a new id, is well again: failures before it count no more. @default 5000 */
  stableAfter?: number
  /**
   * Whether this error is worth another attempt: true or false decides, also for an error that would be final;
   * undefined leaves it to the rules. `maxAttempts` holds all the same.
   */
  shouldReconnect?: (error: EventStreamError) => boolean | undefined
}

/** How the stream goes on where it was: after a cut, and after a reload of the page. */
export interface ResumeOptions {
  /** Where the cursor is sent: in the header `Last-Event-ID`, in the query, or in both. @default 'header' */
  via?: 'header' | 'query' | 'both'
  /** The name of the query parameter. @default 'lastEventId' */
  param?: string
  /**
   * Keeps the committed id over a reload: the id of the last message whose handlers, and those of all messages
   * before it, have returned and settled. Only for apps that keep what the messages made of their state as well.
   * @default false
   */
  storage?: false | 'session' | 'local' | CursorStorage
  /**
   * What the position belongs to: the name in the storage, and what a change of the URL keeps. Or a function of the
   * absolute URL. With a text every change of the URL keeps the position: where the URL names what is streamed give a
   * function, such as `(url) => new URL(url).pathname`. By default every URL has its own. A URL that is a function needs a
   * text for `storage`.
   */
  key?: string | ((url: string) => string)
  /** A stored id older than so many milliseconds is not restored: `onGap` with `expired`. @default 300_000 */
  maxAge?: number
  /**
   * Whether to go on from a stored id, `age` milliseconds old. By default after the navigation types `reload` and
   * `back_forward`: only then does the browser bring the page back.
   */
  shouldRestore?: (stored: { age: number; navigationType: string }) => boolean
  /**
   * How a stream that was open is gone on with, where the first request may not be repeated: asked in place of the option
   * `request` for every attempt after the first open one, which is a GET without a body unless it says otherwise. With it
   * a POST is gone on with after a cut, a silence and an absence of the page, and `reconnect` says how: the POST itself is
   * sent once (unless that is `true`). Undefined: there is no way to go on, and the stream fails with what broke it.
   */
  request?: (context: ResumeContext) => Awaitable<RequestOverride | undefined>
  /** The event type with which the server says that it cannot replay everything: `onGap` with `server`, then handlers. */
  gapEvent?: string
  /**
   * Event types that need no replay, such as the greeting of each connection: that they have no id costs nothing, and makes no
   * `onGap` (`no-id`).
   */
  volatile?: readonly string[]
}

/** What takes over when the stream's own transport does not get through. */
export interface FallbackOptions {
  /** Such as `pollingTransport()`. */
  transport: Transport
  /**
   * The fallback takes over after so many attempts in a row that failed, ended within `stableAfter` without a new id, or fell
   * silent after their first bytes.
   * @default 3
   */
  afterAttempts?: number
  /**
   * It takes over when no byte has followed the head for so many milliseconds; 0 for never. Over with the first byte: from
   * then on `silenceTimeout` counts.
   * @default 15_000
   */
  muteAfter?: number
  /**
   * Milliseconds until the first transport gets one more try, for 5 seconds at most; twice as many after each that fails,
   * up to an hour; 0 for never. It gets one after 5 seconds where the server was just down, and when the network comes back.
   * @default 300_000
   */
  retryAfter?: number
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
  /** How messages come: `pollingTransport()`, `eventSourceTransport()` or your own. @default streaming with `fetch` */
  transport?: Transport
  /**
   * How messages are written: `ndjson()`, or a format of your own. Left out it is the event stream format, or NDJSON where the answer's
   * type is one of NDJSON; the code for that is loaded when such an answer comes.
   */
  format?: StreamFormat
  /** What takes over when messages do not get through, behind a proxy that buffers, say; false for nothing. */
  fallback?: FallbackOptions | false
  /** Request headers, asked for before every attempt. */
  headers?: PerAttempt<HeadersInit | undefined>
  /** @internal Headers under those of `headers`: the plugin's. */
  baseHeaders?: PerAttempt<HeadersInit | undefined>
  /** @internal Whether a connection that is lost may be made anew, where `resume.request` is loaded and says so. */
  mayGoOn?: () => boolean
  /** The request body, asked for before every attempt. */
  body?: PerAttempt<BodyInit | null | undefined>
  /** The last word on every attempt: may return another URL, method, other headers or another body. */
  request?: (context: RequestContext) => Awaitable<RequestOverride | undefined | void>
  /**
   * Milliseconds until the response head must be there, the app's functions included; with polling, and after it until the
   * end of the answer. 0 waits for ever.
   * @default 15_000
   */
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
  /** How the stream goes on after a cut and after a reload. */
  resume?: ResumeOptions
  /**
   * When the connection is replaced by the next one before it ends. For streaming with `fetch`: polling asks anew each
   * time by itself, and `eventSourceTransport()` and transports of your own ignore it. The code for it is loaded before the first request;
   * without it the stream is as without this option.
   */
  renew?: RenewOptions
  /**
   * Whether a page that is hidden for 30 seconds keeps its connection, or gives it up until it is seen again. A request
   * that may not be repeated is always kept.
   * @default 'keep'
   */
  whenHidden?: 'keep' | 'disconnect'
  /**
   * Who uses one connection together, instead of one each: all streams of the app with the same URL and the same
   * connection options (functions count by reference), or those of all tabs of the browser as well. Never shared are methods
   * other than GET, `request`, and a queue with `overflow: 'pause'`. Who comes later first gets what has come since the
   * connection opened, as far as 1000 messages or a mebibyte reach; else a connection of its own (`'app'`), or
   * `onGap` with `late` (`'tabs'`).
   *
   * `close()`, `pause()` and `enabled` are each one's own, `reconnect()` acts for all. The connection is left 5 s after the last one,
   * and not read while all are paused.
   *
   * `'tabs'` needs `identity`, and a browser with Web Locks and BroadcastChannel, which means https; else it is `'app'`.
   * @default false
   */
  share?: false | 'app' | 'tabs'
  /** Tabs share only with tabs that have the same text here: for deployments of an app that must not meet. */
  appVersion?: string
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
  /**
   * What checks payloads, for each event type: any Standard Schema, such as those of zod, valibot and arktype. Event map
   * and payloads are inferred from it; handlers get what the schema makes of the data. Invalid data reaches nobody: it is
   * reported as `validation` with the `issues`, and the stream goes on. While an asynchronous schema is at work, what comes
   * after the message waits. (`getEventId`, `dedupe` and, with `share`, `until` see what `decode` has made.)
   */
  schema?: { [Type in keyof Events]?: StandardSchemaV1<unknown, Events[Type]> }
  /**
   * Whether this message says that the server has failed, as `event: error` does behind a head that was good. True: the
   * connection is lost with the error `server`, and tried again as `reconnect` says; `'fatal'`: the stream has `failed`. No handler gets
   * the message. The data of one that cannot be decoded is its text.
   */
  failWhen?: (message: ReceivedMessage) => boolean | 'fatal'
  /**
   * Whether the server has replayed all that was missed, by a message or a comment (`mark.comment`). From an opening with a
   * cursor until this is true messages are `replayed`, the one that says so included; and so is what late subscribers of a
   * shared stream get of the past. (`eventSourceTransport()` knows no comments.)
   */
  caughtUp?: (mark: CaughtUpMark) => boolean
  /**
   * The message that says that the stream is complete, which closes it: the text of its data (it is not delivered),
   * or a function of the message (it is). An end before it is an error of the code `truncated`.
   */
  until?: string | ((message: Message<NoInfer<Events>>) => boolean)
  /** The cursor, where it is in the data: becomes the message's own id. Undefined: that of its own block, if it has one; `''`: none. */
  getEventId?: (message: Message<NoInfer<Events>>) => string | undefined
  /**
   * Whether a message that was delivered before is dropped when the server replays it: one with an id of its own, and
   * the id, type and data of one of the last 1024. Looked at from a reconnect until 1024 messages or 30 seconds have
   * passed without one. Or a function that gives what messages are told apart by; undefined is never dropped.
   * @default true
   */
  dedupe?: boolean | ((message: Message<NoInfer<Events>>) => string | undefined)
  /** Whether to connect at once. @default true */
  immediate?: boolean
  /** Handlers by event type: every message, in order, exactly as it came. */
  on?: HandlerMap<NoInfer<Events>>
  /** Every message of any type, before the handlers of its type. */
  onMessage?: (message: Message<NoInfer<Events>>) => unknown
  /**
   * All messages since the last frame (at most 512), after their handlers; those that are `replayed` and others never together.
   * Of a stream that is closed or left the last ones come at that moment. A promise that it returns is watched as those of handlers.
   */
  onBatch?: (
    messages: Message<NoInfer<Events>>[],
    details: { readonly replayed: boolean },
  ) => unknown
  onOpen?: (details: OpenDetails) => unknown
  /** The stream has ended: `closed` or `failed`. */
  onClose?: (reason: EventStreamReason) => unknown
  /** Every error, also those that a reconnect or the next message mends: see `error.fatal`. */
  onError?: (error: EventStreamError) => unknown
  /** Messages may be missing: fetch what they would have told. */
  onGap?: (details: GapDetails) => unknown
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
  /**
   * Whose stream it is, a user's or a session's id: only streams and tabs with the same one share, and what `resume` stores is its
   * own. null: public. Undefined, as while nobody knows: no tabs share it. `setUrl` changes it.
   */
  identity?: string | null | undefined
  /** @internal Those of the app; by default of the page. */
  connections?: AppConnections
}
