/** What people read of the results: docs/benchmarks.md has all of it, the README a table. */
import { formatResult, formatTable, isReached } from './results.ts'
import type { ResultTable, SavedResult, Target } from './results.ts'

const BURST = 'A burst of 100,000 events'
const PACED = '50,000 events a second, for 5 seconds'
/** What the README says of each contender: the columns of the two tables, and what they are called there. */
export const README_COLUMNS: readonly (readonly [table: string, column: string, name: string])[] = [
  [BURST, 'delivered', 'burst of 100,000: delivered'],
  [BURST, 'speed, EventSource + ref = 1', 'speed, EventSource + ref = 1'],
  [BURST, 'renders', 'renders'],
  [BURST, 'over 50 ms in long tasks, ms', 'over 50 ms in long tasks, ms'],
  [PACED, 'delivered', '50,000 a second for 5 s: delivered'],
  [PACED, 'heap, MB', 'heap, MB'],
]

/** The whole document. */
export function createDocument(results: readonly SavedResult[]): string {
  const missed = results.flatMap(({ title, targets }) =>
    targets.filter((target) => !isReached(target)).map((target) => describe(title, target)),
  )
  const count = results.reduce((sum, { targets }) => sum + targets.length, 0)
  return [
    '# Benchmarks',
    '<!-- Made by `npm run bench:report` from bench/results: do not edit. -->',
    'Every table comes from a command that anybody can run, with other clients as development dependencies. In each round contenders ' +
      'take turns, in another order each time. What is slow takes part in the first rounds only: its table says in how many. Speeds are ' +
      'ratios of times of the same round, so that what else the machine did hit both; milliseconds of two runs cannot be compared.',
    `**${count - missed.length} of ${count} targets are reached.**${missed.length > 0 ? ' Missed:' : ''}`,
    ...(missed.length > 0 ? [missed.map((line) => `- ${line}`).join('\n')] : []),
    ...results.map(formatResult),
    '',
  ].join('\n\n')
}

function describe(title: string, { what, atLeast, atMost, measured }: Target): string {
  const limit = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  return `${title}: ${what}: ${Number(measured.toPrecision(3))}, should be ${limit}`
}

/** The README's table: how the contenders, floors aside, do in a burst and in a flood. */
export function createReadmeTable(results: readonly SavedResult[]): string {
  const tables = new Map(
    results.flatMap((result) => result.tables.map((table) => [table.title, table] as const)),
  )
  const cell = (title: string, column: string, contender: string): string | number | null => {
    const table = tables.get(title)
    if (!table) throw new Error(`bench/results has no table "${title}": run npm run bench:page.`)
    return cellOf(table, column, contender)
  }
  const contenders = (tables.get(BURST)?.rows ?? [])
    .map(([name]) => String(name))
    .filter((name) => !name.startsWith('floor'))
  return formatTable({
    columns: ['', ...README_COLUMNS.map(([, , name]) => name)],
    rows: contenders.map((name) =>
      [name as string | number | null].concat(
        README_COLUMNS.map(([title, column]) => cell(title, column, name)),
      ),
    ),
  })
}

/** Null where the table has no such column: results may be older than it. */
function cellOf(
  { columns, rows }: ResultTable,
  column: string,
  contender: string,
): string | number | null {
  const index = columns.indexOf(column)
  return rows.find(([name]) => name === contender)?.[index] ?? null
}

const START = '<!-- Made by `npm run bench:report`: do not edit. -->'
const END = '<!-- End of what is made. -->'

/** The text with the table between its two marks. */
export function replaceTable(text: string, table: string): string {
  const start = text.indexOf(START)
  const end = text.indexOf(END)
  if (start < 0 || end < start) throw new Error(`The README has no ${START} … ${END}.`)
  return `${text.slice(0, start + START.length)}\n${table}\n${text.slice(end)}`
}
