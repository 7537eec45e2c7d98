/** Terms: each leader has one of its own, higher than those of all leaders before it. They are times. */
import type { Environment } from '../environment.ts'

/** Two leaders that do not know of each other may begin in the same millisecond: chance tells them apart. */
const TERMS_PER_MS = 1000
/** No clock was that wrong: who says so is no leader, and would silence all that come after it. */
const MAX_AHEAD_MS = 86_400_000

export function isCredibleTerm(term: number, now: number): boolean {
  return term <= (now + MAX_AHEAD_MS) * TERMS_PER_MS
}

/** @param highest That anybody is known to have had; it does not count when the clock was set back since. */
export function nextTerm(highest: number, { now, random }: Environment): number {
  const time = now()
  const least = isCredibleTerm(highest, time) ? highest : 0
  return Math.max(time * TERMS_PER_MS, least) + 1 + Math.floor(random() * TERMS_PER_MS)
}
