/** When a lost connection is worth a word: after a second, so that nothing flickers. */
import { computed, shallowRef, watch } from 'vue'
import type { AnyStream } from './any-stream.ts'
import { useClock } from './use-clock.ts'

const GRACE_MS = 1000
const BACK_MS = 3000

export type BannerKind = 'down' | 'failed' | 'back' | null

export function useConnectionBanner({ status, disconnectedSince }: AnyStream) {
  const now = useClock()
  const backUntil = shallowRef(0)

  const isDown = computed(() => {
    const isTrying = status.value === 'connecting' || status.value === 'reconnecting'
    const since = disconnectedSince.value
    return isTrying && since !== null && now.value - since >= GRACE_MS
  })

  watch(isDown, (down) => {
    if (!down && status.value === 'open') backUntil.value = Date.now() + BACK_MS
  })

  return computed<BannerKind>(() => {
    if (status.value === 'failed') return 'failed'
    if (isDown.value) return 'down'
    return status.value === 'open' && now.value < backUntil.value ? 'back' : null
  })
}
