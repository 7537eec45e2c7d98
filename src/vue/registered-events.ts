/**
 * The events of the app's streams, for those that name no event map of their own. Empty until the app fills it:
 * @example
 * declare module 'vue-event-stream' {
 *   interface EventStreamEvents { 'new-message': { user: string; text: string } }
 * }
 */
export interface EventStreamEvents {}

/** What `useEventStream` takes for the events when it is given none. */
export type RegisteredEvents = keyof EventStreamEvents extends never
  ? Record<string, unknown>
  : EventStreamEvents
