/** What time alone does to the stream: a connection that nobody reads, or whose page nobody sees, is given up. */
import { mayBeReopened } from './settings.ts'
import { LONG_HIDDEN_MS, leave } from './state.ts'
import type { ModelState } from './state.ts'
import type { Settings } from './settings.ts'

const MAX_HOLD_MS = 30_000

/** @param isDue What is due now has happened; else it may be next. */
export function syncTime(state: ModelState, settings: Settings, now: number, isDue: boolean): void {
  if (isHiddenDue(state, settings, now, isDue)) leaveHidden(state, settings)
  if (isHeldDue(state, now, isDue)) leaveHeld(state, settings)
}

/** The first thing that is due has happened right now. */
export function syncFirst(state: ModelState, settings: Settings, now: number): void {
  const isHeld = isHeldDue(state, now, true)
  const isHidden = isHiddenDue(state, settings, now, true)
  const isTie = isHeld && isHidden && state.heldSince === state.hiddenSince
  if (isHidden && !(isTie && state.isHeldFirst)) leaveHidden(state, settings)
  if (isHeld && !(isTie && !state.isHeldFirst)) leaveHeld(state, settings)
}

function isHeldDue({ heldSince, rest, areTimersLate }: ModelState, now: number, isDue: boolean) {
  if (rest || areTimersLate || heldSince === undefined) return false
  const heldMs = now - heldSince
  return heldMs > MAX_HOLD_MS || (heldMs === MAX_HOLD_MS && isDue)
}

function leaveHeld(state: ModelState, settings: Settings): void {
  state.heldSince = undefined
  if (!mayBeReopened(settings) || state.away.has('held')) return
  state.wasParked ||= state.wasOpen
  const { isOverruled } = state
  leave(state, settings, 'held')
  state.isParkedOverruled = isOverruled
}

/** A page that is hidden for long gives its connection up when the app says so. */
function isHiddenDue(
  { hiddenSince, rest, areTimersLate }: ModelState,
  settings: Settings,
  now: number,
  isDue: boolean,
): boolean {
  if (rest || areTimersLate || hiddenSince === undefined) return false
  if (settings.whenHidden === 'keep' || !mayBeReopened(settings)) return false
  const hiddenMs = now - hiddenSince
  return hiddenMs > LONG_HIDDEN_MS || (hiddenMs === LONG_HIDDEN_MS && isDue)
}

function leaveHidden(state: ModelState, settings: Settings): void {
  state.hiddenSince = undefined
  leave(state, settings, 'hidden')
}
