/** A tab that leads: it has the connection, and tells the others all that comes of it. */
import { createConnection } from '../connection/connection.ts'
import { statusReason } from '../connection/status.ts'
import { fetchTransport } from '../transports/fetch-transport.ts'
import { relayTransport } from './relay.ts'
import { toSharedError } from './shared-state.ts'
import { ORIGIN, toMark } from './tab-log.ts'
import { flattenChunk } from './tab-messages.ts'
import { nextTerm } from './term.ts'
import type { Connection, ConnectionSetup } from '../connection/connection-types.ts'
import type { HoldReason } from '../delivery/delivery-gate.ts'
import type { Cancel, PageEvent } from '../environment.ts'
import type { EventStreamOptions, UrlSource } from '../options.ts'
import type { EventStreamGapReason } from '../types.ts'
import type { SharedState, SharedStatus } from './shared-state.ts'
import type { Position, TabEntry } from './tab-log.ts'
import type { Hello, TabMessage } from './tab-messages.ts'
import type { EventStreamError } from '../../protocol/errors.ts'
import type { Tab } from './tab.ts'

/** What takes messages so late that others should not have to wait for it. */
const MAX_STUCK_MS = 250
/** Who runs at least so often has not lost the lock unheard: it takes longer to find out that nobody answers. */
const MAX_STILL_MS = 2250
/** The rest is the business of the tab as a whole: it leaves the lock, too. */
const PAGE_EVENTS: readonly PageEvent[] = ['online', 'offline', 'hidden', 'visible', 'wake']

export interface LeaderListener {
  /** The stream has ended for all tabs. */
  onClosed(): void
  /** Nothing is taken here: another tab should lead, if there is one. */
  onStuck(): void
  /** This tab stood still. @returns Whether it leads all the same. */
  onDoubt(): Promise<boolean>
}

export interface Leader {
  /** The connection itself: what the app asks for goes there. */
  readonly connection: Connection
  lead(): void
  /** Leads on, as another leader. */
  takeTerm(): void
  hear(message: TabMessage): void
  onHold(reason: HoldReason): void
  /** Leaves the connection, without a word. */
  stepDown(): void
}

export function createLeader(
  source: UrlSource | null,
  options: ConnectionSetup & Pick<EventStreamOptions, 'caughtUp' | 'getEventId'>,
  hasCompletion: boolean,
  tab: Tab,
  { onClosed, onStuck, onDoubt }: LeaderListener,
): Leader {
  const { log, gate, state, listener, environment, before } = tab
  const { now } = environment
  const { gapEvent, volatile = [] } = options.resume ?? {}
  const pageListeners = new Set<(event: PageEvent) => void>()
  /** While the connection is left: this tab goes on, with what it has. */
  let isSteppingDown = false
  /** Another tab asks: that says nothing about what this app wants. */
  let isForOthers = false
  /** What the others know, as text; undefined: not even that this tab leads. */
  let told: string | undefined
  let isOpen = false
  /** The connection was given up, for now or for good. */
  let isLeft = false
  let at: Position = ORIGIN
  let cancelTimer: Cancel | undefined
  /** When this tab has last shown that it runs. */
  let ranAt = 0
  /** It did not run for so long that it may have lost the lock. */
  let isInDoubt = false
  let lastError: EventStreamError | null = null
  let errors = 0
  let opens = 0
  let opened = { attempt: 0, status: 0, gap: undefined as EventStreamGapReason | undefined }
  let asked = 0
  let askedGap: EventStreamGapReason | undefined
  let markedAt: Position | undefined
  let markedGap: EventStreamGapReason | undefined

  /** Heartbeats are nothing to the others, and would fill what they remember. */
  function isTold(comment: string): boolean {
    return listener.call(options.caughtUp, { comment }) === true
  }

  const connection = createConnection(
    source,
    {
      ...options,
      whenHidden: 'keep',
      transport: relayTransport(options.transport ?? fetchTransport, { tell, whenSure, isTold }),
      fallback: options.fallback && {
        ...options.fallback,
        transport: relayTransport(options.fallback.transport, { tell, whenSure, isTold }),
      },
    },
    { ...environment, onPageEvent },
    state,
    {
      ...gate,
      clear: () => isSteppingDown || gate.clear(),
      release: (reason) => (isForOthers && reason === 'user') || gate.release(reason),
    },
    {
      ...listener,
      onOpen(details, gap, parkedAfter) {
        const downMs = tab.leftAt === undefined ? details.downMs : now() - tab.leftAt
        before.wasOpen = isOpen = true
        tab.leftAt = undefined
        isLeft = false
        opens++
        opened = { attempt: details.attempt, status: details.status, gap }
        tellState()
        // Where ids are in the data, the log does not know them.
        const isLost = !options.getEventId && log.hasAnonymous([gapEvent, ...volatile])
        mark(gap ?? (isLost ? 'no-id' : undefined))
        listener.onOpen({ ...details, downMs }, gap, parkedAfter)
        // It has messages of a stream that it was never told to be open: a pause held that back.
        if (details.first && at.seq > 0 && isOpen) listener.onAskedAgain(undefined)
      },
      onAskedAgain(gap) {
        asked++
        askedGap = gap
        tellState()
        // Whoever listens takes nothing else for a gap.
        mark(gap === 'server' ? gap : undefined)
        listener.onAskedAgain(gap)
      },
      onStatus() {
        if (state.disconnectedSince !== null) isOpen = false
        // An opening is told once it is known.
        if (isOpen || isLeft || state.disconnectedSince !== null || isClosed()) tellState()
        if (isClosed()) onClosed()
        listener.onStatus()
      },
      onLeave() {
        isOpen = false
        isLeft = true
        if (!isSteppingDown) listener.onLeave()
      },
    },
    hasCompletion,
    before,
  )

  function onPageEvent(hear: (event: PageEvent) => void): Cancel {
    const hearOwn = (event: PageEvent): void => {
      if (PAGE_EVENTS.includes(event)) hear(event)
    }
    pageListeners.add(hearOwn)
    const cancel = environment.onPageEvent(hearOwn)
    return () => {
      pageListeners.delete(hearOwn)
      cancel()
    }
  }

  function isClosed(): boolean {
    return state.status === 'closed' || state.status === 'idle'
  }

  /** Without the pause of this tab, which is nobody else's. */
  function status(): SharedStatus {
    if (isOpen) return 'open'
    if (isClosed()) return 'closed'
    if (state.status === 'failed') return 'failed'
    return before.wasOpen || state.attempt > 0 ? 'reconnecting' : 'connecting'
  }

  function share(): SharedState {
    const { error, attempt, retryAt, disconnectedSince } = state
    if (error && error !== lastError) errors++
    lastError = error
    const isPaused = state.status === 'paused'
    const reasonOfError = error && statusReason(error, false)
    return {
      status: status(),
      reason: isOpen ? null : isPaused ? reasonOfError : state.reason,
      ...{ attempt, retryAt, disconnectedSince, errors, opens, asked },
      error: error && toSharedError(error),
      openedAttempt: opened.attempt,
      openedStatus: opened.status,
      openedGap: opened.gap ?? null,
      askedGap: askedGap ?? null,
    }
  }

  function tellState(): void {
    const shared = share()
    tab.status = shared.status
    tab.reason = shared.reason
    const { term } = tab
    const text = JSON.stringify(shared)
    if (told === undefined) tab.post({ kind: 'lead', term, at, state: shared })
    else if (told !== text) tab.post({ kind: 'state', term, state: shared })
    told = text
  }

  function tell(entries: readonly TabEntry[]): void {
    const { term } = tab
    const seq = log.next(term)
    log.append({ term, seq, entries })
    tab.post({ kind: 'chunk', ...flattenChunk({ term, seq, entries }) })
  }

  /** For who comes later: those that are here hear of it with the state. */
  function mark(gap: EventStreamGapReason | undefined): void {
    if (log.end.seq === 0 || (log.end === markedAt && gap === markedGap)) return
    tell([toMark(gap)])
    markedAt = log.end
    markedGap = gap
  }

  function run(): void {
    const time = now()
    // Or the clock was set back meanwhile.
    isInDoubt ||= Math.abs(time - ranAt) > MAX_STILL_MS
    ranAt = time
  }

  function whenSure(): Promise<boolean> | undefined {
    run()
    if (!isInDoubt) return undefined
    isInDoubt = false
    return onDoubt()
  }

  function welcome({ from, at: position, lastEventId, opens: wantsOpening }: Hello): void {
    if (wantsOpening && state.status === 'failed') connection.open()
    // Who has had messages without ids is not at the start, though its cursor is.
    const isLost = lastEventId === '' && position.seq > 0
    const found = isLost ? undefined : log.find(lastEventId)
    const after = log.knows(position) ? position : found
    const chunks = after && log.after(after)
    tab.post({
      kind: 'welcome',
      to: from,
      term: tab.term,
      at: log.end,
      after: after ?? log.end,
      lastEventId: state.lastEventId,
      state: share(),
      chunks: chunks?.map(flattenChunk) ?? null,
    })
  }

  function onWant(command: 'reconnect' | 'hurry'): void {
    if (command === 'hurry') {
      if (state.retryAt !== null) for (const hear of [...pageListeners]) hear('wake')
      return
    }
    isForOthers = true
    try {
      connection.reconnect()
    } finally {
      isForOthers = false
    }
  }

  function checkStuck(reason: HoldReason): void {
    cancelTimer?.()
    cancelTimer = gate.isStuck() ? environment.after(MAX_STUCK_MS, onStuck) : undefined
    // An app that pauses does so for a while. (In a hidden tab the timer may take a minute.)
    if (reason === 'user' && gate.isHeld('user')) onStuck()
  }

  function beginTerm(): void {
    tab.term = nextTerm(tab.term, environment)
    // Who begins the stream for all of them has all of it, from where it begins.
    if (log.end === ORIGIN) log.startAt({ term: tab.term, seq: 0 }, state.lastEventId)
    at = log.end
    log.follow(tab.term)
    told = undefined
  }

  return {
    connection,
    takeTerm() {
      beginTerm()
      tellState()
    },
    lead() {
      beginTerm()
      errors = opens = asked = 0
      lastError = null
      isOpen = isLeft = isInDoubt = false
      ranAt = now()
      checkStuck('user')
      if (state.status === 'failed') return tellState()
      const { attempt, disconnectedSince } = state
      before.down = { attempt, disconnectedSince: disconnectedSince ?? now() }
      connection.open()
      // Whoever opens it anew, after it has failed, begins anew.
      before.down = undefined
    },
    hear(message) {
      run()
      if (message.kind === 'hello') welcome(message)
      if (message.kind === 'ping') tab.post({ kind: 'pong', term: tab.term })
      if (message.kind === 'want') onWant(message.command)
      else if (gate.isStuck()) onStuck()
    },
    onHold(reason) {
      connection.onHold(reason)
      checkStuck(reason)
    },
    stepDown() {
      cancelTimer?.()
      isSteppingDown = true
      connection.dispose()
      isSteppingDown = isOpen = false
    },
  }
}
