/** Rounds in which contenders take turns, so that whatever else the machine does hits all of them. */
import { createSeededRandom } from '../../test/support/seeded-random.ts'

/** What a contender has measured, a sample for each round, by its name. */
export type Samples<Sample> = Map<string, Sample[]>

export interface Rounds<Sample> {
  readonly rounds: number
  /** Of the orders of turns. */
  readonly seed: number
  /** By name; each gives one sample for each call. */
  readonly contenders: Readonly<Record<string, () => Sample | Promise<Sample>>>
  /** Whether a contender takes part in this round, counted from 0: slow ones may do with fewer. */
  takesPart?(name: string, round: number): boolean
  onSample?(name: string, round: number, sample: Sample): void
}

/** Every contender once a round, in another order each time: nobody is always the one after the slow one. */
export async function takeTurns<Sample>({
  rounds,
  seed,
  contenders,
  takesPart,
  onSample,
}: Rounds<Sample>): Promise<Samples<Sample>> {
  const random = createSeededRandom(seed)
  const samples: Samples<Sample> = new Map(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(Object.keys(contenders), random.below)) {
      if (takesPart && !takesPart(name, round)) continue
      const sample = await contenders[name]!()
      samples.get(name)!.push(sample)
      onSample?.(name, round, sample)
    }
  }
  return samples
}

function shuffled<T>(items: T[], below: (limit: number) => number): T[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = below(index + 1)
    ;[items[index], items[other]] = [items[other]!, items[index]!]
  }
  return items
}

/** The middle one; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  // oxlint-disable-next-line unicorn/no-array-sort -- of a copy
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * How many times as fast as the base, as the median over the rounds: both times of a ratio are from the same round.
 * @param times Of the contender and of the base, in the order of the rounds.
 */
export function speedRatio(times: readonly number[], base: readonly number[]): number {
  const pairs = Math.min(times.length, base.length)
  return median(times.slice(0, pairs).map((time, round) => base[round]! / time))
}

/** The exponent of the growth: 1 where ten times as much costs ten times as much (least squares over logarithms). */
export function logLogSlope(points: readonly (readonly [size: number, cost: number])[]): number {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const)
  const mean = (index: 0 | 1): number =>
    logs.reduce((sum, point) => sum + point[index], 0) / logs.length
  const [meanSize, meanCost] = [mean(0), mean(1)]
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanSize) * (y - meanCost), 0)
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanSize) ** 2, 0)
}
