/** `vue-event-stream/client`: one connection and its life, without Vue. Needs `fetch`. */
export { createEventStreamClient } from './event-stream-client.ts'
export { defaultEnvironment } from './environment.ts'
export { ndjson } from './formats/ndjson.ts'
export { eventSourceTransport } from './transports/event-source-transport.ts'
export { fetchTransport } from './transports/fetch-transport.ts'
export { pollingTransport } from './transports/polling-transport.ts'
export { EventStreamError, isEventStreamError } from '../protocol/errors.ts'
export type {
  StandardSchemaIssue,
  StandardSchemaResult,
  StandardSchemaV1,
} from '../protocol/standard-schema.ts'
export type { EventStreamErrorCode, EventStreamErrorDetails } from '../protocol/errors.ts'
export type {
  EventStreamMessage,
  EventStreamParser,
  EventStreamParserCallbacks,
  EventStreamParserOptions,
} from '../protocol/types.ts'
export type { Cancel, CursorStorage, Environment, Navigation, PageEvent } from './environment.ts'
export type { NdjsonOptions } from './formats/ndjson.ts'
export type { StreamFormat } from './formats/stream-format.ts'
export type { EventSourceTransportOptions } from './transports/event-source-transport.ts'
export type { PolledMessage, ToMessages } from './transports/polled-messages.ts'
export type { PollingTransportOptions } from './transports/polling-transport.ts'
export type {
  Asking,
  Transport,
  TransportAnswer,
  TransportAttempt,
} from './transports/transport.ts'
export type { AttemptRequest } from './transports/request.ts'
export type {
  CaughtUpMark,
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
  ReceivedMessage,
} from './types.ts'
export type {
  AttemptContext,
  ConnectionOptions,
  DecodeFunction,
  Decoding,
  EventStreamClientOptions,
  EventStreamOptions,
  FallbackOptions,
  PerAttempt,
  ReconnectOptions,
  RequestContext,
  RequestOverride,
  ResumeContext,
  ResumeOptions,
  UrlSource,
} from './options.ts'
export type { RenewOptions } from './transports/renew-options.ts'
