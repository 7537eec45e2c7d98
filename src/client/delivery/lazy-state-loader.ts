/** Stands in for what loads a state until its code is there: keeps what the stream tells, and hands it over. */
import { EventStreamError } from '../../protocol/errors.ts'
import { isAtRest } from '../connection/status.ts'
import { warn } from '../diagnostics.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { EventStreamGapReason, EventStreamState } from '../types.ts'
import type { StateMessage } from './held-messages.ts'
import type { StateLoader } from './loaded-state.ts'
import type { ReducedStateOptions } from './reduced-state.ts'

/** As many as are held while a state is loaded: the newest. */
const MAX_EARLY_EVENTS = 10_000
const RETRY_MS = 5000

/** What came before the code: a message, or why messages may be missing from there on. */
export type EarlyEvent =
  | { readonly message: StateMessage; readonly hasOwnId: boolean }
  | { readonly gap: EventStreamGapReason; readonly cursor: string }

/** @param onLoaded Takes its place: the stand-in hears nothing any more. */
export function createLazyStateLoader<State, Initial>(
  environment: Environment,
  stream: Pick<EventStreamState, 'status' | 'reason' | 'lastEventId'>,
  options: ReducedStateOptions<State, Initial>,
  onLoaded: (loader: StateLoader<State, Initial>) => void,
): StateLoader<State, Initial> {
  const { initial, onChange, onError } = options
  let early: EarlyEvent[] = []
  /** The code is waited for. */
  let isBusy = false
  let isAsked = false
  /** The stream was open: what was to be loaded then is wanted, though the stream has come to its end. */
  let isDue = false
  let isOver = false
  let error: EventStreamError | null = null
  let cancelTimer: Cancel | undefined

  async function start(): Promise<void> {
    if (isBusy || isOver) return
    isBusy = true
    onChange(true)
    try {
      const { createReducedState } = await import('./reduced-state.ts')
      if (isOver) return
      const loader = createReducedState(environment, stream, options, early)
      onLoaded(loader)
      if (isAsked || (isDue && isAtRest(stream))) loader.reload()
      else loader.onStreamChange()
    } catch (cause) {
      isBusy = isAsked = false
      error = new EventStreamError('load', 'Load failed.', { cause })
      stopTimer()
      cancelTimer = environment.after(RETRY_MS, () => {
        cancelTimer = undefined
        startIfOpen()
      })
      warn(environment, 'load-failed', () => `${cause}`)
      onChange(true)
      onError(error)
    }
  }

  function startIfOpen(): void {
    if (stream.status !== 'open') return
    isDue = true
    void start()
  }

  function stopTimer(): void {
    cancelTimer?.()
    cancelTimer = undefined
  }

  function isLeft(): boolean {
    const { status, reason } = stream
    const isOwnEnd = reason === 'complete' || reason === 'no-content'
    return status === 'idle' || (status === 'closed' && !isOwnEnd)
  }

  function keep(event: EarlyEvent): void {
    if (early.push(event) > MAX_EARLY_EVENTS) early.splice(0, MAX_EARLY_EVENTS / 10)
  }

  return {
    state: initial,
    get isLoading() {
      return isBusy && (isAsked || !isAtRest(stream))
    },
    get error() {
      return error
    },
    onMessage: (message, hasOwnId) => keep({ message, hasOwnId }),
    onStreamChange(change) {
      if (change === 'first') {
        early = []
        error = null
        stopTimer()
        isDue = isAsked = false
      } else if (change && change !== 'open') keep({ gap: change, cursor: stream.lastEventId })
      // Who leaves the stream wants nothing of it any more; what is complete, or has failed, may still be loaded.
      if (isLeft()) isDue = isAsked = false
      // After a failure the time of the next try, or an opening, is waited for.
      if (!cancelTimer || change === 'open') startIfOpen()
      onChange(true)
    },
    reload() {
      isAsked = true
      void start()
    },
    stop() {
      isOver = true
      stopTimer()
    },
  }
}
