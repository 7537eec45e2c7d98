/** The length of a message. */
import { createEventStreamClient } from '../../../src/client/index.ts'
import { createLedger, cutInto, eventsBytes } from '../events.ts'
import { measureClient } from '../growth-client.ts'
import { createMadeChunks } from '../made-chunks.ts'
import { writes } from '../play.ts'
import type { GrowthLine } from '../growth-line.ts'

/** As much as a network hands out at a time. */
const CHUNK_BYTES = 65_536

const made = createMadeChunks()

export const messageSize: GrowthLine = {
  name: 'message-size',
  title: 'Length of a message',
  note: 'JSON with an id of its own, in chunks of 64 KiB; one handler.',
  sizes: 'bytes',
  grows: 'work',
  unit: 'byte',
  trials: [
    { size: 100, count: 50_000, warmUp: 15_000 },
    { size: 1000, count: 20_000, warmUp: 10_000 },
    { size: 10_000, count: 3000, warmUp: 1000 },
    { size: 100_000, count: 300, warmUp: 100 },
    { size: 1_000_000, count: 30, warmUp: 10 },
  ],
  quick: [
    { size: 100, count: 60, warmUp: 0 },
    { size: 100_000, count: 4, warmUp: 0 },
  ],
  async measure(trial) {
    const { size, count, warmUp } = trial
    const all = warmUp + count
    const ledger = createLedger()
    const chunks = made.of(size, () => cutInto(eventsBytes(1, all, { length: size }), CHUNK_BYTES))
    const cost = await measureClient(
      (environment) =>
        createEventStreamClient('/stream', { environment, on: { tick: ledger.take as never } }),
      writes(chunks),
      { arrived: ledger.count, expected: all, trial },
    )
    return { cost, count }
  },
  async close() {
    made.clear()
  },
}
