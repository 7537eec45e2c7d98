/** What a CPU profile says of functions. */

/** What is used of `Profiler.Profile`. Times are in µs. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

export interface SelfTime {
  name: string
  ms: number
  share: number
}

/** Of every function, the longest first; shares are of the time that is not idle. */
export function sumSelfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'}${url && ` ${url.replace(/^.*\//, '')}:${lineNumber + 1}`}`,
    ]),
  )
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const name = names.get(id)!
    // A delta is the time since the sample before: this one stands for it.
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]! / 1000)
  })
  times.delete('(idle)')
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  const all = Array.from(times, ([name, ms]) => ({ name, ms, share: ms / total }))
  // oxlint-disable-next-line unicorn/no-array-sort -- of a new array
  return all.sort((a, b) => b.ms - a.ms)
}
