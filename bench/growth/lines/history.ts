/** How much a stream has received in its life: it is no warm-up, but what an event costs after it is what is asked. */
import { createEventStreamClient } from '../../../src/client/index.ts'
import { createLedger, eventChunks } from '../events.ts'
import { measureClient } from '../growth-client.ts'
import { createMadeChunks } from '../made-chunks.ts'
import { writes } from '../play.ts'
import type { GrowthLine } from '../growth-line.ts'

const PER_CHUNK = 500
/** What comes after them, and is measured. */
const COUNTED = 50_000

const made = createMadeChunks()

function lineOf(dedupe: boolean): GrowthLine {
  const sizes = [10_000, 100_000, 1_000_000]
  return {
    name: dedupe ? 'history' : 'history-without-dedupe',
    title: `Messages so far, ${dedupe ? 'with' : 'without'} dedupe`,
    note: `What the next ${COUNTED.toLocaleString('en')} cost. Each has an id of its own; ${PER_CHUNK} in a chunk, one handler.`,
    sizes: 'messages',
    grows: 'count',
    trials: sizes.map((size) => ({ size, count: COUNTED, warmUp: size })),
    quick: [100, 1000].map((size) => ({ size, count: 500, warmUp: size })),
    async measure(trial) {
      const { count, warmUp } = trial
      const expected = warmUp + count
      const ledger = createLedger()
      const cost = await measureClient(
        (environment) =>
          createEventStreamClient('/stream', {
            ...{ environment, dedupe },
            on: { tick: ledger.take as never },
          }),
        writes(made.of(expected, () => eventChunks(expected, PER_CHUNK))),
        { arrived: ledger.count, expected, trial },
      )
      return { cost, count }
    },
    async close() {
      made.clear()
    },
  }
}

export const history: readonly GrowthLine[] = [lineOf(true), lineOf(false)]
