import { describe, expect, it } from 'vitest'
import { createLatencyMeter } from '../../../playground/composables/latency-meter.ts'

describe('createLatencyMeter', () => {
  it('tells the middle and the slow end to a tenth', () => {
    const meter = createLatencyMeter()
    for (let ms = 1; ms <= 1000; ms++) meter.add(ms)
    const { p50, p95 } = meter.read()
    expect(p50! / 500).toBeGreaterThanOrEqual(1)
    expect(p50! / 500).toBeLessThan(1.11)
    expect(p95! / 950).toBeGreaterThanOrEqual(1)
    expect(p95! / 950).toBeLessThan(1.11)
  })

  it('begins anew with each reading', () => {
    const meter = createLatencyMeter()
    meter.add(5)
    meter.read()
    expect(meter.read()).toEqual({ p50: null, p95: null })
  })

  it('takes what cannot be for very short, and what is endless for very long', () => {
    const meter = createLatencyMeter()
    for (const ms of [-3, 0, NaN]) meter.add(ms)
    expect(meter.read().p95).toBe(0.1)
    meter.add(Infinity)
    expect(meter.read().p50).toBeGreaterThan(100_000)
  })
})
