/** The names and numbers of the format that more than one file needs. */

/** @see https://html.spec.whatwg.org/multipage/iana.html#text/event-stream */
export const EVENT_STREAM_MIME_TYPE = 'text/event-stream'

/** The request header that carries the cursor on a reconnect. */
export const LAST_EVENT_ID_HEADER = 'Last-Event-ID'

/** The type of a message whose server sent none. */
export const DEFAULT_EVENT_TYPE = 'message'

/** 16 Mi characters (UTF-16 code units). */
export const DEFAULT_MAX_MESSAGE_SIZE_CHARS: number = 16 * 1024 * 1024
