/**
 * Random nasty streams of lines, cut at random: the parser must say the same as whole lines do. `SEED=… RUNS=…` makes a
 * run longer, or repeats one that failed.
 */
import { describe, expect, it, vi } from 'vitest'
import {
  bytes,
  comment,
  cutAt,
  error,
  message,
  messageWithId,
  withEmptyChunks,
} from '../support/event-stream-bytes.ts'
import { parseNdjson } from '../support/ndjson-bytes.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import type { ParserEvent } from '../support/event-stream-bytes.ts'
import type { SeededRandom } from '../support/seeded-random.ts'

vi.setConfig({ testTimeout: 30_000 }) // a busy machine

const SEED = Number(process.env.SEED ?? 20_260_601)
const RUNS = Number(process.env.RUNS ?? 1500)
const MAX_LINES = 30
const LONG_CHARS = 1500

const TEXTS = [
  '',
  'a',
  'é',
  '你',
  '😀',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '"',
  '\\',
  '\u2028',
  '\uFEFF',
  ' ',
]
const LINE_ENDS = [
  '\n',
  '\n',
  '\n',
  '\r\n',
  '\r\n',
  '\n\n',
  '\r\n\r\n',
  '\n\r\n',
  '\n \t\n',
  '\n\n\n',
]
const BAD = ['{', '{"half', '<p>', 'undefined', ': hi', '\r', '\uFEFF', '1 2', '\u00a0']
const INVALID = [0x80, 0xbf, 0xc3, 0xe2, 0xed, 0xf0, 0x9f, 0xff]

function randomText({ below, pick, next }: SeededRandom): string {
  const piece = pick(TEXTS)
  return next() < 0.1 ? piece.repeat(below(LONG_CHARS)) : piece + pick(TEXTS)
}

function randomValue(random: SeededRandom, depth = 0): unknown {
  const { next, below, pick } = random
  const kind = next()
  if (kind < 0.3 || depth > 2) return randomText(random)
  if (kind < 0.5) return pick([0, -1, 1.5e300, true, false, null])
  const items = Array.from({ length: below(4) }, () => randomValue(random, depth + 1))
  if (kind < 0.7) return items
  return Object.fromEntries(items.map((item) => [pick(['id', 'data', 'a', '__proto__']), item]))
}

function randomStream(random: SeededRandom): Uint8Array {
  const { next, below, pick } = random
  const parts: (string | number)[] = next() < 0.2 ? [pick(['\uFEFF', '\n', '\r\n'])] : []
  for (let count = below(MAX_LINES); count > 0; count--) {
    const chance = next()
    if (chance < 0.8) parts.push(JSON.stringify(randomValue(random)))
    else if (chance < 0.9) parts.push(pick(BAD))
    else parts.push('"', pick(INVALID), pick(['', '"']))
    if (count > 1 || next() < 0.5) parts.push(pick(LINE_ENDS))
  }
  return bytes(...parts)
}

function randomChunks(stream: Uint8Array, { next, below, pick }: SeededRandom): Uint8Array[] {
  const longest = pick([1, 2, 5, 30, 200, 2000, 20_000])
  const cuts: number[] = []
  for (let at = below(longest); at < stream.length; at += 1 + below(longest)) cuts.push(at)
  const chunks = cutAt(stream, cuts)
  return next() < 0.3 ? withEmptyChunks(chunks) : chunks
}

/** The lines of a whole stream, as the specification has it. */
function linesOf(stream: Uint8Array): string[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(stream).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line, index) => line.replace(index ? '' : /^\uFEFF/, '').replace(/\r$/, ''))
}

const isBlank = (line: string | undefined): boolean => line === undefined || /^[ \t\r]*$/.test(line)

function expectedOf(stream: Uint8Array, read: (line: string) => ParserEvent[]): ParserEvent[] {
  const lines = linesOf(stream)
  return lines.flatMap((line, index) => {
    if (!isBlank(line)) return read(line)
    return isBlank(lines[index - 1]) ? [comment('')] : []
  })
}

/** What the parser says otherwise than it should, and how to repeat that; undefined when there is nothing. */
function firstDifference(
  parse: (chunks: Uint8Array[]) => ParserEvent[],
  toExpected: (stream: Uint8Array) => ParserEvent[],
): unknown {
  for (let run = 0; run < RUNS; run++) {
    const seed = SEED + run
    const random = createSeededRandom(seed)
    const stream = randomStream(random)
    const events = parse(randomChunks(stream, random))
    const expected = toExpected(stream)
    if (JSON.stringify(events) === JSON.stringify(expected)) continue
    return { seed, text: new TextDecoder().decode(stream), events, expected }
  }
  return undefined
}

describe('createNdjsonParser', () => {
  it('gives the lines of random streams, cut anywhere', () => {
    const parse = (chunks: Uint8Array[]): ParserEvent[] => parseNdjson(chunks)
    const toExpected = (stream: Uint8Array): ParserEvent[] =>
      expectedOf(stream, (line) => [message(line)])
    expect(firstDifference(parse, toExpected)).toBeUndefined()
  })

  it('gives the values that JSON.parse gives of whole lines, and an error for each other line', () => {
    const rewritten = (line: string): string => JSON.stringify(JSON.parse(line))
    const toMessage = (line: string): { data: string } => ({ data: rewritten(line) })
    const read = (line: string): ParserEvent[] => {
      try {
        return [message(rewritten(line))]
      } catch {
        return [error('decode')]
      }
    }
    const difference = firstDifference(
      (chunks) => parseNdjson(chunks, { toMessage }),
      (stream) => expectedOf(stream, read),
    )
    expect(difference).toBeUndefined()
  })

  it('gives ids to the lines that have one, and to those after them', () => {
    const idOf = (line: string): string | undefined => /"id":"(\w)/.exec(line)?.[1]
    const toMessage = (line: string): { data: string; id: string | undefined } => {
      return { data: line, id: idOf(line) }
    }
    const difference = firstDifference(
      (chunks) => parseNdjson(chunks, { toMessage }),
      (stream) => {
        let lastEventId = ''
        return expectedOf(stream, (line) => {
          const id = idOf(line)
          if (id === undefined) return [message(line, { lastEventId })]
          lastEventId = id
          return messageWithId(id, line)
        })
      },
    )
    expect(difference).toBeUndefined()
  })

  it('says the same however a stream is cut, also when a line goes over the limit', () => {
    let failures = 0
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + run
      const random = createSeededRandom(seed)
      const stream = randomStream(random)
      const options = { maxMessageSize: random.below(random.pick([24, 3000])) }
      const whole = parseNdjson([stream], options)
      const events = parseNdjson(randomChunks(stream, random), options)
      if (events.at(-1)?.on === 'error') failures++
      if (JSON.stringify(events) === JSON.stringify(whole)) continue
      expect(events, `repeat with SEED=${seed} RUNS=1`).toEqual(whole)
    }
    expect(RUNS < 100 || failures > RUNS / 100).toBe(true)
  })

  it('is fed with streams that say something', () => {
    const counts = { lines: 0, bad: 0, blank: 0 }
    for (let run = 0; run < 200; run++) {
      for (const line of linesOf(randomStream(createSeededRandom(SEED + run)))) {
        if (isBlank(line)) counts.blank++
        else counts.lines++
        try {
          JSON.parse(line)
        } catch {
          counts.bad++
        }
      }
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(200)
  })
})
