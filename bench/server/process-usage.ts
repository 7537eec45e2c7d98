/** What a process holds and has used, as Linux counts it. */
import { readFileSync } from 'node:fs'

export interface ProcessUsage {
  /** Bytes in memory. */
  readonly bytes: number
  /** Milliseconds of the processors, in all threads. */
  readonly processorMs: number
}

/** `USER_HZ`, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10

/** Throws where there is no `/proc`. */
export function processUsage(pid: number): ProcessUsage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  // The name of the program may hold spaces: what follows it does not.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')
  return {
    bytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024,
    processorMs: (Number(stat[11]) + Number(stat[12])) * TICK_MS,
  }
}

/** How many files and connections this process, and those that it starts, may have open. */
export function maxOpenFiles(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const [, soft] = /^Max open files\s+(\S+)/m.exec(limits)!
  return soft === 'unlimited' ? Infinity : Number(soft)
}
