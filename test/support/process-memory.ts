/** What the browser's processes hold, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs'

const PAGE_BYTES = 4096

/** Bytes in memory of all Chromium processes that this process has started, and of those that show pages. */
export interface ChromiumMemory {
  readonly all: number
  readonly renderers: number
}

interface Process {
  readonly parent: number
  readonly command: string
  readonly bytes: number
}

/** Undefined where there is no `/proc`. */
export function chromiumMemory(): ChromiumMemory | undefined {
  const processes = readProcesses()
  if (!processes) return undefined
  const isOwn = (id: number): boolean =>
    id === process.pid || (processes.has(id) && isOwn(processes.get(id)!.parent))
  const own = [...processes]
    .filter(([id, { command }]) => isOwn(id) && /chrom|headless/i.test(command))
    .map(([, found]) => found)
  const sum = (found: Process[]): number => found.reduce((total, { bytes }) => total + bytes, 0)
  return {
    all: sum(own),
    renderers: sum(own.filter(({ command }) => command.includes('--type=renderer'))),
  }
}

function readProcesses(): Map<number, Process> | undefined {
  const processes = new Map<number, Process>()
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return undefined
  }
  for (const id of names.map(Number).filter(Boolean)) {
    try {
      const read = (name: string): string => readFileSync(`/proc/${id}/${name}`, 'utf8')
      // The name of the program may hold spaces: what follows it does not.
      const [, parent] = read('stat').replace(/.*\) /s, '').split(' ')
      const bytes = Number(read('statm').split(' ')[1]) * PAGE_BYTES
      processes.set(id, { parent: Number(parent), command: read('cmdline'), bytes })
    } catch {
      // It has ended meanwhile.
    }
  }
  return processes.size > 0 ? processes : undefined
}
