/** A tab that follows: it takes what the leader tells, and shows it as if it came from a connection of its own. */
import { createMessageIntake } from '../connection/message-intake.ts'
import { ownText } from '../delivery/own-text.ts'
import { createMirror } from './mirror.ts'
import { isGap } from './shared-state.ts'
import { playEntry } from './relay.ts'
import { isBefore, isCommentEntry, isMark, ORIGIN } from './tab-log.ts'
import { unflattenChunk } from './tab-messages.ts'
import { isCredibleTerm } from './term.ts'
import type { MessageIntake } from '../connection/message-intake.ts'
import type { Cancel } from '../environment.ts'
import type { EventStreamReason } from '../types.ts'
import type { SharedState } from './shared-state.ts'
import type { TabChunk, TabEntry } from './tab-log.ts'
import type { LeaderMessage, Welcome } from './tab-messages.ts'
import type { Tab } from './tab.ts'

/** More than this is not kept for an app that takes nothing: it is asked for again. */
const MAX_WAITING_ENTRIES = 10_000
const MAX_WAITING_CHARS = 16_777_216
/** The timers of a leader that nobody sees may be so late that one that is seen says what time it is. */
const OVERDUE_MS = 1000

export interface FollowerListener {
  /** The leader has given a sign of life. */
  onHeard(): void
  /** The leader was asked for what this tab has missed. */
  onAsked(): void
  /** The stream is about to end for all tabs: nobody is to lead any more. */
  onEnding(): void
  onClosed(reason: EventStreamReason): void
}

export interface Follower {
  start(): void
  /** Asks the leader for what comes after the position of this tab. @param opens Also when it has given up. */
  hello(opens: boolean): void
  hear(message: LeaderMessage): void
  /** The leader should not sit out its wait, if it waits. */
  hurry(): void
  /** Delivery goes on: what was given up is asked for again. */
  onFree(): void
  /** The leader is no more, and that is no secret. */
  left(): void
  /** @param leads This tab leads from now on. */
  stop(leads?: boolean): void
}

export function createFollower(
  tab: Tab,
  { onHeard, onAsked, onEnding, onClosed }: FollowerListener,
): Follower {
  const { log, gate, state, listener, environment, before } = tab
  const mirror = createMirror(tab, onClosed)
  /** Grows with each time that this tab leads or is away: states that waited for then are stale. */
  let epoch = 0
  let controller: AbortController | undefined
  let intake: MessageIntake
  /** An answer is to come; what is told meanwhile is in it. */
  let isWaiting = true
  let wantsOpening = false
  /** The cursor that it was asked with. */
  let helloId = ''
  /** Something was given up, because too much waited. */
  let isBehind = false
  let waitingEntries = 0
  let waitingChars = 0
  let heardState: SharedState | undefined
  let cancelHurry: Cancel | undefined

  function hello(opens: boolean): void {
    isWaiting = true
    wantsOpening ||= opens
    helloId = (gate.isEmpty() ? undefined : before.receivedId) ?? state.lastEventId
    const { id: from } = tab
    tab.post({ kind: 'hello', from, at: log.end, lastEventId: helloId, opens: wantsOpening })
    onAsked()
  }

  /** In its turn, after what came before it, if that turn comes before another leader. */
  function pass(step: () => void): void {
    const current = epoch
    gate.begin()
    gate.pass(() => {
      if (epoch === current) step()
    })
  }

  function hurry(): void {
    if (typeof heardState?.retryAt === 'number') tab.post({ kind: 'want', command: 'hurry' })
  }

  function remember(shared: SharedState | undefined): void {
    heardState = shared
    cancelHurry?.()
    cancelHurry = undefined
    if (typeof shared?.retryAt !== 'number') return
    const wait = Math.max(0, shared.retryAt - environment.now())
    cancelHurry = environment.after(wait + OVERDUE_MS, hurry)
  }

  function takeState(shared: SharedState, term: number): void {
    remember(shared)
    if (shared.status === 'closed') {
      onEnding()
      // Who has given something up does not get it any more.
      if (isBehind) pass(() => listener.onGap('late'))
    }
    pass(() => mirror.show(shared, term))
  }

  /** With the state of the leader it has been told, unless that is stale before its turn, or of before this tab. */
  function tellMark({ data: gap }: TabEntry, isLate: boolean): void {
    const current = epoch
    gate.pass(() => {
      if (!isLate && epoch === current) return
      listener.onAskedAgain(undefined)
      if (isGap(gap)) listener.onGap(gap)
    })
  }

  /** @param isLate It happened before this tab asked for it. */
  function take(chunk: TabChunk, isLate = false): void {
    if (gate.isEmpty()) waitingEntries = waitingChars = 0
    if (gate.isHeld()) {
      waitingEntries += chunk.entries.length
      for (const { data } of chunk.entries) waitingChars += data.length
    }
    isBehind ||= waitingEntries > MAX_WAITING_ENTRIES || waitingChars > MAX_WAITING_CHARS
    if (isBehind) return
    log.append(chunk)
    intake.receive(() => {
      for (const entry of chunk.entries) {
        if (isMark(entry) && !isCommentEntry(entry)) tellMark(entry, isLate)
        else playEntry(intake, entry)
      }
    })
  }

  /** What of it this tab has not had, if nothing is missing before it. */
  function takeNext({ term, seq, entries }: TabChunk): void {
    const next = log.next(term)
    if (seq > next) hello(false)
    else if (seq + entries.length > next) {
      take({ term, seq: next, entries: entries.slice(next - seq) })
    }
  }

  function onWelcome({ term, at, after, lastEventId, state: shared, chunks }: Welcome): void {
    const { end } = log
    isWaiting = wantsOpening = false
    takeState(shared, term)
    // It may know some of it from a leader that is gone.
    if (end !== ORIGIN) gate.pass(() => listener.onAskedAgain(undefined))
    if (!chunks) {
      log.startAt(at)
      before.receivedId = lastEventId
      return gate.pass(() => {
        const current = epoch
        // With the cursor before it: the app fetches what came after that.
        listener.onGap('late')
        if (epoch !== current) return
        state.lastEventId = lastEventId
        listener.onCursor()
      })
    }
    if (isBefore(after, end) || isBefore(end, after)) log.startAt(after, helloId)
    log.follow(term)
    // What is said in it of replays was said of another connection.
    gate.pass(() => listener.onMark?.(true))
    for (const chunk of chunks) {
      if (isBehind || !controller) break
      // A term that is left begins where this tab has its own end of it.
      const missed = unflattenChunk(chunk)
      if (isBefore(log.end, { term: missed.term, seq: missed.seq + missed.entries.length - 1 })) {
        take(missed, true)
      }
    }
    gate.pass(() => listener.onMark?.(false))
  }

  function hear(message: LeaderMessage): void {
    const { kind, term } = message
    // A term that is no more credible was before the clock was set back.
    if (term < tab.term && isCredibleTerm(tab.term, environment.now())) return
    const isNew = term !== tab.term
    tab.term = term
    onHeard()
    if (kind === 'lead') {
      if (!log.knows(message.at) || isBefore(log.end, message.at)) return hello(false)
      isWaiting = false
      log.follow(term)
      return takeState(message.state, term)
    }
    if (kind === 'welcome' && message.to === tab.id) {
      if (isWaiting && !isBehind) onWelcome(message)
      return
    }
    if (kind === 'state' && (!isWaiting || message.state.status === 'closed')) {
      takeState(message.state, term)
    } else if (kind === 'bye') left()
    if (isNew && kind !== 'bye') {
      if (!isBehind) hello(false)
    } else if (kind === 'chunk' && !isWaiting && !isBehind) takeNext(unflattenChunk(message))
  }

  function left(): void {
    // A failure is everybody's, and stays.
    if (heardState?.status !== 'failed') remember(undefined)
    pass(mirror.showLeft)
  }

  return {
    start() {
      controller = new AbortController()
      isWaiting = true
      isBehind = false
      intake = createMessageIntake(
        controller.signal,
        gate,
        { heartbeat() {} },
        {
          ...listener,
          onActivity() {
            state.lastActivityAt = environment.now()
            gate.begin()
          },
          onRead: () => listener.call(tab.onActivity),
          onReceivedId: (id) => (before.receivedId = id),
          onLastEventId: (id) => (state.lastEventId = ownText(id)),
          onNews() {},
          onRetry() {},
        },
      )
    },
    hello,
    hear,
    hurry,
    onFree() {
      if (!isBehind) return
      isBehind = false
      hello(false)
    },
    left,
    stop(leads) {
      // What the last leader had come to holds, though it still waits for its turn.
      const isFailed = leads && heardState?.status === 'failed' && tab.status !== 'failed'
      const shared = heardState
      remember(undefined)
      epoch++
      if (isFailed) mirror.show(shared!, tab.term)
      wantsOpening = isBehind = false
      controller?.abort()
      controller = undefined
    },
  }
}
