/** What the model's server has to tell: an ordered log of events, and their bytes. */

import { GAP_EVENT } from './settings.ts'

/**
 * - `own-id`: a message with an id of its own; `wide-id`: one that is not ASCII
 * - `no-id`: a message without one
 * - `id-only`: an id without a message
 * - `unsendable-id`: a message whose id no header can carry
 * - `empty-id`: a message that makes the client forget its id
 */
export type EntryKind = 'own-id' | 'wide-id' | 'no-id' | 'id-only' | 'unsendable-id' | 'empty-id'

export interface LogEntry {
  readonly index: number
  readonly kind: EntryKind
  /** Undefined when it has none of its own. */
  readonly id: string | undefined
  /** What its message is told apart by; undefined when it is none. */
  readonly key: string | undefined
}

export interface EventLog {
  readonly name: string
  readonly entries: LogEntry[]
  /** The server has forgotten what is before this index. */
  oldest: number
  append(kind: EntryKind): LogEntry
  /** Where the server goes on for a client that sent this id. */
  positionAfter(id: string | undefined, isInclusive: boolean): Position
}

export interface Position {
  readonly from: number
  /** The server knows that it cannot go on right after the id. */
  readonly isGap: boolean
}

export type LineEnd = '\n' | '\r\n' | '\r'

/** A piece of the stream that ends in a blank line, or a comment. */
export interface Block {
  readonly bytes: Uint8Array
  readonly id?: string | undefined
  /** Of the message. */
  readonly key?: string | undefined
  readonly isHeartbeat?: boolean
  readonly isGapEvent?: boolean
  readonly entry?: LogEntry
}

const IDS: { readonly [Kind in EntryKind]: (name: string) => string | undefined } = {
  'own-id': (name) => name,
  'wide-id': (name) => `é你😀-${name}`,
  'no-id': () => undefined,
  'id-only': (name) => name,
  'unsendable-id': (name) => `\u0001${name}`,
  'empty-id': () => '',
}

export function createEventLog(name: string): EventLog {
  const log: EventLog = {
    name,
    entries: [],
    oldest: 0,
    append(kind) {
      const index = log.entries.length
      const id = IDS[kind](`${name}-${index}`)
      const entry = { index, kind, id, key: kind === 'id-only' ? undefined : `${name}:${index}` }
      log.entries.push(entry)
      return entry
    },
    positionAfter(id, isInclusive) {
      const at = id ? log.entries.findIndex((entry) => entry.id === id) : -1
      const from = at < 0 ? 0 : at + (isInclusive ? 0 : 1)
      if (from >= log.oldest) return { from, isGap: false }
      // Sent the last forgotten one, the server still has all that follows.
      return { from: log.oldest, isGap: at < log.oldest - 1 }
    },
  }
  return log
}

/** Wide characters, so that cuts fall into them; two lines, so that they fall between them. */
const toLines = (key: string): string[] => [`data: {"text": "é你😀",`, `data: "key": "${key}"}`]

export function entryBlock(entry: LogEntry, lineEnd: LineEnd): Block {
  const { id, key } = entry
  const idLines = id === undefined ? [] : [`id: ${id}`]
  const dataLines = key === undefined ? [] : toLines(key)
  const bytes = toBytes([...idLines, ...dataLines], lineEnd)
  return { bytes, id, key, entry }
}

/** A message that is not in the log: it is not replayed. */
export function extraBlock(key: string, type: string, lineEnd: LineEnd): Block {
  const bytes = toBytes([`event: ${type}`, ...toLines(key)], lineEnd)
  return { bytes, key, isHeartbeat: type === 'ping', isGapEvent: type === GAP_EVENT }
}

/** A comment is life and a heartbeat; `retry:` is a wish. */
export function lineBlock(line: string, lineEnd: LineEnd): Block {
  return { bytes: toBytes([line], lineEnd), isHeartbeat: line.startsWith(':') }
}

/** Data that is no message of the log: what `until` waits for. */
export function dataBlock(data: string, key: string | undefined): Block {
  return { bytes: toBytes([`data: ${data}`], '\n'), key }
}

function toBytes(lines: readonly string[], lineEnd: LineEnd): Uint8Array {
  return new TextEncoder().encode(`${lines.join(lineEnd)}${lineEnd}${lineEnd}`)
}
