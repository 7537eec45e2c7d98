/** How a stream is written. */
import type {
  EventStreamParser,
  EventStreamParserCallbacks,
  EventStreamParserOptions,
} from '../../protocol/types.ts'
import type { TransportAttempt } from '../transports/transport.ts'

/**
 * A way to write messages into an answer that goes on without an end: `ndjson()`, or one of your own, made from it:
 * `{ ...ndjson(), name: 'log', accept: 'text/plain', types: /^text\/plain/, createParser: createLogParser }`.
 */
export interface StreamFormat {
  /** What one calls it. */
  readonly name: string
  /** The header `Accept`; its first type is the one that errors name. */
  readonly accept: string
  /** The content types that are taken. */
  readonly types: RegExp
  /**
   * Creates the parser of one answer. An error of the code `decode` that it reports costs nothing but what it is about; any other one
   * loses the connection. `end()` is called when the answer has ended, not when it was cut.
   */
  createParser(
    callbacks: EventStreamParserCallbacks,
    options: EventStreamParserOptions,
  ): EventStreamParser
  /** Reads an answer with such a parser: that of `ndjson()` does. */
  readonly read: ReadAnswer
}

/** Delivers an answer until its end. */
export type ReadAnswer = (response: Response, attempt: TransportAttempt) => Promise<void>
