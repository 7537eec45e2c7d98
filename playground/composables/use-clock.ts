/** One clock for everything on a page that counts seconds. It stops when nobody looks at it. */
import { createSharedComposable, useNow } from '@vueuse/core'
import { computed } from 'vue'

const TICK_MS = 250

/** The time in epoch milliseconds, four times a second. */
export const useClock = createSharedComposable(() => {
  const now = useNow({ interval: TICK_MS })
  return computed(() => now.value.getTime())
})
