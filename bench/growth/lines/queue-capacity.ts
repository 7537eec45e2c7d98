/** How much a queue holds: when it is full, every message that comes pushes one out. */
import { useEventStream } from '../../../src/index.ts'
import { createLedger, eventsBytes } from '../events.ts'
import { startScope } from '../growth-app.ts'
import { collectGarbage, play, writes } from '../play.ts'
import { watchQueue } from '../queue-watch.ts'
import type { GrowthLine } from '../growth-line.ts'

const PER_FRAME = 100

const shared = {
  sizes: 'capacity',
  grows: 'work',
  trials: [
    { size: 100, count: 50_000, warmUp: 15_000 },
    { size: 1000, count: 50_000, warmUp: 15_000 },
    { size: 10_000, count: 50_000, warmUp: 15_000 },
  ],
  quick: [
    { size: 10, count: 300, warmUp: 100 },
    { size: 100, count: 300, warmUp: 100 },
  ],
} as const

/** @param perFrame How many events come between two flushes. */
function lineOf(perFrame: number): GrowthLine {
  return {
    ...shared,
    name: `queue-capacity-${perFrame}`,
    title: `Capacity of a full queue, ${perFrame} events a frame`,
    note: 'The app reads `queue.messages` with each flush.',
    async measure(trial) {
      const { size, count, warmUp } = trial
      const ledger = createLedger()
      const { page, result, stop } = await startScope(({ environment }) => {
        const stream = useEventStream('/stream', {
          environment,
          on: { tick: ledger.take as never },
          queue: { capacity: size },
        })
        const isOpen = (): boolean => stream.status.value === 'open'
        return { result: watchQueue(() => stream.queue), isOpen }
      })
      const full = writes([eventsBytes(1, size)])
      await play(page, full, { arrived: ledger.count, expected: size })
      const chunks: Uint8Array[] = []
      const last = size + warmUp + count
      for (let n = size + 1; n <= last; n += perFrame) {
        chunks.push(eventsBytes(n, Math.min(last, n + perFrame - 1)))
      }
      collectGarbage()
      const cost = await play(page, writes(chunks), {
        arrived: ledger.count,
        expected: last,
        trial,
      })
      result.check(last)
      await stop()
      return { cost, count }
    },
  }
}

export const queueCapacity: readonly GrowthLine[] = [lineOf(PER_FRAME), lineOf(10 * PER_FRAME)]
