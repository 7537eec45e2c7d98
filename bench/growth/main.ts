/**
 * `npm run bench:growth`: how the cost of an event grows as everything around it grows by 10 and by 100.
 * `--only <text>`: the lines whose names contain it. `--rounds <n>`. `--quick`: tiny counts, and nothing is written.
 */
import { parseArgs } from 'node:util'
import { openPage } from './page-globals.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})

openPage()
// Vue is loaded when the page is there.
const { lines } = await import('./lines/index.ts')
const { runLine } = await import('./run-growth.ts')
const { formatResult, saveResult } = await import('../support/results.ts')

const isQuick = values.quick
const rounds = Number(values.rounds ?? (isQuick ? 1 : 5))
const results = []
for (const line of lines.filter(({ name }) => name.includes(values.only))) {
  results.push(await runLine(line, { rounds, isQuick, tell: console.error }))
}

const result = {
  name: 'growth',
  title: 'Growth',
  command: 'npm run bench:growth',
  rounds,
  tables: results.map(({ table }) => table),
  targets: results.map(({ target }) => target),
}
// A part of the lines is no result of all of them.
if (isQuick || values.only) console.log(formatResult({ ...result, measuredOn: 'Not written' }))
else saveResult(result)
