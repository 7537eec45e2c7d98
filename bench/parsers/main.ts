/** `npm run bench:parsers`: `--rounds 5`, `--only chat`, `--in node`, `--quick`. Only a whole run is saved. */
import { parseArgs } from 'node:util'
import { formatResult, saveResult } from '../support/results.ts'
import { measureParsersInChromium, measureParsersInNode } from './run.ts'
import type { BenchResult } from '../support/results.ts'
import type { ParsersOptions } from './run.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    in: { type: 'string' },
    quick: { type: 'boolean' },
  },
})
const { quick, only, in: place } = values

const options: ParsersOptions = {
  rounds: Number(values.rounds ?? (quick ? 1 : 7)),
  sampleMs: quick ? 0 : 25,
  bytes: quick ? 64 * 1024 : 1024 * 1024,
  only,
  onProgress: (text) => console.log(text),
}

function show(result: BenchResult, browser?: string): void {
  if (quick || only) console.log(formatResult({ measuredOn: 'a part, not saved', ...result }))
  else saveResult(result, browser)
}

if (place !== 'chromium') show(await measureParsersInNode(options))
if (place !== 'node') {
  const { result, browser } = await measureParsersInChromium(options)
  show(result, browser)
}
