/** Every row of the conformance table, however the network cuts it. */
import { describe, expect, it } from 'vitest'
import {
  bytes,
  cutAt,
  cutIntoBytes,
  parseChunks,
  withEmptyChunks,
} from '../support/event-stream-bytes.ts'
import { CONFORMANCE_TABLE } from './conformance-table.ts'

/** Longer streams are cut near both ends and now and then between: every position would be quadratic. */
const EVERY_POSITION_UP_TO = 1000
const STRIDE = 7919

const rows = CONFORMANCE_TABLE.map(({ rule, input, output }) => ({
  rule,
  stream: typeof input === 'string' ? bytes(input) : input,
  output,
}))

function positionsOf(stream: Uint8Array): number[] {
  const all = Array.from({ length: stream.length + 1 }, (_, position) => position)
  if (stream.length <= EVERY_POSITION_UP_TO) return all
  return all.filter(
    (position) => position < 64 || position > stream.length - 64 || position % STRIDE === 0,
  )
}

describe('createEventStreamParser', () => {
  it('is tested by rules that are all different', () => {
    expect(new Set(rows.map(({ rule }) => rule)).size).toBe(rows.length)
  })

  describe.each(rows)('$rule', ({ stream, output }) => {
    it('in one chunk', () => {
      expect(parseChunks([stream])).toEqual(output)
    })

    it('byte by byte', () => {
      expect(parseChunks(cutIntoBytes(stream))).toEqual(output)
    })

    it('byte by byte with empty chunks between', () => {
      expect(parseChunks(withEmptyChunks(cutIntoBytes(stream)))).toEqual(output)
    })

    it('cut in two at every position', () => {
      for (const position of positionsOf(stream)) {
        const chunks = cutAt(stream, [position])
        expect(parseChunks(chunks), `cut at byte ${position}`).toEqual(output)
        expect(
          parseChunks(withEmptyChunks(chunks)),
          `cut at byte ${position}, with empty chunks`,
        ).toEqual(output)
      }
    })
  })
})
