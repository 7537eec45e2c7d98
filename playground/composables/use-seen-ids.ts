/** Ids of what a visitor has dealt with: kept over a reload, the same in all tabs, and never more than the last hundred. */
import { useLocalStorage } from '@vueuse/core'
import { computed } from 'vue'

const KEPT = 100

/** @param key Of the storage. */
export function useSeenIds(key: string) {
  const ids = useLocalStorage<string[]>(key, [], { shallow: true })
  const known = computed(() => new Set(Array.isArray(ids.value) ? ids.value : []))

  return {
    has: (id: string): boolean => known.value.has(id),
    add(more: readonly string[]): void {
      ids.value = [...new Set([...known.value, ...more])].slice(-KEPT)
    },
  }
}
