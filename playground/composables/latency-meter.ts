/** How long things took, in a few numbers, of any number of values: counted in steps of a tenth, each a tenth larger than the last. */

const STEPS_PER_DOUBLING = 7
const SMALLEST_MS = 0.1
const STEPS = 160

export interface Latency {
  /** Milliseconds: half of the values were not above it; null without values. */
  readonly p50: number | null
  readonly p95: number | null
}

export interface LatencyMeter {
  add(ms: number): void
  /** Of the values since the last reading. */
  read(): Latency
}

export function createLatencyMeter(): LatencyMeter {
  const counts = new Uint32Array(STEPS)
  let total = 0

  function quantile(share: number): number | null {
    let left = share * total
    for (let step = 0; step < STEPS; step++) {
      left -= counts[step]!
      if (left <= 0 && total > 0) return SMALLEST_MS * 2 ** (step / STEPS_PER_DOUBLING)
    }
    return null
  }

  return {
    add(ms) {
      const step = Math.ceil(Math.log2(ms / SMALLEST_MS) * STEPS_PER_DOUBLING)
      counts[Math.min(STEPS - 1, step > 0 ? step : 0)]!++
      total++
    },
    read() {
      const latency = { p50: quantile(0.5), p95: quantile(0.95) }
      counts.fill(0)
      total = 0
      return latency
    },
  }
}
