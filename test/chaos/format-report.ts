/** The figures of a chaos run as a table to read, the seed first. */
import { CUTS } from './chaos-plan.ts'
import type { ChaosReport } from './run-chaos.ts'

const NAME_WIDTH = 27
const MEGABYTE = 1_000_000

export function formatReport(report: ChaosReport): string {
  const { seed, events, ownIds, verdict, requests, cuts, errors, heap, problems } = report
  const { withId, withoutId, gaps, reconnects } = verdict
  const total = CUTS.reduce((sum, cut) => sum + cuts[cut], 0)
  const kinds = CUTS.map((cut) => `${cuts[cut]} ${cut}`).join(', ')
  const megabytes = heap.map((bytes) => `${(bytes / MEGABYTE).toFixed(1)} MB`).join(', ')
  const rows: [string, string][] = [
    ['seed', `${seed}`],
    ['events', `${events}: ${ownIds} with an own id, ${events - ownIds} without`],
    ['requests', `${requests}, ${report.waits} of them after a wait of a second`],
    ['inclusive replays', `${report.replays}`],
    ['cuts', `${total}: ${kinds}`],
    ['left by the client', `${cuts.left}`],
    ['errors told', counts(errors)],
    [
      'with an own id',
      counts({
        lost: withId.lost,
        duplicated: withId.duplicated,
        'out of order': withId.outOfOrder,
      }),
    ],
    [
      'without',
      counts({ lost: withoutId.lost, repeated: withoutId.repeated }) + ' (nobody can tell)',
    ],
    [
      'all',
      counts({ wrong: verdict.wrong, 'left out': verdict.skipped, 'never sent': verdict.unserved }),
    ],
    ['duplicates dropped', `${report.duplicates}`],
    [
      'streams that came back',
      `${reconnects.opened}, ${reconnects.afterEventsWithoutId} after events without an id`,
    ],
    ['gaps', counts({ told: gaps.raised, 'not told': gaps.missing, needless: gaps.needless })],
    ['wrong cursors sent', `${verdict.wrongCursors}`],
    ['ends by the book', `${verdict.ends}`],
    ['memory, by quarters', megabytes || 'not measured: needs --expose-gc'],
    ['time', `${(report.milliseconds / 1000).toFixed(1)} s`],
  ]
  const table = rows.map(([name, value]) => `  ${name.padEnd(NAME_WIDTH)}${value}`)
  const verdictLine = problems.length === 0 ? 'Nothing is wrong.' : 'WRONG:'
  return [
    ...table,
    '',
    verdictLine,
    ...problems.map((problem) => `  ${problem}`),
    `Again: ${repeatCommand(report)}`,
  ].join('\n')
}

export function repeatCommand({ seed, events }: Pick<ChaosReport, 'seed' | 'events'>): string {
  return `npm run chaos -- --seed ${seed} --events ${events}`
}

function counts(numbers: Readonly<Record<string, number>>): string {
  const parts = Object.entries(numbers).map(([name, count]) => `${count} ${name}`)
  return parts.join(', ') || 'none'
}
