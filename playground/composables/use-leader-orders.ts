/** What any tab can tell the one that leads, to see what the others do then: to give up, or to stand still for a while. */
import { useEventListener } from '@vueuse/core'
import { onScopeDispose } from 'vue'

export type LeaderOrder = 'give-up' | 'stand-still'

const CHANNEL = 'playground:connections'

/**
 * @param isLeading Whether this is the one.
 * @param obey Called in the tab that leads, whichever gives the order.
 * @returns Gives an order.
 */
export function useLeaderOrders(
  isLeading: () => boolean,
  obey: (order: LeaderOrder) => void,
): (order: LeaderOrder) => void {
  const channel = new BroadcastChannel(CHANNEL)
  onScopeDispose(() => channel.close())
  useEventListener(channel, 'message', ({ data }: MessageEvent<LeaderOrder>) => {
    if (isLeading()) obey(data)
  })
  return (order) => {
    if (isLeading()) obey(order)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it is for its own origin
    else channel.postMessage(order)
  }
}
