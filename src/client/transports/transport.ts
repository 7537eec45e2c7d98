/** What a way to get a stream's messages has to do. The client does the rest: when to connect, and what it means. */
import type { EventStreamError } from '../../protocol/errors.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { Environment } from '../environment.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from '../options.ts'
import type { Answer } from './exchange.ts'
import type { AttemptRequest } from './request.ts'

/**
 * One way to get a stream's messages: streaming with `fetch` unless the option `transport` gives another one. It makes
 * one connection when it is asked to, and neither repeats nor times anything: that is the client's.
 */
export interface Transport {
  /** What the state, the log and errors call it. */
  readonly name: string
  /** Whether one answer goes on without an end, so that silence on it is a sign. @default true */
  readonly isContinuous?: boolean
  /**
   * Connects once, and calls `onOpen` before the first `receive` (`ask` does so). Resolves when the stream has ended cleanly.
   * Rejects when the connection failed or was lost: an `EventStreamError` says how (a `fatal` one ends the stream), anything
   * else counts as `network`. Once `attempt.signal` is aborted it lets go of everything and settles, one way or the other:
   * what it tells is not heard any more.
   */
  connect(attempt: TransportAttempt): Promise<void>
}

/** What the app gets to see of an answer. */
export type TransportAnswer = Pick<Response, 'status' | 'headers'>

/** What an answer has to be. */
export interface Asking {
  /** The header `Accept`. */
  readonly accept: string
  /** The content types that are taken. */
  readonly types: RegExp
  /** The answer has to come piece by piece, which not every `fetch` can do. */
  readonly isStream?: boolean
  /**
   * Called when there is an answer, whatever it is. What it waits for counts into `connectTimeout`.
   * @param type Its content type; empty when it is not what was asked for.
   */
  readonly onHead?: (type: string) => Promise<void> | void
  /** Asked in place of the stream's own URL. */
  readonly url?: UrlSource | undefined
}

/** Of a request beside a connection: what ends it alone. */
export type Aside = Pick<AttemptContext, 'signal' | 'wasOpen'>

/** One attempt: what the transport is to ask for, and where it tells what has come. The functions need no `this`. */
export interface TransportAttempt {
  /** Aborted as soon as this attempt is not wanted any more. */
  readonly signal: AbortSignal
  readonly environment: Environment
  readonly options: ConnectionOptions
  /** The cursor at this moment: that of the last message that was delivered. To go on from, take `createRequest()`. */
  readonly lastEventId: string
  /**
   * Makes the request that the options ask for, without sending it: for transports that connect in their own way. Two such
   * attempts are at least 2 s apart, since nobody sees how often they are redirected.
   * @param via Where the cursor goes, whatever `resume.via` says.
   */
  createRequest(via?: 'query'): Promise<AttemptRequest>
  /**
   * Sends the request that the options ask for with `fetch`, and announces the first answer that is right. Rejects with
   * what an answer that is not means (`http-status`, `content-type`); a 204 ends the stream, and aborts the signal.
   */
  ask(asking: Asking): Promise<Response>
  /**
   * Sends it beside a connection that is open, and changes nothing: undefined is a 204. An answer that takes the place of the first
   * one is announced with `onOpen`.
   */
  ask(asking: Asking, aside: Aside): Promise<Answer | undefined>
  /** How many milliseconds a further request has to wait at least: no server makes the client ask too often. */
  delay(): number
  /**
   * Undefined when messages are wanted now; else resolves when they are. Read nothing before: what is told all the same
   * waits, so who cannot stop reading looks how much that is, and calls `onOverflow`.
   */
  whenReady(): Promise<void> | undefined
  /** How many characters of messages have been told and wait for their turn; each counts for 256 beside its data. */
  waiting(): number
  /** Calls back with each event type that anybody wants, now and later: for transports that have to ask for them. */
  onWantedType(callback: (type: string) => void): void

  /** The server has accepted; `ask` says so by itself. */
  onOpen(answer: TransportAnswer): void
  /** Something has come: a sign of life. What it is, is told within `read`. */
  receive(read: () => void): void
  /** A message, with the text that `decode` gets; within `receive`. `hasOwnId`: it brought its id, and does not only inherit it. */
  onMessage(message: EventStreamMessage, hasOwnId: boolean): void
  /** The cursor moves; called before the message that it came with. */
  onLastEventId(id: string): void
  /** A sign of life that is no message. @param comment Its text: what `caughtUp` looks at. */
  onComment(comment?: string): void
  /** The server's reconnection time in milliseconds. */
  onRetry(reconnectionTime: number): void
  /** Something cannot be read, and the stream goes on. */
  onError(error: EventStreamError): void
  /**
   * More has come than may wait. When only slow handlers are behind that, some of it is delivered at once; else, or when
   * twice as much waits as may, the connection is left, and `signal` aborted, until all of it is. One whose request is not
   * to be sent again (a POST without `reconnect`) stays, and what comes goes on waiting: who serves those stops reading
   * (`whenReady`), or rejects when this has not aborted `signal`: that ends the stream after all that waits.
   * @param limit How many characters may wait; `maxMessageSize` unless given.
   */
  onOverflow(limit?: number): void
}
