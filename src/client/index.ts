/** `vue-event-stream/client`: one connection and its life, without Vue. Needs `fetch`. */
export { createEventStreamClient } from './event-stream-client.ts'
export { defaultEnvironment } from './environment.ts'
export { EventStreamError, isEventStreamError } from '../protocol/errors.ts'
export type { EventStreamErrorCode, EventStreamErrorDetails } from '../protocol/errors.ts'
export type { Cancel, CursorStorage, Environment, Navigation, PageEvent } from './environment.ts'
export type {
  EventHandler,
  EventStreamClient,
  EventStreamControls,
  EventStreamGapReason,
  EventStreamReason,
  EventStreamState,
  EventStreamStatus,
  EventType,
  GapDetails,
  HandlerMap,
  Message,
  MessageOf,
  OpenDetails,
} from './types.ts'
export type {
  AttemptContext,
  ConnectionOptions,
  DecodeFunction,
  Decoding,
  EventStreamClientOptions,
  EventStreamOptions,
  PerAttempt,
  ReconnectOptions,
  RequestContext,
  RequestOverride,
  ResumeOptions,
  UrlSource,
} from './options.ts'
