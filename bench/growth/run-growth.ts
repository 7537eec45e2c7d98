/** Runs the lines one after the other; within each the sizes take turns. */
import { takeTurns } from '../support/rounds.ts'
import { tableOf } from './growth-table.ts'
import type { GrowthLine, GrowthSample } from './growth-line.ts'
import type { LineResult } from './growth-table.ts'

export interface GrowthRun {
  readonly rounds: number
  /** Tiny counts, and no round to warm up. */
  readonly isQuick: boolean
  tell?(text: string): void
}

const SEED = 6

export async function runLine(
  line: GrowthLine,
  { rounds, isQuick, tell }: GrowthRun,
): Promise<LineResult> {
  const trials = isQuick ? line.quick : line.trials
  const contenders = Object.fromEntries(
    trials.map((trial) => [trial.size, () => line.measure(trial)]),
  )
  const began = performance.now()
  await line.open?.(trials)
  try {
    // What runs in another process warms up for itself.
    const warmUps = isQuick || line.open ? [] : trials
    for (const trial of warmUps) await line.measure(trial)
    const samples = await takeTurns<GrowthSample>({ rounds, seed: SEED, contenders })
    const ofTrials = trials.map(({ size }) => samples.get(`${size}`)!)
    const result = tableOf(line, trials, ofTrials)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    tell?.(`${line.name}: slope ${result.slope.toFixed(2)} (${seconds} s)`)
    return result
  } finally {
    await line.close?.()
  }
}
