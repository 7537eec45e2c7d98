/** Says that a file may have changed, or another one has taken its place. Says it once too often rather than not at all. */
import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { createThrottle } from './throttle.ts'
import type { FSWatcher } from 'node:fs'

export interface FileWatch {
  /** Calls back after changes, twenty times a second at most. */
  subscribe(listener: () => void): () => void
  close(): void
}

/** What is told of many small changes at once, so that lines come in batches. */
const PAUSE_MS = 50
/** Not every file system tells of changes, and there may be too many watchers. */
const LOOK_MS = 1000

export function createFileWatch(path: string): FileWatch {
  const name = basename(path)
  const listeners = new Set<() => void>()
  const change = createThrottle(PAUSE_MS, () => {
    for (const listener of listeners) listener()
  })
  let watcher: FSWatcher | undefined
  let looks: NodeJS.Timeout | undefined

  function start(): void {
    looks = setInterval(change.touch, LOOK_MS)
    try {
      // The folder: a file that was renamed would be followed to its new name.
      watcher = watch(dirname(path), (_event, changed) => {
        if (changed === null || changed === name) change.touch()
      })
      watcher.on('error', () => watcher?.close())
    } catch {
      watcher = undefined
    }
  }

  function stop(): void {
    clearInterval(looks)
    watcher?.close()
    watcher = undefined
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      if (listeners.size === 1) start()
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) stop()
      }
    },
    close() {
      listeners.clear()
      change.stop()
      stop()
    },
  }
}
