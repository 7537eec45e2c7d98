/** The composable: a client's state as refs, and its life tied to the scope. */
import { isClient, tryOnScopeDispose } from '@vueuse/core'
import {
  hasInjectionContext,
  inject,
  proxyRefs,
  shallowReactive,
  shallowReadonly,
  shallowRef,
  toRefs,
  toValue,
  watch,
} from 'vue'
import { defaultEnvironment } from '../client/environment.ts'
import { createEventStreamClient } from '../client/event-stream-client.ts'
import { createFlushScheduler } from '../client/delivery/flush-scheduler.ts'
import { EVENT_STREAMS_KEY } from './injection-keys.ts'
import { mergeOptions } from './options.ts'
import { STREAM_INTERNALS } from './stream-internals.ts'
import { INITIAL_STATE } from '../client/stream-client.ts'
import { createReactiveQueue } from './use-message-queue.ts'
import { whenRendered } from './when-rendered.ts'
import type { MaybeRefOrGetter, ShallowRef, ShallowUnwrapRef } from 'vue'
import type { EventStreamControls, EventStreamState, Message } from '../client/types.ts'
import type { AppStream, EventStreamsContext } from './injection-keys.ts'
import type { UseEventStreamOptions } from './options.ts'
import type { RegisteredEvents } from './registered-events.ts'
import type { OwnStreamInternals } from './stream-internals.ts'
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
  readonly [STREAM_INTERNALS]: OwnStreamInternals<Events>
}

/** Outside of an app, or in one without the plugin, the defaults hold. */
const NO_PLUGIN: EventStreamsContext = { options: {} }

/**
 * Streams from a URL for as long as the current scope lives.
 *
 * Connects when the component is mounted, or in a microtask outside of one; never on the server, so the first
 * render is always `idle`. Works without the plugin, and outside of components in any effect scope (with
 * `app.runWithContext` for the app's defaults); without a scope it lives until `close()`. Never throws for what
 * the server or the network do: see `status` and `error`.
 *
 * @param url A value, a ref or a getter; null or undefined is `idle`. A change replaces the connection: nothing of
 * the old one arrives any more, and cursor, attempts and error start anew (the cursor stays with the same `resume.key`).
 * @param options Read once, but for `enabled` and `identity`.
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
  const environment = { ...defaultEnvironment, ...merged.environment }
  const scheduler = createFlushScheduler(environment, merged.flush)

  const client = createEventStreamClient<Events>(null, {
    ...merged,
    environment,
    // Others would wait for the room in this stream's queue.
    share: merged.queue?.overflow !== 'pause' && merged.share,
    connections: context.connections,
    identity: undefined,
    enabled: true,
    onStatus: copyState,
    onActivity: requestCopy,
  })
  client.tap(requestCopy)

  const shown: Record<string, unknown> = { ...INITIAL_STATE }
  const state = shallowReactive(shown)

  /** What people act on is written at once, what changes with messages once per flush. */
  function copyState(): void {
    for (const name in shown) {
      const value = client[name as keyof typeof client]
      // Most have not changed. (Measured: to write them all makes a hundred small streams twice as slow.)
      if (shown[name] !== value) state[name] = value
    }
  }

  function requestCopy(): void {
    scheduler.request(copyState)
  }

  const appStream: AppStream = {
    state: state as unknown as AppStream['state'],
    isUncounted: merged.isUncounted,
    close: client.close,
    reconnect: client.reconnect,
  }
  const isReady = shallowRef(false)
  // On the server there is nothing to follow, and nobody who would stop it.
  if (isClient) {
    context.streams?.add(appStream)
    /** Whose it is, is not known yet: nothing is opened for nobody. */
    const isNobodys = (): boolean =>
      merged.share === 'tabs' &&
      merged.identity !== undefined &&
      toValue(merged.identity) === undefined
    // Synchronous: not even a microtask of the old connection may run after the change.
    watch(
      [
        () => isReady.value && toValue(merged.enabled ?? true),
        () => (isReady.value && !isNobodys() ? toValue(url)?.toString() : undefined),
        () => (isReady.value ? toValue(merged.identity) : undefined),
      ],
      ([isEnabled, nextUrl, identity]) => {
        client.setEnabled(isEnabled as boolean)
        // `??`: Vue makes undefined of a getter that throws.
        client.setUrl(nextUrl ?? null, identity)
      },
      { flush: 'sync' },
    )
    whenRendered(() => (isReady.value = true))
  }

  tryOnScopeDispose(() => {
    client.close('unmount')
    client.setEnabled(false)
    scheduler.cancel()
    context.streams?.delete(appStream)
  })

  let queue: UseEventStreamReturn<Events>['queue'] | undefined
  const { tap, pause, resume } = client
  const internals: OwnStreamInternals<Events> = {
    ...{ tap, pause, resume, environment, state: client },
    onError: merged.onError,
    requestFlush: scheduler.request,
  }
  if (merged.queue) getQueue()

  function getQueue(): UseEventStreamReturn<Events>['queue'] {
    return (queue ??= proxyRefs(createReactiveQueue(merged.queue, internals)))
  }

  const stream = {
    ...toRefs(shallowReadonly(state)),
    get queue() {
      return getQueue()
    },
    open: client.open,
    close: () => client.close(),
    reconnect: client.reconnect,
    pause: () => pause(),
    resume: () => resume(),
    on: endingWithScope(client.on),
    once: endingWithScope(client.once),
    [Symbol.asyncIterator]: client[Symbol.asyncIterator],
    [STREAM_INTERNALS]: internals,
  }
  return stream as unknown as UseEventStreamReturn<Events>
}

/** Handlers added in a component go with it, also when the stream is somebody else's. */
function endingWithScope<Args extends unknown[]>(
  add: (...args: Args) => () => void,
): (...args: Args) => () => void {
  return (...args) => {
    const end = add(...args)
    tryOnScopeDispose(end)
    return end
  }
}
