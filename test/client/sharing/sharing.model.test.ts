// @vitest-environment node
/**
 * Fifty components that come and go over a few keys, against a model: as many connections as are wanted, and each component
 * has all messages since its connection opened, once and in order.
 *
 * `MODEL_RUNS=… MODEL_SEED=…` makes it longer, or repeats a run that failed: the failure shows its seed.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { COMPONENTS, createSharingModel } from '../../support/shared-streams-model.ts'
import type { Step } from '../../support/shared-streams-model.ts'

const SEED = Number(process.env.MODEL_SEED ?? 20_260_101)
const RUNS = Number(process.env.MODEL_RUNS ?? 25)
/** More than half of them are mounts and unmounts: 5000 in all. */
const STEPS = 320
const TIMEOUT_MS = 60_000 + 2000 * RUNS

/** What must have happened, or the runs show nothing. */
const WAYS = [
  ...['first for a key', 'one more for a key', 'joined', 'joined in the linger', 'unmounted'],
  ...['lagged', 'left behind', 'moved', 'cut'],
]

const anyStep: fc.Arbitrary<Step> = fc.record({
  at: fc.nat(COMPONENTS - 1),
  do: fc.oneof(
    { weight: 60, arbitrary: fc.constant('mount' as const) },
    { weight: 12, arbitrary: fc.constant('tell' as const) },
    { weight: 9, arbitrary: fc.constantFrom('pause' as const, 'wait' as const) },
    { weight: 9, arbitrary: fc.constantFrom('resume' as const, 'cut' as const, 'move' as const) },
    { weight: 1, arbitrary: fc.constant('burst' as const) },
  ),
  key: fc.nat(3),
  ms: fc.nat(6000),
})

// What is loaded on demand is there.
beforeAll(() => import('../../../src/client/sharing/shared-streams.ts'))

describe('streams that share connections', () => {
  it(
    'make as many requests as keys are mounted, and lose and repeat nothing',
    async () => {
      const seen = new Set<string>()
      let mounts = 0
      const steps = fc.array(anyStep, { minLength: STEPS, maxLength: STEPS, size: 'max' })
      const property = fc.asyncProperty(steps, async (all) => {
        const model = createSharingModel(seen)
        for (const [index, step] of all.entries()) {
          if (step.do === 'mount') mounts++
          expect([index, step, await model.take(step)]).toEqual([index, step, []])
        }
        expect(await model.end()).toEqual([])
      })
      await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
      if (RUNS < 25) return
      expect(mounts).toBeGreaterThan(5000)
      expect(WAYS.filter((way) => !seen.has(way))).toEqual([])
    },
    TIMEOUT_MS,
  )
})
