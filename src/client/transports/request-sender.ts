/** Sends the requests of one URL: follows redirects, and never sends too many, whatever the server says. */
import { EventStreamError } from '../../protocol/errors.ts'
import { isSafeMethod } from './request.ts'
import type { Environment } from '../environment.ts'
import type { ConnectionOptions } from '../options.ts'

/** At most so many requests in 2 s (clocks and timers are rounded); more only where the app's own `minDelay` allows them. */
const WINDOW_MS = 2010
const MAX_REQUESTS = 25
/** `fetch` follows 20 redirects, and does not say how many there were. */
const MAX_CHAIN_REQUESTS = 21

export interface RequestSender {
  /** @param isCrossOrigin The browser may send a preflight before each request. */
  send(url: string, init: RequestInit, isCrossOrigin: boolean): Promise<Response>
  /** How many milliseconds the next attempt has to wait at least. */
  delay(): number
  /** Something else sends a request, which may be redirected unseen. Gives what tells that it is answered, or over. */
  count(): () => void
}

export function createRequestSender(
  { fetch: ownFetch, reconnect }: ConnectionOptions,
  { fetch: defaultFetch, now }: Environment,
): RequestSender {
  const fetch = ownFetch ?? defaultFetch
  const { minDelay = 100 } = typeof reconnect === 'object' ? reconnect : {}
  const limit = Math.max(MAX_REQUESTS, WINDOW_MS / minDelay)
  /** The URL is known to lead elsewhere. An unsafe request always follows: asking twice might act twice. */
  let follows = false
  /** Requests for each one that is asked for. */
  let weight = 1
  let sent: { at: number; count: number }[] = []

  function delay(): number {
    const time = now()
    sent = sent.filter(({ at }) => at > time - WINDOW_MS && at <= time)
    let total = follows ? MAX_CHAIN_REQUESTS : weight
    for (const { count } of sent) total += count
    let wait = 0
    for (const { at, count } of sent) {
      if (total <= limit) break
      total -= count
      wait = at + WINDOW_MS - time
    }
    return wait
  }

  async function sendOnce(url: string, init: RequestInit): Promise<Response> {
    const entry = { at: now(), count: weight * (follows ? MAX_CHAIN_REQUESTS : 1) }
    const settle = (): void => void (entry.at = now())
    sent.push(entry)
    init.signal!.addEventListener('abort', settle)
    try {
      const response = await fetch(url, init)
      if (!response.redirected) entry.count = weight
      follows = response.redirected || !isSafeMethod(init.method)
      return response
    } finally {
      settle()
      init.signal!.removeEventListener('abort', settle)
    }
  }

  return {
    delay,
    count() {
      const entry = { at: now(), count: MAX_CHAIN_REQUESTS }
      sent.push(entry)
      // And so may be the next one.
      follows = true
      let isSettled = false
      return () => {
        if (!isSettled) entry.at = now()
        isSettled = true
      }
    },
    async send(url, init, isCrossOrigin) {
      weight = isCrossOrigin ? 2 : 1
      follows ||= !isSafeMethod(init.method)
      if (!follows) {
        const response = await sendOnce(url, { ...init, redirect: 'manual' })
        if (!isRedirect(response) || init.signal!.aborted) return response
        response.body?.cancel().catch(() => {})
        follows = true
        if (delay() > 0) throw new EventStreamError('network', 'Redirect put off.')
      }
      return sendOnce(url, init)
    },
  }
}

/** A browser shows of a redirect only that it is one. */
function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)
}
