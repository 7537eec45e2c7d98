/** What a parser holds of a line that is not finished: in proportion to its characters, however it comes. */
import { describe, expect, it, vi } from 'vitest'
import { bytes } from '../support/event-stream-bytes.ts'
import { usedMemory } from '../support/memory-bound.ts'
import { createNdjsonParser } from '../../src/protocol/parse-ndjson.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** The default `maxMessageSize`. */
const LIMIT = 16 * MIB
/** What measuring may be wrong by, and a chunk and its text. */
const SLACK = 2 * MIB

// Millions of chunks, and collecting garbage, take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

describe('createNdjsonParser', () => {
  it.each([
    ['one byte', 'a', 1, 64 * KIB],
    ['two bytes', '你', 2, 64 * KIB],
    ['one byte, in chunks of a byte', 'a', 1, 1],
    ['two bytes, in chunks of a character', '你', 2, 1],
    ['one byte, in chunks just too large to wait', 'a', 1, KIB + 1],
  ])('holds an endless line in %s for a character', (_, character, bytesEach, chars) => {
    const errors: EventStreamError[] = []
    const parser = createNdjsonParser({ onError: (error) => errors.push(error) })
    const chunk = bytes(character.repeat(chars))
    const before = usedMemory()
    let most = 0
    let fed = 0
    for (let next = LIMIT / 4; errors.length === 0; fed += chars) {
      parser.feed(chunk)
      if (fed < next) continue
      next += LIMIT / 4
      most = Math.max(most, usedMemory() - before)
    }
    expect(errors).toMatchObject([{ code: 'message-too-large' }])
    expect(fed).toBeLessThanOrEqual(LIMIT + chars)
    expect(most).toBeGreaterThan(0.7 * LIMIT)
    // The pieces of a text that is added up have a head each.
    expect(most).toBeLessThanOrEqual(1.1 * bytesEach * LIMIT + SLACK)
    expect(usedMemory() - before).toBeLessThan(SLACK)
  })

  it.each(['\n', '\r\n', '{"a":1}\n', '<\n', '\n\n1'])(
    'holds nothing of a million lines %j',
    (line) => {
      let count = 0
      const parser = createNdjsonParser({ onMessage: () => count++, onComment: () => count++ })
      const chunk = bytes(line.repeat(1000))
      const before = usedMemory()
      for (let fed = 0; fed < 1000; fed++) parser.feed(chunk)
      expect(usedMemory() - before).toBeLessThan(SLACK)
      expect(count).toBeGreaterThan(900_000)
      parser.end()
    },
  )

  it('holds nothing of the lines before one that has begun', () => {
    const parser = createNdjsonParser({})
    const before = usedMemory()
    for (let count = 0; count < 20; count++) {
      parser.feed(bytes(`${'x'.repeat(MIB)}\n`, 'beginning of a line that ends in the next chunk '))
    }
    expect(usedMemory() - before).toBeLessThan(1.5 * SLACK)
    parser.end()
  })
})
