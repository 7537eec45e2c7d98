/** `vue-event-stream`: the plugin and the composables. Needs vue and @vueuse/core. */
export { createEventStreams } from './vue/plugin.ts'
export { useEventStream } from './vue/use-event-stream.ts'
export { useEventStreamState } from './vue/use-event-stream-state.ts'
export { useEventStreamsStatus } from './vue/use-event-streams-status.ts'
export { useMessageQueue } from './vue/use-message-queue.ts'
export { useTextStream } from './vue/use-text-stream.ts'
export { ndjson } from './client/formats/ndjson.ts'
export { EventStreamError, isEventStreamError } from './protocol/errors.ts'
// `export *`, so that `declare module 'vue-event-stream'` reaches the interface.
export * from './vue/registered-events.ts'
export type { EventStreamsOptions, UseEventStreamOptions } from './vue/options.ts'
export type { UseEventStreamReturn } from './vue/use-event-stream.ts'
export type { UseEventStreamsStatusReturn } from './vue/use-event-streams-status.ts'
export type { StateReducers } from './vue/state-reducers.ts'
export type { UseLoadedStateOptions, UseLoadedStateReturn } from './vue/use-loaded-state.ts'
export type { LoadContext, LoadReason, LoadedState } from './client/delivery/loaded-state.ts'
export type { MessageOfTypes, UseMessageQueueReturn } from './vue/use-message-queue.ts'
export type {
  TextStreamResult,
  UseTextStreamOptions,
  UseTextStreamReturn,
} from './vue/use-text-stream.ts'
export type { Flush } from './client/delivery/flush-scheduler.ts'
export type {
  MessageQueueOptions,
  OwnQueueOverflow,
  QueueOverflow,
} from './client/delivery/message-queue.ts'
export type { NdjsonOptions } from './client/formats/ndjson.ts'
export type { StreamFormat } from './client/formats/stream-format.ts'
export type { Transport } from './client/transports/transport.ts'
export type {
  StandardSchemaIssue,
  StandardSchemaResult,
  StandardSchemaV1,
} from './protocol/standard-schema.ts'
export type { EventStreamErrorCode, EventStreamErrorDetails } from './protocol/errors.ts'
export type {
  Cancel,
  CursorStorage,
  Environment,
  Navigation,
  PageEvent,
} from './client/environment.ts'
export type {
  CaughtUpMark,
  EventHandler,
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
} from './client/types.ts'
export type {
  AttemptContext,
  ConnectionOptions,
  DecodeFunction,
  Decoding,
  EventStreamOptions,
  FallbackOptions,
  PerAttempt,
  ReconnectOptions,
  RequestContext,
  RequestOverride,
  ResumeContext,
  ResumeOptions,
} from './client/options.ts'
export type { RenewOptions } from './client/transports/renew-options.ts'
