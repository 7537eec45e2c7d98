/**
 * Hands a stream over to its next connection before the one that is read ends. For a moment there are two requests; what is
 * told is one stream. Loaded on demand: only apps that ask for it pay for it.
 */
import { EventStreamError } from '../../protocol/errors.ts'
import { isHeartbeat } from '../delivery/heartbeat.ts'
import { warn } from '../diagnostics.ts'
import { createOverlap } from './overlap.ts'
import { createRenewalTime } from './renewal-time.ts'
import { isSafeMethod } from './request.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { Cancel } from '../environment.ts'
import type { ReadAnswer } from '../formats/stream-format.ts'
import type { EventStreamOptions } from '../options.ts'
import type { Asking, TransportAttempt } from './transport.ts'

/** So many messages of the old connection are told while the next one is asked for: 1024 are known again. */
const MAX_OVERLAP = 1000
/** The old one has ended: so long the next one may take, whose answer may be on its way. */
const LAST_CHANCE_MS = 2000
const MIN_RETRY_MS = 1000
const MAX_RETRY_MS = 30_000

/** @param readAnswer Reads one answer. */
export type ReadRenewing = (
  response: Response,
  attempt: TransportAttempt,
  asking: Asking,
  readAnswer: ReadAnswer,
) => Promise<void>

/** Delivers a stream until its end, which may be that of another answer than the one it begins with. */
export const read: ReadRenewing = (first, attempt, asking, readAnswer) => {
  const { signal, environment, whenReady } = attempt
  const { after, random, debug } = environment
  const options = attempt.options as TransportAttempt['options'] & EventStreamOptions
  const { connectTimeout = 15_000, dedupe = true, renew, resume, getEventId } = options
  const { gapEvent, volatile = [] } = resume ?? {}
  const refuse = (why: string): void => warn(environment, 'renew-impossible', why)
  // One that may have effects, or goes on in the app's own way, is sent once.
  const isSafe = !options.request && isSafeMethod(options.method)
  const mayRepeat = !resume?.request && (options.reconnect || isSafe)
  if (!mayRepeat) refuse('the request may not be repeated')
  // They are known when a message is delivered, which may be long after the next connection is asked for.
  if (getEventId) refuse('the ids are in the data')
  if (!mayRepeat || getEventId || signal.aborted) return readAnswer(first, attempt)
  return new Promise((resolve, reject) => {
    // What an app tells apart by itself it may not know again.
    const overlap = createOverlap(attempt, dedupe === true ? MAX_OVERLAP : 0, () => next?.abort())
    const time = createRenewalTime(
      renew!,
      environment,
      (minAge) => warn(environment, 'renew-too-often', `${minAge} ms`),
      () => void renewNow(),
    )
    /** Of the connection that is read. */
    let current: AbortController
    /** There while the next one is asked for. */
    let next: AbortController | undefined
    /** The id that was told last. */
    let lastId = attempt.lastEventId
    /** There is a message that the server cannot know by an id: nobody could tell what is missing. */
    let hasNoId = false
    let failures = 0
    /** One at a time: until the next one is asked for again, or not waited for any more. */
    let cancelTimer: Cancel | undefined
    /** How the connection that is read has ended, though the next one is asked for. */
    let settle: (() => void) | undefined

    function start(response: Response, controller: AbortController, lastEventId: string): void {
      current = controller
      const isRead = (): boolean => current === controller
      const end = (settleNow: () => void): void => {
        if (!isRead() || signal.aborted) return
        if (!next) return finish(settleNow)
        settle = settleNow
        startTimer(LAST_CHANCE_MS, () => finish(settleNow))
      }
      const { signal: own } = controller
      readAnswer(response, { ...attempt, ...tap(isRead), signal: own, lastEventId }).then(
        () => end(resolve),
        (cause) => end(() => reject(toFailure(cause))),
      )
    }

    /** The app's functions may be at work for the next one: it is not they that have failed. */
    function toFailure(cause: unknown): EventStreamError {
      const isKnown = cause instanceof EventStreamError
      return isKnown ? cause : new EventStreamError('network', 'Request failed.', { cause })
    }

    /** What a connection tells, as long as it is the one that is read. */
    function tap(isRead: () => boolean): Partial<TransportAttempt> {
      const pass = (step: () => void): void => void (isRead() && overlap.pass(step))
      return {
        whenReady: overlap.whenReady,
        receive(readNow) {
          if (!isRead()) return
          attempt.receive(readNow)
          time.look()
        },
        onLastEventId: (id) =>
          pass(() => {
            lastId = id
            attempt.onLastEventId(id)
          }),
        onComment: (comment) => pass(() => attempt.onComment(comment)),
        onRetry: (delay) => pass(() => attempt.onRetry(delay)),
        onError: (error) => pass(() => attempt.onError(error)),
        onMessage(message, hasOwn) {
          if (!isRead()) return
          const hasOwnId = hasOwn && message.lastEventId !== ''
          if (!time.hear(message, hasOwnId) && !hasOwnId) hasNoId ||= isLost(message)
          overlap.pass(() => attempt.onMessage(message, hasOwn))
          overlap.count()
        },
      }
    }

    function isLost({ type }: EventStreamMessage): boolean {
      return !isHeartbeat(type) && type !== gapEvent && !volatile.includes(type)
    }

    async function renewNow(): Promise<void> {
      // The chunk in hand is read first: it may hold the gate. Who is paused takes nothing from the next one either.
      await undefined
      for (let held; !signal.aborted && (held = whenReady());) await held
      if (signal.aborted || current.signal.aborted || next) return
      if (hasNoId) return refuse('a message has no id')
      // Without a cursor nobody knows whether the next one brings what comes meanwhile.
      const wait = lastId === '' ? MIN_RETRY_MS : attempt.delay()
      if (wait > 0) return startTimer(wait, renewNow)
      const controller = new AbortController()
      const lastEventId = lastId
      next = controller
      overlap.begin()
      debug?.(`the next connection is asked for, after "${lastEventId}"`)
      try {
        handOver(await ask(controller), controller, lastEventId)
      } catch (cause) {
        controller.abort()
        // A function of the app may throw anything.
        if (!signal.aborted) goOn(cause instanceof EventStreamError ? cause.retryAfter : 0)
      }
    }

    /** Rejects also when the server cannot go on after what was told, and when it takes too long. */
    async function ask(controller: AbortController): Promise<Response> {
      const { signal: own } = controller
      const asked = attempt.ask(asking, { signal: own, wasOpen: true }).then((answer) => {
        const isGood = answer && !answer.gap && !own.aborted && !hasNoId
        if (isGood) return answer.response
        // For a `fetch` of the app's own that does not look at the signal.
        answer?.response.body?.cancel().catch(() => {})
        throw undefined
      })
      const isOver = new Promise<never>((_, giveUp) => own.addEventListener('abort', giveUp))
      const abort = (): void => controller.abort()
      const cancel = connectTimeout > 0 ? after(connectTimeout, abort) : undefined
      try {
        return await Promise.race([asked, isOver])
      } finally {
        cancel?.()
      }
    }

    /** What the old one told comes before all that the next one tells; what it has not told, that one brings. */
    function handOver(response: Response, controller: AbortController, lastEventId: string): void {
      attempt.onOpen(response)
      if (signal.aborted) return
      cancelTimer?.()
      next = settle = undefined
      failures = 0
      const last = current
      start(response, controller, lastEventId)
      last.abort()
      overlap.end(false)
      debug?.('the next connection is read')
      time.begin(response.headers)
    }

    /** There is no next one: the old one is all there is, for now. */
    function goOn(retryAfter = 0): void {
      next = undefined
      if (settle) return finish(settle)
      const backoff = Math.min(MIN_RETRY_MS * 2 ** failures++, MAX_RETRY_MS)
      startTimer(Math.max(backoff * (1 - random() / 2), retryAfter), renewNow)
      overlap.end(true)
    }

    function finish(settleNow: () => void): void {
      overlap.end(true)
      stop()
      settleNow()
    }

    function startTimer(delay: number, run: () => void): void {
      cancelTimer?.()
      cancelTimer = after(delay, run)
    }

    function stop(): void {
      signal.removeEventListener('abort', onAbort)
      cancelTimer?.()
      time.stop()
      current.abort()
      next?.abort()
    }

    function onAbort(): void {
      stop()
      overlap.end(false)
      resolve()
    }

    signal.addEventListener('abort', onAbort)
    start(first, new AbortController(), lastId)
    time.begin(first.headers)
  })
}
