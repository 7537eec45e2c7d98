/**
 * What messages go through between `decode` and the handlers, where an option asks for it: failures that the server tells,
 * replays told apart, schemas, batches. Loaded on demand: only who asks for it pays for it.
 */
import { EventStreamError } from '../../protocol/errors.ts'
import { warn } from '../diagnostics.ts'
import { createMessageBatches } from './message-batches.ts'
import { createMessageValidation } from './message-validation.ts'
import { createReplayWatch } from './replay-watch.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { JudgedMessage } from '../connection/connection-types.ts'
import type { Environment } from '../environment.ts'
import type { EventStreamOptions } from '../options.ts'
import type { EventStreamGapReason, ReceivedMessage } from '../types.ts'
import type { DeliveryGate } from './delivery-gate.ts'
import type { EventHandlers } from './event-handlers.ts'
import type { Flush } from './flush-scheduler.ts'
import type { MessageDispatcherListener } from './message-dispatcher.ts'

/** A message on its way: what of it may still change. */
export interface StagedMessage {
  readonly type: string
  data: unknown
  lastEventId: string
  replayed: boolean
}

/** Takes the message on when it is known to be news; true: it is not to be delivered. */
export type Finish = () => boolean

export interface MessageStages {
  /**
   * A message has been decoded, or could not be.
   * @param judged One of a shared stream, which has asked the functions of the connection already.
   * @returns What goes on with it. Or a promise: it is not to be delivered before that is fulfilled, but checked once more. Or an
   * error: it is none, the connection is lost with it.
   */
  check(
    message: StagedMessage,
    raw: EventStreamMessage,
    isDecoded: boolean,
    judged: JudgedMessage | undefined,
  ): Finish | PromiseLike<unknown> | EventStreamError | undefined
  /** The stream is open. @param gap Why messages may be missing. */
  opened(gap: EventStreamGapReason | undefined): void
  /** A comment has come; or what comes from now on is of the past, or is not any more. */
  mark(mark: string | boolean): void
  /** The stream is left, or has ended. */
  left(): void
}

export type StageContext = Pick<MessageDispatcherListener, 'call' | 'onError' | 'position'>

/** Of any events: the names and payloads are those of the wire here. */
export type StageOptions = Pick<
  EventStreamOptions<any>,
  'schema' | 'failWhen' | 'caughtUp' | 'onBatch'
> & { readonly flush?: Flush }

export function createMessageStages(
  options: StageOptions,
  environment: Environment,
  state: { lastEventId: string; readonly transport: string | null },
  gate: DeliveryGate,
  handlers: EventHandlers,
  { call, onError, position }: StageContext,
): MessageStages {
  const { schema = {}, failWhen, caughtUp, onBatch, flush } = options
  const replay = createReplayWatch(caughtUp, state, gate, call)
  const validation = createMessageValidation(
    schema,
    state,
    gate,
    ({ type, lastEventId }, raw, details) => {
      warn(environment, 'invalid-data', type)
      position().handled(lastEventId)
      onError(new EventStreamError('validation', `Invalid "${type}".`, { type, raw, ...details }))
    },
  )
  const batches = onBatch && createMessageBatches(onBatch, environment, flush, call)
  if (batches) handlers.ofAll.add(batches.add)

  return {
    check(message, raw, isDecoded, judged) {
      const { type, lastEventId } = message
      const waiting = validation.goOn(message, raw)
      if (waiting) return waiting
      if (judged) message.replayed = !!caughtUp && judged.replayed
      else {
        const data = isDecoded ? message.data : raw.data
        const received: ReceivedMessage = { type, data, lastEventId }
        const verdict = call(failWhen, received)
        if (verdict === true || verdict === 'fatal') {
          position().handled(lastEventId)
          const details = { type, raw: raw.data, fatal: verdict === 'fatal' }
          return new EventStreamError('server', `The server has failed: "${type}".`, details)
        }
        message.replayed = replay.isReplayed(received)
      }
      return isDecoded ? validation.check(message, raw) : undefined
    },
    opened(gap) {
      validation.opened()
      replay.opened(gap)
    },
    mark: replay.mark,
    left: () => batches?.flush(),
  }
}
