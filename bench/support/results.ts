/** What a benchmark leaves behind: `bench/results/<name>.json`, from which docs/benchmarks.md and README's table are made. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'

/** A column says what its numbers are; a number that was not measured is null. */
export interface ResultTable {
  readonly title: string
  /** What is read from it, and how it was measured: Markdown. */
  readonly note?: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

/** What PERFORMANCE asks for, and what came out. */
export interface Target {
  readonly what: string
  /** One of the two. */
  readonly atLeast?: number
  readonly atMost?: number
  /** Of the rounds as the tables have it: most are medians. */
  readonly measured: number
}

export interface BenchResult {
  /** Also the name of the file. */
  readonly name: string
  readonly title: string
  readonly command: string
  /** The most that a contender takes part in; slow ones do with fewer. Left out where nothing varies. */
  readonly rounds?: number
  readonly tables: readonly ResultTable[]
  readonly targets: readonly Target[]
}

export interface SavedResult extends BenchResult {
  /** Day, Node, cores, and the browser if there was one. */
  readonly measuredOn: string
}

const FOLDER = resolve('bench/results')

export const isReached = ({ atLeast, atMost, measured }: Target): boolean =>
  Number.isFinite(measured) &&
  measured >= (atLeast ?? -Infinity) &&
  measured <= (atMost ?? Infinity)

/** Writes the file, and prints the tables and targets. @param browser Its name and version. */
export function saveResult(result: BenchResult, browser?: string): void {
  const day = new Date().toISOString().slice(0, 10)
  const machine = [day, `Node ${process.versions.node}`, browser, `${cpus().length} cores`]
  const saved: SavedResult = { measuredOn: machine.filter(Boolean).join(', '), ...result }
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, `${result.name}.json`), `${JSON.stringify(saved, null, 2)}\n`)
  console.log(`\n${formatResult(saved)}`)
}

export function loadResults(): SavedResult[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as SavedResult)
}

/** The whole result as Markdown. */
export function formatResult({
  title,
  command,
  measuredOn,
  rounds,
  ...result
}: SavedResult): string {
  const parts = [
    `## ${title}`,
    `\`${command}\`: ${measuredOn}${rounds ? `; up to ${rounds} rounds, in which the contenders take turns; medians of those a contender took part in where a table says nothing else` : ''}.`,
    ...result.tables.flatMap((table) => [
      `### ${table.title}`,
      ...(table.note ? [table.note] : []),
      formatTable(table),
    ]),
    ...(result.targets.length > 0 ? ['### Targets', formatTargets(result.targets)] : []),
  ]
  return parts.join('\n\n')
}

export function formatTargets(targets: readonly Target[]): string {
  return formatTable({
    columns: ['what', 'target', 'measured', ''],
    rows: targets.map((target) => [
      target.what,
      target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`,
      target.measured,
      isReached(target) ? 'reached' : '**missed**',
    ]),
  })
}

export function formatTable({ columns, rows }: Pick<ResultTable, 'columns' | 'rows'>): string {
  const lines = [columns, columns.map((_, index) => (index ? '--:' : '---')), ...rows]
  return lines.map((cells) => `| ${cells.map(formatCell).join(' | ')} |`).join('\n')
}

/** Three digits are more than a shared machine can know. */
function formatCell(cell: string | number | null): string {
  if (cell === null) return '–'
  if (typeof cell === 'string') return cell
  return Math.abs(cell) >= 100
    ? Math.round(cell).toLocaleString('en')
    : String(Number(cell.toPrecision(3)))
}
