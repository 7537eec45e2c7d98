/** So many requests per window and client address, counted exactly; the next one is answered 429. */
import { RequestProblem } from './problem.ts'
import type { Context } from 'hono'
import type { AppEnv } from './app-env.ts'

const WINDOW_MS = 10_000
/** From here on addresses that are silent are forgotten, so that the map stays small. */
const SWEEP_AT_ADDRESSES = 1000

export type RateLimit = (context: Context<AppEnv>) => void

/** Behind a reverse proxy all clients share its address: headers that name another one can be forged. */
export function createRateLimit(limit: number): RateLimit {
  const timesByAddress = new Map<string, number[]>()

  function sweep(now: number): void {
    for (const [address, times] of timesByAddress) {
      if ((times.at(-1) ?? 0) <= now - WINDOW_MS) timesByAddress.delete(address)
    }
  }

  return (context) => {
    const now = Date.now()
    const address = context.env.incoming.socket.remoteAddress ?? ''
    const times = (timesByAddress.get(address) ?? []).filter((time) => time > now - WINDOW_MS)
    if (times.length >= limit) {
      const waitS = Math.ceil(((times[0] ?? now) + WINDOW_MS - now) / 1000)
      throw new RequestProblem(
        429,
        'Too many messages',
        `${limit} in ${WINDOW_MS / 1000} seconds are the limit. Try again in ${waitS} s.`,
        { 'Retry-After': String(waitS) },
      )
    }
    times.push(now)
    timesByAddress.set(address, times)
    if (timesByAddress.size > SWEEP_AT_ADDRESSES) sweep(now)
  }
}
