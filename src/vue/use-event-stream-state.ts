/** Folds a stream's events into one ref: progress, dashboards, presence. */
import { shallowReadonly, shallowRef } from 'vue'
import { STREAM_INTERNALS } from './stream-internals.ts'
import type { ShallowRef } from 'vue'
import type { EventType, MessageOf } from '../client/types.ts'
import type { UseEventStreamReturn } from './use-event-stream.ts'

/** How each event type changes the state: pure functions that return the next one. */
export type StateReducers<Events extends object, State> = {
  [Type in EventType<Events>]?: (
    state: State,
    payload: Events[Type],
    message: MessageOf<Type, Events[Type]>,
  ) => State
}

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
  stream: UseEventStreamReturn<Events>,
  initial: State | (() => State),
  reducers: StateReducers<NoInfer<Events>, NoInfer<State>>,
): Readonly<ShallowRef<State>> {
  let state = typeof initial === 'function' ? (initial as () => State)() : initial
  const published = shallowRef(state)
  const publish = (): void => void (published.value = state)

  for (const type of Object.keys(reducers) as EventType<Events>[]) {
    const reduce = reducers[type]
    if (!reduce) continue
    stream.on(type, (payload, message) => {
      state = reduce(state, payload, message)
      stream[STREAM_INTERNALS].requestFlush(publish)
    })
  }
  return shallowReadonly(published) as Readonly<ShallowRef<State>>
}
