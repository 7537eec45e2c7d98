/** Texts that the fault server sends and tests know. Runs in Node and in browsers. */

/** Wire names that are traps for objects, for EventSource, or for us. */
export const TRICKY_NAMES: readonly string[] = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'error', 'open', 'close', '*'],
]

/** The text that `/trickle` sends a byte at a time, as JSON in `data`. */
export const TRICKLED_TEXT = 'é你😀'
