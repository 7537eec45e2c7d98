/** Gathers what has to be shown and shows it once per frame, however many messages come. */
import type { Environment, TimerHandle } from './environment.ts'

/** Once per animation frame, at once for every message, or at most every so many milliseconds. */
export type Flush = 'frame' | 'sync' | number

/** Hidden pages have no frames: after this long without one a timer does their work. */
const MAX_FRAME_MS = 100

export interface FlushScheduler {
  /** Runs the task with the next flush; asking twice is asking once. */
  request(task: () => void): void
  /** Drops what was asked for, and the timer with it. */
  cancel(): void
}

export function createFlushScheduler(
  environment: Environment,
  mode: Flush = 'frame',
): FlushScheduler {
  const tasks = new Set<() => void>()
  let isScheduled = false
  let timer: TimerHandle
  let frame: TimerHandle

  function schedule(): void {
    isScheduled = true
    timer = environment.setTimeout(flush, mode === 'frame' ? MAX_FRAME_MS : (mode as number))
    if (mode === 'frame') frame = environment.requestFrame(flush)
  }

  function unschedule(): void {
    isScheduled = false
    environment.clearTimeout(timer)
    environment.cancelFrame(frame)
  }

  function flush(): void {
    unschedule()
    const due = [...tasks]
    tasks.clear()
    for (const task of due) task()
  }

  return {
    request(task) {
      if (mode === 'sync') return task()
      tasks.add(task)
      if (!isScheduled) schedule()
    },
    cancel() {
      tasks.clear()
      unschedule()
    },
  }
}
