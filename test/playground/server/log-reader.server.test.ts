import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLogChain } from '../../../playground/server/log-chain.ts'
import { MAX_LINE_BYTES, createLogReader } from '../../../playground/server/log-reader.ts'
import { seededRandom } from './support/seeded-random.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { StreamEvent } from '../../../playground/server/event-log.ts'
import type { LogReader } from '../../../playground/server/log-reader.ts'

const KEPT = 2
let files = 0

function newLog() {
  const path = join(tempFolder(), 'server.log')
  const chain = createLogChain(path, KEPT)
  const begin = (): void => fs.writeFileSync(path, `file ${++files}\n`)
  begin()
  return {
    path,
    chain,
    begin,
    append: (text: string | Uint8Array): void => fs.appendFileSync(path, text),
    rotate(): void {
      if (fs.existsSync(`${path}.1`)) fs.renameSync(`${path}.1`, `${path}.2`)
      fs.renameSync(path, `${path}.1`)
      begin()
    },
    open(lastEventId: string | null = null): LogReader {
      const reader = createLogReader(chain, lastEventId)
      onTestFinished(reader.close)
      return reader
    },
  }
}

async function readAll(reader: LogReader): Promise<StreamEvent[]> {
  const events: StreamEvent[] = []
  for (;;) {
    const more = await reader.read()
    if (more.length === 0) return events
    events.push(...more)
  }
}

const lineOf = ({ data }: StreamEvent): { text: string; more?: number } => data as { text: string }
const textsOf = (events: readonly StreamEvent[]): string[] =>
  events.map((event) => (event.type === 'line' ? lineOf(event).text : `(${event.type})`))
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('')

describe('createLogReader', () => {
  it('begins with the last 200 lines', async () => {
    const log = newLog()
    log.append(numbered(1, 1000))
    const texts = textsOf(await readAll(log.open()))
    expect([texts.length, texts[0], texts.at(-1)]).toEqual([200, 'line 801', 'line 1000'])
  })

  it('looks for the last lines in the old files as well', async () => {
    const log = newLog()
    log.append(numbered(1, 300))
    log.rotate()
    log.append(numbered(301, 310))
    const texts = textsOf(await readAll(log.open()))
    expect(texts.slice(0, 2)).toEqual(['line 112', 'line 113'])
    expect(texts.filter((text) => text.startsWith('line')).length).toBe(199)
    expect(texts.slice(188, 193)).toEqual([
      'line 300',
      '(rotated)',
      expect.stringMatching(/^file/),
      'line 301',
      'line 302',
    ])
  })

  it('begins with all there is when that is less, and does not look back further than a mebibyte', async () => {
    const log = newLog()
    expect(await readAll(log.open())).toHaveLength(1)
    log.append(`${'x'.repeat(100_000)}\n`.repeat(20))
    const events = await readAll(log.open())
    expect(events.length).toBeGreaterThan(5)
    expect(events.length).toBeLessThan(15)
  })

  it('waits for a file that is not there yet', async () => {
    const log = newLog()
    fs.rmSync(log.path)
    const reader = log.open()
    expect(await readAll(reader)).toEqual([])
    log.begin()
    expect(textsOf(await readAll(reader))).toHaveLength(1)
  })

  it('tells a line when it is whole, wherever it was cut while it was written', async () => {
    const text = 'Grüße 日本 🎉 end\n'
    const bytes = Buffer.from(text)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const log = newLog()
      const reader = log.open()
      await readAll(reader)
      log.append(bytes.subarray(0, cut))
      const early = await readAll(reader)
      expect(early).toHaveLength(cut === bytes.length ? 1 : 0)
      log.append(bytes.subarray(cut))
      expect(textsOf([...early, ...(await readAll(reader))])).toEqual(['Grüße 日本 🎉 end'])
    }
  })

  it('brings every line once, however it is cut and rotated', async () => {
    const random = seededRandom(11)
    const log = newLog()
    const reader = log.open()
    const written: string[] = []
    const read: StreamEvent[] = await readAll(reader)
    for (let step = 0; step < 300; step++) {
      const line = `line ${step} ${'é'.repeat(Math.floor(random() * 400))}`
      const bytes = Buffer.from(`${line}\n`)
      const cut = Math.floor(random() * bytes.length)
      log.append(bytes.subarray(0, cut))
      if (random() < 0.3) read.push(...(await reader.read()))
      log.append(bytes.subarray(cut))
      written.push(line)
      if (random() < 0.3) read.push(...(await reader.read()))
      if (random() < 0.05) {
        read.push(...(await readAll(reader)))
        log.rotate()
      }
    }
    read.push(...(await readAll(reader)))
    expect(textsOf(read).filter((text) => text.startsWith('line'))).toEqual(written)
    expect(read.filter(({ type }) => type === 'gap')).toEqual([])
  })

  describe('ids', () => {
    it('go on exactly after each line', async () => {
      const log = newLog()
      log.append(numbered(1, 30))
      const events = await readAll(log.open())
      expect(events[3]!.id).toMatch(/^[0-9a-f]{12}-\d+$/)
      for (const [index, { id }] of events.entries()) {
        const rest = await readAll(log.open(id))
        expect(textsOf(rest)).toEqual(textsOf(events.slice(index + 1)))
      }
    })

    it('go on in a file that was rotated, and then in the next ones', async () => {
      const log = newLog()
      log.append(numbered(1, 5))
      const [, , , fourth] = await readAll(log.open())
      log.rotate()
      log.append(numbered(6, 7))
      log.rotate()
      const texts = textsOf(await readAll(log.open(fourth!.id)))
      expect(texts.filter((text) => !text.startsWith('file'))).toEqual([
        ...['line 4', 'line 5', '(rotated)', 'line 6', 'line 7', '(rotated)'],
      ])
    })

    it('go on in a file that was copied to another place', async () => {
      const log = newLog()
      log.append(numbered(1, 5))
      const [, , , fourth] = await readAll(log.open())
      fs.copyFileSync(log.path, `${log.path}.copy`)
      fs.rmSync(log.path)
      fs.renameSync(`${log.path}.copy`, log.path)
      expect(textsOf(await readAll(log.open(fourth!.id)))).toEqual(['line 4', 'line 5'])
    })

    it.each([
      ['of another file', () => '0123456789ab-0'],
      ['of the future', (id: string) => id.replace(/\d+$/, '9999')],
      ['within a line', (id: string) => id.replace(/\d+$/, (offset) => String(Number(offset) - 2))],
      ['that is none', () => 'Grüße\n'],
      ['with a path', () => '../../etc/passwd-0'],
      ['that is huge', (id: string) => `${id}99999999999999999999`],
    ])('%s are a gap, and the last lines follow', async (_, makeId) => {
      const log = newLog()
      log.append(numbered(1, 300))
      const events = await readAll(log.open())
      const lastEventId = makeId(events.at(-1)!.id!)
      const [gap, ...rest] = await readAll(log.open(lastEventId))
      expect(gap).toEqual({ type: 'gap', data: { lastEventId, because: 'unknown-id' } })
      expect(textsOf(rest)).toEqual(textsOf(events))
    })

    it('of a file that was written anew are a gap, though it is as long', async () => {
      const log = newLog()
      log.append(numbered(1, 5))
      const events = await readAll(log.open())
      log.begin()
      log.append(numbered(1, 5))
      const [gap] = await readAll(log.open(events.at(-2)!.id))
      expect(gap).toMatchObject({ type: 'gap', data: { because: 'unknown-id' } })
    })
  })

  describe('a file that changes under it', () => {
    it('says gap and begins anew when the file is cut short', async () => {
      const log = newLog()
      log.append(numbered(1, 5))
      const reader = log.open()
      const { id } = (await readAll(reader)).at(-1)!
      log.begin()
      log.append('first of the new ones\n')
      const [gap, ...rest] = await readAll(reader)
      expect(gap).toEqual({ type: 'gap', data: { lastEventId: id, because: 'truncated' } })
      expect(textsOf(rest)).toEqual([expect.stringMatching(/^file/), 'first of the new ones'])
    })

    it('notices it also when the file has grown again meanwhile', async () => {
      const log = newLog()
      log.append(numbered(1, 5))
      const reader = log.open()
      await readAll(reader)
      log.begin()
      log.append(numbered(1, 50))
      const events = await readAll(reader)
      expect(events[0]).toMatchObject({ type: 'gap', data: { because: 'truncated' } })
      expect(events).toHaveLength(52)
    })

    it('tells the last line of a file also when its end never came', async () => {
      const log = newLog()
      const reader = log.open()
      await readAll(reader)
      log.append('torn')
      log.rotate()
      const events = await readAll(reader)
      expect(textsOf(events)).toEqual(['torn', '(rotated)', expect.stringMatching(/^file/)])
      expect(textsOf(await readAll(log.open(events[0]!.id)))).toEqual(textsOf(events.slice(1)))
    })

    it('says gap when files were deleted before they were read', async () => {
      const log = newLog()
      log.append(numbered(1, 5))
      const reader = log.open()
      await reader.read()
      for (let count = 0; count <= KEPT; count++) log.rotate()
      const events = await readAll(reader)
      expect(events[0]).toMatchObject({ type: 'gap', data: { because: 'deleted' } })
      expect(textsOf(events.slice(1)).filter((text) => text === '(rotated)')).toHaveLength(KEPT)
    })

    it('reads on in a file that is renamed while there is no new one', async () => {
      const log = newLog()
      const reader = log.open()
      await readAll(reader)
      fs.renameSync(log.path, `${log.path}.1`)
      expect(await readAll(reader)).toEqual([])
      fs.appendFileSync(`${log.path}.1`, 'late\n')
      log.begin()
      expect(textsOf(await readAll(reader))).toEqual([
        ...['late', '(rotated)', expect.stringMatching(/^file/)],
      ])
    })
  })

  describe('bounds', () => {
    it.each([MAX_LINE_BYTES + 1, 64 * 1024, 64 * 1024 + 1, 300_000])(
      'cuts a line of %i bytes, says how much is left out, and goes on after it',
      async (length) => {
        const log = newLog()
        const reader = log.open()
        await readAll(reader)
        log.append('x'.repeat(length))
        expect(await readAll(reader)).toEqual([])
        log.append('\nnext\n')
        const [long, next] = await readAll(reader)
        expect(lineOf(long!)).toEqual({
          text: 'x'.repeat(MAX_LINE_BYTES),
          more: length - MAX_LINE_BYTES,
        })
        expect(lineOf(next!).text).toBe('next')
        expect(textsOf(await readAll(log.open(long!.id)))).toEqual(['next'])
      },
    )

    it('does not cut through a character', async () => {
      const log = newLog()
      const reader = log.open()
      await readAll(reader)
      log.append(`x${'é'.repeat(MAX_LINE_BYTES)}\n`)
      const [{ data }] = (await readAll(reader)) as [StreamEvent]
      expect(data).toMatchObject({ text: `x${'é'.repeat(MAX_LINE_BYTES / 2 - 1)}` })
    })

    it('tells 1000 lines at a time', async () => {
      const log = newLog()
      const reader = log.open()
      await readAll(reader)
      log.append('\n'.repeat(2500))
      const batches = [await reader.read(), await reader.read(), await reader.read()]
      expect(batches.map(({ length }) => length)).toEqual([1000, 1000, 500])
    })
  })

  it('lets no control characters through', async () => {
    const log = newLog()
    const reader = log.open()
    await readAll(reader)
    log.append('\u001b[31mred\u001b[0m\u0007 a\tb\0 \u202eexe.txt\u2028\u009b \u007f\r\n')
    log.append(Buffer.from([0x61, 0xff, 0xc3, 0x0a]))
    expect(textsOf(await readAll(reader))).toEqual([
      ...['red␇ a\tb␀ \ufffdexe.txt\ufffd\ufffd ␡', 'a\ufffd\ufffd'],
    ])
  })
})

describe('count', () => {
  it('tells what comes after a place, in all files', async () => {
    const log = newLog()
    log.append(numbered(1, 9))
    const [first] = await readAll(log.open())
    log.rotate()
    log.append(numbered(10, 12))
    const place = (await log.chain.find(first!.id!))!
    onTestFinished(() => place.handle.close())
    const { lines, bytes } = await log.chain.count(place)
    const size = fs.statSync(log.path).size + fs.statSync(`${log.path}.1`).size
    expect(lines).toBe(9 + 1 + 3)
    expect(bytes).toBe(size - Number(first!.id!.split('-')[1]))
  })
})
