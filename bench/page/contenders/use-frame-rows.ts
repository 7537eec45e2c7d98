/**
 * What a careful user writes by hand: events are collected in a plain array, which nothing watches, and shown once a frame by a
 * shallow ref, so that there is one render for all that came, and no event is made reactive. It is cut off as in `useRows`.
 */
import { onScopeDispose, shallowRef } from 'vue'
import { CAPACITY } from './contender.ts'
import type { ShallowRef } from 'vue'
import type { BenchEvent } from '../events.ts'

export function useFrameRows() {
  /** The last ones. */
  const rows: ShallowRef<readonly BenchEvent[]> = shallowRef([])
  let events: BenchEvent[] = []
  let frame = 0

  function show(): void {
    frame = 0
    rows.value = events.slice(-CAPACITY)
  }
  onScopeDispose(() => cancelAnimationFrame(frame))

  return {
    rows,
    add(event: BenchEvent): void {
      events.push(event)
      if (events.length >= 10 * CAPACITY) events = events.slice(-CAPACITY)
      frame ||= requestAnimationFrame(show)
    },
  }
}
