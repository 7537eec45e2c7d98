/** What is measured, and who takes part how often. */
import {
  CONTENDERS,
  FETCH,
  FETCH_FRAMES,
  FLOOR,
  LARAVEL,
  NATIVE,
  NATIVE_FRAMES,
  OURS,
  OVER_EVENT_SOURCE,
  SHARED,
  UNSLICED,
  VUEUSE,
  VUEUSE_TEXT,
  WITH_IDS,
} from './contenders.ts'
import type { Workload } from './measure-pages.ts'

export interface Run extends Workload {
  name: RunName
  title: string
  contenders: readonly string[]
  /** The most rounds of those that are slow, and of all. */
  slowRounds: number
  maxRounds?: number
}

export type RunName = 'burst-10k' | 'burst-100k' | 'paced-5k' | 'paced-50k' | 'equal'

const SLOW = [VUEUSE, LARAVEL, NATIVE]
/** Written by hand. */
const BY_FRAME = [NATIVE_FRAMES, FETCH_FRAMES]
const OWN = [OURS, UNSLICED, OVER_EVENT_SOURCE, SHARED, WITH_IDS]
const FLOORS = Object.keys(CONTENDERS).filter((name) => CONTENDERS[name]!.floor)

export const RUNS: readonly Run[] = [
  {
    name: 'burst-10k',
    title: 'A burst of 10,000 events',
    count: 10_000,
    capMs: 20_000,
    contenders: [...SLOW, FETCH, ...BY_FRAME, ...OWN, ...FLOORS],
    slowRounds: Infinity,
  },
  {
    name: 'burst-100k',
    title: 'A burst of 100,000 events',
    count: 100_000,
    capMs: 20_000,
    contenders: [...SLOW, FETCH, ...BY_FRAME, ...OWN, ...FLOORS],
    slowRounds: 2,
  },
  {
    name: 'paced-5k',
    title: '5,000 events a second, for 5 seconds',
    count: 25_000,
    rate: 5000,
    capMs: 15_000,
    contenders: [...SLOW, FETCH, ...BY_FRAME, OURS, OVER_EVENT_SOURCE],
    slowRounds: 2,
  },
  {
    name: 'paced-50k',
    title: '50,000 events a second, for 5 seconds',
    count: 250_000,
    rate: 50_000,
    capMs: 15_000,
    contenders: [...SLOW, FETCH, ...BY_FRAME, OURS, OVER_EVENT_SOURCE, SHARED, WITH_IDS],
    slowRounds: 1,
  },
  {
    name: 'equal',
    title: '1,000 equal events, and another one',
    count: 1001,
    areEqual: true,
    capMs: 20_000,
    contenders: [VUEUSE, VUEUSE_TEXT, LARAVEL, NATIVE, FETCH, ...OWN, FLOOR],
    slowRounds: 1,
    maxRounds: 1,
  },
]

/** Tiny ones, which show that all of it works. */
export const QUICK_RUNS: readonly Run[] = Array.from(RUNS, (run) => ({
  ...run,
  count: run.areEqual ? 51 : 500,
  rate: run.rate && 2500,
  maxRounds: 1,
  settlingFrames: 2,
}))

/** @param only What the name of the run or of the contender has to contain. */
export function selectRuns(runs: readonly Run[], only = ''): Run[] {
  return runs
    .map((run) => ({
      ...run,
      contenders: run.contenders.filter((name) => run.name.includes(only) || name.includes(only)),
    }))
    .filter(({ contenders }) => contenders.length > 0)
}
