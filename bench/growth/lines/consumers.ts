/** What reads one stream beside its handlers: queues and folds. */
import { watch } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from '../../../src/index.ts'
import { countAll, createLedger, eventChunks } from '../events.ts'
import { startScope } from '../growth-app.ts'
import { collectGarbage, play, writes } from '../play.ts'
import { watchQueue } from '../queue-watch.ts'
import type { Payload } from '../events.ts'
import type { GrowthLine } from '../growth-line.ts'

const PER_FRAME = 100
const CAPACITY = 100

interface Events {
  tick: Payload
}

const shared = {
  grows: 'work',
  trials: [
    { size: 1, count: 50_000, warmUp: 15_000 },
    { size: 10, count: 30_000, warmUp: 10_000 },
    { size: 100, count: 6000, warmUp: 3000 },
  ],
  quick: [1, 10, 100].map((size) => ({ size, count: 250, warmUp: 100 })),
} as const

export const queues: GrowthLine = {
  ...shared,
  name: 'queues',
  title: 'Message queues of one stream',
  note: `\`useMessageQueue(stream, 'tick')\` with room for ${CAPACITY}, read with each flush; ${PER_FRAME} events a frame.`,
  sizes: 'queues',
  unit: 'queue',
  async measure(trial) {
    const { size, count, warmUp } = trial
    const all = warmUp + count
    const ledger = createLedger()
    const { page, result, stop } = await startScope(({ environment }) => {
      const on = { tick: ledger.take }
      const stream = useEventStream<Events>('/stream', { environment, on })
      const watches = Array.from({ length: size }, () => {
        const queue = useMessageQueue(stream, 'tick', { capacity: CAPACITY })
        return watchQueue(() => ({
          messages: queue.messages.value,
          size: queue.size.value,
          dropped: queue.dropped.value,
        }))
      })
      return { result: watches, isOpen: () => stream.status.value === 'open' }
    })
    const frames = writes(eventChunks(all, PER_FRAME))
    collectGarbage()
    const cost = await play(page, frames, { arrived: ledger.count, expected: all, trial })
    for (const { check } of result) check(all)
    await stop()
    return { cost, count }
  },
}

export const folds: GrowthLine = {
  ...shared,
  name: 'folds',
  title: 'Folded states of one stream',
  note: `\`useEventStreamState\`, looked at with each flush; ${PER_FRAME} events a frame.`,
  sizes: 'states',
  unit: 'state',
  async measure(trial) {
    const { size, count, warmUp } = trial
    const all = warmUp + count
    const ledgers = Array.from({ length: size }, () => createLedger())
    const { page, result, stop } = await startScope(({ environment }) => {
      const stream = useEventStream<Events>('/stream', { environment })
      const states = ledgers.map(({ take }) => {
        const state = useEventStreamState(stream, 0, {
          tick(_, payload) {
            take(payload)
            return payload.n
          },
        })
        let shown = 0
        watch(state, (value) => (shown = value))
        return () => shown
      })
      return { result: states, isOpen: () => stream.status.value === 'open' }
    })
    const frames = writes(eventChunks(all, PER_FRAME))
    const expected = size * all
    collectGarbage()
    const cost = await play(page, frames, { arrived: () => countAll(ledgers), expected, trial })
    if (result.some((shown) => shown() !== all)) throw new Error('A state does not show the end.')
    await stop()
    return { cost, count }
  },
}
