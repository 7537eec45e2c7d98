/** From samples to tables and targets. */
import { quantile } from '../support/quantile.ts'
import { median, speedRatio } from '../support/rounds.ts'
import { CONTENDERS, FETCH, FLOOR, NATIVE, OURS, UNSLICED, VUEUSE } from './contenders.ts'
import type { ResultTable, Target } from '../support/results.ts'
import type { MeasuredRun } from './measure-runs.ts'
import type { PageResult } from './page-script.ts'
import type { Run, RunName } from './runs.ts'

const NATIVE_SPEED = `speed, ${NATIVE} = 1`
const BLOCKED = 'over 50 ms in long tasks, ms'
/** Slow ones take part in fewer rounds than the others. */
const FIRST_COLUMNS = ['contender', 'rounds', 'delivered']
const FRAME_COLUMNS = [
  'renders',
  'frames',
  BLOCKED,
  'worst frame, ms',
  'p95 frame, ms',
  'late frames',
]
const P95 = 0.95
const MEGABYTE = 1e6
/** A frame is due every 16.7 ms; after this one was left out. */
const LATE_FRAME_MS = 25
/** Of bursts and paced streams alike. */
const FEEL_NOTE =
  'Pooled, of the frames of all rounds of a contender together: its worst frame and the 95th percentile. Medians of its rounds: all ' +
  'else, but `delivered`, which is that of its worst round. Frames are counted up to the first one after the end; late ones took over ' +
  `${LATE_FRAME_MS} ms. Long tasks: what each task of the main thread took over 50 ms, in all; of one that began before the start or ` +
  'ended after the end counts only the part inside. Heap: growth after collection, of those that were not stopped; for the ' +
  '100 rows that all show, the library keeps up to 199 events, the others up to 999.'

/** The median over the rounds; null of nothing. */
export function medianOf(
  results: readonly PageResult[],
  of: (result: PageResult) => number,
): number | null {
  const values = results.map(of).filter((value) => !Number.isNaN(value))
  return values.length > 0 ? median(values) : null
}

/** Milliseconds for each event that was delivered, so that those that were stopped can be compared. */
function costs(name: string, { run, samples }: MeasuredRun): number[] {
  const knowsEvents = (CONTENDERS[name]!.floor ?? 'json') === 'json'
  return (samples.get(name) ?? []).map(
    ({ ms, elapsedMs, delivered }) => (ms ?? elapsedMs) / (knowsEvents ? delivered : run.count),
  )
}

/** How many times as fast as the base; null where one of the two took no part. */
export function speedOf(name: string, base: string, measured: MeasuredRun): number | null {
  const ratio = speedRatio(costs(name, measured), costs(base, measured))
  return Number.isNaN(ratio) ? null : ratio
}

export function createTable(measured: MeasuredRun): ResultTable {
  if (measured.run.areEqual) return createEqualTable(measured)
  return measured.run.rate ? createPacedTable(measured) : createBurstTable(measured)
}

function createBurstTable(measured: MeasuredRun): ResultTable {
  const { run, samples } = measured
  const base = medianOf(samples.get(NATIVE) ?? [], ({ ms, elapsedMs }) => ms ?? elapsedMs)
  return {
    title: run.title,
    note:
      'Speed: events delivered and shown per time, higher is faster, in the rounds in which both took part; those over their time are ' +
      `taken at what they had delivered by then.${base ? ` ${NATIVE}: ${Math.round(base)} ms.` : ''} ${FEEL_NOTE}`,
    columns: [...FIRST_COLUMNS, NATIVE_SPEED, 'speed, floor = 1', ...FRAME_COLUMNS, 'heap, MB'],
    rows: Array.from(samples, ([name, results]) => [
      name,
      results.length,
      deliveredBy(name, results, run),
      speedOf(name, NATIVE, measured),
      speedOf(name, FLOOR, measured),
      ...frameCells(name, results),
      heapMb(results),
    ]),
  }
}

function createPacedTable({ run, samples }: MeasuredRun): ResultTable {
  const lastsMs = (run.count / run.rate!) * 1000
  return {
    title: run.title,
    note: `Time: from the start to the last event shown, 1 is the time that the server takes. Who needs over ${run.capMs / 1000} s is stopped. ${FEEL_NOTE}`,
    columns: [...FIRST_COLUMNS, 'time', ...FRAME_COLUMNS, 'heap, MB'],
    rows: Array.from(samples, ([name, results]) => [
      name,
      results.length,
      deliveredBy(name, results, run),
      results.some(({ ms }) => ms === null)
        ? `> ${run.capMs / lastsMs}`
        : medianOf(results, ({ ms }) => ms! / lastsMs),
      ...frameCells(name, results),
      heapMb(results),
    ]),
  }
}

function createEqualTable({ run, samples }: MeasuredRun): ResultTable {
  return {
    title: run.title,
    note: 'Who compares texts loses all but the first of equal neighbours.',
    columns: FIRST_COLUMNS,
    rows: Array.from(samples, ([name, results]) => [
      name,
      results.length,
      deliveredBy(name, results, run),
    ]),
  }
}

/** Null of those that were stopped, be it in one round only. */
function heapMb(results: readonly PageResult[]): number | null {
  if (results.some(({ heapBytes }) => heapBytes === null)) return null
  return medianOf(results, ({ heapBytes }) => heapBytes! / MEGABYTE)
}

const isShown = (name: string): boolean => !CONTENDERS[name]!.floor

/** In the worst round: the one with the most events too few, too many, or not after the one before them. */
function deliveredBy(
  name: string,
  results: readonly PageResult[],
  { count }: Run,
): number | string | null {
  if ((CONTENDERS[name]!.floor ?? 'json') !== 'json' || results.length === 0) return null
  const faults = ({ delivered, misplaced }: PageResult): number =>
    Math.abs(count - delivered) + misplaced
  const { delivered, misplaced } = results.reduce((worst, result) =>
    faults(result) > faults(worst) ? result : worst,
  )
  return misplaced > 0 ? `${delivered}, ${misplaced} misplaced` : delivered
}

function frameCells(name: string, results: readonly PageResult[]): (number | null)[] {
  return [
    isShown(name) ? medianOf(results, ({ renders }) => renders) : null,
    medianOf(results, ({ frameMs }) => frameMs.length),
    medianOf(results, ({ blockedMs }) => blockedMs),
    frameQuantile(results, 1),
    frameQuantile(results, P95),
    medianOf(results, ({ frameMs }) => frameMs.filter((ms) => ms > LATE_FRAME_MS).length),
  ]
}

/** Of the frames of all rounds: a burst has a few of them, whose 95th percentile would be the worst one. Null of nothing. */
function frameQuantile(results: readonly PageResult[], share: number): number | null {
  const all = results.flatMap(({ frameMs }) => frameMs)
  return all.length > 0 ? quantile(all, share) : null
}

/** Those whose contenders took part. */
export function createTargets(runs: readonly MeasuredRun[]): Target[] {
  const targets: Target[] = []
  const find = (name: RunName): MeasuredRun | undefined => runs.find(({ run }) => run.name === name)
  const add = (
    what: string,
    limit: Pick<Target, 'atLeast' | 'atMost'>,
    measured: number | null | undefined,
  ): void => {
    if (measured !== null && measured !== undefined) targets.push({ what, ...limit, measured })
  }
  const addSpeed = (run: RunName, base: string, atLeast: number): void => {
    const measured = find(run)
    add(`${run}: times as fast as ${base}`, { atLeast }, measured && speedOf(OURS, base, measured))
  }
  const addOwn = (
    run: RunName,
    what: string,
    atMost: number,
    of: (result: PageResult) => number,
  ): void => add(`${run}: ${what}`, { atMost }, medianOf(find(run)?.samples.get(OURS) ?? [], of))

  addSpeed('burst-10k', VUEUSE, 12)
  addSpeed('burst-10k', NATIVE, 12)
  addSpeed('burst-100k', FETCH, 3.5)
  for (const [name, atMost] of [
    [OURS, 2.6],
    [UNSLICED, 2.2],
  ] as const) {
    const measured = find('burst-100k')
    add(
      `burst-100k: ${name}, times the floor's time`,
      { atMost },
      measured && speedOf(FLOOR, name, measured),
    )
  }
  for (const run of ['burst-10k', 'burst-100k', 'paced-5k', 'paced-50k'] as const) {
    // Before the first frame, where the first gap ends, there is none to render in.
    addOwn(
      run,
      'renders per frame',
      1,
      ({ renders, frameMs }) => renders / Math.max(frameMs.length - 1, 1),
    )
    addOwn(run, BLOCKED, 0, ({ blockedMs }) => blockedMs)
    add(
      `${run}: p95 frame, ms`,
      { atMost: 30 },
      frameQuantile(find(run)?.samples.get(OURS) ?? [], P95),
    )
  }
  const paced = find('paced-50k')?.samples.get(OURS) ?? []
  add('paced-50k: heap growth, MB', { atMost: 2 }, heapMb(paced))
  return targets
}
