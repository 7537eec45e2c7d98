/** A line of a log as it may be shown: no colours of terminals, nothing that moves a cursor or turns the writing. */

// oxlint-disable-next-line no-control-regex -- what terminals take for colours and cursor movements
const TERMINAL_CODES = /\u001b\[[0-?]*[ -/]*[@-~]/g
/** Control characters, line separators, and what turns the writing direction. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const CONTROL_PICTURES = 0x2400
const DELETE = 0x7f
const DELETE_PICTURE = '\u2421'
const UNKNOWN = '\ufffd'

/** @param isCut The bytes end where the line does not: half a character at the end is left out. */
export function toLogText(bytes: Uint8Array, isCut: boolean): string {
  const text = new TextDecoder().decode(bytes, { stream: isCut })
  return (isCut ? text : text.replace(/\r$/, ''))
    .replaceAll(TERMINAL_CODES, '')
    .replaceAll(UNSAFE, show)
}

function show(char: string): string {
  const code = char.codePointAt(0)!
  if (char === '\t') return char
  if (code < 0x20) return String.fromCodePoint(CONTROL_PICTURES + code)
  return code === DELETE ? DELETE_PICTURE : UNKNOWN
}
