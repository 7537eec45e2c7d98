/** What makes a state of a stream's events. */
import type { EventType, MessageOf } from '../client/types.ts'

/** How each event type changes the state: pure functions that return the next one. */
export type StateReducers<Events extends object, State> = {
  [Type in EventType<Events>]?: (
    state: State,
    payload: Events[Type],
    message: MessageOf<Type, Events[Type]>,
  ) => State
}
