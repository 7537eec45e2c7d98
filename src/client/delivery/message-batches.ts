/** Messages by the frame: for apps that would rather take many at once. */
import type { Cancel, Environment } from '../environment.ts'
import type { EventStreamOptions } from '../options.ts'
import type { Message } from '../types.ts'
import type { AppCalls } from './app-calls.ts'
import type { Flush } from './flush-scheduler.ts'

/** A hidden page may show no frame for a minute. (Half of the messages that may be worked on before reading stops.) */
const MAX_MESSAGES = 512

export interface MessageBatches {
  /** Resolves when the batch is dealt with that the message is in. */
  add(message: Message<any>): Promise<unknown>
  /** Gives what there is. */
  flush(): void
}

interface Batch {
  readonly messages: Message<any>[]
  readonly replayed: boolean
  readonly done: Promise<unknown>
  finish(result: unknown): void
}

export function createMessageBatches(
  onBatch: NonNullable<EventStreamOptions<any>['onBatch']>,
  { nextFrame, after }: Environment,
  mode: Flush | undefined,
  call: AppCalls['call'],
): MessageBatches {
  let batch: Batch | undefined
  let cancel: Cancel | undefined

  function flush(): void {
    cancel?.()
    cancel = undefined
    const due = batch
    batch = undefined
    if (!due) return
    const { messages, replayed, finish } = due
    const result = call(onBatch, messages, { replayed })
    // What it rejects with has been told.
    finish(Promise.resolve(result).catch(() => {}))
  }

  return {
    flush,
    add(message) {
      const { replayed } = message
      if (batch?.replayed !== replayed) flush()
      batch ??= createBatch(replayed)
      const { messages, done } = batch
      messages.push(message)
      if (mode === 'sync' || messages.length >= MAX_MESSAGES) flush()
      else cancel ??= typeof mode === 'number' ? after(mode, flush) : nextFrame(flush)
      return done
    },
  }
}

function createBatch(replayed: boolean): Batch {
  let finish!: Batch['finish']
  const done = new Promise<unknown>((resolve) => (finish = resolve))
  return { messages: [], replayed, done, finish }
}
