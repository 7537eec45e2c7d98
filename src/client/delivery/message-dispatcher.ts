/** From the text of a message to the app: decodes, counts, tells duplicates apart, and calls the handlers. */
import { EventStreamError } from '../../protocol/errors.ts'
import { warn } from '../diagnostics.ts'
import { fingerprint } from '../position/fingerprint.ts'
import { decodeData } from './decode-data.ts'
import { ownText } from './own-text.ts'
import { isHeartbeat } from './heartbeat.ts'
import { isThenable } from './survive.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { Environment } from '../environment.ts'
import type {
  ConnectionListener,
  JudgedMessage,
  Reception,
} from '../connection/connection-types.ts'
import type { EventStreamOptions } from '../options.ts'
import type { ResumePosition } from '../position/resume-position.ts'
import type { EventStreamGapReason, EventStreamState, Message } from '../types.ts'
import type { AppCalls } from './app-calls.ts'
import type { EventHandlers } from './event-handlers.ts'
import type { AnyFunction } from './handler-list.ts'
import type { MessageStages } from './message-stages.ts'

/** What is written with each message. */
export type MessageState<Events extends object> = {
  -readonly [Name in 'lastEventId' | 'received' | 'duplicates']: EventStreamState[Name]
} & { message: Message<Events> | null }

export interface MessageDispatcherListener extends AppCalls {
  /** Of the URL in use. */
  position(): ResumePosition
  /** What messages go through on their way, if an option asks for it, and once it is there. */
  readonly stages?: MessageStages | undefined
  /** Grows when delivery ends: a message that is being dispatched then goes no further. */
  epoch(): number
  onGap(reason: EventStreamGapReason): void
  /** The last message has come. */
  onComplete(): void
  /**
   * A message is still worked on.
   * @param isHandled Whether by handlers: who taps limits itself.
   */
  onWork(work: readonly PromiseLike<unknown>[], isHandled: boolean): void
  readonly log: ((text: string) => void) | undefined
}

export interface MessageDispatcher {
  /** A message has come that is no heartbeat, and may have to wait. */
  onArrival(type: string, hasOwnId: boolean): void
  /**
   * As the connection's listener.
   * @param judged A shared stream knows already that it is neither the last one nor a gap, and news there.
   */
  readonly onMessage: ConnectionListener['onMessage']
}

export function createMessageDispatcher<Events extends object>(
  options: EventStreamOptions<Events>,
  environment: Environment,
  state: MessageState<Events>,
  handlers: EventHandlers,
  listener: MessageDispatcherListener,
): MessageDispatcher {
  type AnyMessage = Message<Events>
  const { position, epoch, call, onError, onGap, onComplete, onWork, log } = listener
  const { until, dedupe = true, getEventId, failWhen, resume } = options
  // Where ids are in the data they are known when it is decoded; so is what is a failure, and no message.
  const isKnownLate = getEventId || failWhen
  let count = 0

  // The message in hand: there is one at a time, and functions that are made for each cost more than these.
  let inHand: AnyMessage | undefined
  /** Its id is its own, from its block or its data. */
  let isIdOwn = false
  /** What it is told apart by. */
  let print: number | undefined
  /** Of its delivery. */
  let current = 0
  /** What its handlers still do. */
  let work: PromiseLike<unknown>[] | undefined

  /** From then on an interruption may cost messages: the server cannot know which have arrived. */
  function noteArrival(type: string, hasOwnId: boolean): void {
    if (hasOwnId || type === resume?.gapEvent || resume?.volatile?.includes(type)) return
    position().arrivedWithoutId()
  }

  function onMessage(
    raw: EventStreamMessage,
    hasOwnId: boolean,
    judged?: JudgedMessage,
  ): Reception {
    if (raw.data === until && !judged) {
      onComplete()
      return true
    }
    const type = ownText(raw.type)
    const { lastEventId } = state
    const message = { type, data: undefined as unknown, lastEventId, key: 0, replayed: false }
    const asMessage = message as unknown as AnyMessage
    let failure: EventStreamError | undefined
    try {
      message.data = decodeData(raw, options.decode)
    } catch (cause) {
      const text = `Cannot decode "${type}".`
      failure = new EventStreamError('decode', text, { type, raw: raw.data, cause })
    }
    const finish = listener.stages?.check(message, raw, !failure, judged)
    if (typeof finish === 'object') return finish
    isIdOwn = hasOwnId
    if (!judged && !failure) findOwnId(message)
    print = judged ? judged.print : printOf(raw, failure ? undefined : asMessage)
    if (print !== undefined && position().isDuplicate(print)) {
      state.duplicates++
      return false
    }
    if (!judged && isKnownLate && !isHeartbeat(type)) noteArrival(type, isIdOwn)
    state.received++
    if (failure) {
      warn(environment, 'undecodable-data', type)
      position().handled(message.lastEventId)
      onError(failure)
    } else if (!finish?.()) {
      message.key = ++count
      takeInHand(asMessage)
      if (!judged && type === resume?.gapEvent) onGap('server')
      dispatch(asMessage)
      if (judged || typeof until !== 'function' || epoch() !== current) return true
      if (call(until, asMessage) === true) onComplete()
    }
    return true
  }

  /** Where the cursor is in the data. */
  function findOwnId(message: { lastEventId: string }): void {
    const ownId = ask(getEventId, message as AnyMessage)
    if (ownId === undefined) return
    message.lastEventId = state.lastEventId = ownId
    isIdOwn = ownId !== ''
  }

  /** Data is not typed when it runs: the answer may be a number, null, or no text at all. */
  function ask(
    fn: ((message: AnyMessage) => unknown) | undefined,
    message: AnyMessage,
  ): string | undefined {
    if (!fn) return undefined
    return call((asked) => {
      const answer = fn(asked) ?? undefined
      return answer === undefined ? undefined : `${answer as string}`
    }, message)
  }

  /**
   * What the message is told apart by; undefined when it cannot be: it is news then.
   * @param message Undefined when it could not be decoded: then the app is not asked.
   */
  function printOf(
    { type, data }: EventStreamMessage,
    message: AnyMessage | undefined,
  ): number | undefined {
    // A gap is news each time.
    if (type === resume?.gapEvent) return undefined
    if (message && typeof dedupe === 'function') {
      const own = ask(dedupe, message)
      return own === undefined ? undefined : fingerprint(own)
    }
    if (!dedupe || !isIdOwn) return undefined
    return fingerprint(`${state.lastEventId}\n${type}`, data)
  }

  function takeInHand(message: AnyMessage): void {
    inHand = message
    work = undefined
    current = epoch()
  }

  function dispatch(message: AnyMessage): void {
    const { handled } = position()
    const { type, lastEventId } = message
    log?.(`message "${type}" "${lastEventId}"`)
    state.message = message
    handlers.taps.run(tellTap)
    const tapped = work?.length ?? 0
    callWithMessage(options.onMessage)
    handlers.ofType(type)?.run(callWithPayload)
    handlers.ofAll.run(callWithMessage)
    handled(lastEventId, work)
    if (work) onWork(work, work.length > tapped)
    // Its payload may be large, or of somebody who has gone.
    inHand = work = undefined
  }

  function tellTap(tap: AnyFunction): void {
    keep(tap(inHand, isIdOwn, print))
  }

  function callWithMessage(handler: AnyFunction | undefined): void {
    if (epoch() === current) keep(call(handler, inHand))
  }

  function callWithPayload(handler: AnyFunction): void {
    if (epoch() === current) keep(call(handler, inHand!.data, inHand))
  }

  function keep(result: unknown): void {
    if (isThenable(result)) (work ??= []).push(result)
  }

  return {
    onArrival: (type, hasOwnId) => (isKnownLate && type) || noteArrival(type, hasOwnId),
    onMessage,
  }
}
