/** `npm run bench:report`: writes docs/benchmarks.md and README's table from bench/results. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createDocument, createReadmeTable, replaceTable } from './support/report.ts'
import { loadResults } from './support/results.ts'

const results = loadResults()
writeFileSync('docs/benchmarks.md', createDocument(results))
writeFileSync(
  'README.md',
  replaceTable(readFileSync('README.md', 'utf8'), createReadmeTable(results)),
)
console.log(`docs/benchmarks.md and README.md say what ${results.length} results say.`)
