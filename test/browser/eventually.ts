/** Waits for what another process does: a browser, a server of its own. */

/** A machine that does much else needs long; what never happens must not hang. */
const TIMEOUT_MS = 20_000
const INTERVAL_MS = 20

/** Tries until it throws no more. (No `vi.waitFor`: benchmarks wait as well, and are no tests.) */
export async function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  for (const end = performance.now() + TIMEOUT_MS; ;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > end) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS))
  }
}
