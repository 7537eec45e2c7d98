/** What a parser holds of a message that is not finished: in proportion to its characters, whatever its lines are. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { bytes } from '../support/event-stream-bytes.ts'
import { createEventStreamParser } from '../../src/protocol/parse-event-stream.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'
import type { EventStreamParser, EventStreamParserOptions } from '../../src/protocol/types.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** The default `maxMessageSize`. A character takes a byte where all are in Latin-1. */
const LIMIT = 16 * MIB
/** What measuring may be wrong by, and a chunk and its text. */
const SLACK = 2 * MIB

// Millions of lines, and collecting garbage, take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

interface Memory {
  heapUsed: number
  arrayBuffers: number
  /** Also texts that are kept outside of the heap. */
  external: number
}

function memory(): Memory {
  globalThis.gc!()
  globalThis.gc!() // frees the buffers that the first one has found
  const { heapUsed, arrayBuffers, external } = process.memoryUsage()
  return { heapUsed, arrayBuffers, external }
}

let before: Memory
let parser: EventStreamParser
let errors: EventStreamError[]
let data: string[]

function start(options?: EventStreamParserOptions): void {
  errors = []
  data = []
  parser = createEventStreamParser(
    { onError: (error) => errors.push(error), onMessage: (message) => data.push(message.data) },
    options,
  )
  before = memory()
}

beforeEach(() => start())

/** What is held now that was not held at the start. */
function held(): Memory {
  const { heapUsed, arrayBuffers, external } = memory()
  return {
    heapUsed: heapUsed - before.heapUsed,
    arrayBuffers: arrayBuffers - before.arrayBuffers,
    external: external - before.external,
  }
}

/** Feeds so many of a line in chunks of about 64 KiB, and gives the most that was held meanwhile. */
function feedMany(line: Uint8Array, count: number): number {
  const perChunk = Math.ceil((64 * KIB) / line.length)
  const chunk = new Uint8Array(perChunk * line.length)
  for (let index = 0; index < perChunk; index++) chunk.set(line, index * line.length)
  let most = 0
  for (let fed = 0, chunks = 1; fed < count; fed += perChunk, chunks++) {
    parser.feed(chunk.subarray(0, Math.min(perChunk, count - fed) * line.length))
    if (chunks % 256 === 0) most = Math.max(most, held().heapUsed)
  }
  return Math.max(most, held().heapUsed)
}

describe('createEventStreamParser', () => {
  it.each([
    ['data', 0],
    ['data:', 0],
    ['data:x', 1],
    ['data:xy', 2],
    ['data:xyz', 3],
    ['data:1234567890123', 13],
  ])('holds no more than its characters of a message of the line %s', (line, length) => {
    const count = Math.floor(LIMIT / (length + 1))
    expect(feedMany(bytes(`${line}\n`), count)).toBeLessThan(LIMIT + SLACK)
    parser.feed(bytes('\n'))
    expect(data.map((text) => text.length)).toEqual([count * (length + 1) - 1])
    expect(errors).toEqual([])
  })

  it('holds two bytes for a character that is not in Latin-1', () => {
    const count = LIMIT / 2
    expect(feedMany(bytes('data:你\n'), count)).toBeLessThan(2 * LIMIT + SLACK)
    parser.feed(bytes('\n'))
    expect(data.map((text) => text.length)).toEqual([2 * count - 1])
  })

  it('holds no more than the characters of lines that come one by one', () => {
    const line = bytes('data:x\n')
    for (let count = 0; count < 1_000_000; count++) parser.feed(line)
    expect(held().heapUsed).toBeLessThan(2_000_000 + SLACK)
  })

  it('holds nothing of the comments between data lines', () => {
    const line = bytes(`data:1234567890123\n:${'c'.repeat(64 * KIB)}\n`)
    expect(feedMany(line, 1000)).toBeLessThan(SLACK)
    parser.feed(bytes('\n'))
    expect(data).toEqual([Array<string>(1000).fill('1234567890123').join('\n')])
  })

  it.each(['\n', ':\n', 'id: 1234567890123\n', 'event: 1234567890123\n', 'unknown\n'])(
    'holds nothing of a million lines %j',
    (line) => {
      expect(feedMany(bytes(line), 1_000_000)).toBeLessThan(SLACK)
    },
  )

  it.each([
    ['one byte', 'a', 1],
    ['two bytes', '你', 2],
  ])(
    'holds a line that is not finished in %s for a character like %s',
    (_, character, bytesEach) => {
      const chunk = bytes(character.repeat(16 * KIB))
      let most = 0
      let fed = 0
      while (errors.length === 0) {
        parser.feed(chunk)
        fed += 16 * KIB
        if (fed % (4 * MIB) > 0) continue
        const { heapUsed, external } = held()
        most = Math.max(most, heapUsed + external)
      }
      expect(fed).toBeLessThanOrEqual(LIMIT + chunk.length)
      expect(most).toBeGreaterThan(0.7 * LIMIT)
      expect(most).toBeLessThanOrEqual(bytesEach * LIMIT + SLACK)
      expect(held().heapUsed).toBeLessThan(SLACK)
    },
  )

  it('holds nothing of a message that was too large', () => {
    start({ maxMessageSize: 4 * MIB })
    feedMany(bytes('data:x\n'), LIMIT / 2)
    expect(errors.map(({ code }) => code)).toEqual(['message-too-large'])
    expect(held().heapUsed).toBeLessThan(SLACK)
  })

  it('holds nothing of long comments between the lines of a message', () => {
    const beginning = bytes(`: ${'c'.repeat(1024 * KIB)}`)
    const line = bytes('\ndata: 0123456789abcdef\n')
    for (let count = 0; count < 50; count++) {
      parser.feed(beginning)
      parser.feed(line)
    }
    expect(held().heapUsed).toBeLessThan(8 * 1024 * KIB)
    parser.feed(bytes('\n'))
    expect(data[0]).toHaveLength(50 * 17 - 1)
  })
})
