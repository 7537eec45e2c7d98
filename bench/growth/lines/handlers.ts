/** Handlers: of as many event types, or all of the same one. */
import { createEventStreamClient } from '../../../src/client/index.ts'
import { countAll, createLedger, eventChunks } from '../events.ts'
import { measureClient } from '../growth-client.ts'
import { writes } from '../play.ts'
import type { Ledger } from '../events.ts'
import type { GrowthLine } from '../growth-line.ts'

const PER_CHUNK = 100

export const eventTypes: GrowthLine = {
  name: 'event-types',
  title: 'Event types with a handler each',
  note: 'The types take turns.',
  sizes: 'types',
  grows: 'work',
  trials: [1, 10, 100, 1000].map((size) => ({ size, count: 50_000, warmUp: 20_000 })),
  quick: [1, 10, 100].map((size) => ({ size, count: 250, warmUp: 100 })),
  async measure(trial) {
    const { size, count, warmUp } = trial
    const all = warmUp + count
    const type = (n: number): string => `type-${n % size}`
    const ledgers: Ledger[] = []
    const on: Record<string, (payload: never) => void> = {}
    for (let n = 1; n <= size; n++) {
      const ledger = createLedger(n, size)
      ledgers.push(ledger)
      on[type(n)] = ledger.take
    }
    const cost = await measureClient(
      (environment) => createEventStreamClient('/stream', { environment, on: on as never }),
      writes(eventChunks(all, PER_CHUNK, { type })),
      { arrived: () => countAll(ledgers), expected: all, trial },
    )
    return { cost, count }
  },
}

export const handlersOfOneType: GrowthLine = {
  name: 'handlers',
  title: 'Handlers of one event type',
  note: 'Added with `on()`; each is called with every event.',
  sizes: 'handlers',
  grows: 'work',
  unit: 'handler',
  trials: [
    { size: 1, count: 50_000, warmUp: 15_000 },
    { size: 10, count: 30_000, warmUp: 10_000 },
    { size: 100, count: 6000, warmUp: 3000 },
    { size: 1000, count: 1000, warmUp: 300 },
  ],
  quick: [1, 10, 100].map((size) => ({ size, count: 250, warmUp: 100 })),
  async measure(trial) {
    const { size, count, warmUp } = trial
    const all = warmUp + count
    const ledgers = Array.from({ length: size }, () => createLedger())
    const cost = await measureClient(
      (environment) => {
        const client = createEventStreamClient('/stream', { environment })
        for (const { take } of ledgers) client.on('tick', take as never)
        return client
      },
      writes(eventChunks(all, PER_CHUNK)),
      { arrived: () => countAll(ledgers), expected: size * all, trial },
    )
    return { cost, count }
  },
}
