/** A bounded queue: it says what it drops, and never grows without end. */

/** What happens to a message that does not fit: it pushes out the oldest, or is not taken in. */
export type QueueOverflow = 'drop-oldest' | 'drop-newest'

/** Or, of a stream's own queue: nothing more is read until there is room again, so that the server waits. */
export type OwnQueueOverflow = QueueOverflow | 'pause'

export interface MessageQueueOptions<Overflow = QueueOverflow> {
  /** The most messages that are kept, at least 1. @default 500 */
  capacity?: number
  /** @default 'drop-oldest' */
  overflow?: Overflow
}

export interface MessageQueue<T> {
  /** Whether the next message will not fit. */
  isFull(): boolean
  push(item: T): void
  /** Removes and returns the oldest ones. */
  take(count: number): T[]
  clear(): void
  /** A copy, oldest first. */
  toArray(): T[]
  /** How many messages did not fit since the start or the last `clear()`. */
  dropped(): number
}

export const DEFAULT_QUEUE_CAPACITY = 500

/**
 * What is pushed out is cut off once per `capacity` messages, so a push costs the same at any capacity; until then
 * it is held, so memory is bounded by twice the capacity.
 */
export function createMessageQueue<T>({
  capacity = DEFAULT_QUEUE_CAPACITY,
  overflow,
}: MessageQueueOptions<OwnQueueOverflow> = {}): MessageQueue<T> {
  const limit = Math.max(1, capacity)
  let items: T[] = []
  let dropped = 0

  const toArray = (): T[] => items.slice(-limit)
  const isFull = (): boolean => items.length >= limit

  return {
    isFull,
    push(item) {
      if (isFull()) {
        dropped++
        if (overflow === 'drop-newest') return
      }
      if (items.push(item) >= 2 * limit) items = toArray()
    },
    take(count) {
      items = toArray()
      return items.splice(0, count)
    },
    clear() {
      items = []
      dropped = 0
    },
    toArray,
    dropped: () => dropped,
  }
}
