/** A bounded queue: it says what it drops, and never grows without end. */

/** What happens to a message that does not fit: it pushes out the oldest, or is not taken in. */
export type QueueOverflow = 'drop-oldest' | 'drop-newest'

export interface MessageQueueOptions {
  /** The most messages that are kept; at least 1. @default 500 */
  capacity?: number
  /** @default 'drop-oldest' */
  overflow?: QueueOverflow
}

export interface MessageQueue<T> {
  readonly size: number
  /** How many messages did not fit since the start or the last `clear()`. */
  readonly dropped: number
  push(item: T): void
  /** Removes and returns the oldest ones. */
  take(count: number): T[]
  clear(): void
  /** A copy, oldest first. */
  toArray(): T[]
}

const DEFAULT_CAPACITY = 500

/** A ring: what it costs to push does not depend on the capacity. */
export function createMessageQueue<T>(options: MessageQueueOptions = {}): MessageQueue<T> {
  const capacity = Math.max(1, Math.floor(options.capacity ?? DEFAULT_CAPACITY))
  let items: (T | undefined)[] = []
  let start = 0
  let size = 0
  let dropped = 0

  const at = (offset: number): number => (start + offset) % capacity

  function take(count: number): T[] {
    const taken: T[] = []
    for (let left = Math.min(count, size); left > 0; left--) {
      taken.push(items[start]!)
      items[start] = undefined
      start = at(1)
      size--
    }
    return taken
  }

  return {
    get size() {
      return size
    },
    get dropped() {
      return dropped
    },
    push(item) {
      if (size === capacity) {
        dropped++
        if (options.overflow === 'drop-newest') return
        start = at(1)
        size--
      }
      items[at(size++)] = item
    },
    take,
    clear() {
      items = []
      start = size = dropped = 0
    },
    toArray: () => Array.from({ length: size }, (_, offset) => items[at(offset)]!),
  }
}
