/**
 * A state that the app loads, and that a stream's messages change from then on. What comes while it loads is held, and folded
 * onto the answer: nothing is missed between the two, and nothing counted twice that the answer knows. Loaded on demand.
 */
import { EventStreamError } from '../../protocol/errors.ts'
import { createHeldMessages } from './held-messages.ts'
import { isHeartbeat } from './heartbeat.ts'
import { isAtRest } from '../connection/status.ts'
import { warn } from '../diagnostics.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { EventStreamGapReason, EventStreamState, StreamChange } from '../types.ts'
import type { StateMessage } from './held-messages.ts'
import type { EarlyEvent } from './lazy-state-loader.ts'

/** However often messages may be missing, it is not loaded more often. */
const MIN_INTERVAL_MS = 1000
const INITIAL_DELAY_MS = 1000
const MAX_DELAY_MS = 30_000
/** Answers and messages come by different connections: the event of the answer's id may come after it. */
const EVENT_WAIT_MS = 1000
/** So many are looked at for the event of an answer, in both directions. Ids of long ago may come again. */
const KNOWN_MESSAGES = 1024

/**
 * Why a state is loaded: for the first time since the URL was set; because `reload()` asks for it; or why messages may be
 * missing.
 */
export type LoadReason = 'first' | 'reload' | EventStreamGapReason

export interface LoadContext {
  /** Aborted as soon as the answer is not wanted any more. */
  readonly signal: AbortSignal
  /** The stream's cursor at this moment. */
  readonly lastEventId: string
  readonly reason: LoadReason
}

/** What is loaded. */
export interface LoadedState<State> {
  readonly state: State
  /** The id of the last event that the state knows of: it and those before it are not folded onto it. */
  readonly lastEventId?: string | undefined
}

export interface StateLoaderListener<State, Initial> {
  load(context: LoadContext): LoadedState<State> | PromiseLike<LoadedState<State>>
  /** Gives the state after the message. Must not throw. */
  fold(state: State, message: StateMessage): State
  /** What there is before anything is loaded. */
  readonly initial: Initial
  /** @param isAtOnce Whether it is to be shown at once, and not just with what messages change. */
  onChange(isAtOnce: boolean): void
  onError(error: EventStreamError): void
}

export interface StateLoader<State, Initial> {
  readonly state: State | Initial
  readonly isLoading: boolean
  /** Why it could not be loaded; null once it is. */
  readonly error: EventStreamError | null
  /** @param hasOwnId Whether the message brought its id, or has inherited it. */
  onMessage(message: StateMessage, hasOwnId: boolean): void
  onStreamChange(change?: StreamChange): void
  reload(): void
  /** Nothing is loaded, nor changes, after it. */
  stop(): void
}

/** @param early What the stream has told already. */
export function createStateLoader<State, Initial>(
  environment: Environment,
  stream: Pick<EventStreamState, 'status' | 'reason' | 'lastEventId'>,
  { load, fold, initial, onChange, onError }: StateLoaderListener<State, Initial>,
  early: readonly EarlyEvent[] = [],
): StateLoader<State, Initial> {
  const { now, random, after } = environment
  let state: State | Initial = initial
  let error: EventStreamError | null = null
  /** Why a load is due, or under way. */
  let due: LoadReason | undefined = 'first'
  /** Since the URL was set. */
  let isLoaded = false
  /** Every message has been folded onto the state: the next one can be. */
  let isWhole = false
  /** Of the load under way. */
  let controller: AbortController | undefined
  let startedAt = -Infinity
  let failures = 0
  /** Until the next load. */
  let cancelTimer: Cancel | undefined
  const held = createHeldMessages()
  /** The answer, while its event may be still to come: all before that are in it already. */
  let ahead: { state: State; lastEventId: string; left: number; isReached: boolean } | undefined
  /** The ids of the last messages, in a ring. */
  let recentIds: string[] = []
  let nextId = 0
  /** For the event: nothing is folded meanwhile. */
  let isWaiting = false
  let cancelWait: Cancel | undefined
  let isOver = false

  // What comes.

  function onMessage(message: StateMessage, hasOwnId: boolean): void {
    // No state knows of a sign of life.
    const isIdOwn = hasOwnId && !isHeartbeat(message.type)
    if (isIdOwn) recentIds[nextId++ % KNOWN_MESSAGES] = message.lastEventId
    if (isWaiting && held.isFull()) foldHeld()
    if (due || isWaiting) held.add(message, isIdOwn)
    if (!isWhole || isInAnswer(message, isIdOwn) || isWaiting) return
    state = fold(state as State, message)
    onChange(false)
  }

  /** Whether the answer has this message in it: then the state is what it was in the answer, whatever has been folded onto it. */
  function isInAnswer({ lastEventId }: StateMessage, isIdOwn: boolean): boolean {
    if (!ahead) return false
    const isIt = lastEventId === ahead.lastEventId
    const isKnown = isIt && isIdOwn
    // A block without data may have brought the id: then this one comes after it.
    if (isKnown || (isIt && !ahead.isReached)) {
      state = ahead.state
      stopWaiting()
      onChange(false)
    }
    // Several may have one id.
    if (isKnown) ahead.isReached = true
    else if (isIt || ahead.isReached || --ahead.left === 0) ahead = undefined
    return isKnown
  }

  /** Its event comes while the stream is open, or after the next opening, but not after the end. */
  function wait(): void {
    cancelWait?.()
    if (isComplete()) foldHeld()
    else if (!isAtRest(stream)) {
      cancelWait = after(EVENT_WAIT_MS, () => stream.status === 'open' && foldHeld())
    }
  }

  /** What was waited for will not come. */
  function foldHeld(): void {
    if (!isWaiting) return
    for (const message of held.all()) state = fold(state as State, message)
    stopWaiting()
    onChange(true)
  }

  function stopWaiting(): void {
    isWaiting = false
    cancelWait?.()
    // A load may need them, too.
    if (!due) held.drop()
  }

  // Loading.

  async function start(): Promise<void> {
    abort()
    const own = (controller = new AbortController())
    onChange(true)
    let answer: LoadedState<State>
    try {
      // Outside of the effect that asked for it, and once for all that is told at once.
      await Promise.resolve()
      if (own !== controller) return
      startedAt = now()
      const { signal } = own
      const { lastEventId } = stream
      held.begin(lastEventId)
      const loaded = await load({ signal, lastEventId, reason: due! })
      answer = { state: loaded.state, lastEventId: loaded.lastEventId }
    } catch (cause) {
      if (own === controller) fail('Load failed.', cause)
      return
    }
    if (own === controller) take(answer)
  }

  function take({ state: loaded, lastEventId }: LoadedState<State>): void {
    const known = lastEventId ? held.countUpTo(lastEventId, stream.lastEventId) : undefined
    const isUnknown = lastEventId && known === undefined
    if (known === undefined && held.isOverrun())
      return fail('Too many messages came while it loaded.')
    if (isUnknown && recentIds.includes(lastEventId)) return fail('It is out of date.')
    controller = due = ahead = undefined
    error = null
    failures = 0
    isLoaded = isWhole = true
    state = loaded
    held.drop(known ?? 0)
    isWaiting = true
    if (isUnknown) {
      ahead = { state: loaded, lastEventId, left: KNOWN_MESSAGES, isReached: false }
    }
    if (ahead) wait()
    else foldHeld()
    onChange(true)
  }

  function fail(text: string, cause?: unknown): void {
    controller = undefined
    const delay = Math.min(MAX_DELAY_MS, INITIAL_DELAY_MS * 2 ** failures++)
    const failure = new EventStreamError('load', text, { cause, attempt: failures })
    error = failure
    if (!isAtRest(stream)) startIn(delay * (1 - random() / 2))
    onChange(true)
    warn(environment, 'load-failed', () => `${cause ?? text}`)
    onError(failure)
  }

  /** Where the stream is not open then, its opening starts it. */
  function startIn(delay: number): void {
    clearTimer()
    cancelTimer = after(delay, () => {
      cancelTimer = undefined
      if (stream.status === 'open') void start()
    })
  }

  function startSoon(): void {
    const delay = startedAt + MIN_INTERVAL_MS - now()
    if (delay > 0) startIn(delay)
    else void start()
  }

  function clearTimer(): void {
    cancelTimer?.()
    cancelTimer = undefined
  }

  function abort(): void {
    clearTimer()
    const last = controller
    controller = undefined
    last?.abort()
  }

  // The stream.

  function onStreamChange(change?: StreamChange): void {
    if (change === 'first') reset()
    else if (change === 'open') onOpen()
    else if (change) lose(change)
    else {
      if (isWaiting) wait()
      if (isAtRest(stream)) onRest()
      else if (due && stream.status === 'open' && !controller && !cancelTimer) startSoon()
    }
  }

  function onOpen(): void {
    // Without a cursor the server cannot know what was missed, even if nothing had come before.
    if (!stream.lastEventId && (isLoaded || controller)) lose('no-id')
    else if (due && !controller) startSoon()
  }

  /** Messages may be missing: those that came before are in what is loaded now. */
  function lose(reason: LoadReason, cursor = stream.lastEventId): void {
    forget(cursor)
    due = isLoaded ? reason : 'first'
    startSoon()
    onChange(true)
  }

  /** It is another stream: nothing of the last one stays. */
  function reset(): void {
    forget(stream.lastEventId)
    state = initial
    error = null
    due = 'first'
    isLoaded = false
    recentIds = []
    startedAt = -Infinity
    failures = 0
    onChange(true)
  }

  function forget(cursor: string): void {
    abort()
    stopWaiting()
    isWhole = false
    ahead = undefined
    held.drop()
    held.begin(cursor)
  }

  /** What is complete, or has failed, may still be loaded; what the app has ended is not wanted. */
  function onRest(): void {
    clearTimer()
    if (stream.status === 'failed' || isComplete()) return
    abort()
    onChange(true)
  }

  function isComplete(): boolean {
    return stream.reason === 'complete' || stream.reason === 'no-content'
  }

  for (const event of early) {
    if ('gap' in event) lose(event.gap, event.cursor)
    else onMessage(event.message, event.hasOwnId)
  }

  return {
    get state() {
      return state
    },
    get isLoading() {
      return !!controller
    },
    get error() {
      return error
    },
    onMessage,
    onStreamChange,
    reload() {
      if (isOver) return
      due ??= isLoaded ? 'reload' : 'first'
      void start()
    },
    stop() {
      isOver = true
      cancelWait?.()
      abort()
    },
  }
}
