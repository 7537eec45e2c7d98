/** `npm run bench:server`: `--rounds 3`, `--only playground`, `--quick`. Only a whole run is saved. Needs Linux. */
import { parseArgs } from 'node:util'
import { formatResult, saveResult } from '../support/results.ts'
import { measureServers } from './run.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
  },
})
const { quick, only } = values

const result = await measureServers({
  rounds: Number(values.rounds ?? (quick ? 1 : 3)),
  sizes: quick ? [200] : [1000, 5000, 10_000],
  broadcasts: quick ? 2 : 10,
  only,
  onProgress: (text) => console.log(text),
})
if (quick || only) console.log(formatResult({ measuredOn: 'a part, not saved', ...result }))
else saveResult(result)
