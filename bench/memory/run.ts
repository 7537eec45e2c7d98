/** The benchmark of memory: what is held after millions of messages. */
import { median, speedRatio, takeTurns } from '../support/rounds.ts'
import { measureGrowth } from './growth.ts'
import { BASE, FETCH_EVENT_SOURCE, OUR_CLIENT, OURS, READERS } from './readers.ts'
import type { BenchResult, Target } from '../support/results.ts'
import type { Samples } from '../support/rounds.ts'
import type { Growth, GrowthOptions } from './growth.ts'
import type { Kept } from './readers.ts'

export interface MemoryOptions extends GrowthOptions {
  readonly rounds: number
  /** Only readers whose name contains it, and the base. */
  readonly only?: string
  onProgress?(text: string): void
}

const KEPT: readonly Kept[] = ['nothing', 'texts', 'objects']

const nameOf = (reader: string, kept: Kept): string => `${reader}, keeps ${kept}`

/** All others take part in every round. These take long, and what is kept is the same each time. */
const ROUNDS_OF: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    Object.keys(READERS).flatMap((name) => [
      [nameOf(name, 'texts'), 1],
      [nameOf(name, 'objects'), 1],
    ]),
  ),
  [nameOf(FETCH_EVENT_SOURCE, 'nothing')]: 3,
  [nameOf(OUR_CLIENT, 'nothing')]: 3,
}

export async function measureMemory(options: MemoryOptions): Promise<BenchResult> {
  const { rounds, only = '', onProgress } = options
  const names = Object.keys(READERS).filter((name) => name === BASE || name.includes(only))
  const contenders: Record<string, () => Promise<Growth>> = {}
  for (const name of names)
    for (const kept of KEPT)
      contenders[nameOf(name, kept)] = () => measureGrowth(READERS[name]!, kept, options)

  const samples = await takeTurns({
    rounds,
    seed: 1,
    contenders,
    takesPart: (name, round) => round < (ROUNDS_OF[name] ?? rounds),
    onSample: (name, round, { samples: mb, ms }) =>
      onProgress?.(`${round + 1}: ${name}: ${Math.max(...mb).toFixed(1)} MB, ${Math.round(ms)} ms`),
  })
  return {
    name: 'memory',
    title: 'Memory',
    command: 'npm run bench:memory',
    rounds,
    tables: [
      {
        title: `Growth over ${options.events.toLocaleString('en')} messages`,
        note: `MB of heap and buffers over the start, without garbage, in Node: after an eighth of the stream, at its end, and the most of eight samples. Events of chat in chunks of 64 KiB. Kept are ${options.keptEvents} messages, at equal distances; what keeps something takes part in the first round only, the client and fetch-event-source in three. Speed: times as fast as ${BASE} that keeps nothing, by the time of the processor; the client also parses every payload as JSON, or copies its text.`,
        columns: ['reader', 'keeps', 'MB after ⅛', 'MB at the end', 'MB at most', 'speed'],
        rows: names.flatMap((name) => KEPT.map((kept) => row(samples, name, kept))),
      },
    ],
    targets: targets(samples),
  }
}

function row(samples: Samples<Growth>, name: string, kept: Kept): (string | number)[] {
  const growths = samples.get(nameOf(name, kept))!
  const base = samples.get(nameOf(BASE, 'nothing'))!
  const times = (of: readonly Growth[]): number[] => of.map(({ ms }) => ms)
  return [
    name,
    kept,
    median(growths.map(({ samples: mb }) => mb[0]!)),
    median(growths.map(({ samples: mb }) => mb.at(-1)!)),
    mostMb(growths),
    speedRatio(times(growths), times(base)),
  ]
}

function targets(samples: Samples<Growth>): Target[] {
  const target = (what: string, name: string, kept: Kept, atMost: number): Target[] => {
    const growths = samples.get(nameOf(name, kept))
    return growths ? [{ what: `MB of growth: ${what}`, atMost, measured: mostMb(growths) }] : []
  }
  return [
    ...target('our parser, nothing kept', OURS, 'nothing', 2),
    ...target('our client, nothing kept', OUR_CLIENT, 'nothing', 2),
    ...target('our client, 100 raw texts kept', OUR_CLIENT, 'texts', 1),
  ]
}

function mostMb(growths: readonly Growth[]): number {
  return median(growths.map(({ samples }) => Math.max(...samples)))
}
