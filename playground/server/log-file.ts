/**
 * A topic's events on disk, one JSON line each below a line with the epoch: `[number, type, data]`.
 *
 * Appended synchronously, so a line is with the operating system before anybody hears of its event, and a killed
 * process loses nothing. There is no fsync: a power cut may cost the last lines. One process at a time.
 */
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { reasonOf } from './report.ts'
import type { Report } from './report.ts'

export interface LogLine {
  number: number
  type: string
  data: unknown
}

export interface LogFile {
  readonly epoch: string
  /** What the file held when it was opened, in order. */
  readonly lines: readonly LogLine[]
  /** The highest number in use: the next event takes the one after it. */
  readonly lastNumber: number
  /** How many lines the file has now. */
  readonly length: number
  append(line: LogLine): void
  /** Replaces the whole file by these lines, or leaves it as it is. */
  rewrite(lines: readonly LogLine[]): void
  close(): void
}

const LINE_FEED = 0x0a
const EPOCH = /^[0-9a-z]+$/

/** Opens or begins the file. Disk errors are reported; then events live in memory only. */
export function openLogFile(path: string, report: Report): LogFile {
  let fd: number | undefined
  let content: LogContent = { epoch: newEpoch(), lines: [], lastNumber: 0, length: 0 }
  let failing = false
  try {
    fs.mkdirSync(dirname(path), { recursive: true })
    const stored = readLog(path, report)
    fd = fs.openSync(path, 'a')
    if (stored) content = stored
    else fs.appendFileSync(fd, header(content.epoch))
  } catch (error) {
    reportFailure('opened', error)
  }
  let { length } = content

  function reportFailure(what: string, error: unknown): void {
    if (!failing) report(`${path} cannot be ${what}, events stay in memory: ${reasonOf(error)}`)
    failing = true
  }

  return {
    ...content,
    get length() {
      return length
    },
    append(line) {
      if (fd === undefined) return
      try {
        // A write that failed may have left half a line behind: it must not swallow this one.
        fs.appendFileSync(fd, (failing ? '\n' : '') + encodeLine(line))
        length++
        failing = false
      } catch (error) {
        reportFailure('written', error)
      }
    },
    rewrite(lines) {
      if (fd === undefined) return
      const next = `${path}.next`
      try {
        fs.writeFileSync(next, header(content.epoch) + lines.map(encodeLine).join(''))
        fs.closeSync(fd)
        fd = undefined
        fs.renameSync(next, path)
        length = lines.length
      } catch (error) {
        report(`${path} cannot be made shorter: ${reasonOf(error)}`)
        // Counts anew, so that the next try is not at the next event.
        length = lines.length
      }
      try {
        fd ??= fs.openSync(path, 'a')
      } catch (error) {
        reportFailure('opened', error)
      }
    },
    close() {
      if (fd !== undefined) fs.closeSync(fd)
      fd = undefined
    },
  }
}

type LogContent = Pick<LogFile, 'epoch' | 'lines' | 'lastNumber' | 'length'>

/** Undefined: there is no log yet, or none that can be used. */
function readLog(path: string, report: Report): LogContent | undefined {
  if (!fs.existsSync(path)) return undefined
  const bytes = fs.readFileSync(path)
  const end = bytes.lastIndexOf(LINE_FEED) + 1
  // The process was killed while it wrote this line: nobody has heard of its event.
  if (end < bytes.length) fs.truncateSync(path, end)
  if (end === 0) return undefined
  const [first = '', ...rest] = bytes.toString('utf8', 0, end - 1).split('\n')
  const epoch = decodeEpoch(first)
  if (epoch === undefined) {
    report(`${path} does not begin with its epoch: kept as ${path}.broken, a new log begins`)
    fs.renameSync(path, `${path}.broken`)
    return undefined
  }
  return { epoch, ...decodeLines(path, rest, report), length: rest.length }
}

function decodeLines(
  path: string,
  texts: string[],
  report: Report,
): Pick<LogContent, 'lines' | 'lastNumber'> {
  const lines: LogLine[] = []
  const skipped: number[] = []
  let lastNumber = 0
  let skippedSinceLast = 0
  for (const [index, text] of texts.entries()) {
    if (text === '') continue
    const line = decodeLine(text)
    if (line && line.number > lastNumber) {
      lines.push(line)
      lastNumber = line.number
      skippedSinceLast = 0
    } else {
      skipped.push(index + 2)
      skippedSinceLast++
    }
  }
  if (skipped.length > 0) {
    const which = skipped.slice(0, 5).join(', ') + (skipped.length > 5 ? ', …' : '')
    report(`${path}: ${skipped.length} unreadable lines skipped (${which})`)
  }
  // The events of unreadable lines at the end have had numbers, too: never give those out again.
  return { lines, lastNumber: lastNumber + skippedSinceLast }
}

function decodeLine(text: string): LogLine | undefined {
  const value = parseJson(text)
  if (!Array.isArray(value)) return undefined
  const [number, type, data] = value
  if (!Number.isSafeInteger(number) || typeof type !== 'string') return undefined
  return { number, type, data }
}

function encodeLine({ number, type, data }: LogLine): string {
  return `${JSON.stringify([number, type, data])}\n`
}

function header(epoch: string): string {
  return `${JSON.stringify({ epoch })}\n`
}

function decodeEpoch(text: string): string | undefined {
  const value = parseJson(text) as { epoch?: unknown } | null | undefined
  return typeof value?.epoch === 'string' && EPOCH.test(value.epoch) ? value.epoch : undefined
}

/** Different for every log: an id of a deleted one must not look like an id of its successor. */
export function newEpoch(): string {
  return Date.now().toString(36) + randomBytes(2).toString('hex')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
