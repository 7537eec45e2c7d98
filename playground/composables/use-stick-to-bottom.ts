/** Keeps a scrolling list at its end, but only for those who are there: nobody is torn away from reading. */
import { useEventListener, useResizeObserver } from '@vueuse/core'
import { nextTick, shallowRef, watch } from 'vue'
import type { Ref, WatchSource } from 'vue'

const NEAR_PX = 48

/**
 * @param viewport The element that scrolls.
 * @param newest Changes with every new item.
 */
export function useStickToBottom(
  viewport: Readonly<Ref<HTMLElement | null>>,
  newest: WatchSource<number>,
) {
  const isAtBottom = shallowRef(true)
  const unseen = shallowRef(0)

  function measure(): void {
    const element = viewport.value
    if (!element) return
    isAtBottom.value = element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR_PX
    if (isAtBottom.value) unseen.value = 0
  }

  function scrollToBottom(): void {
    const element = viewport.value
    if (element) element.scrollTop = element.scrollHeight
    isAtBottom.value = true
    unseen.value = 0
  }

  useEventListener(viewport, 'scroll', measure, { passive: true })
  // A keyboard that slides in makes the list smaller.
  useResizeObserver(viewport, () => isAtBottom.value && scrollToBottom())
  watch(newest, async (next, previous) => {
    if (!isAtBottom.value) {
      unseen.value += Math.max(0, next - (previous ?? 0))
      return
    }
    await nextTick()
    scrollToBottom()
  })

  return { isAtBottom, unseen, scrollToBottom }
}
