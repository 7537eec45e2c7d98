/** The composable's options, and how the plugin's defaults go into them. */
import type { MaybeRefOrGetter } from 'vue'
import type { Flush } from '../client/flush-scheduler.ts'
import type { MessageQueueOptions } from '../client/message-queue.ts'
import type { AttemptContext, EventStreamOptions, PerAttempt } from '../client/types.ts'
import type { RegisteredEvents } from './registered-events.ts'

export interface UseEventStreamOptions<
  Events extends object = RegisteredEvents,
> extends EventStreamOptions<Events> {
  /** Whether the stream may connect; false is `idle`, the cursor is kept. Reactive. @default true */
  enabled?: MaybeRefOrGetter<boolean>
  /** The bounds of the default queue; made with the first look at `queue` when not given. */
  queue?: MessageQueueOptions
  /**
   * How often the refs that change with messages are written (`message`, `lastEventId`, counters, queues, state):
   * once per animation frame, for every message, or at most every so many milliseconds.
   * @default 'frame'
   */
  flush?: Flush
}

/** The defaults of an app's streams: every option that is not about one stream's events. */
export type EventStreamsOptions = Omit<
  UseEventStreamOptions<Record<string, unknown>>,
  'on' | 'until'
>

/**
 * A stream's own options over the app's. One option replaces the other; only `headers` are put together (a token
 * from the app, a field from the stream) and `reconnect` is merged field by field. The app's `reconnect` says how,
 * not whether: it does not make a POST repeatable.
 */
export function mergeOptions<Events extends object>(
  defaults: EventStreamsOptions,
  own: UseEventStreamOptions<Events>,
): UseEventStreamOptions<Events> {
  const merged = { ...(defaults as UseEventStreamOptions<Events>) }
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) Object.assign(merged, { [name]: value })
  }
  merged.headers = mergeHeaders(defaults.headers, own.headers)
  merged.reconnect = mergeReconnect(defaults.reconnect, own.reconnect, merged.method)
  return merged
}

type HeadersOption = PerAttempt<HeadersInit | undefined>

function mergeHeaders(base: HeadersOption, own: HeadersOption): HeadersOption {
  if (!base || !own) return own ?? base
  if (typeof base !== 'function' && typeof own !== 'function') return addHeaders(base, own)
  const resolve = (headers: HeadersOption, context: AttemptContext): unknown =>
    typeof headers === 'function' ? headers(context) : headers
  return async (context) =>
    addHeaders(
      (await resolve(base, context)) as HeadersInit,
      (await resolve(own, context)) as HeadersInit,
    )
}

function addHeaders(base: HeadersInit | undefined, own: HeadersInit | undefined): Headers {
  const headers = new Headers(base)
  new Headers(own).forEach((value, name) => headers.set(name, value))
  return headers
}

type ReconnectOption = EventStreamOptions['reconnect']

function mergeReconnect(
  base: ReconnectOption,
  own: ReconnectOption,
  method: string | undefined,
): ReconnectOption {
  if (own === undefined) return /^(GET|HEAD)$/i.test(method ?? 'GET') ? base : undefined
  return typeof base === 'object' && own ? { ...base, ...(own === true ? {} : own) } : own
}
