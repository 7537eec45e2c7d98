/**
 * The server's own log: a line for each request and for what people write, in a file that begins anew when it is long.
 * Written by its name each time, so that it may be moved or cut by others, as logs are.
 */
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { reasonOf } from './report.ts'
import type { LogLevel } from '../shared/contract.ts'
import type { Report } from './report.ts'

export interface LogWriterOptions {
  path: string
  /** A file that would get longer becomes `<path>.1`, and a new one begins. */
  maxBytes: number
  /** So many old files are kept: `.1` is the newest of them. */
  keptFiles: number
  report: Report
}

export interface LogWriter {
  write(level: LogLevel, ...texts: string[]): void
  /** Begins a new file now. */
  rotate(): void
}

/** So that no text can pretend to be another line. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

export function createLogWriter(options: LogWriterOptions): LogWriter {
  const { path, maxBytes, keptFiles, report } = options
  let isFailing = false

  /** Disk errors are reported once, and the server goes on without its log. */
  function attempt(work: () => void): void {
    try {
      work()
      isFailing = false
    } catch (error) {
      if (!isFailing) report(`${path} cannot be written: ${reasonOf(error)}`)
      isFailing = true
    }
  }

  /** No two files begin with the same line: that is what they are told apart by. */
  function begin(): void {
    fs.appendFileSync(path, toLine('info', `Log ${randomBytes(4).toString('hex')} begins`))
  }

  function rotate(): void {
    for (let number = keptFiles; number > 1; number--) {
      if (fs.existsSync(`${path}.${number - 1}`)) {
        fs.renameSync(`${path}.${number - 1}`, `${path}.${number}`)
      }
    }
    fs.renameSync(path, `${path}.1`)
    begin()
  }

  function sizeNow(): number {
    return fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }

  attempt(() => {
    fs.mkdirSync(dirname(path), { recursive: true })
    // A process that was killed may have left half a line behind: it must not swallow the next one.
    if (sizeNow() > 0 && !endsWithLine(path)) fs.appendFileSync(path, '\n')
  })

  return {
    write: (level, ...texts) =>
      attempt(() => {
        const lines = texts.map((text) => toLine(level, text)).join('')
        const size = sizeNow()
        if (size === 0) begin()
        else if (size + Buffer.byteLength(lines) > maxBytes) rotate()
        fs.appendFileSync(path, lines)
      }),
    rotate: () => attempt(() => (sizeNow() > 0 ? rotate() : begin())),
  }
}

function toLine(level: LogLevel, text: string): string {
  const name = level.toUpperCase().padEnd(5)
  return `${new Date().toISOString()} ${name} ${text.replaceAll(CONTROL, ' ')}\n`
}

function endsWithLine(path: string): boolean {
  const fd = fs.openSync(path, 'r')
  try {
    const last = Buffer.alloc(1)
    fs.readSync(fd, last, 0, 1, fs.fstatSync(fd).size - 1)
    return last[0] === 0x0a
  } finally {
    fs.closeSync(fd)
  }
}
