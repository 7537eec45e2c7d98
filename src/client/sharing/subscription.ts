/** A part in a shared stream: to its client it is the connection. */
import { isThenable } from '../delivery/survive.ts'
import { createUnfinishedWork } from './unfinished-work.ts'
import type {
  Connection,
  ConnectionListener,
  ConnectionState,
} from '../connection/connection-types.ts'
import type { ConnectionCallbacks } from '../options.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { EventStreamGapReason, OpenDetails } from '../types.ts'
import type { Place, SharedItem, SharedStream, Subscriber } from './shared-stream.ts'

/** What of a shared stream's state is that of its subscribers, and told when it changes. */
const TOLD = ['error', 'attempt', 'retryAt', 'reason', 'status'] as const

/** A stream, and where in it one starts. */
export interface Joined {
  readonly stream: SharedStream
  readonly next: number
  /** Why messages before it may be missing. */
  readonly gap: EventStreamGapReason | undefined
}

/**
 * @param url Without its query: for the log.
 * @param join Gives a stream that can go on where the subscriber was.
 */
export function createSubscription(
  url: string,
  join: (place: Place) => Joined,
  { onActivity, onClose }: Pick<ConnectionCallbacks, 'onActivity' | 'onClose'>,
  now: () => number,
  state: ConnectionState,
  gate: DeliveryGate,
  listener: ConnectionListener,
): Connection {
  const { call } = listener
  let shared: SharedStream | undefined
  /** Grows when it joins or leaves: whoever waits for something of before is too late. */
  let visits = 0
  let isJoining = false
  let next = 0
  /** Everything before this number has been delivered. */
  let delivered = 0
  /** Everything before this number had come before this subscriber. */
  let liveFrom = 0
  let last: SharedStream | undefined
  /** It has had messages that the server cannot know of. */
  let hasNoIds = false
  /** Of its own, apart from those that the stream counts. */
  let duplicatesBefore = 0
  let gap: EventStreamGapReason | undefined
  /** Since it was asked for last. */
  let wasOpen = false
  /** It has not been told yet that the stream is open. */
  let isOpenDue = false
  /** An opening that is told after what came before it: up to this number. */
  let openingDue: { readonly details: OpenDetails; readonly after: number } | undefined
  /** The stream has ended, and something is still to be delivered. */
  let isEndDue = false
  const work = createUnfinishedWork()

  const subscriber: Subscriber = {
    get next() {
      return next
    },
    isHeld: (reason) => (reason ? gate.isHeld(reason) : gate.isStuck()),
    ...{ take, hurry: gate.hurry },
    unfinished(number) {
      // It was paused for long, and has left something undone before.
      return next < shared!.log.first() ? undefined : work.of(number)
    },
    onOpen(details) {
      const after = shared!.log.end()
      if (isOpenDue || delivered >= after) tellOpen(details)
      else openingDue = { details, after }
    },
    onError(error) {
      // Of a function that looks into messages.
      if (error.code === 'handler') call(fail, error)
      else if (shared!.client.status !== 'failed') listener.onError(error)
    },
    onStatus: show,
    onActivity() {
      state.lastActivityAt = shared!.client.lastActivityAt
      catchUp()
      call(onActivity)
    },
  }

  // Coming and going.

  function begin(verb: 'open' | 'reconnect'): void {
    if (shared) return shared.client[verb]()
    wasOpen = false
    if (!isJoining) void enter(verb)
  }

  /** @param verb What the stream is asked for when it is found. */
  async function enter(verb: 'open' | 'reconnect'): Promise<void> {
    const visit = ++visits
    isJoining = true
    state.disconnectedSince ??= now()
    Object.assign(state, { attempt: 0, error: null, retryAt: null })
    const waiting = overlaid(null, 'connecting')
    const isNews = state.status !== waiting.status
    Object.assign(state, waiting)
    if (isNews) listener.onStatus()
    // What is there already comes as the network would bring it: not inside of `open()`.
    await Promise.resolve()
    if (visit !== visits) return
    listener.onRequest(url)
    const { lastEventId } = state
    const isFresh = !last || (lastEventId === '' && !hasNoIds)
    const joined = join({ stream: last, next: delivered, lastEventId, isFresh, hasNoIds })
    shared = last = joined.stream
    next = delivered = joined.next
    liveFrom = shared.log.end()
    gap = joined.gap
    isOpenDue = true
    duplicatesBefore = state.duplicates - shared.client.duplicates
    state.lastActivityAt = shared.client.lastActivityAt
    // What another stream brings may be known.
    if (state.received > 0) listener.onAskedAgain(undefined)
    listener.onWantedType(shared.want)
    shared.client[verb]()
    // Others have heard of it, and may have ended this one.
    if (visit !== visits) return
    shared.add(subscriber)
    if (visit !== visits) return
    show()
    if (visit !== visits) return
    isJoining = false
    take()
    // The others may have waited for it.
    shared?.update()
  }

  function leave(lingers: boolean, isClosed?: boolean): void {
    visits++
    isJoining = false
    const left = shared
    shared = undefined
    work.clear()
    openingDue = undefined
    left?.remove(subscriber, lingers, isClosed)
    listener.onLeave()
  }

  // What comes.

  function tellOpen(details: OpenDetails): void {
    isOpenDue = false
    show()
    const found = gap
    const first = details.first || !wasOpen
    wasOpen = true
    // A gap is told with the cursor before it.
    listener.onOpen({ ...details, first }, found)
    if (gap === found) gap = undefined
  }

  /** Who joins an open stream hears of it as soon as it sees it open. */
  function tellLateOpen(visit: number): void {
    const details = shared?.details
    const isPaused = state.status !== 'open' && gate.isHeld('user')
    if (!isOpenDue || !details || visit !== visits || isPaused) return
    tellOpen({ ...details, attempt: 0, downMs: 0 })
  }

  /** One that is lost again is no news. */
  function tellLaterOpen(details: OpenDetails): void {
    openingDue = undefined
    if (shared!.details === details) tellOpen(details)
  }

  function take(): void {
    const visit = visits
    if (isJoining) return
    // Nothing is delivered before its opening is told.
    if (isOpenDue && !gate.isHeld()) tellLateOpen(visit)
    if (visit !== visits) return
    gate.begin()
    while (shared && next < shared.log.end() && !gate.isHeld()) {
      // What it should have taken is given up: it was paused for long.
      if (next < shared.log.first()) return comeBack()
      const number = next++
      gate.pass(deliver, visit, number, shared.log.at(number))
    }
    if (isEndDue) show()
  }

  /** Gives a promise if it is to be done once more. */
  function deliver(visit: number, number: number, item: SharedItem): unknown {
    if (visit !== visits) return undefined
    work.begin(number)
    // A handler may leave, and come back: not to the same message.
    delivered = number + 1
    const { type, text, lastEventId, isTraceable, hasOwnId, gap: missing } = item
    state.lastEventId = lastEventId
    if (missing) listener.onGap(missing)
    else {
      hasNoIds ||= !isTraceable
      const judged = number < liveFrom ? { ...item, replayed: true } : item
      const isNews = listener.onMessage({ type, data: text, lastEventId }, hasOwnId, judged)
      if (isThenable(isNews)) {
        // It is still to come.
        delivered = number
        work.begin(number - 1)
        return isNews
      }
      if (!isNews) duplicatesBefore++
    }
    work.end(number)
    if (openingDue && delivered >= openingDue.after) tellLaterOpen(openingDue.details)
    return undefined
  }

  function comeBack(): void {
    leave(false)
    void enter('open')
  }

  /** A pause lies over whatever the stream does. */
  function overlaid(
    reason: ConnectionState['reason'],
    status: ConnectionState['status'],
  ): Pick<ConnectionState, 'reason' | 'status'> {
    return gate.isHeld('user') ? { reason: 'user', status: 'paused' } : { reason, status }
  }

  /** What moves without a message. */
  function catchUp(): void {
    const { client, log } = shared!
    if (delivered < log.end() || gap) return
    state.lastEventId = client.lastEventId
    state.duplicates = client.duplicates + duplicatesBefore
  }

  /** Copies the state of the stream, once all that came before is delivered. */
  function show(): void {
    if (!shared) return
    const { client, log } = shared
    const isOver = client.status === 'closed' || client.status === 'failed'
    isEndDue = isOver && delivered < log.end()
    if (isEndDue) return
    const { error, attempt, retryAt, disconnectedSince, transport } = client
    catchUp()
    const { reason, status } = isOver ? client : overlaid(client.reason, client.status)
    const shown = { error, attempt, retryAt, reason, status }
    const isNews = TOLD.some((name) => shown[name] !== state[name])
    const wasOver = state.status === 'closed' || state.status === 'failed'
    Object.assign(state, { disconnectedSince, transport, ...shown })
    const visit = visits
    if (isNews && !isOver) listener.onStatus()
    if (visit !== visits || !isNews || !isOver) return tellLateOpen(visit)
    gate.release('user')
    if (client.status === 'closed') leave(false)
    listener.onStatus()
    if (error && state.error === error) listener.onError(error)
    if (!wasOver) call(onClose, reason)
  }

  return {
    open: () => begin('open'),
    end(status, reason) {
      if (state.status === status && state.reason === reason) return
      const wasLive = isJoining || (!!shared && state.status !== 'failed')
      leave(true, reason === 'user')
      gate.clear()
      if (status !== 'idle') gate.release('user')
      Object.assign(state, { error: null, retryAt: null, disconnectedSince: null, reason, status })
      listener.onStatus()
      if (wasLive && status !== 'idle') call(onClose, reason)
    },
    // The shared stream knows by itself when it is complete.
    complete() {},
    dispose() {
      // For the next URL, if that goes on here.
      if (hasNoIds) listener.onArrival('', false)
      leave(false)
      gate.clear()
    },
    reconnect() {
      const visit = visits
      gate.release('user')
      // What waited has been delivered, and a handler may have left the stream.
      if (visit !== visits) return
      begin('reconnect')
    },
    onHold(reason) {
      if (!shared) return
      take()
      if (reason === 'user') show()
      shared?.update()
    },
    onWork: work.add,
  }
}

/** As the function did, whose message was of this type. */
function fail({ cause }: { readonly type?: string | undefined; readonly cause?: unknown }): never {
  throw cause
}
