import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLogWriter } from '../../../playground/server/log-writer.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { LogWriter } from '../../../playground/server/log-writer.ts'

interface Opened {
  path: string
  writer: LogWriter
  reports: string[]
}

function open(path = join(tempFolder(), 'deep', 'server.log'), maxBytes = 1000): Opened {
  const reports: string[] = []
  const report = (text: string): void => void reports.push(text)
  return { path, writer: createLogWriter({ path, maxBytes, keptFiles: 2, report }), reports }
}
const linesOf = (path: string): string[] => fs.readFileSync(path, 'utf8').split('\n')

describe('createLogWriter', () => {
  it('writes time, level and text, below a line that no other file begins with', () => {
    const { path, writer } = open()
    writer.write('error', 'one', 'two')
    const [begin, ...lines] = linesOf(path)
    expect(begin).toMatch(/ INFO {2}Log [0-9a-f]{8} begins$/)
    expect(lines).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ERROR one$/),
      expect.stringMatching(/Z ERROR two$/),
      '',
    ])
  })

  it('lets no text pretend to be another line', () => {
    const { path, writer } = open()
    writer.write('info', 'a\r\n2026 ERROR b\u2028c\u001b[31m')
    expect(linesOf(path)[1]).toMatch(/INFO {2}a 2026 ERROR b c \[31m$/)
    expect(linesOf(path)).toHaveLength(3)
  })

  it('begins a new file before one gets too long, and keeps two old ones', () => {
    const { path, writer } = open()
    for (let count = 1; count <= 100; count++) writer.write('info', `number ${count}`)
    expect(fs.readdirSync(join(path, '..'))).toEqual([
      ...['server.log', 'server.log.1', 'server.log.2'],
    ])
    for (const each of [path, `${path}.1`, `${path}.2`]) {
      expect(fs.statSync(each).size).toBeLessThanOrEqual(1000)
    }
    const all = [`${path}.2`, `${path}.1`, path].flatMap(linesOf)
    const numbers = all.flatMap((line) => /number (\d+)/.exec(line)?.[1] ?? [])
    expect(numbers.at(-1)).toBe('100')
    expect(numbers.length).toBe(100 - Number(numbers[0]) + 1)
  })

  it('goes on behind a line that a killed process left torn', () => {
    const first = open()
    first.writer.write('info', 'whole')
    fs.appendFileSync(first.path, 'half a li')
    open(first.path).writer.write('info', 'next')
    expect(linesOf(first.path).slice(2)).toEqual(['half a li', expect.stringMatching(/next$/), ''])
  })

  it('goes on in a new file when somebody has moved the old one', () => {
    const { path, writer } = open()
    writer.write('info', 'one')
    fs.renameSync(path, `${path}.moved`)
    writer.write('info', 'two')
    expect(linesOf(path)).toHaveLength(3)
  })

  it('reports a disk error once and throws nothing', () => {
    const folder = tempFolder()
    fs.writeFileSync(join(folder, 'deep'), 'a file where the folder should be')
    const { writer, reports } = open(join(folder, 'deep', 'server.log'))
    writer.write('info', 'lost')
    writer.rotate()
    expect(reports).toHaveLength(1)
  })
})
