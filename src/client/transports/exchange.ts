/** Asks a server over HTTP, for one URL, and says what the answer means. It knows neither status nor attempts. */
import { warn } from '../diagnostics.ts'
import { createRequestSender } from './request-sender.ts'
import { createRequest, toHeaderValue, withoutQuery } from './request.ts'
import { judgeResponse, readExcerpt, retryAfter } from './response.ts'
import type { Environment } from '../environment.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from '../options.ts'
import type { EventStreamGapReason } from '../types.ts'
import type { AttemptRequest } from './request.ts'
import type { Asking } from './transport.ts'

/** So many attempts that asked for the header of the cursor were never answered: the next one goes without. */
const MAX_UNANSWERED = 2
/** With it Mercure says after which id it goes on. */
const REPLAYED_AFTER_HEADER = 'Mercure-Last-Event-ID'

export interface ExchangeListener {
  /** The app's functions have made the request. @param url Without its query. */
  onRequest(url: string, method: string | undefined): void
  /** The server has answered, whatever it is. */
  onHead(): void
}

/** An answer that is what was asked for. */
export interface Answer {
  readonly response: Response
  /** Why messages before it may be missing. */
  readonly gap: EventStreamGapReason | undefined
}

export interface Exchange {
  /** The request as the options have it. */
  create(
    context: AttemptContext,
    listener: ExchangeListener,
    asking: Partial<Asking>,
    via?: 'query',
  ): Promise<AttemptRequest>
  /** Sends it. Undefined: there is no content, and will be none. */
  ask(
    context: AttemptContext,
    listener: ExchangeListener,
    asking: Asking,
  ): Promise<Answer | undefined>
  /** How many milliseconds the next request has to wait at least. */
  delay(): number
  /** Something else sends a request, which may be redirected unseen. Gives what tells that it is answered, or over. */
  count(): () => void
}

export function createExchange(
  source: UrlSource,
  options: ConnectionOptions,
  environment: Environment,
): Exchange {
  const sender = createRequestSender(options, environment)
  /** Attempts in a row that asked for the header and were turned away, as a refused preflight is. */
  let unanswered = 0

  const create: Exchange['create'] = async (context, { onRequest }, asking, via) => {
    const omitsHeader = unanswered >= MAX_UNANSWERED
    const request = await createRequest(
      asking.url ?? source,
      options,
      environment,
      context,
      omitsHeader,
      asking.accept,
      via,
    )
    if (!context.signal.aborted) onRequest(withoutQuery(request.url), request.init.method)
    return request
  }

  return {
    create,
    async ask(context, listener, asking) {
      const { signal, wasOpen } = context
      const omitsHeader = unanswered >= MAX_UNANSWERED
      const request = await create(context, listener, asking)
      if (signal.aborted) return undefined
      const { isCrossOrigin, isIdInHeader, url, init } = request
      const isAskedFor = isCrossOrigin && isIdInHeader
      const response = await sender.send(url, init, isCrossOrigin).catch((cause: unknown) => {
        if (!signal.aborted) unanswered = isAskedFor ? unanswered + 1 : 0
        throw cause
      })
      unanswered = 0
      if (omitsHeader) warn(environment, 'unsendable-id', () => withoutQuery(url))
      const error = judgeResponse(response, asking, wasOpen)
      await asking.onHead?.(error ? '' : response.headers.get('Content-Type')!)
      if (!signal.aborted) listener.onHead()
      if (!error || signal.aborted) return { response, gap: findGap(request, response, context) }
      if (response.status === 204) return undefined
      const wait = retryAfter(response, environment.now()) || undefined
      throw Object.assign(
        error,
        { retryAfter: wait },
        await readExcerpt(response, signal, environment),
      )
    },
    delay: sender.delay,
    count: sender.count,
  }
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
