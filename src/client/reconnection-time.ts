/** How long to wait before the next attempt: a pure function of what happened so far. */
import type { ReconnectOptions } from './types.ts'

export type ReconnectPolicy = Required<Omit<ReconnectOptions, 'shouldReconnect'>> &
  Pick<ReconnectOptions, 'shouldReconnect'>

export const DEFAULT_RECONNECT_POLICY: ReconnectPolicy = {
  initialDelay: 1000,
  factor: 2,
  maxDelay: 30_000,
  minDelay: 100,
  jitter: 0.5,
  maxAttempts: Infinity,
  stableAfter: 5000,
}

/** The longest wait that a server can ask for. */
export const MAX_SERVER_DELAY_MS = 3_600_000

export interface ReconnectionTimeInput {
  /** Failed attempts in a row; 0 when a stream that was well has ended. */
  attempt: number
  /** The server's `retry:`, in milliseconds. */
  serverDelay: number | undefined
  /** From 0 up to, but not including, 1. */
  random: number
}

/**
 * The wait in milliseconds. Backoff is shortened by chance, a server's wish is a floor and therefore lengthened by
 * it. The first retry of a stream that was well is spread over the whole delay: all clients of a restarted server
 * come at that moment.
 */
export function reconnectionTime(
  policy: ReconnectPolicy,
  { attempt, serverDelay, random }: ReconnectionTimeInput,
): number {
  const { initialDelay, factor, maxDelay, minDelay, jitter } = policy
  const spread = random * (attempt === 0 && jitter > 0 ? 1 : jitter)
  const backoff = Math.min(initialDelay * factor ** Math.max(0, attempt - 1), maxDelay)
  const floor = serverDelay === undefined ? 0 : clamp(serverDelay, minDelay, MAX_SERVER_DELAY_MS)
  return Math.max(backoff * (1 - spread), floor * (1 + spread), minDelay)
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
