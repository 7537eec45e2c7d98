/** Tells what makes up for an absence from what is news of this moment. */
import type { CaughtUpMark, EventStreamGapReason, EventStreamState } from '../types.ts'
import type { AppCalls } from './app-calls.ts'
import type { DeliveryGate } from './delivery-gate.ts'

export interface ReplayWatch {
  /** Whether this message is replayed; it may be the one with which that ends. */
  isReplayed(mark: CaughtUpMark): boolean
  /** The stream is open: with a cursor it goes on where it was. */
  opened(gap: EventStreamGapReason | undefined): void
  /** A comment has come; or what comes from now on is of the past, whatever it says, or is not any more. */
  mark(mark: string | boolean): void
}

export function createReplayWatch(
  caughtUp: ((mark: CaughtUpMark) => boolean) | undefined,
  state: Pick<EventStreamState, 'lastEventId' | 'transport'>,
  gate: DeliveryGate,
  call: AppCalls['call'],
): ReplayWatch {
  /** From an opening with a cursor until the app says that it is over. */
  let isReplay = false
  /** Another tab tells what it remembers: marks in it were those of its connection. */
  let isPast = false

  function isReplayed(mark: CaughtUpMark): boolean {
    if (isPast) return true
    const wasReplay = isReplay
    if (isReplay && call(caughtUp, mark) === true) isReplay = false
    return wasReplay
  }

  return {
    isReplayed,
    opened(gap) {
      if (!caughtUp) return
      const isResumed = state.lastEventId !== '' && gap !== 'unsendable-id'
      const begin = (): void => void (isReplay = isResumed)
      // What another tab tells comes in its turn.
      if (state.transport === 'tabs') return begin()
      // What still waits came before.
      gate.begin()
      gate.pass(begin)
    },
    mark(mark) {
      if (typeof mark === 'string') isReplayed({ comment: mark })
      else {
        isPast = mark
        isReplay = false
      }
    },
  }
}
