/**
 * From the start of a page to its first message: `npm run bench:startup`.
 *
 * `--rounds 15`, `--only <text>` (apps whose names contain it), `--quick` (one round); parts are printed and not saved.
 */
import { parseArgs } from 'node:util'
import { formatResult, saveResult } from '../support/results.ts'
import { takeTurns } from '../support/rounds.ts'
import { APPS, openStartUps } from './measure-start-up.ts'
import { createTable, createTargets, keyOf } from './start-up-tables.ts'
import type { BenchResult } from '../support/results.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
  },
})
const { only, quick } = values
const rounds = quick ? 1 : Number(values.rounds)
const startUps = await openStartUps()
const entries = [false, true].flatMap((isCached) =>
  APPS.filter((app) => app.includes(only)).map(
    (app) => [keyOf(app, isCached), () => startUps.measure(app, isCached)] as const,
  ),
)
const samples = await takeTurns({ rounds, seed: 7, contenders: Object.fromEntries(entries) })
await startUps.close()

const result: BenchResult = {
  name: 'start-up',
  title: 'Start-up: from the start of a page to its first message',
  command: 'npm run bench:startup',
  rounds,
  tables: [createTable(samples, startUps.scriptBytes)],
  targets: createTargets(samples),
}
if (quick || only) console.log(`\n${formatResult({ ...result, measuredOn: startUps.product })}`)
else saveResult(result, startUps.product)
