/** Folds a stream's events into one ref: progress, dashboards, presence. */
import { shallowReadonly, shallowRef } from 'vue'
import { STREAM_INTERNALS } from './stream-internals.ts'
import { useLoadedState } from './use-loaded-state.ts'
import type { ShallowRef } from 'vue'
import type { StateReducers } from './state-reducers.ts'
import type { MessageSource } from './stream-internals.ts'
import type { UseLoadedStateOptions, UseLoadedStateReturn } from './use-loaded-state.ts'

/**
 * Folds every message into a state, in order, and shows it as a readonly ref that is written once per flush of the
 * stream (a frame, by default). A reducer that throws is reported as `handler` and leaves the state as it was.
 * Ends with the scope.
 *
 * @param initial The state to start with, or a function that makes it.
 * @example
 * const progress = useEventStreamState(stream, 0, { 'progress': (_, { percent }) => percent })
 */
export function useEventStreamState<Events extends object, State>(
  stream: MessageSource<Events>,
  initial: State | (() => State),
  reducers: StateReducers<NoInfer<Events>, NoInfer<State>>,
): Readonly<ShallowRef<State>>
/**
 * Loads a state when the stream opens, and again whenever messages may be missing; in between it folds every message onto it.
 * What comes while it loads is held, and then folded. A load that fails is told to `onError` (`load`), and tried again
 * with backoff while the stream is open; another URL, `close()` and the end of the scope abort it. Never loads on the server.
 *
 * @example
 * const { state, isLoading, error, reload } = useEventStreamState(stream, {
 *   load: async ({ signal }): Promise<{ state: string[]; lastEventId: string }> =>
 *     (await fetch('/api/users', { signal })).json(),
 *   on: { 'user-joined': (users, { username }) => [...users, username] },
 * })
 */
export function useEventStreamState<Events extends object, State, Initial = undefined>(
  stream: MessageSource<Events>,
  options: UseLoadedStateOptions<Events, State, Initial>,
): UseLoadedStateReturn<State | Initial>
export function useEventStreamState(
  stream: MessageSource<any>,
  initial: unknown,
  reducers?: StateReducers<any, any>,
): unknown {
  if (!reducers) return useLoadedState(stream, initial as UseLoadedStateOptions<any, any, any>)

  let state = typeof initial === 'function' ? (initial as () => unknown)() : initial
  const published = shallowRef(state)
  const publish = (): void => void (published.value = state)

  for (const type of Object.keys(reducers)) {
    const reduce = reducers[type]
    if (!reduce) continue
    stream.on(type, (payload, message) => {
      state = reduce(state, payload, message)
      stream[STREAM_INTERNALS].requestFlush(publish)
    })
  }
  return shallowReadonly(published)
}
