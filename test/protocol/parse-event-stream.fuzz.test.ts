/**
 * Random nasty streams, cut at random: the parser must say the same as `eventsource-parser`, which is another
 * reading of the same standard. `SEED=… RUNS=…` makes a run longer, or repeats one that failed.
 */
import { createParser } from 'eventsource-parser'
import { describe, expect, it } from 'vitest'
import {
  bytes,
  comment,
  cutAt,
  message,
  movedTo,
  parseChunks,
  retry,
  withEmptyChunks,
} from '../support/event-stream-bytes.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import type { ParserEvent } from '../support/event-stream-bytes.ts'
import type { SeededRandom } from '../support/seeded-random.ts'

const SEED = Number(process.env.SEED ?? 20_260_101)
const RUNS = Number(process.env.RUNS ?? 6000)
const MAX_PIECES = 40
/** Some streams have long lines, so that chunks come in all sizes. */
const LONG_CHARS = 1200

const LINE_ENDS = ['\n', '\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n', '\n\r', '\r\r\n']
const NAMES = [
  'data',
  'data',
  'data',
  'event',
  'id',
  'retry',
  '',
  'Data',
  ' id',
  'datax',
  'dat',
  'x',
]
const SEPARATORS = [':', ':', ': ', ': ', ':  ', '::', '', ' :', ':\t']
const VALUES = [
  '',
  'a',
  'bc',
  '1',
  '007',
  '-1',
  '１',
  'a:b',
  ' ',
  '\0',
  '1\0',
  '__proto__',
  'é你😀',
]
const STRAY: (string | number)[] = ['\uFEFF', 'ï»¿', '\u2028', '\u0085', '\0', ':', ' ', 'data']
const INVALID = [0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xef, 0xbb, 0xf0, 0x9f, 0xf4, 0xfe, 0xff]

const LONG = ['x', 'x', 'é', '你', '😀', 'data: a\n\n', 'id: 1\r\n\r\n', '\r']

function randomStream({ next, below, pick }: SeededRandom): Uint8Array {
  const parts: (string | number)[] = next() < 0.2 ? [pick(STRAY)] : []
  const hasLongLines = next() < 0.25
  for (let count = below(MAX_PIECES); count > 0; count--) {
    const chance = next()
    if (hasLongLines && chance < 0.2) parts.push(pick(LONG).repeat(below(LONG_CHARS)))
    if (chance < 0.7) parts.push(pick(NAMES), pick(SEPARATORS), pick(VALUES), pick(LINE_ENDS))
    else if (chance < 0.85) parts.push(pick(LINE_ENDS))
    else if (chance < 0.93) parts.push(pick(STRAY))
    else parts.push(pick(INVALID))
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

/**
 * What the other parser makes of a whole stream. It takes text, and reports the id of a block only, so the last
 * event ID is kept here.
 *
 * The accepted differences, all of them:
 * - The other parser drops a byte order mark from decoded text, and also the three characters that its bytes are in
 *   Latin-1. The standard drops one, as bytes: "Streams must be decoded using the UTF-8 decode algorithm", which
 *   "strips one leading UTF-8 byte order mark (BOM), if any". So the decoder drops it here, and a blank line in front,
 *   which says nothing, keeps the other parser from dropping a second one.
 */
function parseWithOracle(stream: Uint8Array): ParserEvent[] {
  const events: ParserEvent[] = []
  let lastEventId = ''
  const parser = createParser({
    onId(id) {
      lastEventId = id
      events.push(movedTo(id))
    },
    onEvent: ({ id, event, data }) =>
      events.push(
        message(data, { type: event ?? 'message', lastEventId, hasOwnId: id !== undefined }),
      ),
    onRetry: (time) => events.push(retry(time)),
    onComment: (text) => events.push(comment(text)),
  })
  parser.feed(`\n${new TextDecoder().decode(stream)}`)
  return events
}

describe('createEventStreamParser', () => {
  it('says the same of random streams as another parser', () => {
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + run
      const random = createSeededRandom(seed)
      const stream = randomStream(random)
      const events = parseChunks(randomChunks(stream, random))
      const expected = parseWithOracle(stream)
      if (JSON.stringify(events) === JSON.stringify(expected)) continue
      const text = JSON.stringify(new TextDecoder().decode(stream))
      expect(events, `repeat with SEED=${seed} RUNS=1, the stream: ${text}`).toEqual(expected)
    }
  })

  it('says the same however a stream is cut, also when the stream goes over the limit', () => {
    let failures = 0
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + run
      const random = createSeededRandom(seed)
      const stream = randomStream(random)
      const options = { maxMessageSize: random.below(random.pick([24, 3000])) }
      const whole = parseChunks([stream], options)
      const events = parseChunks(randomChunks(stream, random), options)
      if (events.at(-1)?.on === 'error') failures++
      if (JSON.stringify(events) === JSON.stringify(whole)) continue
      const text = JSON.stringify(new TextDecoder().decode(stream))
      expect(events, `repeat with SEED=${seed} RUNS=1, the stream: ${text}`).toEqual(whole)
    }
    expect(RUNS < 100 || failures > RUNS / 100).toBe(true)
  })

  it('is fed with streams that say something', () => {
    const seen = new Set<string>()
    for (let run = 0; run < 200; run++) {
      const stream = randomStream(createSeededRandom(SEED + run))
      for (const { on } of parseChunks([stream])) seen.add(on)
    }
    expect(seen).toEqual(new Set(['comment', 'id', 'message', 'retry']))
  })
})
