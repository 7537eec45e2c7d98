/** Between a connection and the one that listens to it. */
import type { EventStreamError } from '../../protocol/errors.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { DeliveryGate, HoldReason } from '../delivery/delivery-gate.ts'
import type { Environment } from '../environment.ts'
import type { ConnectionCallbacks, ConnectionOptions, UrlSource } from '../options.ts'
import type {
  EventStreamGapReason,
  EventStreamReason,
  EventStreamState,
  OpenDetails,
} from '../types.ts'

/** What a shared stream has found out about a message. */
export interface JudgedMessage {
  /** What it is known by when another stream brings it again; undefined when it is not. */
  readonly print: number | undefined
  /** It makes up for an absence. */
  readonly replayed: boolean
}

/**
 * What has come of a message: whether it is news, and not one that was delivered before. Or a promise: it cannot be said yet, and the
 * message is to be brought once more then. Or an error: the connection is lost with it.
 */
export type Reception = boolean | PromiseLike<unknown> | EventStreamError

/** What a connection needs of the one that listens. */
export interface ConnectionListener {
  /** Loads what messages go through on their way, if an option asks for it. */
  load(): Promise<void>
  /** Resolves when that is there and the cursor is known. */
  whenKnown(): Promise<void>
  /** An attempt asks for this URL, shown without its query. */
  onRequest(url: string): void
  /** A message has come that is no heartbeat, and may have to wait. */
  onArrival(type: string, hasOwnId: boolean): void
  /** @param judged One of a shared stream, which is news there and not the last one. */
  onMessage(message: EventStreamMessage, hasOwnId: boolean, judged?: JudgedMessage): Reception
  /** There if somebody wants to know: a comment; or that what comes is of the past, or is not any more. */
  readonly onMark?: ((mark: string | boolean) => void) | undefined
  /** Calls back with each event type that anybody wants, now and later. */
  onWantedType(callback: (type: string) => void): void
  /** The cursor has moved without a message. */
  onCursor(): void
  /**
   * @param gap Why messages may be missing, as far as the connection knows.
   * @param parkedAfter What a stream goes on after that was left because nobody read it; undefined for any other.
   */
  onOpen(details: OpenDetails, gap: EventStreamGapReason | undefined, parkedAfter?: string): void
  /**
   * The server has answered once more in the middle of a stream, and may repeat what it said before.
   * @param gap Why messages may be missing.
   */
  onAskedAgain(gap: EventStreamGapReason | undefined): void
  onError(error: EventStreamError): void
  /** Messages may be missing from here on. (What comes with an opening goes to `onOpen`.) */
  onGap(reason: EventStreamGapReason): void
  /** The state has changed. */
  onStatus(): void
  /** The connection ends or leaves with the page: this may be the last chance to write something down. */
  onLeave(): void
  /** Calls a function of the app, survives it, and gives what it returns. */
  call<Args extends unknown[], Result>(
    fn: ((...args: Args) => Result) | undefined,
    ...args: Args
  ): Result | undefined
}

export interface Connection {
  open(): void
  /** Ends the connection on purpose: nothing is delivered after it. */
  end(status: 'idle' | 'closed', reason: EventStreamReason): void
  /** The last message has come. */
  complete(): void
  /** Ends it without a word, because another one takes its place. */
  dispose(): void
  reconnect(): void
  /** The gate has changed: this reason holds now, or does not any more. */
  onHold(reason: HoldReason): void
  /** Handlers still work on the message that is being delivered. */
  onWork?(work: readonly PromiseLike<unknown>[]): void
}

/** The state, as the connection sees it: its to write. */
export type ConnectionState = { -readonly [Name in keyof EventStreamState]: EventStreamState[Name] }

/** Of one connection, and whose it is. */
export type ConnectionSetup = ConnectionOptions &
  ConnectionCallbacks & { readonly identity?: string | null | undefined }

/**
 * Makes a connection that waits for `open()`; without a source it waits for ever.
 * @param hasCompletion Whether something says that the stream is complete, so that an end alone does not.
 */
export type CreateConnection = (
  source: UrlSource | null,
  options: ConnectionSetup,
  environment: Environment,
  state: ConnectionState,
  gate: DeliveryGate,
  listener: ConnectionListener,
  hasCompletion: boolean,
) => Connection
