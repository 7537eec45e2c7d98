/** A state that is loaded, and then changed by a stream's events: snapshot and stream, without a race between them. */
import { isClient, tryOnScopeDispose } from '@vueuse/core'
import { shallowReactive, shallowReadonly, toRefs } from 'vue'
import { createAppCalls } from '../client/delivery/app-calls.ts'
import { createLazyStateLoader } from '../client/delivery/lazy-state-loader.ts'
import { STREAM_INTERNALS } from './stream-internals.ts'
import type { ShallowRef } from 'vue'
import type { EventStreamError } from '../protocol/errors.ts'
import type { LoadContext, LoadedState } from '../client/delivery/loaded-state.ts'
import type { StateReducers } from './state-reducers.ts'
import type { MessageSource } from './stream-internals.ts'

export interface UseLoadedStateOptions<Events extends object, State, Initial = undefined> {
  /**
   * Gives the state as it is now, and with it the id of the last event that it knows of, where the server can tell: read that
   * first. Without it events may be folded that are in the state already.
   */
  load(context: LoadContext): LoadedState<State> | PromiseLike<LoadedState<State>>
  /** How each event type changes it. */
  on: StateReducers<NoInfer<Events>, NoInfer<State>>
  /** What is shown until the state is loaded, or a function that makes it; undefined unless given. */
  initial?: Initial | (() => Initial)
}

export interface UseLoadedStateReturn<State> {
  /** The last good one while another is loaded. */
  readonly state: Readonly<ShallowRef<State>>
  /** Whether a load is under way. */
  readonly isLoading: Readonly<ShallowRef<boolean>>
  /** Why the state could not be loaded (`load`); null once it is. */
  readonly error: Readonly<ShallowRef<EventStreamError | null>>
  /** Loads it once more, whatever the stream does; the state changes on meanwhile. */
  reload(): void
}

/** @internal */
export function useLoadedState<Events extends object, State, Initial>(
  stream: MessageSource<Events>,
  { load, on, initial }: UseLoadedStateOptions<Events, State, Initial>,
): UseLoadedStateReturn<State | Initial> {
  const { tap, requestFlush, environment, onError, ...internals } = stream[STREAM_INTERNALS]

  let loader = createLazyStateLoader<State, Initial>(
    environment,
    internals.state,
    {
      ...{ load, on },
      ...createAppCalls(onError, environment, undefined),
      initial: typeof initial === 'function' ? (initial as () => Initial)() : (initial as Initial),
      onChange: (isAtOnce) => (isAtOnce ? show() : requestFlush(show)),
    },
    (loaded) => (loader = loaded),
  )

  function current() {
    const { state, isLoading, error } = loader
    return { state, isLoading, error }
  }
  const shown = shallowReactive(current())
  const show = (): void => void Object.assign(shown, current())

  const untap = tap(
    (message, isIdOwn) => loader.onMessage(message, isIdOwn),
    Object.keys(on),
    (change) => loader.onStreamChange(change),
  )
  tryOnScopeDispose(() => {
    untap()
    loader.stop()
  })
  // The stream may be open already.
  loader.onStreamChange()

  return {
    ...toRefs(shallowReadonly(shown)),
    reload() {
      if (isClient) loader.reload()
    },
  } as UseLoadedStateReturn<State | Initial>
}
