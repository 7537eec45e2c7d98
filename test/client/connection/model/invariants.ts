/** The numbered invariants of a connection's life, looked at after every command. */
import { settle } from '../../../support/settle.ts'
import { isLive } from './attempts.ts'
import { checkArrived, checkSkipped, expectedCursor, possibleCursors } from './delivery.ts'
import { CONNECT_TIMEOUT_MS, SLACK_MS, mustBeSilent } from './judgements.ts'
import { syncTime } from './due.ts'
import { isAway, isHeld, isStuck, touchHold } from './state.ts'
import type { EventStreamStatus } from '../../../../src/client/types.ts'
import type { StreamModel } from './stream-model.ts'

export const INVARIANTS = {
  I1: 'at most one attempt or connection is there at any time',
  I2: 'the status is what is so',
  I3: 'nothing of an attempt that was left reaches the app',
  I4: 'at rest there is no timer, no request and no listener',
  I5: 'retryAt is set exactly while an attempt is waited for',
  I6: 'error is null while the stream is open, and when it rests or is away on purpose',
  I7: 'every id is handled once and in order, or there is a gap',
  I8: 'no server makes the client send more than 25 requests in 2 seconds',
  I9: 'a request that is not safe is sent once, unless the app asks for more',
  I10: 'a reconnect sends the id that was received last, or there is a gap',
  slices: 'handlers work for 12 ms, then the page has its turn',
}
export type InvariantName = keyof typeof INVARIANTS
export type Violate = (name: InvariantName, text: string) => void

const MAX_BODY_WAIT_MS = 1000
const MAX_HURRY_MS = 1000
/** Requests that may stand for more, redirects and preflights, are counted so. */
const MAX_WEIGHTY_HURRY_MS = 2010
/** An hour, and as much again by chance. */
const MAX_WAIT_MS = 7_200_000

/** Throws with the name of what does not hold. */
export async function checkInvariants(model: StreamModel): Promise<void> {
  await settle()
  syncTime(model.state, model.settings, model.now(), true)
  adoptPause(model)
  checkRequests(model)
  checkStatus(model)
  checkRest(model)
  checkRetryAt(model)
  checkError(model)
  checkDelivery(model)
  checkTold(model)
  const { violations, trace } = model
  if (violations.length === 0) return
  const [first] = violations
  const rule = INVARIANTS[first!.split(':')[0] as InvariantName]
  throw new Error(
    `${violations.join('\n')}\n(${rule})\nafter ${trace.join(', ')}\nwith ${JSON.stringify(model.settings)}`,
  )
}

/** Where the contract leaves open whether a pause goes on, the client decides. */
function adoptPause({ state, client, now }: StreamModel): void {
  if (state.isPaused !== undefined || state.rest || isAway(state)) return
  state.isPaused = client.status === 'paused'
  touchHold(state, now())
}

/** An attempt is under way, or a stream is being read. */
function isBusy({ attempt, state }: StreamModel): boolean {
  if (!attempt || attempt.isLeft || state.rest) return false
  return attempt.request.isOpen || isHeld(state)
}

function checkRequests(model: StreamModel): void {
  const { attempts, attempt, state, settings, violate } = model
  const open = attempts.filter((one) => (settings.honoursSignal ? one.request.isOpen : isLive(one)))
  if (open.length > 1) violate('I1', `${open.length} requests are open`)
  for (const { isLeft, answeredAt, request } of attempts) {
    if (isLeft && answeredAt !== undefined && request.isOpen) {
      violate('I3', 'the body of an answer is kept that nobody wants')
    }
  }
  if (!attempt || attempt.isLeft || state.rest || isAway(state)) return
  const { fate, wire, answeredAt, startedAt, replacedBy = Infinity, request } = attempt
  const now = model.now()
  if (fate && !request.isOpen && (!wire || !isHeld(state))) {
    violate('I2', `what became of the attempt is not noticed: ${fate}`)
  }
  if (fate && !wire && now - answeredAt! >= MAX_BODY_WAIT_MS + SLACK_MS) {
    violate('I2', 'the body of an error is waited for too long')
  }
  if (answeredAt === undefined && now - startedAt >= CONNECT_TIMEOUT_MS + SLACK_MS) {
    violate('I2', 'an attempt without an answer is kept')
  }
  if (!wire && now - replacedBy >= MAX_HURRY_MS + SLACK_MS)
    violate('I2', 'an attempt is kept after waking')
  const silence = wire && !fate && !isHeld(state) && mustBeSilent(model, wire)
  if (silence) violate('I2', `a dead connection is kept: ${silence}`)
}

function checkStatus(model: StreamModel): void {
  const { client, state, violate } = model
  const { status, reason, error } = client
  const expected = expectedStatuses(model)
  if (!expected.includes(status)) {
    violate('I2', `the status is ${status} (${reason}), expected ${expected.join(' or ')}`)
    return
  }
  if (state.rest && !state.rest.reasons.includes(reason)) {
    violate('I2', `the reason of ${status} is ${reason}, expected ${state.rest.reasons.join()}`)
  }
  if (status === 'open' && reason) violate('I2', `the reason of open is ${reason}`)
  if (status === 'paused') {
    const reasons: unknown[] = state.isPaused === false ? [] : ['user']
    if (isAway(state)) reasons.push(...awayReasons(model))
    if (!reasons.includes(reason)) {
      violate('I2', `the reason of the pause is ${reason}, expected ${reasons.join(' or ')}`)
    }
  }
  if (status === 'reconnecting' && error && reason !== 'user') {
    const expectedReasons = REASONS[error.code] ?? ['network', 'offline']
    if (!expectedReasons.includes(`${reason}`)) {
      violate('I2', `the reason is ${reason} with the error ${error.code}`)
    }
  }
}

/** The page counts for more than the reader. */
function awayReasons({ state }: StreamModel): string[] {
  const { away, isParkedOverruled } = state
  if (isParkedOverruled) return ['overflow', 'user']
  if (away.has('pagehide')) return ['pagehide']
  if (away.has('freeze') || away.has('hidden')) return ['hidden']
  // What waited is being delivered.
  return isStuck(state) ? ['overflow'] : ['overflow', 'user']
}

const REASONS: Record<string, string[]> = {
  'connect-timeout': ['timeout'],
  silence: ['silence'],
  'http-status': ['http'],
  'content-type': ['content-type'],
}

function expectedStatuses({ state, client, wire }: StreamModel): EventStreamStatus[] {
  if (state.rest) return state.rest.statuses
  if (state.isPaused || isAway(state)) return ['paused']
  if (wire) return ['open']
  if (state.hasReturned && !state.wasOpen) return ['connecting', 'reconnecting']
  return [state.wasOpen || client.attempt > 0 ? 'reconnecting' : 'connecting']
}

function checkRest(model: StreamModel): void {
  const { state, fake, settings, client, violate } = model
  if (state.rest && model.turn) violate('I4', 'a turn of the page is waited for at rest')
  if (!state.rest && !isAway(state)) return
  const where = state.rest ? 'at rest' : 'while the page is away'
  const live = fake.live().filter((text) => settings.honoursSignal || !text.startsWith('request'))
  const leftovers = state.rest ? live : live.filter((text) => text.startsWith('request'))
  if (leftovers.length > 0) violate('I4', `${leftovers.join(', ')} ${where}`)
  if (!client.error && client.attempt > 0 && isAway(state)) {
    violate('I2', `${client.attempt} attempts have failed ${where}`)
  }
}

function checkRetryAt(model: StreamModel): void {
  const { client, state, fake, skew, violate } = model
  const { retryAt } = client
  if (state.rest || isAway(state) || isBusy(model)) {
    if (retryAt !== null) violate('I5', `retryAt is set, but nothing is waited for`)
    return
  }
  if (retryAt === null) return violate('I5', 'retryAt is null, and no attempt is under way')
  const wait = retryAt - model.wallTime()
  if (wait > MAX_WAIT_MS) violate('I5', `the wait is ${wait} ms`)
  if (wait < 0 && skew === 0) violate('I5', `retryAt is ${-wait} ms ago`)
  if (fake.delays().length === 0) violate('I5', 'no timer is set for the next attempt')
  const { waitCutAt = Infinity } = state
  const limit = state.weighsMore ? MAX_WEIGHTY_HURRY_MS : MAX_HURRY_MS
  if (model.now() - waitCutAt >= limit + SLACK_MS) violate('I2', 'a wait is not cut short')
}

function checkError({ client, state, wire, violate, wallTime }: StreamModel): void {
  const { error, disconnectedSince } = client
  const isFailed = state.rest?.statuses.includes('failed') && client.status === 'failed'
  const isOff = (state.rest && !isFailed) || isAway(state) || wire !== undefined
  const expected = isFailed ? 'some' : isOff ? 'none' : state.error
  if (expected === 'none' && error) violate('I6', `the error is ${error.code}, expected none`)
  if (expected === 'some' && !error) violate('I6', 'the error is null, expected one')
  if (isFailed && !error?.fatal) violate('I6', 'the error of a failed stream is not fatal')
  if (!isFailed && error?.fatal) violate('I6', 'the error of a living stream is fatal')
  if (isOff && disconnectedSince !== null) violate('I2', 'disconnectedSince is set')
  if (!isOff && (disconnectedSince === null || disconnectedSince > wallTime())) {
    violate('I2', `disconnectedSince is ${disconnectedSince}`)
  }
}

function checkDelivery(model: StreamModel): void {
  const { client, state, settings, wire, violate } = model
  const { session } = state
  // Of a message whose last LF is not there yet.
  if (wire && wire.arrived(true) > wire.arrived()) session.isInexact = true
  const hidden = client.received - session.received
  if (hidden !== 0 && !(session.mayHideMessage && hidden === 1)) {
    violate('I7', `received is ${client.received}, ${session.received} were handled`)
  }
  if (!session.isInexact && client.duplicates !== session.dropped) {
    // Only what has been dealt with counts, so it is looked at again below.
    if (!wire) violate('I7', `duplicates is ${client.duplicates}, ${session.dropped} were dropped`)
  }
  const last = (client.message?.data as { key?: string } | undefined)?.key ?? client.message?.data
  if (last !== session.lastKey && !session.mayHideMessage)
    violate('I3', `message is ${last}, expected ${session.lastKey}`)
  if (!wire) return
  if (isHeld(state)) wire.wasHeld = session.isInexact = true
  else {
    if (wire.blocks.slice(0, wire.arrived()).some((block) => block.isHeartbeat)) {
      state.heartbeat.isHeard = true
    }
    checkArrived(state, settings, wire, model.wallTime(), violate)
    checkSkipped(state, wire, violate)
    const cursors = [expectedCursor(wire), expectedCursor(wire, true)]
    const hasLeftovers = session.wires.some((one) => one.hasLeftovers)
    if (!hasLeftovers && !cursors.includes(client.lastEventId)) {
      violate('I10', `the cursor is ${client.lastEventId}, expected ${cursors[0]}`)
    }
    const isExact = settings.work === 0 && !wire.wasHeld && wire.lastByteAt !== null
    if (isExact && client.lastActivityAt !== wire.lastByteAt) {
      violate('I2', `lastActivityAt is ${client.lastActivityAt}, expected ${wire.lastByteAt}`)
    }
    if (!session.isInexact && client.duplicates !== session.dropped) {
      violate('I7', `duplicates is ${client.duplicates}, ${session.dropped} were dropped`)
    }
  }
  const possible = possibleCursors(session)
  if (!possible.includes(client.lastEventId)) {
    violate('I10', `the cursor ${client.lastEventId} is none of ${possible.join(', ')}`)
  }
  const gaps = wire.gaps.slice(0, Math.max(0, wire.gaps.length - wire.gapEvents))
  if (gaps.length > 1) violate('I7', `${gaps.length} gaps are told of one open`)
  if (!wire.expectedGaps.includes(gaps[0])) {
    violate('I7', `the gap is ${gaps[0]}, expected ${wire.expectedGaps.join(' or ')}`)
  }
}

function checkTold({ told, state, fake, violate }: StreamModel): void {
  if (told.closes !== state.ends) {
    violate('I2', `onClose was called ${told.closes} times, the stream has ended ${state.ends}`)
  }
  if (told.handlerErrors !== told.thrown) {
    violate('I2', `${told.thrown} handlers have failed, ${told.handlerErrors} were told`)
  }
  if (fake.reported.length !== told.uncaught) {
    violate('I2', `${fake.reported.length} errors are uncaught, expected ${told.uncaught}`)
  }
}
