/** Answers of six kinds of servers in two chunks, cut anywhere: the text is byte for byte what the server sent. */
import { describe, expect, it, vi } from 'vitest'
import { bytesOf, createCutAnswers, cutAtEach, textOf } from '../support/text-cuts.ts'
import { TEXT_SHAPES } from '../support/text-shapes.ts'

// A page as far as Vue and VueUse look for one: on a server nothing is sent.
vi.hoisted(() => {
  const document = { createElement: () => ({}) }
  Object.assign(globalThis, { window: globalThis, document })
})

describe.each(TEXT_SHAPES)('$name', { timeout: 300_000 }, (shape) => {
  it.each(createCutAnswers(shape))(
    'comes whole from two chunks, cut anywhere ($positions.length)',
    async (answer) => {
      const whole = textOf(answer.frames)
      const length = bytesOf(answer.frames)
      const found = await cutAtEach(
        shape,
        answer,
        (splitAt) => ({ splitAt }),
        ({ position }) => {
          const isSplit = position > 0 && position < length
          return { text: whole, error: undefined, firstChunk: isSplit ? position : length }
        },
      )
      const count = answer.positions.length
      expect(found).toEqual({ count, mismatches: [], requests: { POST: count, GET: 0 } })
    },
  )
})
