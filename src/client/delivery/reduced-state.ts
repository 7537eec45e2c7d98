/** A loaded state that reducers change, one for each event type. Loaded on demand. */
import { createStateLoader } from './loaded-state.ts'
import type { Environment } from '../environment.ts'
import type { EventStreamState } from '../types.ts'
import type { AppCalls } from './app-calls.ts'
import type { AnyFunction } from './handler-list.ts'
import type { StateMessage } from './held-messages.ts'
import type { EarlyEvent } from './lazy-state-loader.ts'
import type { StateLoader, StateLoaderListener } from './loaded-state.ts'

export interface ReducedStateOptions<State, Initial> extends Omit<
  StateLoaderListener<State, Initial>,
  'fold'
> {
  /** How each event type changes it. */
  readonly on: { readonly [type: string]: AnyFunction | undefined }
  readonly call: AppCalls['call']
}

/** @param early What the stream has told already. */
export function createReducedState<State, Initial>(
  environment: Environment,
  stream: Pick<EventStreamState, 'status' | 'reason' | 'lastEventId'>,
  { on, call, ...listener }: ReducedStateOptions<State, Initial>,
  early: readonly EarlyEvent[],
): StateLoader<State, Initial> {
  const reducers = new Map(Object.entries(on))

  function fold(state: State, message: StateMessage): State {
    let next = state
    const reduce = reducers.get(message.type)
    call((folded) => {
      if (reduce) next = reduce(state, folded.data, folded) as State
    }, message)
    return next
  }

  return createStateLoader<State, Initial>(environment, stream, { ...listener, fold }, early)
}
