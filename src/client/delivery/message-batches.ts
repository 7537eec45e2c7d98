/** Messages by the frame: for apps that would rather take many at once. */
import type { Cancel, Environment } from '../environment.ts'
import type { EventStreamOptions } from '../options.ts'
import type { Message } from '../types.ts'
import type { AppCalls } from './app-calls.ts'
import type { Flush } from './flush-scheduler.ts'

/** A hidden page may show no frame for a minute. */
const MAX_MESSAGES = 512

export interface MessageBatches {
  /**
   * Gives what is to be waited for until the message counts as handled: its batch. Only for the first one in it, since none is handled
   * before those before it; and for all while the app still works on another batch, so that reading stops when it is too slow.
   */
  add(message: Message<any>): Promise<unknown> | undefined
  /** Gives what there is. */
  flush(): void
}

interface Batch {
  readonly messages: Message<any>[]
  readonly replayed: boolean
  readonly done: Promise<void>
  finish(): void
}

export function createMessageBatches(
  onBatch: NonNullable<EventStreamOptions<any>['onBatch']>,
  { nextFrame, after }: Environment,
  mode: Flush | undefined,
  call: AppCalls['call'],
): MessageBatches {
  let batch: Batch | undefined
  let cancel: Cancel | undefined
  /** How many batches the app still works on. */
  let working = 0

  function flush(): void {
    cancel?.()
    cancel = undefined
    const due = batch
    batch = undefined
    if (!due) return
    const { messages, replayed, finish } = due
    const result = call(onBatch, messages, { replayed })
    if (!(result instanceof Object && 'then' in result)) return finish()
    working++
    // What it rejects with has been told.
    const end = (): void => {
      working--
      finish()
    }
    Promise.resolve(result).then(end, end)
  }

  return {
    flush,
    add(message) {
      const { replayed } = message
      if (batch?.replayed !== replayed) flush()
      batch ??= createBatch(replayed)
      const { messages, done } = batch
      const isWatched = messages.push(message) === 1 || working > 0
      if (mode === 'sync' || messages.length >= MAX_MESSAGES) flush()
      else cancel ??= typeof mode === 'number' ? after(mode, flush) : nextFrame(flush)
      return isWatched ? done : undefined
    },
  }
}

function createBatch(replayed: boolean): Batch {
  let finish!: Batch['finish']
  const done = new Promise<void>((resolve) => (finish = resolve))
  return { messages: [], replayed, done, finish }
}
