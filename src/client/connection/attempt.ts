/** One attempt after the other: what is asked for, and what the answer is. It knows neither time nor status. */
import { EventStreamError } from '../../protocol/errors.ts'
import { createRequestSender } from '../transports/request-sender.ts'
import { createRequest, toHeaderValue } from '../transports/request.ts'
import { judgeResponse, readBody, readExcerpt, retryAfter } from '../transports/response.ts'
import { warn } from '../diagnostics.ts'
import type { Environment } from '../environment.ts'
import type { AttemptRequest } from '../transports/request.ts'
import type { EventStreamGapReason } from '../types.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from '../options.ts'

/** So many attempts that asked for the header of the cursor were never answered: the next one goes without. */
const MAX_UNANSWERED = 2
/** With it Mercure says after which id it goes on. */
const REPLAYED_AFTER_HEADER = 'Mercure-Last-Event-ID'

/** What an attempt tells. Nothing comes after the signal is aborted. */
export interface AttemptListener {
  /** Gives what the attempt is to know, in a microtask at the earliest. */
  prepare(): Promise<AttemptContext>
  /** The app's functions have made the request. @param url Without its query. */
  onRequest(url: string, method: string | undefined): void
  /** The server has answered, whatever it is. */
  onHead(): void
  onBytes(bytes: Uint8Array): void
  /**
   * - `accepted`: the answer is the stream; with the response, and why messages before it may be missing
   * - `lost`: with the error, and how many milliseconds the next attempt has to wait at least
   */
  hear(signal: 'accepted' | 'noContent' | 'ended' | 'lost', ...details: unknown[]): void
}

export interface Attempts {
  /** Starts one; the functions of the app run in a microtask. */
  start(signal: AbortSignal, listener: AttemptListener): Promise<void>
  /** How many milliseconds the next one has to wait at least. */
  delay(): number
}

/** @param whenReady Asked before each read. */
export function createAttempts(
  source: UrlSource,
  options: ConnectionOptions,
  environment: Environment,
  whenReady: () => Promise<void> | undefined,
): Attempts {
  const { send, delay } = createRequestSender(options, environment)
  /** Attempts in a row that asked for the header and got no head. */
  let unanswered = 0

  async function start(
    signal: AbortSignal,
    { prepare, onRequest, onHead, onBytes, hear }: AttemptListener,
  ): Promise<void> {
    let url: string | undefined
    let minDelay = 0
    try {
      const context = await prepare()
      if (signal.aborted) return
      const omitsHeader = unanswered >= MAX_UNANSWERED
      const request = await createRequest(source, options, environment, context, omitsHeader)
      if (signal.aborted) return
      url = request.url.replace(/[?#].*/, '')
      onRequest(url, request.init.method)
      const { isCrossOrigin, isIdInHeader } = request
      unanswered = isCrossOrigin && isIdInHeader ? unanswered + 1 : 0
      const response = await send(request.url, request.init, isCrossOrigin)
      unanswered = 0
      if (omitsHeader) warn(environment, 'unsendable-id', url)
      if (!signal.aborted) {
        onHead()
        const error = judgeResponse(response, context.wasOpen)
        if (response.status === 204) hear('noContent', 'closed', 'no-content')
        else if (!error) hear('accepted', response, findGap(request, response, context))
        else {
          minDelay = retryAfter(response, environment.now())
          throw Object.assign(error, await readExcerpt(response, signal, environment))
        }
      }
      await readBody(response, signal, whenReady, onBytes)
      if (!signal.aborted) hear('ended')
    } catch (cause) {
      if (signal.aborted) return
      const error =
        cause instanceof EventStreamError
          ? cause
          : new EventStreamError(url ? 'network' : 'request', 'Request failed.', { cause })
      hear('lost', error, minDelay)
    }
  }

  return { start, delay }
}

/** Whether the server was told where to go on, and does so. */
function findGap(
  { isIdUnsent }: AttemptRequest,
  { headers }: Response,
  { lastEventId }: AttemptContext,
): EventStreamGapReason | undefined {
  if (isIdUnsent) return 'unsendable-id'
  const sentId = toHeaderValue(lastEventId)
  return sentId && (headers.get(REPLAYED_AFTER_HEADER) ?? sentId) !== sentId ? 'server' : undefined
}
