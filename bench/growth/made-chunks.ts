/** Chunks that are made once for all rounds: it takes longer than reading them. */

export interface MadeChunks {
  of(size: number, make: () => Uint8Array[]): Uint8Array[]
  clear(): void
}

export function createMadeChunks(): MadeChunks {
  const made = new Map<number, Uint8Array[]>()
  return {
    of(size, make) {
      const chunks = made.get(size) ?? make()
      made.set(size, chunks)
      return chunks
    },
    clear: () => made.clear(),
  }
}
