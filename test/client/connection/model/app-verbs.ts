/** What the app does with the stream, at any time and inside of its handlers; and what happens to the page. */
import { currentWire } from './delivery.ts'
import { isLive } from './attempts.ts'
import { mayRepeat } from './settings.ts'
import { urlOf } from './stream-model.ts'
import { LONG_HIDDEN_MS, begin, comeBack, createSession, goToRest, isAway, leave } from './state.ts'
import { isHeld, noHeartbeat, touchHold, weighsMore } from './state.ts'
import type { PageEvent } from '../../../../src/client/environment.ts'
import type { SourceName } from './state.ts'
import type { StreamModel } from './stream-model.ts'

export type Action =
  | { readonly do: 'open' | 'close' | 'reconnect' | 'pause' | 'resume' }
  /** A consumer takes no more messages, or takes them again. */
  | { readonly do: 'fill' | 'take'; readonly who: number }
  | { readonly do: 'setEnabled'; readonly to: boolean }
  | { readonly do: 'setUrl'; readonly to: SourceName | null }

/** Consumers that may be full. */
export const FULL = [Symbol('queue'), Symbol('loop')]

/** Does it to the model, and then to the client: its callbacks must find the model as it will be. */
export function act(model: StreamModel, action: Action): void {
  const { state, client } = model
  const now = model.now()
  // Whether the time of the hold before goes on is not modelled.
  const isInMessage = /^on(Message|ce)?$/.test(`${model.place}`)
  if (/pause|fill/.test(action.do) && state.isReleasing && !isInMessage) return
  model.requestTimes.length = 0
  model.seen.add(action.do)
  const wire = currentWire(state, model.attempt)
  if (wire && wire.next < wire.arrived()) state.session.isInexact = true
  const { isReleasing: wasReleasing } = state
  const wasHeld = isHeld(state)
  const wasPaused = state.isPaused !== false
  model.acting++
  switch (action.do) {
    case 'open':
      open(model)
      client.open()
      break
    case 'close':
      state.isWanted = false
      goToRest(state, 'closed', ['user'])
      client.close()
      break
    case 'reconnect':
      reconnect(model)
      state.isReleasing = wasReleasing || wasHeld
      client.reconnect()
      state.isReleasing = wasReleasing
      // The 30 s begin anew when they were over, or when nobody keeps messages back any more.
      touchHold(state, now)
      break
    case 'pause':
      // Of a stream that rests: the contract does not say that it holds for the next life.
      state.isPaused = state.rest && !state.isPaused ? undefined : true
      if (wire) wire.doubtedAt = undefined
      client.pause()
      if (!wasPaused) touchHold(state, now)
      break
    case 'resume':
      model.acting--
      state.isPaused = false
      release(model, wasPaused, wasHeld, () => client.resume())
      model.acting++
      break
    case 'fill':
      if (wire) wire.doubtedAt = undefined
      fill(model, FULL[action.who]!)
      break
    case 'take':
      model.acting--
      take(model, FULL[action.who]!, wasHeld)
      model.acting++
      break
    case 'setEnabled':
      setEnabled(model, action.to)
      client.setEnabled(action.to)
      break
    case 'setUrl':
      setUrl(model, action.to)
      state.isGoing = true
      client.setUrl(action.to === null ? null : urlOf(model.settings, action.to))
      state.isGoing = false
  }
  model.acting--
}

/** The page has had its turn. */
export function takeTurn(model: StreamModel): void {
  const { state, turn } = model
  const wire = currentWire(state, model.attempt)
  if (wire && wire.next < wire.arrived()) state.session.isInexact = true
  model.turn = undefined
  state.isSliced = false
  state.sliceWork = 0
  release(model, true, true, turn!)
}

function fill({ state, client, now }: StreamModel, who: symbol): void {
  const wasFull = state.full.has(who)
  state.full.add(who)
  client.pause(who)
  if (!wasFull) touchHold(state, now())
}

function take(model: StreamModel, who: symbol, wasHeld: boolean): void {
  const wasFull = model.state.full.delete(who)
  release(model, wasFull, wasHeld, () => model.client.resume(who))
}

/** One of the reasons to wait is gone; with the last one, what waited is delivered. */
function release(model: StreamModel, hasChanged: boolean, wasHeld: boolean, run: () => void): void {
  const { state, settings } = model
  const { isReleasing: wasReleasing } = state
  if (wasHeld && !isHeld(state)) restartSilence(model, model.now())
  state.isReleasing = wasReleasing || wasHeld
  run()
  state.isReleasing = wasReleasing
  if (hasChanged) touchHold(state, model.now())
  if (!wasReleasing && !state.rest && !isHeld(state)) comeBack(state, settings, 'held')
}

function open(model: StreamModel): void {
  const { state } = model
  state.isWanted = true
  if (!state.rest) return
  begin(state, model.now(), model.wallTime())
  // Not enabled, or without a URL.
  if (state.rest) state.rest.statuses.push('idle')
}

function reconnect(model: StreamModel): void {
  const { state } = model
  state.isWanted = true
  if (!state.isEnabled || state.source === null) {
    state.rest?.statuses.push('idle')
    if (state.isPaused) state.isPaused = undefined
    return
  }
  state.isPaused = false
  if (state.rest) begin(state, model.now(), model.wallTime())
  else if (state.error === 'some') state.error = 'either'
  state.away.delete('held')
  state.isParkedOverruled = false
  state.isOverruled = state.away.size > 0
  state.asks = 1
  state.waitCutAt = undefined
}

function setEnabled(model: StreamModel, isEnabled: boolean): void {
  const { state } = model
  if (isEnabled === state.isEnabled) return
  state.isEnabled = isEnabled
  if (!state.isWanted) return
  if (!isEnabled) goToRest(state, 'idle', ['disabled'])
  else if (state.rest) begin(state, model.now(), model.wallTime())
}

function setUrl(model: StreamModel, source: SourceName | null): void {
  const { state, settings, logs } = model
  if (source === state.source) return
  const isFirst = state.source === null && state.session.wires.length === 0
  state.source = source
  state.heartbeat = noHeartbeat()
  state.heldSince = undefined
  state.sliceWork = 0
  state.weighsMore = weighsMore(settings)
  const isKept = settings.hasKey || (isFirst && logs[source!] === state.session.log)
  for (const wire of state.session.wires) wire.hasLeftovers = false
  if (!isKept) state.session = createSession(logs[source ?? 'a'])
  if (!state.isWanted || !state.isEnabled) return
  if (source === null) goToRest(state, 'idle', [null])
  else begin(state, model.now(), model.wallTime())
}

/** Silence counts from the end of a pause; what waited meanwhile tells nothing of heartbeats. */
function restartSilence(model: StreamModel, now: number): void {
  const { wire, state } = model
  const { heartbeat } = state
  heartbeat.longestGap = Math.max(heartbeat.longestGap, now - heartbeat.lastAt)
  if (!wire) return
  wire.silentSince = now
  wire.silentSinceWall = model.wallTime()
  if (wire.isDoubted) wire.doubtedAt = now
}

/** It happens to the page, and the client hears of it if it listens. */
export function happen(model: StreamModel, event: PageEvent): Promise<void> {
  const { state, settings, seen } = model
  const { page } = state
  seen.add(event)
  model.requestTimes.length = 0
  if (event === 'hidden') page.isHidden = true
  if (event === 'visible') page.isHidden = false
  if (event === 'freeze') page.isFrozen = true
  if (event === 'resume') page.isFrozen = false
  if (event === 'pagehide') page.isLeft = true
  if (event === 'pageshow') page.isLeft = false
  if (event === 'offline') page.isOffline = true
  if (event === 'online') page.isOffline = false
  if (event === 'online' && !state.rest) state.isTrialAsked = true
  if (!state.rest) {
    const wasAway = isAway(state)
    if (event === 'pagehide' || event === 'freeze') leave(state, settings, event)
    if (event === 'pageshow') comeBack(state, settings, 'pagehide')
    if (event === 'resume') comeBack(state, settings, 'freeze')
    const isLongHidden = model.wallTime() - state.hiddenSinceWall >= LONG_HIDDEN_MS
    if (event === 'hidden') {
      state.hiddenSince = model.now()
      state.hiddenSinceWall = model.wallTime()
    } else if (event === 'visible') {
      state.hiddenSince = undefined
      state.hiddenSinceWall = Infinity
      comeBack(state, settings, 'hidden')
    }
    const isWake = event === 'wake' || (event === 'visible' && isLongHidden)
    if (!wasAway && !isAway(state)) {
      hurry(model, isWake, isWake || event === 'online', event)
    }
  }
  model.acting++
  const done = model.fake.page(event)
  model.acting--
  return done
}

/** Good news: a wait is cut short, and what may be dead is doubted or replaced. */
function hurry(model: StreamModel, isWake: boolean, isDoubt: boolean, event: PageEvent): void {
  const { state, attempt } = model
  if (!isWake && event !== 'online' && event !== 'visible') return
  const now = model.now()
  state.hurryUntil = now + 1000
  const wire = currentWire(state, attempt)
  if (wire) {
    if (isDoubt) wire.isDoubted = true
    if (isDoubt && !isHeld(state)) wire.doubtedAt ??= now
  } else if (attempt && isLive(attempt)) {
    if (isWake && mayRepeat(model.settings)) attempt.replacedBy ??= now
  } else state.waitCutAt ??= now
}
