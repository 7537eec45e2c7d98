/** Bytes that wait for the rest of their line: a buffer that doubles, so endless lines cost linear time. */

const INITIAL_CAPACITY_BYTES = 1024

/** A buffer that had to hold one long line is given back afterwards; one for chunks of 64 KiB and what had begun before is kept. */
const KEPT_CAPACITY_BYTES = 256 * 1024

export interface HeldBytes {
  readonly length: number
  append(bytes: Uint8Array): void
  /** Everything held and then `bytes`, as one view that is valid until the next call. Holds nothing after. */
  take(bytes: Uint8Array): Uint8Array
  clear(): void
}

export function createHeldBytes(): HeldBytes {
  let buffer = new Uint8Array(0)
  let length = 0

  function append(bytes: Uint8Array): void {
    const needed = length + bytes.length
    if (needed > buffer.length) {
      const larger = new Uint8Array(Math.max(needed, buffer.length * 2, INITIAL_CAPACITY_BYTES))
      larger.set(buffer.subarray(0, length))
      buffer = larger
    }
    buffer.set(bytes, length)
    length = needed
  }

  function clear(): void {
    length = 0
    if (buffer.length > KEPT_CAPACITY_BYTES) buffer = new Uint8Array(0)
  }

  return {
    get length() {
      return length
    },
    append,
    take(bytes) {
      append(bytes)
      const view = buffer.subarray(0, length)
      clear()
      return view
    },
    clear,
  }
}
