/**
 * What a component has that collects messages itself: a ref of an array, to which each is added. It keeps 100 to 999 of them: at
 * 1,000 it is cut off to the last 100, as `shift()` for each message moves 100 reactive items (measured: a burst takes five times as
 * long over fetch).
 */
import { computed, ref } from 'vue'
import { CAPACITY } from './contender.ts'
import type { BenchEvent } from '../events.ts'

export function useRows() {
  const events = ref<BenchEvent[]>([])
  return {
    /** The last ones. */
    rows: computed(() => events.value.slice(-CAPACITY)),
    add(event: BenchEvent): void {
      events.value.push(event)
      if (events.value.length >= 10 * CAPACITY) events.value = events.value.slice(-CAPACITY)
    },
  }
}
