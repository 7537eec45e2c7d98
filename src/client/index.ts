/** `vue-event-stream/client`: one connection and its life, without Vue. Needs `fetch`. */
export { createEventStreamClient } from './event-stream-client.ts'
export { defaultEnvironment } from './environment.ts'
export { EventStreamError, isEventStreamError } from '../protocol/errors.ts'
export type { EventStreamErrorCode, EventStreamErrorDetails } from '../protocol/errors.ts'
export type { Cancel, Environment } from './environment.ts'
export type {
  AttemptContext,
  ConnectionOptions,
  DecodeFunction,
  Decoding,
  EventHandler,
  EventStreamClient,
  EventStreamClientOptions,
  EventStreamControls,
  EventStreamOptions,
  EventStreamReason,
  EventStreamState,
  EventStreamStatus,
  EventType,
  HandlerMap,
  Message,
  MessageOf,
  OpenDetails,
  PerAttempt,
  ReconnectOptions,
  UrlSource,
} from './types.ts'
