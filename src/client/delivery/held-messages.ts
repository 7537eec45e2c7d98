/** The messages that come while a state is loaded, and which of them it knows. */

/** The newest are held. */
export const MAX_HELD_MESSAGES = 10_000

export interface StateMessage {
  readonly type: string
  readonly data: unknown
  readonly lastEventId: string
}

export interface HeldMessages {
  /** In their order. */
  all(): StateMessage[]
  /** The oldest may have to go. @param isIdOwn Whether the message brought its id, or has inherited it. */
  add(message: StateMessage, isIdOwn: boolean): void
  isFull(): boolean
  /** What has had to go before is not missed. @param cursor Of the stream at this moment. */
  begin(cursor: string): void
  /** Whether any have had to go since then. */
  isOverrun(): boolean
  /** How many are not after the event of this id; undefined when it is none of them, nor next to one. */
  countUpTo(id: string, cursor: string): number | undefined
  /** Takes away the oldest, all unless said otherwise. */
  drop(count?: number): void
}

export function createHeldMessages(): HeldMessages {
  const held: { readonly message: StateMessage; readonly isIdOwn: boolean }[] = []
  /** The cursor before the first of them. */
  let heldAfter: string | undefined
  let isOverrun = false

  return {
    all: () => held.map(({ message }) => message),
    add(message, isIdOwn) {
      if (held.push({ message, isIdOwn }) <= MAX_HELD_MESSAGES) return
      held.splice(0, MAX_HELD_MESSAGES / 10)
      heldAfter = undefined
      isOverrun = true
    },
    isFull: () => held.length === MAX_HELD_MESSAGES,
    begin(cursor) {
      isOverrun = false
      if (held.length === 0) heldAfter = cursor
    },
    isOverrun: () => isOverrun,
    countUpTo(id, cursor) {
      for (let index = held.length; index-- > 0;) {
        const { message, isIdOwn } = held[index]!
        if (isIdOwn && message.lastEventId === id) return index + 1
      }
      // A block without data may have brought it.
      const inheriting = held.findIndex(({ message }) => message.lastEventId === id)
      if (inheriting >= 0) return inheriting
      if (id === heldAfter) return 0
      return id === cursor ? held.length : undefined
    },
    drop: (count = Infinity) => void held.splice(0, count),
  }
}
