/** What a line of a log says of itself: when, and how bad. */
import { LOG_LEVELS } from '../shared/contract.ts'
import type { LogEvents, LogLevel } from '../shared/contract.ts'

export interface LogLine {
  /** As it is in the file. */
  readonly raw: string
  /** The time of day that it begins with; empty when it does not. */
  readonly time: string
  readonly level: LogLevel
  /** What is left without time and level. */
  readonly text: string
  /** How many bytes were cut off. */
  readonly more: number
}

const WORDS: Record<LogLevel, string> = {
  error: 'error|err|fatal|critical|crit|severe|alert|emerg|panic',
  warn: 'warning|warn',
  info: 'info|notice',
  debug: 'debug|trace|verbose',
}
const ANY_WORD = Object.values(WORDS).join('|')

const TIME = /^\[?\d{4}-\d\d-\d\d[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,3})?)\d*(?:Z|[+-]\d\d:?\d\d)?\]?\s+/
/** The level at the beginning: `ERROR text`, `[error] text`, `error: text`. */
const FIRST = new RegExp(
  `^(?:\\[(${ANY_WORD})\\]:?|(${ANY_WORD}):|(${ANY_WORD.toUpperCase()}):?)\\s+`,
  'i',
)
/** Or as a field: `level=error`, `"level":"error"`. */
const FIELD = new RegExp(`\\blevel"?\\s*[=:]\\s*"?(${ANY_WORD})\\b`, 'i')
/** Or in capitals, somewhere near the beginning: prose does not shout. */
const CAPITALS = new RegExp(`\\b(${ANY_WORD.toUpperCase()})\\b`)
const CAPITALS_WITHIN = 80
/** Lines that belong to the one before them: stack traces. */
const CONTINUED = /^(\s|at |caused by)/i

/** Reads line by line: what goes on with another line has its level. */
export function createLineDecoder(): (data: string) => LogLine {
  let last: LogLevel = 'info'
  return (data) => {
    const { text: raw, more = 0 }: LogEvents['line'] = JSON.parse(data)
    const [stamp = '', time = ''] = TIME.exec(raw) ?? []
    const rest = raw.slice(stamp.length)
    const first = FIRST.exec(rest)
    const word =
      first?.slice(1).find(Boolean) ??
      FIELD.exec(rest)?.[1] ??
      CAPITALS.exec(rest.slice(0, CAPITALS_WITHIN))?.[1]
    const isContinued = !stamp && CONTINUED.test(raw)
    const level = (word && toLevel(word)) || (isContinued ? last : 'info')
    last = level
    return { raw, time, level, text: first ? rest.slice(first[0].length) : rest, more }
  }
}

function toLevel(word: string): LogLevel | undefined {
  return LOG_LEVELS.find((level) => WORDS[level].split('|').includes(word.toLowerCase()))
}

/** A text in pieces: what was searched for, and what is around it. */
export function splitByHits(text: string, query: string): { text: string; isHit: boolean }[] {
  if (!query) return [{ text, isHit: false }]
  const lower = text.toLowerCase()
  // A few letters get longer when they are made small: then nothing is in its place.
  if (lower.length !== text.length) return [{ text, isHit: false }]
  const pieces: { text: string; isHit: boolean }[] = []
  let from = 0
  for (let at = lower.indexOf(query); at >= 0; at = lower.indexOf(query, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), isHit: false })
    from = at + query.length
    pieces.push({ text: text.slice(at, from), isHit: true })
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isHit: false })
  return pieces
}
