import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEventLog } from '../../../playground/server/event-log.ts'
import { tempFolder } from './support/temp-folder.ts'
import type { EventLog, StreamEvent } from '../../../playground/server/event-log.ts'

interface Opened {
  log: EventLog
  reports: string[]
}

function open(file: string | undefined, capacity = 100, newcomerEvents = 100): Opened {
  const reports: string[] = []
  const report = (text: string): void => void reports.push(text)
  return { log: createEventLog({ file, capacity, newcomerEvents, report }), reports }
}

function fill(log: EventLog, count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => log.append('note', from + index).id)
}

function replay(log: EventLog, lastEventId: string | null): StreamEvent[] {
  const events: StreamEvent[] = []
  log.subscribe(lastEventId, (event) => events.push(event))()
  return events
}

const dataOf = (events: readonly StreamEvent[]): unknown[] => events.map(({ data }) => data)
const logFile = (): string => join(tempFolder(), 'deep', 'topic.ndjson')

describe('createEventLog', () => {
  describe('subscribe', () => {
    it('replays what came after the id and goes on live, nothing twice', () => {
      const { log } = open(undefined)
      const ids = fill(log, 5)
      const events: StreamEvent[] = []
      log.subscribe(ids[2] as string, (event) => events.push(event))
      fill(log, 2, 6)
      expect(dataOf(events)).toEqual([4, 5, 6, 7])
    })

    it('replays nothing after the last id', () => {
      const { log } = open(undefined)
      expect(replay(log, fill(log, 3)[2] as string)).toEqual([])
    })

    it('is silent after it was ended', () => {
      const { log } = open(undefined)
      const events: StreamEvent[] = []
      log.subscribe(null, (event) => events.push(event))()
      fill(log, 1)
      expect(dataOf(events)).toEqual([undefined])
    })

    it('gives newcomers the last events without a gap', () => {
      const { log } = open(undefined, 100, 3)
      fill(log, 10)
      expect(dataOf(replay(log, null))).toEqual([8, 9, 10])
    })

    it('gives newcomers of an empty log an id to come back with', () => {
      const { log } = open(undefined, 100, 3)
      const [{ id } = {}] = replay(log, null)
      fill(log, 10)
      expect(dataOf(replay(log, id as string))).toHaveLength(10)
    })

    it.each([
      ['of another log', () => 'abc-3'],
      ['of the future', (epoch: string) => `${epoch}-7`],
      ['that is not a number', (epoch: string) => `${epoch}-x`],
      ['that is nearly one of ours', (epoch: string) => `${epoch}-03`],
      ['that is huge', (epoch: string) => `${epoch}-99999999999999999999`],
      ['that is text', () => 'Grüße\n'],
    ])('answers an id %s with a gap and everything it has', (_, makeId) => {
      const { log } = open(undefined)
      const [first] = fill(log, 6)
      const lastEventId = makeId((first as string).split('-')[0] as string)
      const [gap, ...rest] = replay(log, lastEventId)
      expect(gap).toEqual({ type: 'gap', data: { lastEventId } })
      expect(dataOf(rest)).toEqual([1, 2, 3, 4, 5, 6])
    })
  })

  describe('since', () => {
    it('ends after a gap with an id to come back with, so that the next answer is none', () => {
      const { log } = open(undefined)
      const [gap, place] = log.since('abc-3')
      expect(gap).toEqual({ type: 'gap', data: { lastEventId: 'abc-3' } })
      expect(log.since(place!.id!)).toEqual([])
    })

    it('tells of lost lines at the end once', () => {
      const file = logFile()
      const [first] = fill(open(file).log, 3)
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('[3,', '[x,'))
      const { log } = open(file)
      for (const lastEventId of [first!, null]) {
        const events = log.since(lastEventId)
        expect(log.since(events.at(-1)!.id!)).toEqual([])
      }
    })
  })

  describe('capacity', () => {
    it('bounds what can be replayed', () => {
      const { log } = open(undefined, 4)
      fill(log, 10)
      expect(dataOf(log.events)).toEqual([7, 8, 9, 10])
    })

    it('knows the id just before the ring, and no older one', () => {
      const { log } = open(undefined, 4)
      const ids = fill(log, 10)
      expect(dataOf(replay(log, ids[5] as string))).toEqual([7, 8, 9, 10])
      expect(replay(log, ids[4] as string)[0]).toMatchObject({ type: 'gap' })
    })
  })

  describe('file', () => {
    it('goes on with ids and events after a restart', () => {
      const file = logFile()
      const first = open(file)
      const ids = fill(first.log, 3)
      first.log.close()
      const second = open(file)
      expect(second.log.events).toEqual(first.log.events)
      expect(second.log.append('note', 4).id).toBe((ids[2] as string).replace(/3$/, '4'))
      expect(dataOf(replay(second.log, ids[1] as string))).toEqual([3, 4])
      expect(second.reports).toEqual([])
    })

    it('holds an event before its listeners hear of it', () => {
      const file = logFile()
      const { log } = open(file)
      const onDisk: string[] = []
      log.subscribe(log.lastId, () => onDisk.push(fs.readFileSync(file, 'utf8')))
      log.append('note', 'first')
      expect(onDisk[0]).toMatch(/\[1,"note","first"\]\n$/)
    })

    it('begins a new epoch when the log was deleted', () => {
      const file = logFile()
      const first = open(file)
      const [id] = fill(first.log, 1)
      first.log.close()
      fs.rmSync(file)
      const second = open(file)
      fill(second.log, 1)
      expect(replay(second.log, id as string)[0]).toMatchObject({ type: 'gap' })
    })

    it('cuts off a line that a killed process left torn', () => {
      const file = logFile()
      fill(open(file).log, 3)
      fs.appendFileSync(file, '[4,"note",{"text":"half a li')
      const { log } = open(file)
      expect(dataOf(log.events)).toEqual([1, 2, 3])
      fill(log, 1, 4)
      log.close()
      expect(dataOf(open(file).log.events)).toEqual([1, 2, 3, 4])
    })

    it.each(['', '{"epo'])('begins anew over a file that holds only %j', (content) => {
      const file = logFile()
      open(file).log.close()
      fs.writeFileSync(file, content)
      const { log } = open(file)
      const [id] = fill(log, 2)
      log.close()
      expect(dataOf(replay(open(file).log, id as string))).toEqual([2])
    })

    it('skips unreadable lines in the middle, reports them, and admits the gap', () => {
      const file = logFile()
      const ids = fill(open(file).log, 5)
      const lines = fs.readFileSync(file, 'utf8').split('\n')
      lines[3] = '\0\0\0'
      fs.writeFileSync(file, lines.join('\n'))
      const { log, reports } = open(file)
      expect(reports).toEqual([expect.stringContaining('1 unreadable lines skipped (4)')])
      expect(dataOf(log.events)).toEqual([1, 2, 4, 5])
      expect(replay(log, ids[1] as string)[0]).toMatchObject({ type: 'gap' })
      expect(dataOf(replay(log, ids[2] as string))).toEqual([4, 5])
    })

    it('gives the numbers of unreadable lines at the end to nobody else', () => {
      const file = logFile()
      const ids = fill(open(file).log, 3)
      const text = fs.readFileSync(file, 'utf8')
      fs.writeFileSync(file, text.replace('[3,', '[x,'))
      expect(ids).not.toContain(open(file).log.append('note', 'next').id)
    })

    it('puts a file without an epoch aside', () => {
      const file = logFile()
      fill(open(file).log, 1)
      fs.writeFileSync(file, 'something else\n')
      const { log, reports } = open(file)
      expect(log.events).toEqual([])
      expect(reports).toEqual([expect.stringContaining('.broken')])
      expect(fs.readFileSync(`${file}.broken`, 'utf8')).toBe('something else\n')
    })

    it('stays short however much is written, and keeps its ids', () => {
      const file = logFile()
      const { log } = open(file, 10)
      const ids = fill(log, 1000)
      log.close()
      expect(fs.readFileSync(file, 'utf8').split('\n').length).toBeLessThan(50)
      const again = open(file, 10).log
      expect(dataOf(replay(again, ids.at(-3) as string))).toEqual([999, 1000])
      expect(again.append('note', 1001).id).toBe((ids[0] as string).replace(/1$/, '1001'))
      expect(fs.readdirSync(join(file, '..'))).toEqual(['topic.ndjson'])
    })

    it('is made shorter at the start when the capacity has become smaller', () => {
      const file = logFile()
      const first = open(file, 1000)
      fill(first.log, 500)
      first.log.close()
      open(file, 5).log.close()
      expect(fs.readFileSync(file, 'utf8').split('\n')).toHaveLength(5 + 2)
    })

    it('reports a disk error once and keeps the events in memory', () => {
      const folder = tempFolder()
      fs.writeFileSync(join(folder, 'deep'), 'a file where the folder should be')
      const { log, reports } = open(join(folder, 'deep', 'topic.ndjson'))
      fill(log, 3)
      expect(dataOf(log.events)).toEqual([1, 2, 3])
      expect(reports).toHaveLength(1)
    })

    it('takes no event after it was closed', () => {
      const { log } = open(logFile())
      log.close()
      expect(() => log.append('note', 1)).toThrow('closed')
    })
  })
})
