/** What carries messages from tab to tab, in order, and never back to the one that sent them. */
import { warn } from '../diagnostics.ts'
import { isOfLeader, readTabMessage } from './tab-messages.ts'
import { isCredibleTerm } from './term.ts'
import type { Environment } from '../environment.ts'
import type { TabMessage } from './tab-messages.ts'

export interface TabChannel {
  /** Never throws. */
  post(message: TabMessage): void
  close(): void
}

/**
 * Undefined where there is none to be had.
 * @param onMessage Gets what is a message and may be of a leader, if it says so; and nothing after `close()`.
 */
export function openTabChannel(
  name: string,
  environment: Environment,
  onMessage: (message: TabMessage) => void,
): TabChannel | undefined {
  const BroadcastChannel = environment.platform(
    'BroadcastChannel',
  ) as typeof globalThis.BroadcastChannel
  let channel: BroadcastChannel
  try {
    channel = new BroadcastChannel(name)
  } catch (cause) {
    warn(environment, 'tabs-unreachable', `${cause}`)
    return undefined
  }
  let isOpen = true

  function hear({ data }: MessageEvent<unknown>): void {
    const message = readTabMessage(data)
    if (!message) return
    if (!isOfLeader(message) || isCredibleTerm(message.term, environment.now())) onMessage(message)
  }
  channel.addEventListener('message', hear)

  return {
    post(message) {
      try {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
        if (isOpen) channel.postMessage(message)
      } catch (cause) {
        warn(environment, 'tabs-unreachable', `${message.kind}: ${cause}`)
      }
    },
    close() {
      isOpen = false
      channel.removeEventListener('message', hear)
      channel.close()
    },
  }
}
