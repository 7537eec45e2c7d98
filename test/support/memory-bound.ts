/** Fails the tests of a file that take too much memory on their way, wherever they end. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect } from 'vitest'

const SAMPLED_EVERY_MS = 5

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** The second time frees the buffers that the first one has found. */
function collectGarbage(): void {
  gc()
  gc()
}

/**
 * Bytes that this process may take during a test, garbage included.
 * @param mostUsed Of the heap and the buffers it holds.
 * @param mostResident Of the whole process, also what earlier tests left to it.
 */
export function useMemoryBound(mostUsed: number, mostResident: number): void {
  let used: number
  let resident: number
  let timer: NodeJS.Timeout

  const sample = (): void => {
    used = Math.max(used, heapAndBuffers())
    resident = Math.max(resident, process.memoryUsage.rss())
  }

  beforeEach(() => {
    collectGarbage()
    used = resident = 0
    timer = setInterval(sample, SAMPLED_EVERY_MS)
  })
  afterEach(() => {
    clearInterval(timer)
    sample()
    expect(used).toBeLessThan(mostUsed)
    expect(resident).toBeLessThan(mostResident)
  })
}

/** Bytes of the heap and of the buffers it holds, without garbage. */
export function usedMemory(): number {
  collectGarbage()
  return heapAndBuffers()
}

function heapAndBuffers(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
