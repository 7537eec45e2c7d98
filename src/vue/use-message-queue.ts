/** A bounded queue of a stream's messages as refs. */
import { tryOnScopeDispose } from '@vueuse/core'
import { shallowReactive, shallowReadonly, toRefs } from 'vue'
import { createMessageQueue } from '../client/delivery/message-queue.ts'
import { STREAM_INTERNALS } from './stream-internals.ts'
import type { Ref } from 'vue'
import type { MessageQueueOptions, OwnQueueOverflow } from '../client/delivery/message-queue.ts'
import type { EventType, Message, MessageOf } from '../client/types.ts'
import type { MessageSource, StreamInternals } from './stream-internals.ts'

export interface UseMessageQueueReturn<Item> {
  /** The queued messages, oldest first; a new array with each flush. */
  readonly messages: Readonly<Ref<readonly Item[]>>
  readonly size: Readonly<Ref<number>>
  /** How many messages did not fit, since the start or the last `clear()`. */
  readonly dropped: Readonly<Ref<number>>
  /** Removes and returns the oldest messages, flushed or not. @default 1 */
  take(count?: number): Item[]
  /** Removes and returns all messages, flushed or not. */
  drain(): Item[]
  /** Empties the queue and forgets what was dropped. */
  clear(): void
}

/** The messages of some event types. */
export type MessageOfTypes<Events extends object, Type extends EventType<Events>> = {
  [Name in Type]: MessageOf<Name, Events[Name]>
}[Type]

/**
 * Collects a stream's messages in a queue that never grows over its capacity and says what it drops. Gives refs to
 * destructure; they are written once per flush of the stream (a frame, by default), and at once by `take`, `drain`
 * and `clear`. A message is in the queue before its handlers run. Ends with the scope.
 *
 * @param types One event type or several; all types when left out.
 * @example
 * const { messages, dropped, clear } = useMessageQueue(stream, 'new-message', { capacity: 200 })
 */
export function useMessageQueue<
  Events extends object,
  const Type extends EventType<Events> = EventType<Events>,
>(
  stream: MessageSource<Events>,
  types: Type | readonly Type[],
  options?: MessageQueueOptions,
): UseMessageQueueReturn<MessageOfTypes<Events, Type>>
export function useMessageQueue<Events extends object>(
  stream: MessageSource<Events>,
  options?: MessageQueueOptions,
): UseMessageQueueReturn<Message<Events>>
export function useMessageQueue(
  stream: MessageSource<any>,
  typesOrOptions?: string | readonly string[] | MessageQueueOptions,
  options?: MessageQueueOptions,
): UseMessageQueueReturn<any> {
  if (typeof typesOrOptions === 'string') typesOrOptions = [typesOrOptions]
  const types = Array.isArray(typesOrOptions) && new Set<string>(typesOrOptions)
  const { tap, requestFlush } = stream[STREAM_INTERNALS]
  return createReactiveQueue(types ? options : (typesOrOptions as MessageQueueOptions), {
    requestFlush,
    /** What is tapped here goes with the scope of the caller, which may end before the stream. */
    tap(listener) {
      const untap = tap((message: any) => {
        if (!types || types.has(message.type)) listener(message as never)
      }, types || [])
      tryOnScopeDispose(untap)
      return untap
    },
  })
}

/**
 * The queue itself, for as long as what it taps.
 * @internal
 */
export function createReactiveQueue<Events extends object>(
  options: MessageQueueOptions<OwnQueueOverflow> | undefined,
  { tap, requestFlush, pause, resume }: StreamInternals<Events>,
): UseMessageQueueReturn<Message<Events>> {
  const queue = createMessageQueue<Message<Events>>(options)
  const state = shallowReactive({
    messages: [] as readonly Message<Events>[],
    size: 0,
    dropped: 0,
  })

  const isFull = Symbol()

  /** There may be room again. */
  function goOn(): void {
    if (!queue.isFull()) resume?.(isFull)
    publish()
  }

  function publish(): void {
    const messages = queue.toArray()
    state.size = messages.length
    state.messages = messages
    state.dropped = queue.dropped()
  }

  function take(count = 1): Message<Events>[] {
    const taken = queue.take(count)
    goOn()
    return taken
  }

  tap((message) => {
    queue.push(message)
    if (options?.overflow === 'pause' && queue.isFull()) pause?.(isFull)
    requestFlush(publish)
  })

  return {
    ...toRefs(shallowReadonly(state)),
    take,
    drain: () => take(Infinity),
    clear() {
      queue.clear()
      goOn()
    },
  }
}
