/** A number that stands for a name and a text. */

// FNV-1a over UTF-16 units. The name goes into two lanes, of different primes.
const BASIS = 0x811c9dc5
const PRIME = 0x01000193
const OTHER_PRIME = 0x5f356495

/**
 * 53 bits of the name, and 32 of the text, which is long: one multiplication for each of its characters is what a
 * message can afford. No defence against people who look for a collision.
 */
export function fingerprint(name: string, text = ''): number {
  return (
    (hash(name, OTHER_PRIME) >>> 11) * 2 ** 32 + ((hash(name, PRIME) ^ hash(text, PRIME)) >>> 0)
  )
}

function hash(text: string, prime: number): number {
  let value = BASIS
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), prime)
  }
  // The last characters have not reached all bits yet.
  return Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
}
