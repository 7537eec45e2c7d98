/** `npm run chaos`: one long run, its figures, and 1 as the exit code when anything is wrong. */
import { parseArgs } from 'node:util'
import { formatReport, repeatCommand } from './format-report.ts'
import { runChaos } from './run-chaos.ts'

const DEFAULT_EVENTS = 10_000
/** Each costs a second or so. */
const MAX_WAITS = 5
/** After the run nothing is left to do, so the process ends by itself. */
const EXIT_LIMIT_MS = 10_000

const { values } = parseArgs({
  options: { seed: { type: 'string' }, events: { type: 'string' } },
})
const seed = wholeNumber('seed', values.seed ?? `${Math.floor(Math.random() * 2 ** 32)}`)
const events = wholeNumber('events', values.events ?? `${DEFAULT_EVENTS}`)

// First of all, so that a run that hangs can be repeated, too.
console.log(`${repeatCommand({ seed, events })}\n`)
const report = await runChaos({ seed, events, maxWaits: MAX_WAITS })
console.log(formatReport(report))
process.exitCode = report.problems.length > 0 ? 1 : 0
setTimeout(() => {
  console.log(`WRONG: something is still running: ${process.getActiveResourcesInfo().join(', ')}`)
  process.exit(1)
}, EXIT_LIMIT_MS).unref()

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text)
  console.error(`--${name} must be a whole number from 1 on, but it is ${text}.`)
  process.exit(1)
}
