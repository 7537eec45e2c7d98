/**
 * Events of the chaos log as bytes, written by hand and in every way that the format allows: a test of ours must not
 * depend on our encoder. And the places inside of them where a connection can be cut.
 */
import type { SeededRandom } from '../support/seeded-random.ts'
import type { ChaosEvent } from './chaos-log.ts'
import type { Cut, RequestPlan } from './chaos-plan.ts'

const COMMENTS = [':', ': keep-alive', ':é 你 data: no', 'unknown: field', 'dataset: 1']
const COMMENT_SHARE = 0.15
/** How many of the places where bytes are split are chosen with malice. */
const SEAM_SHARE = 0.5
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** One event: its fields in any order, its data lines in theirs, with comments and unknown fields between them. */
export function encodeBlock(
  { type, data, id }: ChaosEvent,
  lineEnd: RequestPlan['lineEnd'],
  random: SeededRandom,
): Buffer {
  const lines = data.split('\n').map((line) => field('data', line, random))
  if (type !== 'message') insert(lines, field('event', type, random), random)
  if (id !== undefined) insert(lines, field('id', id, random), random)
  if (random.next() < COMMENT_SHARE) insert(lines, random.pick(COMMENTS), random)
  return Buffer.from(lines.join(lineEnd) + lineEnd + lineEnd)
}

/** The space after the colon may be left out, unless it would be taken for the one that belongs to the text. */
function field(name: string, value: string, random: SeededRandom): string {
  if (value === '' && random.next() < 0.3) return name
  return value.startsWith(' ') || random.next() < 0.7 ? `${name}: ${value}` : `${name}:${value}`
}

function insert(lines: string[], line: string, random: SeededRandom): void {
  lines.splice(random.below(lines.length + 1), 0, line)
}

/** How many bytes of a block are sent when it is cut there; undefined when it has no such place. */
export function cutOffset(block: Buffer, cut: Cut, random: SeededRandom): number | undefined {
  if (cut !== 'utf8' && cut !== 'crlf') return 1 + random.below(block.length - 1)
  const isThere = cut === 'utf8' ? isInsideCharacter : isInsideLineEnd
  const offsets: number[] = []
  for (let offset = 1; offset < block.length; offset++) {
    if (isThere(block, offset)) offsets.push(offset)
  }
  return offsets.length > 0 ? random.pick(offsets) : undefined
}

function isInsideCharacter(bytes: Buffer, offset: number): boolean {
  return (bytes[offset]! & 0xc0) === 0x80
}

function isInsideLineEnd(bytes: Buffer, offset: number): boolean {
  return bytes[offset - 1] === CARRIAGE_RETURN && bytes[offset] === LINE_FEED
}

/** Whether so many bytes of a block make an event: the blank line has come, if only with its CR. */
export function isWholeBlock(block: Buffer, length: number): boolean {
  return length === block.length || (length === block.length - 1 && isInsideLineEnd(block, length))
}

/** Cuts the bytes into so many parts, none of them empty; fewer when there are not enough. */
export function splitBytes(bytes: Buffer, count: number, random: SeededRandom): Buffer[] {
  const parts: Buffer[] = []
  let rest = bytes
  while (parts.length < count - 1 && rest.length > 1) {
    const offset = 1 + random.below(rest.length - 1)
    const length = random.next() < SEAM_SHARE ? seamFrom(rest, offset) : offset
    parts.push(rest.subarray(0, length))
    rest = rest.subarray(length)
  }
  return rest.length > 0 ? [...parts, rest] : parts
}

/** The next place that is inside of a line end, or of a character: where a parser can go wrong. */
function seamFrom(bytes: Buffer, offset: number): number {
  for (let seam = offset; seam < bytes.length; seam++) {
    if (isInsideLineEnd(bytes, seam)) return seam
  }
  for (let seam = offset; seam < bytes.length; seam++) {
    if (isInsideCharacter(bytes, seam)) return seam
  }
  return offset
}
