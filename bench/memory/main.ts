/** `npm run bench:memory`: `--rounds 5`, `--only client`, `--quick`. Only a whole run is saved. */
import { parseArgs } from 'node:util'
import { formatResult, saveResult } from '../support/results.ts'
import { measureMemory } from './run.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
  },
})
const { quick, only } = values

const result = await measureMemory({
  rounds: Number(values.rounds ?? (quick ? 1 : 5)),
  events: quick ? 50_000 : 10_000_000,
  keptEvents: 100,
  only,
  onProgress: (text) => console.log(text),
})
if (quick || only) console.log(formatResult({ measuredOn: 'a part, not saved', ...result }))
else saveResult(result)
