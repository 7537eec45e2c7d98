/** From the samples of a line to its table and its slope. */
import { logLogSlope, median, speedRatio } from '../support/rounds.ts'
import type { ResultTable, Target } from '../support/results.ts'
import type { GrowthLine, GrowthSample, Trial } from './growth-line.ts'

/** Ten times as much may cost so many times ten as much: 10 ** 0.1. */
export const MAX_SLOPE = 1.1

export interface LineResult {
  readonly table: ResultTable
  readonly target: Target
  /** Of the whole cost over the size: 1 where ten times as much costs ten times as much. */
  readonly slope: number
}

type Described = Pick<GrowthLine, 'title' | 'note' | 'sizes' | 'counts' | 'grows' | 'unit'>

/** @param samples Of each trial, in the order of the rounds. */
export function tableOf(
  line: Described,
  trials: readonly Trial[],
  samples: readonly (readonly GrowthSample[])[],
): LineResult {
  const { title, sizes, counts = 'event', grows, unit } = line
  const base = trials[0]!.size
  /** Of one of what is counted, in microseconds. */
  const costs = samples.map((all) => all.map(({ cost, count }) => cost / count))
  const total = (index: number): number => (grows === 'count' ? trials[index]!.size / base : 1)
  const points = trials.map(
    ({ size }, index) => [size, median(costs[index]!) * total(index)] as const,
  )
  const slope = logLogSlope(points)

  const rows = trials.map(({ size }, index) => {
    const ratio = 1 / speedRatio(costs[index]!, costs[0]!)
    const name = size.toLocaleString('en')
    if (grows === 'count') return [name, ratio, ratio * total(index)]
    return unit ? [name, ratio, (ratio * base) / size] : [name, ratio]
  })
  const columns = [sizes, `cost of each ${counts}`]
  if (grows === 'count') columns.push('cost of all')
  else if (unit) columns.push(`and for each ${unit}`)

  const first = Number(median(costs[0]!).toPrecision(2))
  const note = `${line.note} 1 = ${first} µs of the processor. Slope of the whole cost: ${slope.toFixed(2)}.`
  return {
    table: { title, note, columns, rows },
    target: { what: `growth: ${title}`, atMost: MAX_SLOPE, measured: Number(slope.toFixed(3)) },
    slope,
  }
}
