/** A run: its contenders take turns, each in a page of its own. */
import { takeTurns } from '../support/rounds.ts'
import { CONTENDERS, mustDeliver } from './contenders.ts'
import type { Samples } from '../support/rounds.ts'
import type { Pages } from './measure-pages.ts'
import type { PageResult } from './page-script.ts'
import type { Run } from './runs.ts'

export interface MeasuredRun {
  readonly run: Run
  readonly samples: Samples<PageResult>
}

const SEED = 6

export async function measureRun(
  pages: Pages,
  run: Run,
  rounds: number,
  log: (text: string) => void = () => {},
): Promise<MeasuredRun> {
  const { contenders, slowRounds, maxRounds = Infinity } = run
  log(`\n${run.title}`)
  const samples = await takeTurns({
    rounds: Math.min(rounds, maxRounds),
    seed: SEED,
    contenders: Object.fromEntries(
      contenders.map((name) => [name, () => pages.measure(CONTENDERS[name]!, run)]),
    ),
    takesPart: (name, round) => !CONTENDERS[name]!.isSlow || round < slowRounds,
    onSample: (name, round, sample) => log(formatSample(name, round, sample)),
  })
  return { run, samples }
}

function formatSample(name: string, round: number, result: PageResult): string {
  const { delivered, misplaced, ms, elapsedMs, renders, frameMs, blockedMs } = result
  const time = ms === null ? `over ${Math.round(elapsedMs)}` : `${Math.round(ms)}`
  return (
    `${round + 1} ${name}: ${time} ms, ${delivered} delivered${misplaced ? `, ${misplaced} MISPLACED` : ''}, ` +
    `${renders} renders in ${frameMs.length} frames, worst ${Math.round(Math.max(...frameMs))} ms, blocked ${Math.round(blockedMs)} ms`
  )
}

/** What the library or the floor did not deliver as it came: nothing, or the benchmark has failed. */
export function findLosses({ run, samples }: MeasuredRun): string[] {
  return [...samples].flatMap(([name, results]) =>
    results
      .filter((result) => mustDeliver(name) && !isComplete(name, run, result))
      .map(
        (result) =>
          `${run.name}: ${name} delivered ${result.delivered} of ${run.count}, ${result.misplaced} misplaced`,
      ),
  )
}

function isComplete(
  name: string,
  { count }: Run,
  { delivered, misplaced, ms }: PageResult,
): boolean {
  // Some floors never know what an event is.
  const { floor } = CONTENDERS[name]!
  if (floor && floor !== 'json') return ms !== null
  return delivered === count && misplaced === 0 && ms !== null
}
