/** From times to what is read: ratios, and whether they are what they should be. */
import { median, speedRatio } from '../support/rounds.ts'
import { BASE, DECODE_AND_FIND, FETCH_EVENT_SOURCE, OURS } from './contenders.ts'
import { PIPE_THROUGH, READER_AND_OURS } from './plumbing.ts'
import type { ResultTable, Target } from '../support/results.ts'
import type { Case } from './measure.ts'

const KB_PER_MIB = 1048.576

/** A row for each case: what the base does, and how many times as fast the others are. */
export function ratioTable(
  cases: readonly Case[],
  base: string,
  head: Pick<ResultTable, 'title' | 'note'>,
): ResultTable {
  const names = [...new Set(cases.flatMap(({ times }) => Object.keys(times)))].filter(
    (name) => name !== base,
  )
  return {
    ...head,
    columns: ['stream', 'chunks', `${base} MB/s`, ...names],
    rows: cases.map(({ workload, chunking, times }) => [
      workload,
      chunking,
      // Milliseconds for a MiB.
      KB_PER_MIB / median(times[base]!),
      ...names.map((name) => (times[name] ? speedRatio(times[name], times[base]!) : null)),
    ]),
  }
}

const LARGE = ['64K', '16K']

export function nodeTargets(parsers: readonly Case[], plumbing: readonly Case[]): Target[] {
  const large = (workload: string, atLeast: number): Target[] =>
    target(parsers, 'Node', workload, LARGE, [OURS, BASE], atLeast)
  return [
    ...['token', 'chat', 'big16k', 'multi20'].flatMap((workload) => large(workload, 1.5)),
    ...large('cjk', 0.6),
    ...plumbingTargets(plumbing, 'Node'),
  ]
}

export function chromiumTargets(parsers: readonly Case[], plumbing: readonly Case[]): Target[] {
  const targets = (
    workloads: string,
    chunkings: readonly string[],
    other: string,
    atLeast: number,
  ): Target[] =>
    workloads
      .split(' ')
      .flatMap((name) => target(parsers, 'Chromium', name, chunkings, [OURS, other], atLeast))
  const all = 'token chat big16k multi20 cjk crlf cr'
  return [
    ...targets('token chat cjk big16k', LARGE, BASE, 0.85),
    ...targets('token chat cjk big16k', LARGE, DECODE_AND_FIND, 0.5),
    ...targets('crlf cr', LARGE, BASE, 1.15),
    ...targets(all, ['1 event'], BASE, 1.1),
    ...targets(all, ['7 B'], BASE, 3.5),
    ...targets('token chat big16k multi20', ['64K'], FETCH_EVENT_SOURCE, 6),
    ...targets('cjk', ['64K'], FETCH_EVENT_SOURCE, 3),
    ...targets('token chat cjk', ['1 event'], FETCH_EVENT_SOURCE, 1.3),
    ...plumbingTargets(plumbing, 'Chromium'),
  ]
}

function plumbingTargets(cases: readonly Case[], where: string): Target[] {
  return ['token', 'chat'].flatMap((workload) =>
    ['64K', '1 event'].flatMap((chunking) =>
      target(cases, where, workload, [chunking], [READER_AND_OURS, PIPE_THROUGH], 2.5),
    ),
  )
}

/** The worst of the chunkings; none when they were not measured. */
function target(
  cases: readonly Case[],
  where: string,
  workload: string,
  chunkings: readonly string[],
  [ours, other]: readonly [string, string],
  atLeast: number,
): Target[] {
  const ratios = cases
    .filter((each) => each.workload === workload && chunkings.includes(each.chunking))
    .filter(({ times }) => times[ours] && times[other])
    .map(({ times }) => speedRatio(times[ours]!, times[other]!))
  if (ratios.length === 0) return []
  const what = `${where}: ${ours} / ${other}, ${workload} in ${chunkings.join(' and ')}`
  return [{ what, atLeast, measured: Math.min(...ratios) }]
}
