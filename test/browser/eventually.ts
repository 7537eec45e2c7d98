/** Waits for what another process does: a browser, a server of its own. */
import { vi } from 'vitest'

/** A machine that does much else needs long; what never happens must not hang. */
const TIMEOUT_MS = 20_000

/** Tries until it throws no more. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: TIMEOUT_MS, interval: 20 })
}
