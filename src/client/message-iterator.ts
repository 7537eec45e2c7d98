/** `for await` over a stream: bounded, so a slow loop slows the server instead of filling the memory. */

const CAPACITY = 500
/** Reading goes on when this many are left, not with each one taken. */
const LOW_WATER = CAPACITY / 2

export interface IterationSource<T> {
  /** Starts to receive: messages, and the end with its error if it was one. Returns what stops it. */
  subscribe(onMessage: (message: T) => void, onEnd: (error: unknown) => void): () => void
  hold(reason: symbol): void
  release(reason: symbol): void
}

type Result<T> = IteratorResult<T, undefined>

export function createMessageIterator<T>(source: IterationSource<T>): AsyncIterator<T, undefined> {
  const holdReason = Symbol('iterator')
  const buffer: T[] = []
  const waiting: { resolve(result: Result<T>): void; reject(error: unknown): void }[] = []
  let unsubscribe: (() => void) | undefined
  let isDone = false
  let failure: unknown

  function onMessage(value: T): void {
    const consumer = waiting.shift()
    if (consumer) return consumer.resolve({ done: false, value })
    buffer.push(value)
    if (buffer.length === CAPACITY) source.hold(holdReason)
  }

  function finish(error?: unknown): void {
    if (isDone) return
    isDone = true
    failure = error
    unsubscribe?.()
    source.release(holdReason)
    for (const { resolve, reject } of waiting.splice(0)) {
      if (takeFailure()) reject(error)
      else resolve({ done: true, value: undefined })
    }
  }

  /** Only one consumer is told; those after it see the end. */
  function takeFailure(): unknown {
    const taken = failure
    failure = undefined
    return taken
  }

  async function next(): Promise<Result<T>> {
    if (!isDone) unsubscribe ??= source.subscribe(onMessage, finish)
    const value = buffer.shift()
    if (value !== undefined) {
      if (buffer.length === LOW_WATER) source.release(holdReason)
      return { done: false, value }
    }
    if (!isDone) return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    const error = takeFailure()
    if (error) throw error
    return { done: true, value: undefined }
  }

  async function stop(): Promise<Result<T>> {
    buffer.length = 0
    finish()
    return { done: true, value: undefined }
  }

  return { next, return: stop }
}
