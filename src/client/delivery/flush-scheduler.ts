/** Gathers what has to be shown and shows it once per frame, however many messages come. */
import type { Cancel, Environment } from '../environment.ts'

/** Once per animation frame, at once for every message, or at most every so many milliseconds. */
export type Flush = 'frame' | 'sync' | number

export interface FlushScheduler {
  /** Runs the task with the next flush; asking twice is asking once. */
  request(task: () => void): void
  /** There will be no other flush. */
  cancel(): void
}

export function createFlushScheduler(
  environment: Environment,
  mode: Flush = 'frame',
): FlushScheduler {
  const tasks = new Set<() => void>()
  let cancel: Cancel | undefined

  function flush(): void {
    cancel = undefined
    const due = [...tasks]
    tasks.clear()
    for (const task of due) task()
  }

  return {
    request(task) {
      if (mode === 'sync') return task()
      tasks.add(task)
      cancel ??= mode === 'frame' ? environment.nextFrame(flush) : environment.after(mode, flush)
    },
    cancel: () => cancel?.(),
  }
}
