/** Answers of six kinds of servers, cut anywhere: the text is byte for byte what the server sent, or as far as it came. */
import { describe, expect, it, vi } from 'vitest'
import { arrivedBy, createCutAnswers, cutAtEach, textOf } from '../support/text-cuts.ts'
import { startTextServer } from '../support/text-server.ts'
import { TEXT_SHAPES } from '../support/text-shapes.ts'

// A page as far as Vue and VueUse look for one: on a server nothing is sent.
vi.hoisted(() => {
  const document = { createElement: () => ({}) }
  Object.assign(globalThis, { window: globalThis, document })
})

describe.each(TEXT_SHAPES)('$name', { timeout: 180_000 }, (shape) => {
  const answers = createCutAnswers(shape)

  it.each(answers)(
    'comes whole from two chunks, cut anywhere ($positions.length)',
    async (answer) => {
      const whole = { text: textOf(answer.frames), isComplete: true, error: null }
      let count = 0
      await cutAtEach(
        shape,
        answer,
        (splitAt) => ({ splitAt }),
        (result, _, shown) => {
          count++
          expect(result).toEqual(whole)
          expect(shown).toBe(whole.text)
        },
      )
      expect(count).toBe(answer.positions.length)
    },
  )

  it.each(answers)(
    'stays as far as it came when the connection ends anywhere ($positions.length)',
    async (answer) => {
      const whole = textOf(answer.frames)
      const canResume = !!shape.createOptions().resume
      const seen = { whole: 0, parts: 0 }
      await cutAtEach(
        shape,
        answer,
        // And what goes on with it ends, too, at first.
        (endAt) => ({ endAt, thenAt: [endAt % 700] }),
        ({ text, isComplete, error }, position, shown) => {
          const arrived = arrivedBy(answer.frames, position)
          const isWhole = arrived.isComplete || (canResume && arrived.count > 0)
          expect(text).toBe(isWhole ? whole : arrived.text)
          expect(shown).toBe(text)
          expect(isComplete).toBe(isWhole)
          expect(error?.code).toBe(isWhole ? undefined : 'network')
          if (isWhole) seen.whole++
          else seen.parts++
        },
      )
      expect(seen.whole + seen.parts).toBe(answer.positions.length)
      expect(seen.parts).toBeGreaterThan(0)
      if (canResume) expect(seen.whole).toBeGreaterThan(0)
    },
  )
})

it('comes in two chunks where the test cuts it', async () => {
  const [shape] = TEXT_SHAPES
  const server = await startTextServer(shape!, shape!.frames(['a']))
  const { body } = await fetch(server.url, { method: 'POST', body: '{"splitAt":5}' })
  const sizes: number[] = []
  for await (const chunk of body!) sizes.push(chunk.length)
  expect(sizes[0]).toBe(5)
  expect(sizes).toHaveLength(2)
  await server.close()
})
