/** What a tab has received, held against what the server has sent. */

/** Ids of the server's log, as runs: `3, 7-12`. Nothing is wrong when all are empty. */
export interface Verdict {
  readonly lost: string
  /** A second time, and each time after that. */
  readonly doubled: string
  /** For the first time, but after one that came later in the log. */
  readonly misplaced: string
  /** That are none of those. */
  readonly foreign: string
}

export const FLAWLESS: Verdict = { lost: '', doubled: '', misplaced: '', foreign: '' }

/** @param first and `last`: what should have come, both of them included. */
export function judge(received: readonly number[], first: number, last: number): Verdict {
  const lost: number[] = []
  const doubled: number[] = []
  const misplaced: number[] = []
  const foreign: number[] = []
  const seen = new Set<number>()
  let greatest = -Infinity
  for (const id of received) {
    if (!(id >= first && id <= last)) foreign.push(id)
    else if (seen.has(id)) doubled.push(id)
    else if (id < greatest) misplaced.push(id)
    seen.add(id)
    greatest = Math.max(greatest, id)
  }
  for (let id = first; id <= last; id++) if (!seen.has(id)) lost.push(id)
  return {
    lost: runs(lost),
    doubled: runs(doubled),
    misplaced: runs(misplaced),
    foreign: runs(foreign),
  }
}

function runs(ids: readonly number[]): string {
  const found: [from: number, to: number][] = []
  for (const id of ids) {
    const run = found.at(-1)
    if (run && id === run[1] + 1) run[1] = id
    else found.push([id, id])
  }
  return found.map(([from, to]) => (from < to ? `${from}-${to}` : `${from}`)).join(', ')
}

/** The longest pause between two messages of which the second came in this time; also what has not ended by then. */
export function longestPause(times: readonly number[], from: number, to = Infinity): number {
  let longest = 0
  let before = from
  for (const time of times) {
    if (time > to) break
    if (time > from) longest = Math.max(longest, time - before)
    before = time
  }
  return to === Infinity ? longest : Math.max(longest, to - Math.max(before, from))
}

export function quantile(values: readonly number[], share: number): number {
  // oxlint-disable-next-line unicorn/no-array-sort -- of a copy
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
