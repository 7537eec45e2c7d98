/** Events per second: a second of more events costs more, but each of them does not. */
import { useEventStream } from '../../../src/index.ts'
import { createLedger, eventChunks } from '../events.ts'
import { startScope } from '../growth-app.ts'
import { FRAMES_PER_SECOND } from '../growth-page.ts'
import { collectGarbage, play, writes } from '../play.ts'
import { watchQueue } from '../queue-watch.ts'
import type { GrowthLine } from '../growth-line.ts'

const PER_FRAME = 3

export const rate: GrowthLine = {
  name: 'rate',
  title: 'Events per second',
  note: `The server writes ${PER_FRAME} times a frame; one handler, and a queue of 500 that the app reads with each flush.`,
  sizes: 'events/s',
  grows: 'count',
  trials: [
    { size: 500, count: 20_000, warmUp: 8000 },
    { size: 5000, count: 60_000, warmUp: 12_000 },
    { size: 50_000, count: 200_000, warmUp: 20_000 },
  ],
  quick: [
    { size: 500, count: 60, warmUp: 20 },
    { size: 5000, count: 300, warmUp: 100 },
  ],
  async measure(trial) {
    const { size, count, warmUp } = trial
    const ledger = createLedger()
    const { page, result, stop } = await startScope(({ environment }) => {
      const stream = useEventStream('/stream', {
        environment,
        on: { tick: ledger.take as (payload: unknown) => void },
        queue: { capacity: 500 },
      })
      const isOpen = (): boolean => stream.status.value === 'open'
      return { result: watchQueue(() => stream.queue), isOpen }
    })
    const perWrite = size / FRAMES_PER_SECOND / PER_FRAME
    const expected = warmUp + count
    const frames = writes(eventChunks(expected, perWrite), PER_FRAME)
    collectGarbage()
    const cost = await play(page, frames, { arrived: ledger.count, expected, trial })
    result.check(expected)
    await stop()
    return { cost, count }
  },
}
