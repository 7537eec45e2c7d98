/**
 * One connection that several use: a client whose listeners are clients. It knows where in the stream it is, tells
 * duplicates apart and goes on after a cut; they decode, and call their handlers. What it gets goes into a log from which each
 * of them takes at its own pace: who comes late reads it from its start, who pauses lags behind in it.
 */
import { isAtRest } from '../connection/status.ts'
import { createStreamClient } from '../stream-client.ts'
import { decodeData } from '../delivery/decode-data.ts'
import { isHeartbeat } from '../delivery/heartbeat.ts'
import { ownText } from '../delivery/own-text.ts'
import { createMessageLog } from './message-log.ts'
import type { CreateConnection } from '../connection/connection-types.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { UrlSource } from '../options.ts'
import type { EventStreamClient, EventStreamGapReason, MessageOf, OpenDetails } from '../types.ts'
import type { MessageLog } from './message-log.ts'
import type { SharedOptions } from './share-key.ts'

/** How long a connection that nobody uses waits for the next one: a page may take the place of another. */
const LINGER_MS = 5000

/** The text, and what `decode` makes of it for the options that look into it; undefined when it cannot be decoded. */
interface SharedData {
  readonly text: string
  readonly value?: { readonly decoded: unknown } | undefined
}

type SharedMessage = MessageOf<string, SharedData>
/** What the log keeps of a message; or that there may be some missing. */
export interface SharedItem {
  readonly type: string
  readonly text: string
  readonly lastEventId: string
  /** Whether the server can know that it has arrived. */
  readonly isTraceable: boolean
  /** Whether it brought its id, or has inherited it. */
  readonly hasOwnId: boolean
  /** What it is known by when another stream brings it again. */
  readonly print: number | undefined
  /** It makes up for an absence of the stream. */
  readonly replayed: boolean
  /** Why messages may be missing: then it is none itself. */
  readonly gap?: EventStreamGapReason
}

const NO_MESSAGE = {
  type: '',
  text: '',
  isTraceable: true,
  hasOwnId: false,
  print: undefined,
  replayed: false,
}

/** Where a subscriber was when it left. */
export interface Place {
  readonly stream: SharedStream | undefined
  /** The number of what comes next for it. */
  readonly next: number
  readonly lastEventId: string
  /** It has had nothing yet. */
  readonly isFresh: boolean
  /** It has had messages that the server cannot know of. */
  readonly hasNoIds: boolean
}

/** One that uses the connection. */
export interface Subscriber {
  /** What it takes next from the log. */
  readonly next: number
  /** Whether its user paused it; without a reason, whether anything keeps it from taking messages, but for the page's turn. */
  isHeld(reason?: 'user'): boolean
  /** There may be something to take. */
  take(): void
  /** It takes another slice now, if only the page's turn keeps it. */
  hurry(): void
  /** What is left to do for the item of this number; undefined when nothing is. */
  unfinished(number: number): Promise<unknown> | undefined
  onOpen(details: OpenDetails): void
  onError(error: EventStreamError): void
  onStatus(): void
  onActivity(): void
}

export interface SharedStream {
  readonly client: EventStreamClient<Record<string, SharedData>>
  /** Whether somebody's messages come, or should come, over its connection. */
  readonly isInUse: boolean
  readonly log: Pick<MessageLog<SharedItem>, 'first' | 'end' | 'at'>
  /** What it told of being open, while it is. */
  readonly details: OpenDetails | undefined
  /** Gives from which number on one goes on that was there, or is new; undefined when the log does not reach back. */
  find(place: Place): number | undefined
  add(subscriber: Subscriber): void
  /**
   * @param lingers Whether the connection waits for the next one when this was the last.
   * @param isClosed It was closed by its user: of several tabs this one does not keep it then.
   */
  remove(subscriber: Subscriber, lingers: boolean, isClosed?: boolean): void
  /** Subscribers are held, or not any more: the connection is not read while all are. */
  update(): void
  /** This type is wanted: for transports that have to ask for each. */
  want(type: string): void
  end(): void
}

/**
 * @param start Where the first subscriber wants to go on.
 * @param isAcrossTabs Whether other tabs read with it.
 * @param onChange Its status has changed, or somebody came or went.
 */
export function createSharedStream(
  source: UrlSource,
  start: Pick<Place, 'lastEventId' | 'isFresh'>,
  options: SharedOptions,
  after: Environment['after'],
  createConnection: CreateConnection,
  isAcrossTabs: boolean,
  onChange: () => void,
): SharedStream {
  const { decode, until, getEventId, dedupe, failWhen, caughtUp, resume } = options
  const { gapEvent, volatile = [] } = resume ?? {}
  const startId = start.lastEventId
  const subscribers = new Set<Subscriber>()
  const log = createMessageLog<SharedItem>()
  /** Why nothing is read: nobody takes it. */
  const HOLD = Symbol()
  let details: OpenDetails | undefined
  let cancelLinger: Cancel | undefined

  /** A function that looks into the payload gets the message as the app knows it. */
  function looking<Result>(fn: ((message: any) => Result) | undefined) {
    return (
      fn &&
      (({ data: { value }, ...message }: SharedMessage): Result | undefined =>
        value && fn({ ...message, data: value.decoded }))
    )
  }
  const ask = {
    until: looking(typeof until === 'function' ? until : undefined),
    getEventId: looking(getEventId),
  }
  const askDedupe = looking(typeof dedupe === 'function' ? dedupe : undefined)
  const looksInside = !!(ask.until || ask.getEventId || askDedupe || failWhen || caughtUp)

  /** As `looking`, also at what cannot be decoded, and at comments. */
  function lookingAtAll<Result>(fn: ((mark: any) => Result) | undefined) {
    return (
      fn &&
      (({ data, ...mark }: { data?: any }): Result => {
        const { text, value } = (data ?? {}) as Partial<SharedData>
        return fn(data ? { ...mark, data: value ? value.decoded : text } : mark)
      })
    )
  }

  const client = createStreamClient<Record<string, SharedData>>(
    source,
    {
      ...options,
      ...listening(),
      initialLastEventId: startId,
      // Who comes back knows better than what an earlier page has left.
      resume: start.isFresh ? resume : { ...resume, shouldRestore: () => false },
      immediate: false,
      enabled: true,
      decode: (data, { type, lastEventId }): SharedData => ({
        text: ownText(data),
        value: looksInside ? tryToDecode({ data, type, lastEventId }) : undefined,
      }),
      until: (ask.until as typeof until) ?? until,
      getEventId: ask.getEventId as typeof getEventId,
      dedupe: (askDedupe as typeof dedupe) ?? dedupe,
      failWhen: lookingAtAll(failWhen),
      caughtUp: lookingAtAll(caughtUp),
    },
    (url, setup, environment, state, gate, ...rest) => {
      const hurried = { ...gate, hurry: () => hurry(gate) }
      return createConnection(url, setup, environment, state, hurried, ...rest)
    },
  )

  client.tap(({ type, lastEventId, data: { text }, replayed }, isIdOwn, print) => {
    const number = log.end()
    const needsNoId = isHeartbeat(type) || type === gapEvent || volatile.includes(type)
    const isTraceable = isIdOwn || needsNoId
    const item = { type, text, lastEventId, isTraceable, hasOwnId: isIdOwn, print, replayed }
    add(item, text.length + lastEventId.length)
    return resume?.storage ? unfinished(number) : undefined
  })

  function tryToDecode(raw: { data: string; type: string; lastEventId: string }) {
    try {
      return { decoded: decodeData(raw, decode) }
    } catch {
      return undefined // each subscriber finds out, and says so
    }
  }

  function listening(): Partial<SharedOptions> & { onStatus(): void; onActivity(): void } {
    return {
      on: {},
      onMessage: undefined,
      onClose: undefined,
      ...{ schema: undefined, onBatch: undefined },
      onStatus() {
        if (client.status !== 'open' && client.status !== 'paused') details = undefined
        if (isAtRest(client)) cancelLinger?.()
        for (const each of subscribers) each.onStatus()
        onChange()
      },
      onOpen(opened: OpenDetails) {
        details = opened
        for (const each of subscribers) each.onOpen(opened)
      },
      onGap: ({ reason: gap, lastEventId }) => add({ ...NO_MESSAGE, gap, lastEventId }, 0),
      onError(error: EventStreamError) {
        for (const each of subscribers) each.onError(error)
      },
      onActivity() {
        for (const each of subscribers) each.onActivity()
      },
    }
  }

  function add(item: SharedItem, chars: number): void {
    log.add(item, chars, keptFrom())
    let isBehind = false
    for (const each of subscribers) {
      each.take()
      isBehind ||= each.next < log.end()
    }
    if (isBehind) update()
  }

  /** Who is paused may be left behind; nobody else is. */
  function keptFrom(): number {
    let oldest = Infinity
    for (const each of subscribers) if (!each.isHeld('user')) oldest = Math.min(oldest, each.next)
    return oldest
  }

  function unfinished(number: number): Promise<unknown> | undefined {
    const works: Promise<unknown>[] = []
    for (const each of subscribers) {
      const work = each.unfinished(number)
      if (work) works.push(work)
    }
    return works.length > 0 ? Promise.all(works) : undefined
  }

  function update(): void {
    const every = (reason?: 'user'): boolean =>
      [...subscribers].every((each) => each.isHeld(reason))
    // The slowest is at the end of the log: the others wait for it.
    const isFull = log.isFull() && keptFrom() <= log.first()
    setHeld(isFull || every(), HOLD)
    setHeld(subscribers.size > 0 && every('user'))
  }

  /** The connection has too much: it may be that only the page's turn keeps it, or those that take from it. */
  function hurry(gate: DeliveryGate): boolean {
    if (gate.hurry()) return true
    const slowest = keptFrom()
    for (const each of subscribers) each.hurry()
    return gate.hurry() || keptFrom() > slowest
  }

  function setHeld(isHeld: boolean, reason?: symbol): void {
    if (isHeld) client.pause(reason)
    else client.resume(reason)
  }

  function linger(): void {
    // Other tabs go on reading, unless what nobody handles would count as handled.
    if (!isAcrossTabs || resume?.storage) client.pause()
    cancelLinger = after(LINGER_MS, end)
  }

  function end(): void {
    client.close('unmount')
  }

  /** Just behind the message that brought this id. */
  function findId(id: string): number | undefined {
    for (let number = log.first(); number < log.end(); number++) {
      if (log.at(number).lastEventId === id) return number + 1
    }
    return undefined
  }

  const stream: SharedStream = {
    client,
    log,
    get isInUse() {
      return subscribers.size > 0 && !isAtRest(client)
    },
    get details() {
      return details
    },
    find({ stream: before, next, lastEventId, isFresh }) {
      if (before === stream && next >= log.first()) return next
      if ((isFresh || lastEventId) && lastEventId === startId && log.first() === 0) return 0
      return lastEventId ? findId(lastEventId) : undefined
    },
    add(subscriber) {
      cancelLinger?.()
      cancelLinger = undefined
      subscribers.add(subscriber)
      update()
      onChange()
    },
    remove(subscriber, lingers, isClosed) {
      if (!subscribers.delete(subscriber)) return
      if (subscribers.size > 0) update()
      else if (lingers && !(isAcrossTabs && isClosed) && !isAtRest(client)) linger()
      else end()
      onChange()
    },
    update,
    want: (type) => client.tap(() => {}, [type])(),
    end,
  }
  return stream
}
