/** Streams on one page with a connection each. */
import { useEventStream } from '../../../src/index.ts'
import { countAll, createLedger, eventChunks } from '../events.ts'
import { startScope } from '../growth-app.ts'
import { collectGarbage, play, writes } from '../play.ts'
import type { GrowthLine } from '../growth-line.ts'

const PER_FRAME = 10

export const unsharedStreams: GrowthLine = {
  name: 'unshared-streams',
  title: 'Streams with a connection each',
  note: `Each has a handler and gets ${PER_FRAME} events a frame.`,
  sizes: 'streams',
  grows: 'count',
  trials: [1, 10, 100].map((size) => ({ size, count: 50_000, warmUp: 30_000 })),
  quick: [1, 10, 100].map((size) => ({ size, count: 500, warmUp: 100 })),
  async measure(trial) {
    const { size, count, warmUp } = trial
    const all = warmUp + count
    const ledgers = Array.from({ length: size }, () => createLedger())
    const { page, stop } = await startScope(({ environment }) => {
      const streams = ledgers.map(({ take }, index) =>
        useEventStream(`/stream/${index}`, { environment, on: { tick: take as never } }),
      )
      const isOpen = (): boolean => streams.every(({ status }) => status.value === 'open')
      return { result: streams, isOpen }
    })
    const frames = writes(eventChunks(all / size, PER_FRAME))
    collectGarbage()
    const arrived = (): number => countAll(ledgers)
    const cost = await play(page, frames, { arrived, expected: all, trial })
    await stop()
    return { cost, count }
  },
}
