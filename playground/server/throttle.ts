/** Calls at most once in so many milliseconds, and always once more after the last change. */
export interface Throttle {
  /** Something has changed: calls now or soon. */
  touch(): void
  /** Calls no more. */
  stop(): void
}

export function createThrottle(intervalMs: number, callback: () => void): Throttle {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let isDue = false

  function call(): void {
    isDue = false
    timer = setTimeout(() => {
      timer = undefined
      if (isDue) call()
    }, intervalMs)
    callback()
  }

  return {
    touch() {
      if (isStopped) return
      if (timer) isDue = true
      else call()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
