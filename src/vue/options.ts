/** The composable's options, and how the plugin's defaults go into them. */
import { isSafeMethod } from '../client/transports/request.ts'
import type { MaybeRefOrGetter } from 'vue'
import type { Flush } from '../client/delivery/flush-scheduler.ts'
import type { MessageQueueOptions, OwnQueueOverflow } from '../client/delivery/message-queue.ts'
import type { EventStreamOptions } from '../client/options.ts'
import type { RegisteredEvents } from './registered-events.ts'

export interface UseEventStreamOptions<
  Events extends object = RegisteredEvents,
> extends EventStreamOptions<Events> {
  /** Whether the stream may connect; false is `idle`, the cursor is kept. Reactive. @default true */
  enabled?: MaybeRefOrGetter<boolean>
  /**
   * Whose stream it is, a user's or a session's id: with `share: 'tabs'` only tabs with the same one share it; null for a stream that is
   * public. While a ref or getter gives undefined, nobody is known, and a stream that tabs share is `idle`. A change leaves the
   * connection and starts anew, as one of `url` does. Reactive.
   */
  identity?: MaybeRefOrGetter<string | null | undefined>
  /**
   * The bounds of the default queue; made with the first look at `queue` when not given. Its `overflow` may also be
   * `'pause'`: at `capacity` messages nothing more is read until some are taken, so that the server waits. After 30 seconds
   * the connection is closed, and made anew when there is room. Such a stream has a connection of its own, whatever `share` says.
   */
  queue?: MessageQueueOptions<OwnQueueOverflow>
  /**
   * How often the refs that change with messages are written (`message`, `lastEventId`, counters, queues, state):
   * once per animation frame, for every message, or at most every so many milliseconds.
   * @default 'frame'
   */
  flush?: Flush
  /** @internal `useEventStreamsStatus` does not count it: a text that has failed is no lost connection, and is not asked for again unasked. */
  isUncounted?: true
}

/** The defaults of an app's streams: every option that is not about one stream's events. */
export type EventStreamsOptions = Omit<UseEventStreamOptions<Record<string, unknown>>, 'on'>

/**
 * A stream's own options over the app's. One option replaces the other; only `headers` are put together (a token from
 * the app, a field from the stream) and `environment`, member by member. The app's `reconnect` does not make a POST repeatable.
 */
export function mergeOptions<Events extends object>(
  defaults: EventStreamsOptions,
  own: UseEventStreamOptions<Events>,
): UseEventStreamOptions<Events> {
  const given = Object.entries(own).filter(([, value]) => value !== undefined)
  const headers = { baseHeaders: defaults.headers, headers: own.headers }
  const environment = { ...defaults.environment, ...own.environment }
  const merged = { ...defaults, ...Object.fromEntries(given), ...headers, environment }
  // With a request of its own to go on by, all but true leaves the first one alone.
  const isRepeat = !merged.resume?.request || merged.reconnect === true
  if (isRepeat && !isSafeMethod(merged.method)) merged.reconnect = own.reconnect
  return merged as UseEventStreamOptions<Events>
}
