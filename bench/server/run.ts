/** The benchmark of the server: how many streams it holds open, and what each of them costs. */
import { median, takeTurns } from '../support/rounds.ts'
import { measureServer } from './measure-server.ts'
import { maxOpenFiles } from './process-usage.ts'
import { SERVERS } from './servers.ts'
import type { BenchResult } from '../support/results.ts'
import type { ServerSample } from './measure-server.ts'

export interface ServerBenchOptions {
  readonly rounds: number
  readonly sizes: readonly number[]
  readonly broadcasts: number
  /** Only servers whose name contains it. */
  readonly only?: string
  onProgress?(text: string): void
}

/** What a process has open besides. */
const OTHER_FILES = 200

export async function measureServers(options: ServerBenchOptions): Promise<BenchResult> {
  const { rounds, broadcasts, only = '', onProgress } = options
  const most = maxOpenFiles() - OTHER_FILES
  const sizes = options.sizes.filter((size) => size <= most)
  if (sizes.length < options.sizes.length) onProgress?.(`ulimit -n allows ${most} streams.`)
  const names = Object.keys(SERVERS).filter((name) => name.includes(only))
  const keyOf = (name: string, size: number): string => `${name}, ${size}`
  const samples = await takeTurns<ServerSample>({
    rounds,
    seed: 3,
    contenders: Object.fromEntries(
      names.flatMap((name) =>
        sizes.map((size) => [
          keyOf(name, size),
          () => measureServer(SERVERS[name]!, size, broadcasts),
        ]),
      ),
    ),
    onSample: (name, round, sample) => onProgress?.(`${round + 1}: ${name}: ${describe(sample)}`),
  })
  return {
    name: 'server',
    title: 'Server: what an open stream costs',
    command: 'npm run bench:server',
    rounds,
    tables: [
      {
        title: 'Streams open at the same time, and a broadcast to all of them',
        note:
          'Servers in a Node of their own, on loopback addresses of the same machine, whose clients take their part of its processors. Memory is ' +
          'that of the process (RSS, garbage included) on top of what it held with the first 100 streams: with all open, and after ' +
          `${broadcasts} broadcasts of some 100 bytes. A broadcast: from its POST until half and all of the streams have it; the ` +
          "server's processor time for it. The playground's server has a history, a bounded queue and a heartbeat for each stream.",
        columns: [
          ...['server', 'streams', 'opened in, ms', 'kB a stream', 'kB a stream, after'],
          ...['server, MB', 'half have it, ms', 'all have it, ms', 'processor, ms'],
        ],
        rows: names.flatMap((name) =>
          sizes.map((size) => cellsOf(name, samples.get(keyOf(name, size))!)),
        ),
      },
    ],
    targets: [],
  }
}

function cellsOf(name: string, samples: readonly ServerSample[]): (number | string)[] {
  const middle = (pick: (sample: ServerSample) => number): number => median(samples.map(pick))
  return [
    name,
    Math.min(...samples.map(({ streams }) => streams)).toLocaleString('en'),
    middle(({ openMs }) => openMs),
    middle(({ bytesPerStream }) => bytesPerStream / 1000),
    middle(({ bytesPerStreamAfter }) => bytesPerStreamAfter / 1000),
    middle(({ bytes }) => bytes / 1e6),
    middle(({ halfMs }) => halfMs),
    middle(({ allMs }) => allMs),
    middle(({ processorMs }) => processorMs),
  ]
}

function describe(sample: ServerSample): string {
  const kB = (bytes: number): string => (bytes / 1000).toFixed(1)
  const { bytesPerStream, bytesPerStreamAfter, allMs, processorMs } = sample
  return `${kB(bytesPerStream)} kB a stream, ${kB(bytesPerStreamAfter)} after; a broadcast ${Math.round(allMs)} ms, ${Math.round(processorMs)} of the server's processor`
}
