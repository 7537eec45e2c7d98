/**
 * A client on a fake platform together with what must be true of it. The commands do something to both; the
 * invariants compare them.
 */
import { createEventStreamClient } from '../../../../src/client/event-stream-client.ts'
import { createFakeEnvironment } from '../../../support/fake-environment.ts'
import { settle } from '../../../support/settle.ts'
import { idIn, isLive } from './attempts.ts'
import { syncFirst, syncTime } from './due.ts'
import { currentWire, hasWaiting, hear, possibleCursors } from './delivery.ts'
import { isUnsendable, judgeGap, judgeLoss, judgeRequest } from './judgements.ts'
import { FIRST, LAST_DATA, OTHER, toOptions } from './settings.ts'
import {
  createLogs,
  createState,
  goToRest,
  comeBack,
  isAway,
  isExhausted,
  isHeld,
  meetFate,
  touchHold,
} from './state.ts'
import type { EventStreamClient, Message } from '../../../../src/client/types.ts'
import type { EventStreamError } from '../../../../src/protocol/errors.ts'
import type { Attempt } from './attempts.ts'
import type { EventLog } from './event-log.ts'
import type { FakeEnvironment } from '../../../support/fake-environment.ts'
import type { InvariantName, Violate } from './invariants.ts'
import type { ModelState, SourceName } from './state.ts'
import type { Settings } from './settings.ts'
import type { Wire } from './wire.ts'

/** Handlers may work for so long, and what comes so soon after is the same task. */
const MAX_SLICE_MS = 12
const MAX_TASK_GAP_MS = 1

/** Where an action of the app can take place. */
export type Place =
  | 'onMessage'
  | 'once'
  | 'on'
  | 'onOpen'
  | 'onStatus'
  | 'onError'
  | 'onGap'
  | 'onClose'
  | 'onActivity'

export interface StreamModel {
  readonly settings: Settings
  readonly fake: FakeEnvironment
  readonly client: EventStreamClient
  readonly state: ModelState
  readonly logs: Record<SourceName, EventLog>
  readonly attempts: Attempt[]
  readonly violations: string[]
  readonly violate: Violate
  /** What has been done, in short. */
  readonly trace: string[]
  /** What was seen of the client's ways: statuses, gaps, errors. */
  readonly seen: Set<string>
  /** Who does something right now, so that what the client gives up is not given up by itself. */
  acting: number
  /** How much the wall's clock is ahead of the timers': the computer slept, and the timers did not notice. */
  skew: number
  /** The page's turn, when the client waits for it. */
  turn: (() => void) | undefined
  /** Where the app does something right now. */
  place: Place | undefined
  /** Answers every request at once, as long as it is there. */
  mood: ((attempt: Attempt) => void) | undefined
  /** What the app does at the next such place, once. */
  readonly armed: Map<Place, () => unknown>
  /** Counts of what the app was told, and of what its functions threw. */
  readonly told: { closes: number; handlerErrors: number; thrown: number; uncaught: number }
  /** Times of the requests since the app or the page did something. */
  requestTimes: number[]
  now(): number
  wallTime(): number
  /** Has the app do this at the next such place. */
  arm(place: Place, act: () => unknown): void
  /** The last request. */
  readonly attempt: Attempt | undefined
  /** The stream that is being read. */
  readonly wire: Wire | undefined
}

export const urlOf = ({ isCrossOrigin }: Settings, source: SourceName): string =>
  `https://${isCrossOrigin ? 'server' : 'page'}.test/${source}`

export async function createStreamModel(
  settings: Settings,
  seen: Set<string>,
): Promise<StreamModel> {
  const fake = createFakeEnvironment()
  fake.chance = settings.chance
  fake.server.honoursSignal = settings.honoursSignal
  const logs = createLogs(settings)
  const state = createState(settings, logs)
  const { now } = fake.environment
  const violations: string[] = []
  const attempts: Attempt[] = []
  let dispatching = state.session
  let workedAt = 0

  const model: StreamModel = {
    ...{ settings, fake, state, logs, attempts, violations, seen, trace: [], armed: new Map() },
    ...{
      acting: 0,
      skew: 0,
      turn: undefined,
      place: undefined,
      mood: undefined,
      requestTimes: [],
      now,
    },
    told: { closes: 0, handlerErrors: 0, thrown: 0, uncaught: 0 },
    client: undefined as unknown as EventStreamClient,
    wallTime: () => now() + model.skew,
    violate: (name: InvariantName, text: string) => void violations.push(`${name}: ${text}`),
    arm(place, act) {
      model.armed.set(place, act)
      if (place === 'once') model.client.once('*', () => later(place))
      if (place !== 'on') return
      const remove = model.client.on('message', () => {
        remove()
        return later(place)
      })
    },
    get attempt() {
      return attempts.at(-1)
    },
    get wire() {
      return currentWire(state, attempts.at(-1))
    },
  }

  /** Notes down what the app is told, then does what the app does there. */
  function at(place: Place, note?: () => void): unknown {
    syncTime(state, settings, now(), false)
    note?.()
    const act = model.armed.get(place)
    model.armed.delete(place)
    model.place = place
    // The gap that a message tells comes before its handlers: the app may keep it from them.
    if (act && place === 'onGap') state.session.mayHideMessage = true
    return act?.()
  }

  /** A handler of the message that is called after `onMessage`. */
  function later(place: Place): unknown {
    if (state.rest || state.session !== dispatching) {
      model.violate('I3', 'a handler runs though the stream was ended by the one before')
    }
    return at(place)
  }

  function noteStatus(): void {
    const { status, reason, attempt, error, transport, disconnectedSince } = model.client
    // What is due at this moment has happened: the connection is given up.
    const isGivenUp = status === 'paused' && disconnectedSince === null && !model.wire
    if (isGivenUp && (!isAway(state) || (reason === 'hidden' && !state.away.has('hidden'))))
      syncFirst(state, settings, now())
    seen.add(status).add(`${status} ${reason}`).add(`${status} by ${transport}`)
    if (transport === FIRST && model.attempt?.transport === OTHER) seen.add('the first one again')
    // It takes messages again, and says so as it connects.
    if (!state.rest && !isHeld(state)) comeBack(state, settings, 'held')
    if (status === 'failed' && reason === 'exhausted' && !state.rest) {
      if (!isExhausted(settings, attempt)) model.violate('I2', `exhausted by ${attempt} attempts`)
      goToRest(state, 'failed', ['exhausted'])
    }
    // What waited in a pause is let go, and the last message was among it.
    if (status === 'closed' && reason === 'complete' && isLastWaiting() && !state.rest) {
      goToRest(state, 'closed', ['complete'])
    }
    if (status === 'open' && error) model.violate('I6', 'an error is told with the status open')
    if (status === 'open' && !model.wire) model.violate('I2', 'open is told without a stream')
    const current = model.attempt
    if (model.client.retryAt !== null && current && isLive(current)) {
      model.violate('I5', 'a wait is told during an attempt')
    }
  }

  function isLastWaiting(): boolean {
    return state.session.wires.some(
      ({ attempt, wasHeld, hasLeftovers }) =>
        attempt.fate === 'complete' && (wasHeld || hasLeftovers),
    )
  }

  function noteMessage({ data }: Message): void {
    const key = data === LAST_DATA ? LAST_DATA : (data as { key: string }).key
    dispatching = state.session
    hear(state, settings, key, model.wallTime(), model.violate)
    work()
  }

  /** The handler takes its time: the clock goes on, and what is due meanwhile comes later. */
  function work(): void {
    if (model.wallTime() - workedAt > MAX_TASK_GAP_MS) state.sliceWork = 0
    if (state.sliceWork >= MAX_SLICE_MS) model.violate('slices', `${state.sliceWork} ms of work`)
    state.sliceWork += settings.work
    model.skew += settings.work
    workedAt = model.wallTime()
  }

  function nextTurn(turn: () => void): () => void {
    seen.add('turn')
    model.turn = turn
    state.isSliced = true
    touchHold(state, now())
    return () => {
      if (model.turn !== turn) return
      model.turn = undefined
      state.isSliced = false
    }
  }

  function noteError(error: EventStreamError): void {
    seen.add(`error ${error.code}`)
    if (error.code === 'handler') model.told.handlerErrors++
    else if (state.rest && !state.rest.statuses.includes('failed')) {
      model.violate('I3', `the error ${error.code} is told at rest`)
    }
  }

  const options = {
    ...toOptions(settings),
    environment: { ...fake.environment, now: model.wallTime, fetch: send, nextTurn },
    onMessage: (message: Message) => at('onMessage', () => noteMessage(message)),
    onOpen: () =>
      at('onOpen', () => {
        seen.add('onOpen')
        if (!model.wire) model.violate('I3', 'onOpen without a stream')
      }),
    onStatus: () => model.client && at('onStatus', noteStatus),
    onError: (error: EventStreamError) => at('onError', () => noteError(error)),
    onGap: ({ reason }: { reason: string }) => at('onGap', () => judgeGap(model, reason)),
    onClose: () => at('onClose', () => void model.told.closes++),
    onActivity: () => at('onActivity'),
  }

  function send(url: string, init: RequestInit): Promise<Response> {
    const { transport } = model.client
    const response = fake.environment.fetch(url, init)
    const { request } = fake
    const signal = init.signal!
    const last = model.attempt
    const startedAt = last?.isRedirected && !last.isLeft ? last.startedAt : now()
    const sentId = idIn(request)
    const attempt: Attempt = {
      ...{ request, sentAt: now(), startedAt, cursor: cursorOf(sentId), sentId, transport },
      ...{ deliveredId: model.client.lastEventId, isCursorSure: !hasWaiting(state.session) },
      ...{ answeredAt: undefined, isRedirected: false, fate: undefined, wire: undefined },
      replacedBy: undefined,
      get isLeft() {
        return signal.aborted
      },
    }
    syncTime(state, settings, now(), false)
    judgeRequest(model, attempt)
    attempts.push(attempt)
    signal.addEventListener('abort', () => onLeft(attempt))
    if (model.mood) queueMicrotask(() => isLive(attempt) && model.mood?.(attempt))
    return response
  }

  /** What the client goes on after: what has come and waits for its turn, or else what it has delivered. */
  function cursorOf(sentId: string | undefined): string {
    const { lastEventId } = model.client
    if (!hasWaiting(state.session)) return lastEventId
    const possible = possibleCursors(state.session)
    if (sentId !== undefined) return possible.includes(sentId) ? sentId : lastEventId
    const unsent = settings.via === 'header' ? possible.filter(isUnsendable) : []
    return unsent.at(-1) ?? (possible.includes('') ? '' : lastEventId)
  }

  /** The client gives an attempt up: because it has noticed what became of it, or by itself. */
  function onLeft(attempt: Attempt): void {
    const { wire, fate } = attempt
    if (wire && wire.next < wire.arrived(true)) {
      state.session.isInexact = wire.hadRest = true
      // What waits in a pause is kept, unless the stream ends or the app goes elsewhere.
      const isKept = !state.rest && wire.log === state.session.log && !state.isGoing
      wire.hasLeftovers = isKept && (isHeld(state) || state.isReleasing)
    }
    if (attempt !== model.attempt || state.rest) return
    // What else ends at this moment was started later.
    syncFirst(state, settings, now())
    // What the app or the page does may come before the client notices.
    if (model.acting > 0 || isAway(state)) return
    // The last message of the connection before has waited until now.
    if (state.isReleasing && isLastWaiting()) return
    // What became of it may wait for its turn, and not be known.
    if (fate && !(wire && isHeld(state)))
      meetFate(state, settings, fate, attempt.transport === FIRST)
    else judgeLoss(model, attempt)
  }

  const client = createEventStreamClient(null, options)
  Object.assign(model, { client })
  await settle()
  return model
}
