/** Recognises what a server sends twice when it replays after a reconnect. */
import type { Environment } from './environment.ts'
import type { EventStreamMessage } from '../protocol/types.ts'

const RING_SIZE = 1024
/** After a reconnect, a replay is over when this many messages or milliseconds went by without a duplicate. */
const QUIET_MESSAGES = 1024
const QUIET_MS = 30_000
/** Longer data is remembered as a fingerprint, so that the ring stays small whatever the messages are. */
const MAX_KEPT_CHARS = 1024

export interface ReplayFilter {
  /** The stream came back: what it sends now may have been delivered before. */
  expectReplay(): void
  /** Whether a message with an id of its own was delivered before; if not, it counts as delivered now. */
  isDuplicate(message: EventStreamMessage): boolean
}

export function createReplayFilter(environment: Environment): ReplayFilter {
  const delivered: EventStreamMessage[] = []
  let next = 0
  let messagesLeft = 0
  let expectedUntil = 0

  function expectReplay(): void {
    messagesLeft = QUIET_MESSAGES
    expectedUntil = environment.now() + QUIET_MS
  }

  return {
    expectReplay,
    isDuplicate({ lastEventId, type, data }) {
      const message = { lastEventId, type, data: fingerprint(data) }
      if (messagesLeft > 0) {
        messagesLeft = environment.now() > expectedUntil ? 0 : messagesLeft - 1
        if (delivered.some((earlier) => isSame(earlier, message))) {
          expectReplay()
          return true
        }
      }
      delivered[next] = message
      next = (next + 1) % RING_SIZE
      return false
    },
  }
}

function isSame(earlier: EventStreamMessage, message: EventStreamMessage): boolean {
  return (
    earlier.lastEventId === message.lastEventId &&
    earlier.type === message.type &&
    earlier.data === message.data
  )
}

/** Short data as it is, long data as its length and a 64-bit hash (two multiply-xor lanes). */
function fingerprint(data: string): string {
  if (data.length <= MAX_KEPT_CHARS) return data
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < data.length; index++) {
    const unit = data.charCodeAt(index)
    high = Math.imul(high ^ unit, 0x9e3779b1)
    low = Math.imul(low ^ unit, 0x5f356495)
  }
  return `${data.length}:${high >>> 0}:${low >>> 0}`
}
