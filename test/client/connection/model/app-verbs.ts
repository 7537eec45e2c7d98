/** What the app does with the stream, at any time and inside of its handlers; and what happens to the page. */
import { currentWire } from './delivery.ts'
import { isLive } from './attempts.ts'
import { mayRepeat } from './settings.ts'
import { urlOf } from './stream-model.ts'
import { LONG_HIDDEN_MS, begin, comeBack, createSession, goToRest, isAway, leave } from './state.ts'
import { noHeartbeat, weighsMore } from './state.ts'
import type { PageEvent } from '../../../../src/client/environment.ts'
import type { SourceName } from './state.ts'
import type { StreamModel } from './stream-model.ts'

export type Action =
  | { readonly do: 'open' | 'close' | 'reconnect' | 'pause' | 'resume' }
  | { readonly do: 'setEnabled'; readonly to: boolean }
  | { readonly do: 'setUrl'; readonly to: SourceName | null }

/** Does it to the model, and then to the client: its callbacks must find the model as it will be. */
export function act(model: StreamModel, action: Action): void {
  const { state, client } = model
  const now = model.now()
  model.requestTimes.length = 0
  model.seen.add(action.do)
  const wire = currentWire(state, model.attempt)
  if (wire && wire.next < wire.arrived()) state.session.isInexact = true
  const { isReleasing: wasReleasing } = state
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
      state.isReleasing = wasReleasing || wasPaused
      client.reconnect()
      state.isReleasing = wasReleasing
      break
    case 'pause':
      // Of a stream that rests: the contract does not say that it holds for the next life.
      state.isPaused = state.rest && !state.isPaused ? undefined : true
      if (wire) wire.doubtedAt = undefined
      client.pause()
      break
    case 'resume':
      if (state.isPaused !== false) restartSilence(model, now)
      state.isPaused = false
      state.isReleasing = wasReleasing || wasPaused
      client.resume()
      state.isReleasing = wasReleasing
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
    if (isDoubt && state.isPaused === false) wire.doubtedAt ??= now
  } else if (attempt && isLive(attempt)) {
    if (isWake && mayRepeat(model.settings)) attempt.replacedBy ??= now
  } else state.waitCutAt ??= now
}
