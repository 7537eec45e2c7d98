/** The composable: a client's state as refs, and its life tied to the scope. */
import { isClient, tryOnScopeDispose } from '@vueuse/core'
import {
  getCurrentInstance,
  hasInjectionContext,
  inject,
  nextTick,
  onMounted,
  proxyRefs,
  shallowReadonly,
  shallowRef,
  toValue,
  watch,
} from 'vue'
import { defaultEnvironment } from '../client/environment.ts'
import { createEventStreamClient } from '../client/event-stream-client.ts'
import { createFlushScheduler } from '../client/flush-scheduler.ts'
import { EVENT_STREAMS_KEY } from './injection-keys.ts'
import { mergeOptions } from './options.ts'
import { STREAM_INTERNALS } from './stream-internals.ts'
import { createReactiveQueue } from './use-message-queue.ts'
import type { MaybeRefOrGetter, ShallowRef, ShallowUnwrapRef } from 'vue'
import type { Environment } from '../client/environment.ts'
import type { EventStreamControls, EventStreamState, Message } from '../client/types.ts'
import type { EventStreamsContext } from './injection-keys.ts'
import type { UseEventStreamOptions } from './options.ts'
import type { RegisteredEvents } from './registered-events.ts'
import type { StreamInternals } from './stream-internals.ts'
import type { UseMessageQueueReturn } from './use-message-queue.ts'

type ReadonlyRef<T> = Readonly<ShallowRef<T>>
type StateRefs = { readonly [Name in keyof EventStreamState]: ReadonlyRef<EventStreamState[Name]> }

/** A stream: readonly refs of its state, its default queue and its controls. */
export interface UseEventStreamReturn<Events extends object = RegisteredEvents>
  extends StateRefs, EventStreamControls<Events> {
  /** The last message, for show: several of a frame leave one. Handlers and queues get every message. */
  readonly message: ReadonlyRef<Message<Events> | null>
  /** The default queue, plain in templates and not to be destructured; made when it is first read. */
  readonly queue: ShallowUnwrapRef<UseMessageQueueReturn<Message<Events>>>
  /** @internal */
  readonly [STREAM_INTERNALS]: StreamInternals<Events>
}

const STATUS_NAMES = [
  'status',
  'reason',
  'error',
  'attempt',
  'retryAt',
  'disconnectedSince',
] as const
const PROGRESS_NAMES = [
  'lastActivityAt',
  'lastEventId',
  'received',
  'duplicates',
  'message',
] as const

/** Outside of an app, or in one without the plugin, the defaults hold. */
const NO_PLUGIN: EventStreamsContext = { options: {}, clients: new Set() }

/**
 * Streams from a URL for as long as the current scope lives.
 *
 * Connects when the component is mounted, or in a microtask outside of one; never on the server, so the first
 * render is always `idle`. Works without the plugin, and outside of components in any effect scope (with
 * `app.runWithContext` for the app's defaults); without a scope it lives until `close()`. Never throws for what
 * the server or the network do: see `status` and `error`.
 *
 * @param url A value, a ref or a getter; null or undefined is `idle`. A change replaces the connection: nothing of
 * the old one arrives any more, and cursor, attempts and error start anew.
 * @param options Read once, but for `enabled`.
 * @example
 * const { status, queue } = useEventStream<{ 'new-message': { text: string } }>('/api/chat/stream', {
 *   on: { 'new-message': ({ text }, { lastEventId }) => console.log(lastEventId, text) },
 *   queue: { capacity: 200 },
 * })
 */
export function useEventStream<Events extends object = RegisteredEvents>(
  url: MaybeRefOrGetter<string | URL | null | undefined>,
  options: UseEventStreamOptions<Events> = {},
): UseEventStreamReturn<Events> {
  const context = hasInjectionContext() ? inject(EVENT_STREAMS_KEY, NO_PLUGIN) : NO_PLUGIN
  const merged = mergeOptions(context.options, options)
  const environment = createEnvironment(merged.environment, context)
  const scheduler = createFlushScheduler(environment, merged.flush)
  const taps = new Set<(message: Message<Events>) => void>()

  const client = createEventStreamClient<Events>(null, {
    ...merged,
    environment,
    immediate: false,
    onStatus: copyStatus,
    onActivity: () => scheduler.request(copyProgress),
    onMessage(message) {
      for (const tap of taps) tap(message)
      scheduler.request(copyProgress)
      return merged.onMessage?.(message)
    },
  })

  const refs = Object.fromEntries(
    [...STATUS_NAMES, ...PROGRESS_NAMES].map((name) => [name, shallowRef<unknown>(client[name])]),
  )
  const copy = (names: readonly (keyof EventStreamState | 'message')[]): void => {
    for (const name of names) refs[name]!.value = client[name]
  }
  const copyProgress = (): void => copy(PROGRESS_NAMES)

  /** What people act on is written at once, what changes with messages once per flush. */
  function copyStatus(): void {
    copy(STATUS_NAMES)
    scheduler.request(copyProgress)
  }

  // Whether the stream lives: the app's wish, `enabled`, and whether rendering has come so far.
  const isReady = shallowRef(false)
  const isEnabled = (): boolean => isReady.value && toValue(options.enabled ?? true)
  let isWanted = merged.immediate !== false

  // Synchronous: not even a microtask of the old connection may run after the change.
  watch(
    [() => toValue(url)?.toString() ?? null, isEnabled],
    ([nextUrl, enabled]) => {
      client.setUrl(nextUrl)
      if (isWanted && enabled) client.open()
      else if (isWanted && isReady.value) client.suspend('disabled')
    },
    { flush: 'sync', immediate: true },
  )
  if (getCurrentInstance()) onMounted(start)
  else if (isClient) void nextTick(start)

  function start(): void {
    context.clients.add(client)
    isReady.value = true
  }

  function open(): void {
    isWanted = true
    if (isEnabled()) client.open()
  }

  function close(): void {
    isWanted = false
    client.close()
  }

  function reconnect(): void {
    isWanted = true
    if (isEnabled()) client.reconnect()
  }

  tryOnScopeDispose(() => {
    client.close('unmount')
    copyProgress()
    scheduler.cancel()
    taps.clear()
    context.clients.delete(client)
  })

  let queue: UseEventStreamReturn<Events>['queue'] | undefined
  const internals: StreamInternals<Events> = {
    tap(listener) {
      taps.add(listener)
      return () => taps.delete(listener)
    },
    requestFlush: scheduler.request,
  }
  if (merged.queue) getQueue()

  function getQueue(): UseEventStreamReturn<Events>['queue'] {
    return (queue ??= proxyRefs(createReactiveQueue(internals, merged.queue)))
  }

  const stream = {
    ...Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, shallowReadonly(ref)])),
    get queue() {
      return getQueue()
    },
    open,
    close,
    reconnect,
    pause: client.pause,
    resume: client.resume,
    on: (type: never, handler: never) => endWithScope(client.on(type, handler)),
    once: (type: never, handler: never) => endWithScope(client.once(type, handler)),
    [Symbol.asyncIterator]: client[Symbol.asyncIterator],
    [STREAM_INTERNALS]: internals,
  }
  return stream as unknown as UseEventStreamReturn<Events>
}

/** Handlers added in a component go with it, also when the stream is somebody else's. */
function endWithScope(end: () => void): () => void {
  tryOnScopeDispose(end)
  return end
}

function createEnvironment(
  own: Partial<Environment> | undefined,
  { reportError }: EventStreamsContext,
): Environment {
  const environment = Object.assign(Object.create(defaultEnvironment), own)
  if (reportError) environment.reportError = reportError
  return environment
}
