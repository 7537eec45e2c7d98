/** One connection for all tabs: who holds the lock leads, the others follow. To its listener it is one like any other. */
import { createConnection } from '../connection/connection.ts'
import { createPageLife } from '../connection/page-life.ts'
import { warn } from '../diagnostics.ts'
import { createFollower } from './follower.ts'
import { createLeader } from './leader.ts'
import { createLeaderWatch } from './leader-watch.ts'
import { createLeadership } from './leadership.ts'
import { openTabChannel } from './tab-channel.ts'
import { createTabLog, ORIGIN } from './tab-log.ts'
import { isOfLeader } from './tab-messages.ts'
import type {
  Connection,
  ConnectionListener,
  ConnectionSetup,
  ConnectionState,
} from '../connection/connection-types.ts'
import type { Signal } from '../connection/connection-table.ts'
import type { PageLife } from '../connection/page-life.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { UrlSource } from '../options.ts'
import type { EventStreamReason } from '../types.ts'
import type { TabChannel } from './tab-channel.ts'
import type { TabMessage } from './tab-messages.ts'
import type { Tab } from './tab.ts'

/** A stream that has ended for all tabs keeps its lock for so long: who is next is to hear of the end before. */
const END_MS = 100

const Role = {
  /** Not in the group: at rest. */
  OUT: 0,
  /** Out of the group until the page is back. */
  AWAY: 1,
  FOLLOWING: 2,
  LEADING: 3,
} as const
type Role = (typeof Role)[keyof typeof Role]

/**
 * Makes a connection that waits for `open()`; without a source it waits for ever.
 * @param name Of the channel and the lock: the same for all tabs that share, and nothing that is secret.
 */
export function createTabConnection(
  source: UrlSource | null,
  options: ConnectionSetup,
  environment: Environment,
  state: ConnectionState,
  gate: DeliveryGate,
  listener: ConnectionListener,
  hasCompletion: boolean,
  name: string,
): Connection {
  const { after, now, random } = environment
  const { locks } = (environment.platform('navigator') ?? {}) as { locks?: LockManager }
  if (!locks || !environment.platform('BroadcastChannel')) {
    return createConnection(source, options, environment, state, gate, listener, hasCompletion)
  }

  let role: Role = Role.OUT
  let channel: TabChannel | undefined
  let page: PageLife | undefined
  let cancelRelease: Cancel | undefined
  /** Grows with each time that this tab comes or goes: what was begun before is stale. */
  let stay = 0
  /** Nothing is taken here: others should lead. */
  let hasGivenWay = false
  /** The stream is about to end for all tabs: nobody is to lead. */
  let isEnding = false
  /** The app has asked for the stream, and nothing is known of it yet. */
  let isNewcomer = false

  const tab: Tab = {
    id: `${now()}-${random()}`,
    log: createTabLog(),
    term: 0,
    before: { wasOpen: false },
    leftAt: undefined,
    status: 'idle',
    reason: null,
    ...{ environment, state, gate, listener },
    onActivity: options.onActivity as (() => void) | undefined,
    onClose: options.onClose,
    post: (message) => channel?.post(message),
    show(status, reason) {
      tab.status = status
      tab.reason = reason
      const isPaused = gate.isHeld('user') && status !== 'failed'
      state.status = isPaused ? 'paused' : status
      state.reason = isPaused ? 'user' : reason
      listener.onStatus()
    },
  }
  const { log, before } = tab

  const leadership = createLeadership(locks, name, {
    onGranted: lead,
    onStolen() {
      if (role === Role.LEADING) follow(true)
    },
    onRefused(error) {
      warn(environment, 'tabs-unreachable', `${error}`)
      // A connection of its own.
      channel?.close()
      channel = undefined
      lead()
    },
  })
  const watch = createLeaderWatch(
    environment,
    leadership,
    () => tab.post({ kind: 'ping', from: tab.id }),
    () => log.end === ORIGIN,
  )
  const follower = createFollower(tab, {
    onHeard: watch.heard,
    onAsked: watch.asked,
    onEnding() {
      isEnding = true
      leadership.release()
      watch.stop()
    },
    onClosed: (reason) => end('closed', reason),
  })
  const leader = createLeader(source, options, hasCompletion, tab, {
    onClosed() {
      // The lock is kept a little longer.
      part()
      forgetWaiting()
      cancelRelease = after(END_MS, leadership.release)
    },
    onStuck: () => void giveWay(),
    async onDoubt() {
      const isHeld = await leadership.isHeld()
      if (!isHeld && role === Role.LEADING) follow(true)
      return isHeld
    },
  })

  // Coming and going.

  function begin(reason: EventStreamReason): void {
    if (source === null) return
    Object.assign(before, { wasOpen: false, receivedId: undefined })
    tab.leftAt = undefined
    isNewcomer = true
    Object.assign(state, { attempt: 0, error: null, disconnectedSince: now() })
    page = createPageLife(
      environment,
      options.whenHidden === 'disconnect' ? () => true : undefined,
      onPage,
    )
    join('connecting', reason)
  }

  /** The status is shown first: the app may want something else then. */
  function join(...[status, reason]: Parameters<Tab['show']>): void {
    const current = ++stay
    role = Role.FOLLOWING
    hasGivenWay = isEnding = false
    cancelRelease?.()
    leadership.release()
    channel = openTabChannel(name, environment, hear)
    follower.start()
    tab.show(status, reason)
    if (current === stay) void ask(current)
  }

  async function ask(current: number): Promise<void> {
    await listener.whenKnown()
    if (current !== stay) return
    // There is nobody to share with.
    if (!channel) return lead()
    watch.start()
    follower.hello(isNewcomer)
    isNewcomer = false
    leadership.request()
  }

  /** Leaves the group. Whether nothing else has come of it: an app may listen to the signal of its attempt. */
  function part(): boolean {
    const current = ++stay
    if (role === Role.LEADING) tab.post({ kind: 'bye', term: tab.term })
    const wasLeading = role === Role.LEADING
    role = Role.OUT
    page?.stop()
    page = undefined
    follower.stop()
    watch.end()
    channel?.close()
    channel = undefined
    if (wasLeading) leader.stepDown()
    return current === stay
  }

  function lead(): void {
    if (role !== Role.FOLLOWING) return leadership.release()
    role = Role.LEADING
    watch.stop()
    const current = stay
    follower.stop(true)
    if (current === stay) leader.lead()
  }

  /** @param asks Whether there is a leader that knows more. */
  function follow(asks: boolean): void {
    role = Role.FOLLOWING
    leadership.release()
    leader.stepDown()
    if (role !== Role.FOLLOWING) return
    follower.start()
    watch.start()
    state.transport = 'tabs'
    follower.left()
    if (role !== Role.FOLLOWING) return
    if (asks) {
      follower.hello(false)
      leadership.request()
    }
  }

  /** Others wait, and nothing is taken here. */
  async function giveWay(): Promise<void> {
    const current = stay
    if ((await leadership.countWaiting()) === 0) return
    if (current !== stay || role !== Role.LEADING || !gate.isStuck()) return
    tab.post({ kind: 'bye', term: tab.term })
    hasGivenWay = true
    follow(false)
  }

  function hear(message: TabMessage): void {
    if (!isOfLeader(message)) {
      if (role === Role.LEADING) leader.hear(message)
      return
    }
    // Nobody else has this term: the others are to know that this tab leads, and from where.
    if (role === Role.LEADING && message.term === tab.term) return leader.takeTerm()
    // Another one leads: this tab was silent for too long.
    if (role === Role.LEADING && message.term > tab.term) {
      follow(false)
      leadership.request()
    }
    if (role === Role.FOLLOWING) follower.hear(message)
  }

  // The page, and the app.

  function onPage(signal: Signal, reason?: 'hidden' | 'pagehide'): void {
    if (signal === 'leave') suspend(reason!)
    else if (signal === 'return') comeBack(tab.reason)
    else if (role === Role.FOLLOWING) follower.hurry()
  }

  function suspend(reason: EventStreamReason): void {
    const ownPage = page
    const isFailed = tab.status === 'failed'
    if (role === Role.AWAY && (isFailed || tab.reason === reason)) return
    listener.onLeave()
    page = undefined
    leadership.release()
    if (!part()) return ownPage?.stop()
    page = ownPage
    role = Role.AWAY
    if (isFailed) return
    tab.leftAt ??= state.disconnectedSince ?? now()
    Object.assign(state, { attempt: 0, error: null, retryAt: null, disconnectedSince: null })
    tab.show('paused', reason)
  }

  function comeBack(reason: EventStreamReason): void {
    if (role !== Role.AWAY) return
    if (tab.status === 'failed') return join('failed', tab.reason)
    state.disconnectedSince ??= now()
    join(before.wasOpen ? 'reconnecting' : 'connecting', reason)
  }

  function end(status: 'idle' | 'closed', reason: EventStreamReason): void {
    if (state.status === status && tab.reason === reason) return
    const wasLive = role !== Role.OUT && tab.status !== 'failed'
    if (!leave()) return
    if (status !== 'idle') gate.release('user')
    Object.assign(state, { retryAt: null, disconnectedSince: null })
    Object.assign(tab, { status, reason })
    Object.assign(state, { status, reason, error: null })
    listener.onStatus()
    if (wasLive && status !== 'idle') listener.call(options.onClose, reason)
  }

  /** Whether nothing else has come of it. */
  function leave(): boolean {
    cancelRelease?.()
    leadership.release()
    const isDone = part()
    if (!isDone) return false
    gate.clear()
    forgetWaiting()
    listener.onLeave()
    return true
  }

  /** What was not delivered is to come again: only the id says where that is, or that nothing was delivered yet. */
  function forgetWaiting(): void {
    if (state.lastEventId !== '' || before.receivedId !== undefined) log.startAt(ORIGIN)
  }

  function reconnect(): void {
    if (role === Role.LEADING) return leader.connection.reconnect()
    const current = stay
    gate.release('user')
    if (current !== stay) return
    if (role === Role.OUT) begin('user')
    else if (role === Role.AWAY) comeBack('user')
    else {
      tab.post({ kind: 'want', command: 'reconnect' })
      // Who asks next sees that it is under way.
      state.retryAt = null
      state.disconnectedSince ??= now()
      tab.show(before.wasOpen ? 'reconnecting' : 'connecting', 'user')
    }
  }

  return {
    open() {
      if (role === Role.OUT) begin(null)
      else if (tab.status !== 'failed') return
      else if (role === Role.LEADING) leader.connection.open()
      else reconnect()
    },
    end,
    complete() {
      if (role === Role.LEADING) leader.connection.complete()
      else if (role !== Role.OUT) end('closed', 'complete')
    },
    dispose: () => void leave(),
    reconnect,
    onHold(reason) {
      if (role === Role.LEADING) return leader.onHold(reason)
      if (role === Role.OUT) return
      if (!gate.isHeld()) follower.onFree()
      if (hasGivenWay && !gate.isStuck()) {
        hasGivenWay = false
        if (role === Role.FOLLOWING && !isEnding) leadership.request()
      }
      if (reason === 'user' && tab.status !== 'failed') tab.show(tab.status, tab.reason)
    },
  }
}
