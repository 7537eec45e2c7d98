/** What the heap holds more than at the start while a stream of millions of messages is read. */
import { cut } from '../inputs/chunkings.ts'
import { createWorkload } from '../inputs/workloads.ts'
import { processorMs } from '../support/processor-time.ts'
import type { Kept, Reader } from './readers.ts'

export interface GrowthOptions {
  /** At least so many messages. */
  readonly events: number
  /** How many messages are kept in all. */
  readonly keptEvents: number
}

export interface Growth {
  /** MB over the start without garbage, to two places, at equal distances in the stream. */
  readonly samples: readonly number[]
  /** Of the processor, without what measuring the heap takes. */
  readonly ms: number
}

const SAMPLES = 8
/** It comes again and again, so that the stream itself takes no memory. */
const WORKLOAD = createWorkload('chat', 1024 * 1024)
const CHUNKS = cut(WORKLOAD, '64K') as Uint8Array<ArrayBuffer>[]

export async function measureGrowth(
  read: Reader,
  kept: Kept,
  { events, keptEvents }: GrowthOptions,
): Promise<Growth> {
  const passes = Math.ceil(events / WORKLOAD.messages.length)
  // What is compiled, and made once for all, is no growth.
  await readAll(read, kept, 1, Infinity, () => {})

  const samples: number[] = []
  let measuringMs = 0
  const start = usedBytes()
  const before = processorMs()
  const values = await readAll(read, kept, passes, Math.floor(events / keptEvents), () => {
    const since = processorMs()
    samples.push(Math.round((usedBytes() - start) / 1e4) / 100)
    measuringMs += processorMs() - since
  })
  const ms = processorMs() - before - measuringMs
  // Held until now.
  if (kept !== 'nothing' && values.length < keptEvents) throw new Error('Not all were kept.')
  return { samples, ms }
}

/** @param onSample Called `SAMPLES` times while it is read. */
async function readAll(
  read: Reader,
  kept: Kept,
  passes: number,
  keepEvery: number,
  onSample: () => void,
): Promise<unknown[]> {
  const values: unknown[] = []
  const total = CHUNKS.length * passes
  let chunks = 0
  let count = 0
  await read({
    kept,
    nextChunk() {
      if (chunks > 0 && isSample(chunks, total)) onSample()
      return chunks < total ? CHUNKS[chunks++ % CHUNKS.length] : undefined
    },
    onMessage: () => ++count % keepEvery === 0 && kept !== 'nothing',
    keep: (value) => values.push(value),
  })
  const expected = WORKLOAD.messages.length * passes
  if (count !== expected) throw new Error(`Expected ${expected} messages, but got ${count}.`)
  return values
}

/** Whether the next part of the stream begins with this chunk. */
function isSample(chunk: number, total: number): boolean {
  const part = (index: number): number => Math.floor((index * SAMPLES) / total)
  return part(chunk) > part(chunk - 1)
}

/** The second time frees the buffers that the first one has found. */
function usedBytes(): number {
  globalThis.gc!()
  globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
