/** How far the server's clock is from ours, so that a time of the server can be told how long ago it was. */
import { request } from './request-json.ts'
import type { ServerClock } from '../shared/contract.ts'

const QUESTIONS = 5
const TIMEOUT_MS = 5000

/** Epoch milliseconds, with a fraction. */
export const now = (): number => performance.timeOrigin + performance.now()

export interface ClockDifference {
  /** What has to be added to our clock. */
  readonly offset: number
  /** By how much that may be wrong. */
  readonly uncertainty: number
}

/** By the quickest of a few answers: it has taken half of its time there, and half back, or nearly so. */
export async function compareClocks(url: string): Promise<ClockDifference> {
  let best: ClockDifference = { offset: 0, uncertainty: Infinity }
  for (let asked = 0; asked < QUESTIONS; asked++) {
    const sentAt = now()
    const { time } = await request<ServerClock>(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const uncertainty = (now() - sentAt) / 2
    if (uncertainty < best.uncertainty) best = { offset: time - sentAt - uncertainty, uncertainty }
  }
  const { offset, uncertainty } = best
  // Clocks that cannot be told apart are most likely the same one.
  return Math.abs(offset) <= uncertainty ? { offset: 0, uncertainty } : best
}
