/** When a stream is handed over to its next connection. */

/**
 * The planned hand-over of a stream to its next connection: before a token expires, or when the server says that it is about to end the
 * connection. The next one is asked for while the old one is still read, with headers, URL and cursor of that moment, and only a good
 * answer takes its place: nothing is lost, nothing comes twice, the status stays `open`, and no callback is called. Refused, or without
 * an answer, it is asked for again, after 1 to 30 seconds, while the old one goes on; what ends that one is a loss as any other. So is
 * a loss when nobody could tell what is missing: where messages have no ids of their blocks (`getEventId` knows them too late), before the first
 * one, and where a request may not be repeated (an unsafe
 * method, or one that `request` may change, without `reconnect`; `resume.request`) nothing is handed over.
 */
export interface RenewOptions {
  /**
   * When the connection has to have been replaced, as a date or in milliseconds since 1970: when the token expires that its
   * request was sent with, say. Asked at each connection, once the head of its answer is there; undefined: not by time.
   */
  before?: (details: {
    /** When the answer came, in milliseconds since 1970. */
    readonly openedAt: number
    /** Of the answer. */
    readonly headers: Headers
  }) => number | Date | undefined
  /** So many milliseconds before it the next connection is asked for. @default 30_000 */
  lead?: number
  /**
   * The event with which the server announces that the connection is about to end: its type, or a function of the message with its
   * text. It is delivered, too. The same id again is no news, and a connection that has taken the place of another one is kept for 10
   * seconds at least; for twice as long each time that it is to be left sooner again.
   */
  on?: string | ((message: { type: string; data: string; lastEventId: string }) => boolean)
}
