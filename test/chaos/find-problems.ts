/** What is wrong with the figures of a chaos run, in words. */
import type { ChaosFigures } from './run-chaos.ts'

/** What cuts and refusals are reported as; anything else is a mistake of the client. */
const EXPECTED_ERRORS = ['network', 'silence', 'http-status', 'content-type', 'connect-timeout']
/**
 * In the second half of a run: compiled code, and the client's memory of what it delivered, which fills and is emptied
 * again (measured: under 1 MB; to keep every message takes 7). A short run is over before the platform has warmed up.
 */
const MAX_HEAP_GROWTH_BYTES = 1_500_000
const MIN_EVENTS_FOR_GROWTH = 5000

export function findProblems(figures: ChaosFigures): string[] {
  return [
    ...miscounted(figures),
    ...contradictions(figures),
    ...growth(figures),
    ...figures.oddities,
  ]
}

function miscounted({ verdict }: ChaosFigures): string[] {
  const { withId, gaps } = verdict
  const mustBeZero: [number, string][] = [
    [withId.lost, 'events with an own id were lost'],
    [withId.duplicated, 'events with an own id came again'],
    [withId.outOfOrder, 'events with an own id came out of order'],
    [verdict.wrong, 'messages are no event of the log'],
    [verdict.skipped, 'events were left out on a connection that went on'],
    [verdict.unserved, 'messages came that were not sent there, or not as a whole'],
    [verdict.wrongCursors, 'requests did not go on after the last id received'],
    [gaps.missing, 'gaps were not told'],
    [gaps.needless, 'gaps were told where none is, or wrongly'],
  ]
  return mustBeZero.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}.`)
}

/** What the client says of itself, and what is not so. */
function contradictions({ verdict, received, duplicates, errors }: ChaosFigures): string[] {
  const { arrived, dropped } = verdict
  const problems: string[] = []
  if (received !== arrived)
    problems.push(`${received} are counted as received, ${arrived} arrived.`)
  if (duplicates < dropped.atLeast || duplicates > dropped.atMost) {
    const expected = `${dropped.atLeast} to ${dropped.atMost}`
    problems.push(`${duplicates} are counted as duplicates, but ${expected} were dropped.`)
  }
  const codes = Object.keys(errors).filter((code) => !EXPECTED_ERRORS.includes(code))
  return [...problems, ...codes.map((code) => `${errors[code]} errors have the code ${code}.`)]
}

/** The first half is left out: there the client fills what it keeps for good. */
function growth({ heap, events }: ChaosFigures): string[] {
  const [, , half, , end] = heap
  const bytes = (end ?? 0) - (half ?? 0)
  return events >= MIN_EVENTS_FOR_GROWTH && bytes > MAX_HEAP_GROWTH_BYTES
    ? [`The heap grew by ${bytes} bytes after half of the run.`]
    : []
}
