// @vitest-environment node
/** Texts that are kept hold nothing of what they were cut from. */
import { describe, expect, it } from 'vitest'
import { usedMemory } from '../../support/memory-bound.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import { ownText } from '../../../src/client/delivery/own-text.ts'

const LINE_BYTES = 1024 * 1024
const LINES = 20
/** V8 may not have let go of the last ones. */
const MAX_LEFT_BYTES = 4 * LINE_BYTES

/** How many bytes stay when this is kept of each of 20 lines of a megabyte. */
function bytesKept(keep: (line: string) => string): number {
  const kept: string[] = []
  const before = usedMemory()
  for (let count = 0; count < LINES; count++) {
    kept.push(keep(Buffer.alloc(LINE_BYTES, 97 + count).toString('latin1')))
  }
  const bytes = usedMemory() - before
  expect(new Set(kept).size).toBe(LINES)
  return bytes
}

describe('ownText', () => {
  it.each(['', 'a', 'x'.repeat(12), 'x'.repeat(13), ' é你😀 '.repeat(100), '\0\ud83d', ' '])(
    'gives the same text: %j',
    (text) => {
      expect(ownText(text)).toBe(text)
    },
  )

  it.each([1, 12, 13, 14, 100, 1000])('keeps %i characters, and not the line', (length) => {
    expect(bytesKept((line) => ownText(line.slice(7, 7 + length)))).toBeLessThan(MAX_LEFT_BYTES)
  })

  it('is needed: a slice keeps the line', () => {
    const all = LINES * LINE_BYTES
    expect(bytesKept((line) => line.slice(7, 20))).toBeGreaterThan(all / 2)
  })
})

describe('a message that is kept', () => {
  const start = useTestStreams()

  it('keeps its id, type and text, and nothing of the chunk that it came in', async () => {
    const stream = await start({ decode: 'text' })
    const kept: unknown[] = []
    stream.client.on('*', (message) => kept.push(message))
    await stream.open()
    const line = 'x'.repeat(LINE_BYTES)
    const before = usedMemory()
    for (let count = 0; count < LINES; count++) {
      const name = `${count} is longer than a few characters`
      await stream.request.push(`: ${line}\nid: id ${name}\nevent: type ${name}\ndata: ${name}\n\n`)
    }
    const bytes = usedMemory() - before
    expect(kept).toHaveLength(LINES)
    expect(kept[7]).toMatchObject({
      ...{ lastEventId: 'id 7 is longer than a few characters', data: expect.any(String) },
      type: 'type 7 is longer than a few characters',
    })
    expect(bytes).toBeLessThan(MAX_LEFT_BYTES)
  })
})
