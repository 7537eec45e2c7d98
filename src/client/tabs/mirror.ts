/** Shows the state of the leader as if the connection were here. */
import { fromSharedError } from './shared-state.ts'
import type { EventStreamReason } from '../types.ts'
import type { SharedState } from './shared-state.ts'
import type { Tab } from './tab.ts'

export interface Mirror {
  /** Shows a state of this term. */
  show(state: SharedState, term: number): void
  /** The leader has left: another one comes. */
  showLeft(): void
}

/** @param onClosed The stream has ended for all tabs. */
export function createMirror(tab: Tab, onClosed: (reason: EventStreamReason) => void): Mirror {
  const { state, listener, environment, before } = tab
  const { now } = environment
  // What has been shown, of which term.
  let term = 0
  let opens = 0
  let asked = 0
  let errors = 0

  function showOpen({ openedAttempt, openedStatus, openedGap }: SharedState): void {
    const since = tab.leftAt ?? state.disconnectedSince ?? now()
    const details = {
      first: !before.wasOpen,
      attempt: openedAttempt,
      downMs: now() - since,
      status: openedStatus,
      headers: new Headers(),
    }
    before.wasOpen = true
    tab.leftAt = undefined
    Object.assign(state, { error: null, disconnectedSince: null, retryAt: null })
    if (!shows('open', null)) return
    const isKnown = details.first && tab.log.end.seq > 0
    listener.onOpen(details, openedGap ?? undefined)
    // Messages came while nobody said that it was open: a pause held that back.
    if (isKnown && tab.status === 'open') listener.onAskedAgain(undefined)
  }

  /** Whether nothing else has come of it: the app hears of it, and may do something. */
  function shows(...[status, reason]: Parameters<Tab['show']>): boolean {
    const shown = ++shownCount
    tab.show(status, reason)
    return shown === shownCount && tab.status === status
  }
  let shownCount = 0

  function showDown(shared: SharedState, isNewError: boolean): void {
    const { reason, retryAt } = shared
    const isFirst = shared.status === 'connecting' && !before.wasOpen
    const isFailed = shared.status === 'failed'
    const wasFailed = tab.status === 'failed'
    const error = shared.error && (isNewError ? fromSharedError(shared.error) : state.error)
    const disconnectedSince = shared.disconnectedSince ?? state.disconnectedSince ?? now()
    Object.assign(state, { error, retryAt, disconnectedSince })
    if (isFailed) tab.gate.release('user')
    if (!shows(isFailed ? 'failed' : isFirst ? 'connecting' : 'reconnecting', reason)) return
    if (error && isNewError && state.error === error) listener.onError(error)
    if (isFailed && !wasFailed) listener.call(tab.onClose, reason)
  }

  return {
    show(shared, ofTerm) {
      const isSame = ofTerm === term
      const isNewOpening = shared.opens > 0 && !(isSame && shared.opens === opens)
      const isAskedAgain = shared.asked > 0 && !(isSame && shared.asked === asked)
      const isNewError = !(isSame && shared.errors === errors && state.error)
      term = ofTerm
      ;({ opens, asked, errors } = shared)
      if (shared.status === 'closed') return onClosed(shared.reason)
      state.transport = 'tabs'
      state.attempt = shared.attempt
      if (shared.status !== 'open') showDown(shared, isNewError)
      else if (isNewOpening || tab.status !== 'open') showOpen(shared)
      else if (isAskedAgain) listener.onAskedAgain(shared.askedGap ?? undefined)
      else tab.show('open', null)
    },
    showLeft() {
      if (tab.status === 'failed') return
      Object.assign(state, { error: null, retryAt: null })
      state.disconnectedSince ??= now()
      tab.show(before.wasOpen ? 'reconnecting' : 'connecting', null)
    },
  }
}
