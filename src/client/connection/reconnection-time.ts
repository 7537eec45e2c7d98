/** How long to wait before the next attempt: a pure function of what happened so far. */
import { MAX_SERVER_DELAY_MS } from '../transports/response.ts'
import type { ReconnectOptions } from '../options.ts'

/**
 * The wait in whole milliseconds. Backoff is shortened by chance, a server's wish is a floor and therefore lengthened by
 * it. The first retry of a stream that was well is spread over the whole delay: all clients of a restarted server
 * come at that moment.
 * @param attempt Failed attempts in a row; 0 when a stream that was well has ended.
 * @param serverDelay The server's `retry:`, in milliseconds.
 * @param random From 0 up to, but not including, 1.
 */
export function reconnectionTime(
  {
    initialDelay = 1000,
    factor = 2,
    maxDelay = 30_000,
    minDelay = 100,
    jitter = 0.5,
  }: ReconnectOptions,
  attempt: number,
  serverDelay: number | undefined,
  random: number,
): number {
  const spread = random * (attempt === 0 && jitter ? 1 : jitter)
  // `|| 0`: no delay at all, infinitely often, is not a number.
  const backoff = Math.min(initialDelay * factor ** Math.max(0, attempt - 1), maxDelay) || 0
  const floor = Math.min(serverDelay ?? 0, MAX_SERVER_DELAY_MS)
  return Math.ceil(Math.max(backoff * (1 - spread), floor * (1 + spread), minDelay))
}
