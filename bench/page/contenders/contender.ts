/**
 * What every contender stands on. All do the same: parse the JSON of each event, tell the app's own code of it, and show the last 100.
 * They keep more of them at times: a component that collects by hand up to 999 (`useRows`, `useFrameRows`), the library up to 199.
 */
import type { BenchEvent } from '../events.ts'

/** How many rows are shown. */
export const CAPACITY = 100

export interface Delivery {
  delivered: number
  /** How many did not follow the one before them: however many are lost at once, that is one. */
  misplaced: number
  hasLast: boolean
}

export const delivery: Delivery = { delivered: 0, misplaced: 0, hasLast: false }
let lastIndex = 0
let areEqual = false
let previousIndex = -1

/** Says what has to come: 0, 1, 2 … up to the last one, or zeros up to it. */
export function expectEvents(last: number, equal: boolean): void {
  lastIndex = last
  areEqual = equal
}

/** The app's own code: is told of each event. */
export function deliver({ index }: BenchEvent): void {
  if (index === lastIndex) delivery.hasLast = true
  const isInPlace = areEqual ? index >= previousIndex : index === previousIndex + 1
  if (!isInPlace) delivery.misplaced++
  previousIndex = index
  delivery.delivered++
}
