/** `vue-event-stream/protocol`: the wire format alone. Needs nothing; for servers and workers too. */
export { EVENT_STREAM_MIME_TYPE, LAST_EVENT_ID_HEADER } from './constants.ts'
export { encodeComment, encodeEvent, encodeRetry } from './encode-event-stream.ts'
export { EventStreamError, isEventStreamError } from './errors.ts'
export { createEventStreamParser } from './parse-event-stream.ts'
export { createNdjsonParser } from './parse-ndjson.ts'
export type { EventStreamErrorCode, EventStreamErrorDetails } from './errors.ts'
export type {
  EncodableEvent,
  EventStreamMessage,
  EventStreamParser,
  EventStreamParserCallbacks,
  EventStreamParserOptions,
  NdjsonParserOptions,
} from './types.ts'
