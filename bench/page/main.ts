/**
 * Bursts and paced streams in a Chromium that nobody drives: `npm run bench:page`.
 *
 * `--rounds 5`, `--only <text>` (runs or contenders whose names contain it), `--quick` (tiny runs, nothing is saved),
 * `--profile` (one contender, `--only`, and `--count` events with a profiler).
 */
import { parseArgs } from 'node:util'
import { buildPage } from '../support/build-page.ts'
import { formatResult, saveResult } from '../support/results.ts'
import { CONTENDERS, OURS } from './contenders.ts'
import { openPages } from './measure-pages.ts'
import { findLosses, measureRun } from './measure-runs.ts'
import { createTable, createTargets } from './page-tables.ts'
import { profilePage } from './profile.ts'
import { QUICK_RUNS, RUNS, selectRuns } from './runs.ts'
import { SERVE, serve, startServerProcess } from './server-process.ts'
import type { BenchResult } from '../support/results.ts'
import type { MeasuredRun } from './measure-runs.ts'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      count: { type: 'string', default: '100000' },
    },
  })
  const { only, quick, profile } = values
  const rounds = Number(values.rounds)
  if (profile) {
    const name = Object.keys(CONTENDERS).find((text) => text.includes(only ?? OURS))!
    console.log(name)
    return profilePage(
      CONTENDERS[name]!,
      Number(values.count),
      'node_modules/.cache/page.cpuprofile',
    )
  }

  const scripts = await buildPage('bench/page/page-script.ts')
  const pages = await openPages(scripts, startServerProcess)
  const measured: MeasuredRun[] = []
  for (const run of selectRuns(quick ? QUICK_RUNS : RUNS, only)) {
    measured.push(await measureRun(pages, run, rounds, console.log))
  }
  await pages.close()

  const result: BenchResult = {
    name: 'page',
    title: 'The page: bursts and paced streams in Chromium',
    command: 'npm run bench:page',
    rounds,
    tables: measured.map(createTable),
    targets: createTargets(measured),
  }
  // A part of it must not take the place of the whole.
  if (quick || only) console.log(`\n${formatResult({ ...result, measuredOn: pages.product })}`)
  else saveResult(result, pages.product)
  const losses = measured.flatMap(findLosses)
  for (const loss of losses) console.error(loss)
  if (losses.length > 0) process.exitCode = 1
}

if (process.argv[2] === SERVE) await serve()
else await main()
