/** How a stream arrives: cut into chunks. */
import type { Workload } from './workloads.ts'

export type ChunkingName = '64K' | '16K' | '1K' | '1 event' | '7 B'

const SIZES: Readonly<Record<ChunkingName, number | undefined>> = {
  '64K': 64 * 1024,
  '16K': 16 * 1024,
  '1K': 1024,
  '1 event': undefined,
  '7 B': 7,
}

export const CHUNKINGS = Object.keys(SIZES) as ChunkingName[]

/** Views of the stream's bytes, in its order; they may cut lines and characters. */
export function cut({ bytes, ends }: Workload, chunking: ChunkingName): Uint8Array[] {
  const size = SIZES[chunking]
  if (!size) return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}
