import type { EventStreamError } from './errors.ts'

/**
 * One dispatched event, as the standard's MessageEvent names its parts.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
 */
export interface EventStreamMessage {
  /** The event type; `'message'` when the server sent none. */
  readonly type: string
  /** The `data` lines, joined with line feeds. */
  readonly data: string
  /** The stream's last event ID at this message: its own, or the one it inherits; `''` when there is none. */
  readonly lastEventId: string
}

/** What a parser reports, in the order of the stream, while `feed()` runs. */
export interface EventStreamParserCallbacks {
  /** A message is complete. `hasOwnId`: its own block carried the id, it does not only inherit it. */
  onMessage?: (message: EventStreamMessage, hasOwnId: boolean) => void
  /** A comment line, without its colon and one leading space. Servers send comments as heartbeats; in NDJSON, blank lines. */
  onComment?: (comment: string) => void
  /** The server set the reconnection time: milliseconds, not clamped (`Infinity` for absurd numbers of digits). */
  onRetry?: (reconnectionTime: number) => void
  /** A block that carries an `id` of its own is complete, with data or without. Called before its `onMessage`. */
  onLastEventId?: (lastEventId: string) => void
  /**
   * A line or a message is over `maxMessageSize` (`message-too-large`): nothing more is read until `end()` or `reset()`. Or a
   * line cannot be read (`decode`): the next one is.
   */
  onError?: (error: EventStreamError) => void
}

export interface EventStreamParserOptions {
  /**
   * The longest line, and the longest message, in characters (UTF-16 code units). Over it: `onError` with
   * `message-too-large`. `Infinity` for no limit.
   * @default 16_777_216
   */
  maxMessageSize?: number
  /**
   * The id that messages inherit until the stream sends one: what was sent as `Last-Event-ID`.
   * @default ''
   */
  lastEventId?: string
}

export interface NdjsonParserOptions extends EventStreamParserOptions {
  /**
   * What a line says, without its line end. By default it is the data of a `message`. Without data only its id counts. What it throws is
   * reported as `decode`.
   */
  toMessage?: (line: string) => EncodableEvent
}

export interface EventStreamParser {
  /** Reads the next bytes of the stream, cut anywhere; the array may be used again afterwards. */
  feed(bytes: Uint8Array): void
  /**
   * The stream has ended: an unfinished event is dropped, as the standard asks; the last line of NDJSON needs no line end. The last
   * event ID stays.
   */
  end(): void
  /** Forgets everything. Called inside a callback, it also drops the rest of what is being fed. */
  reset(): void
}

/** What `encodeEvent` writes, and a line of NDJSON says. */
export interface EncodableEvent {
  /** The event type. Left out for `message`. */
  type?: string
  /** The text, of any number of lines. Left out, the block only moves the last event ID. */
  data?: string
  /** The event's id; `''` makes the client forget the one it has. */
  id?: string
}
