/**
 * A state that the app loads, and that a stream's messages change from then on. What comes while it loads is held, and folded
 * onto the answer: nothing is missed between the two, and nothing counted twice that the answer knows.
 */
import { EventStreamError } from '../../protocol/errors.ts'
import { isHeartbeat } from './heartbeat.ts'
import { isAtRest } from '../connection/status.ts'
import { warn } from '../diagnostics.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { EventStreamGapReason, EventStreamState, StreamChange } from '../types.ts'

/** The newest of those that come while it loads are held. */
const MAX_HELD_MESSAGES = 10_000
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

export interface StateMessage {
  readonly type: string
  readonly data: unknown
  readonly lastEventId: string
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

interface Held {
  readonly message: StateMessage
  readonly isIdOwn: boolean
}

export function createStateLoader<State, Initial>(
  environment: Environment,
  stream: Pick<EventStreamState, 'status' | 'reason' | 'lastEventId'>,
  { load, fold, initial, onChange, onError }: StateLoaderListener<State, Initial>,
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
  /** One at a time: until the next load, or until it is clear what the answer's id belongs to. */
  let cancelTimer: Cancel | undefined
  let held: Held[] = []
  /** The cursor before those that are held. */
  let heldAfter: string | undefined
  /** Some have come since the load began that are not held any more. */
  let isOverrun = false
  /** The answer, while its event may be still to come: all before that are in it already. */
  let ahead: { state: State; lastEventId: string; left: number; isReached: boolean } | undefined
  /** The ids of the last messages, in a ring. */
  let recentIds: string[] = []
  let nextId = 0
  /** Nothing is folded meanwhile. */
  let isWaiting = false
  let isOver = false

  // What comes.

  function onMessage(message: StateMessage, hasOwnId: boolean): void {
    // (Those of shared streams say that they have one.)
    const isIdOwn = hasOwnId && !isHeartbeat(message.type)
    if (isIdOwn) recentIds[nextId++ % KNOWN_MESSAGES] = message.lastEventId
    if (due) hold({ message, isIdOwn })
    if (!isWhole || isInAnswer(message, isIdOwn)) return
    if (isWaiting && held.length < MAX_HELD_MESSAGES) return void held.push({ message, isIdOwn })
    foldHeld()
    state = fold(state as State, message)
    onChange(false)
  }

  /** The oldest may have to go. */
  function hold(arrived: Held): void {
    if (held.push(arrived) <= MAX_HELD_MESSAGES) return
    held.splice(0, MAX_HELD_MESSAGES / 10)
    heldAfter = undefined
    isOverrun = true
  }

  /** Whether the answer has this message in it: then the state is what it was in the answer, whatever has been folded onto it. */
  function isInAnswer({ lastEventId }: StateMessage, isIdOwn: boolean): boolean {
    if (!ahead) return false
    const isIt = lastEventId === ahead.lastEventId
    const isKnown = isIt && isIdOwn
    // A block without data may have brought the id: then this one comes after it.
    if (isKnown || (isIt && !ahead.isReached)) {
      state = ahead.state
      if (isWaiting) held = []
      foldHeld()
      onChange(false)
    }
    // Several may have one id.
    if (isKnown) ahead.isReached = true
    else if (isIt || ahead.isReached || --ahead.left === 0) ahead = undefined
    return isKnown
  }

  /** Whatever was waited for, it has come, or will not. */
  function foldHeld(): void {
    if (!isWaiting) return
    isWaiting = false
    clearTimer()
    for (const { message } of held.splice(0)) state = fold(state as State, message)
    onChange(true)
  }

  // Loading.

  async function start(): Promise<void> {
    foldHeld()
    abort()
    const own = (controller = new AbortController())
    onChange(true)
    let answer: LoadedState<State>
    try {
      // Outside of the effect that asked for it, and once for all that is told at once.
      await Promise.resolve()
      if (own !== controller) return
      startedAt = now()
      isOverrun = false
      const { signal } = own
      const { lastEventId } = stream
      if (held.length === 0) heldAfter = lastEventId
      const loaded = await load({ signal, lastEventId, reason: due! })
      answer = { state: loaded.state, lastEventId: loaded.lastEventId }
    } catch (cause) {
      if (own === controller) fail('Load failed.', cause)
      return
    }
    if (own === controller) take(answer)
  }

  function take({ state: loaded, lastEventId }: LoadedState<State>): void {
    const known = lastEventId ? countUpTo(lastEventId) : undefined
    const isUnknown = lastEventId && known === undefined
    if (known === undefined && isOverrun) return fail('Too many messages came while it loaded.')
    if (isUnknown && recentIds.includes(lastEventId)) return fail('It is out of date.')
    controller = due = ahead = undefined
    error = null
    failures = 0
    isLoaded = isWhole = true
    state = loaded
    held.splice(0, known)
    isWaiting = true
    if (isUnknown) {
      ahead = { state: loaded, lastEventId, left: KNOWN_MESSAGES, isReached: false }
    }
    if (ahead && !isAtRest(stream)) {
      cancelTimer = after(EVENT_WAIT_MS, foldHeld)
      onChange(true)
    } else foldHeld()
  }

  /** How many of those that are held the answer knows; undefined when its event is none of them. */
  function countUpTo(id: string): number | undefined {
    for (let index = held.length; index-- > 0;) {
      const { message, isIdOwn } = held[index]!
      if (isIdOwn && message.lastEventId === id) return index + 1
    }
    // A block without data may have brought it.
    const inheriting = held.findIndex(({ message }) => message.lastEventId === id)
    if (inheriting >= 0) return inheriting
    if (id === heldAfter) return 0
    return id === stream.lastEventId ? held.length : undefined
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
    else if (isAtRest(stream)) onRest()
    else if (due && stream.status === 'open' && !controller && !cancelTimer) startSoon()
  }

  function onOpen(): void {
    // Without a cursor the server cannot know what was missed, even if nothing had come before.
    if (!stream.lastEventId && (isLoaded || controller)) lose('no-id')
    else if (due && !controller) startSoon()
  }

  /** Messages may be missing: those that came before are in what is loaded now. */
  function lose(reason: LoadReason): void {
    forget()
    due = isLoaded ? reason : 'first'
    startSoon()
    onChange(true)
  }

  /** It is another stream: nothing of the last one stays. */
  function reset(): void {
    forget()
    state = initial
    error = null
    due = 'first'
    isLoaded = false
    recentIds = []
    startedAt = -Infinity
    failures = 0
    onChange(true)
  }

  function forget(): void {
    abort()
    isWhole = isWaiting = false
    ahead = undefined
    held = []
    heldAfter = stream.lastEventId
  }

  /** What is complete, or has failed, may still be loaded; what the app has ended is not wanted. */
  function onRest(): void {
    const { status, reason } = stream
    foldHeld()
    clearTimer()
    if (status !== 'idle' && reason !== 'user' && reason !== 'unmount') return
    abort()
    onChange(true)
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
      abort()
    },
  }
}
