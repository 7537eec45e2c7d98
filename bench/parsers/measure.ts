/** One workload in one chunking, parsed by every contender in turn. Runs in Node and in a page. */
import { CHUNKINGS, cut } from '../inputs/chunkings.ts'
import { createWorkload, WORKLOADS } from '../inputs/workloads.ts'
import { takeTurns } from '../support/rounds.ts'
import { BASE, OURS } from './contenders.ts'
import { createSink } from './tally.ts'
import type { ChunkingName } from '../inputs/chunkings.ts'
import type { Workload, WorkloadName } from '../inputs/workloads.ts'
import type { Samples } from '../support/rounds.ts'
import type { Contender } from './contenders.ts'
import type { Tally } from './tally.ts'

export interface MeasureOptions {
  readonly rounds: number
  /** Of the orders of turns. */
  readonly seed?: number
  /** A sample takes about so long, and at least the whole stream once. */
  readonly sampleMs: number
  /** Of a workload. */
  readonly bytes: number
  /**
   * Only workloads, chunkings or contenders whose names contain it; of those that have no such name all. Ours and the
   * one it is compared with always take part.
   */
  readonly only?: string
  /** Milliseconds. By default what a clock shows; a page has no other one. */
  now?(): number
}

/** Milliseconds for a MiB of the stream, a number for each round, by the name of the contender. */
export type Times = Readonly<Record<string, readonly number[]>>

export interface Case {
  readonly workload: string
  readonly chunking: string
  readonly times: Times
}

declare const gc: ((options: { type: 'minor' }) => void) | undefined

const MIB = 1024 ** 2
/** A big event in tiny chunks is quadratic for some: with less of it a round still ends. */
const TINY_CHUNKS_SHARE = 1 / 4
/** Engines take this long to find out what is worth to be compiled. */
const WARM_UP_SAMPLES = 3

export const workloadsOf = (only: string | undefined): WorkloadName[] => pick(WORKLOADS, only)

/** A workload in all chunkings. */
export async function measureWorkload(
  name: WorkloadName,
  contenders: Readonly<Record<string, Contender>>,
  options: MeasureOptions,
): Promise<Case[]> {
  const wanted = pick(Object.keys(contenders), options.only)
  const taking = Object.entries(contenders).filter(
    ([each]) => wanted.includes(each) || each === OURS || each === BASE,
  )
  const whole = createWorkload(name, options.bytes)
  const less = createWorkload(name, options.bytes * TINY_CHUNKS_SHARE)
  const cases: Case[] = []
  for (const chunking of pick(CHUNKINGS, options.only)) {
    const workload = chunking === '7 B' ? less : whole
    cases.push(await measureCase(workload, chunking, taking, options))
  }
  return cases
}

async function measureCase(
  workload: Workload,
  chunking: ChunkingName,
  contenders: readonly (readonly [string, Contender])[],
  { rounds, seed = 1, sampleMs, now }: MeasureOptions,
): Promise<Case> {
  const chunks = cut(workload, chunking)
  const turns: Record<string, () => number> = {}
  for (const [name, contender] of contenders) {
    if (contender.suits?.(workload) === false) continue
    const sink = createSink()
    const expected = contender.expect(workload)
    const pass = contender.start(chunks, sink, workload)
    const where = `${name}, ${workload.name} in ${chunking}`
    const passAndCheck = (): void => {
      pass()
      check(sink.take(), expected, where)
    }
    turns[name] = createTurn(passAndCheck, sampleMs, now)
  }
  const samples = await takeTurns({ rounds, seed, contenders: turns })
  return { workload: workload.name, chunking, times: perMib(samples, workload) }
}

/** @param samples Milliseconds for the whole stream. */
export function perMib(samples: Samples<number>, { bytes }: Workload): Times {
  const mibs = bytes.length / MIB
  return Object.fromEntries([...samples].map(([name, ms]) => [name, ms.map((each) => each / mibs)]))
}

/** What several times was measured: the times of each contender, one after the other. */
export function joinRounds(rounds: readonly (readonly Case[])[]): Case[] {
  const cases = new Map<string, Case>()
  for (const { workload, chunking, times } of rounds.flat()) {
    const key = `${workload} ${chunking}`
    const before = cases.get(key)?.times ?? {}
    const joined = Object.entries(times).map(([name, more]) => [
      name,
      [...(before[name] ?? []), ...more],
    ])
    cases.set(key, { workload, chunking, times: Object.fromEntries(joined) })
  }
  return [...cases.values()]
}

/** Gives a function that takes the stream as often as fills a sample, and gives the milliseconds of one time. */
export function createTurn(
  pass: () => void,
  sampleMs: number,
  now = (): number => performance.now(),
): () => number {
  let took = Infinity
  const start = now()
  do {
    const before = now()
    pass()
    took = Math.min(took, now() - before)
  } while (now() - start < WARM_UP_SAMPLES * sampleMs)
  const passes = Math.max(1, Math.round(sampleMs / took)) || 1
  return () => {
    collectYoung()
    const before = now()
    for (let index = 0; index < passes; index++) pass()
    return (now() - before) / passes
  }
}

/** What one contender has left over is not collected in the time of the next one. */
export function collectYoung(): void {
  if (typeof gc === 'function') gc({ type: 'minor' })
}

/** Who is wrong is not measured. */
export function check(actual: Tally, expected: Tally, where: string): void {
  if (actual.count === expected.count && actual.sum === expected.sum) return
  throw new Error(
    `${where}: expected ${JSON.stringify(expected)}, but got ${JSON.stringify(actual)}`,
  )
}

/** Those whose names contain it; all when there is none. */
export function pick<Name extends string>(names: readonly Name[], only = ''): Name[] {
  const found = names.filter((name) => name.includes(only))
  return found.length > 0 ? found : [...names]
}
