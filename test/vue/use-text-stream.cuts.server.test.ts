/** Answers of six kinds of servers whose connection ends anywhere: gone on with where the server can, else as far as it came. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { arrivedBy, createCutAnswers, cutAtEach, textOf } from '../support/text-cuts.ts'
import { TEXT_SHAPES } from '../support/text-shapes.ts'

// A page as far as Vue and VueUse look for one: on a server nothing is sent.
vi.hoisted(() => {
  const document = { createElement: () => ({}) }
  Object.assign(globalThis, { window: globalThis, document })
})
beforeAll(() => import('../../src/client/position/resume-request.ts'))

describe.each(TEXT_SHAPES)('$name', { timeout: 300_000 }, (shape) => {
  const answers = createCutAnswers(shape)
  const canResume = !!shape.createOptions().resume

  it.each(answers)(
    `is ${canResume ? 'gone on with' : 'as far as it came'} when the connection ends anywhere ($positions.length)`,
    async (answer) => {
      const whole = textOf(answer.frames)
      const seen = { whole: 0, resumed: 0, parts: 0 }
      const found = await cutAtEach(
        shape,
        answer,
        // And now and then, what goes on with it ends, too.
        (endAt) => ({ endAt, thenAt: endAt % 8 === 7 ? [endAt % 700] : [] }),
        ({ position }) => {
          const arrived = arrivedBy(answer.frames, position)
          const isResumed = canResume && !arrived.isComplete && arrived.count > 0
          const isWhole = arrived.isComplete || isResumed
          seen[isResumed ? 'resumed' : isWhole ? 'whole' : 'parts']++
          return isWhole
            ? { text: whole, error: undefined }
            : { text: arrived.text, error: 'network' }
        },
      )
      const count = answer.positions.length
      expect(found).toMatchObject({ count, mismatches: [] })
      // The request itself is never sent again.
      expect(found.requests.POST).toBe(count)
      expect(seen.parts).toBeGreaterThan(0)
      if (canResume) {
        expect(seen.resumed).toBeGreaterThan(count / 2)
        expect(found.requests.GET).toBeGreaterThan(seen.resumed)
      } else expect(found.requests.GET).toBe(0)
    },
  )

  it.runIf(!canResume)('is as far as it came when the answer ends too early', async () => {
    const [, answer] = answers
    const isLineEnd = shape.name === 'Ollama'
    const found = await cutAtEach(
      shape,
      answer,
      (endAt) => ({ endAt, isClean: true }),
      ({ position }) => {
        // The end of the answer is one of the line, too.
        const { text, isComplete } = arrivedBy(answer.frames, position + (isLineEnd ? 1 : 0))
        return { text, error: isComplete ? undefined : 'truncated' }
      },
    )
    const count = answer.positions.length
    expect(found).toEqual({ count, mismatches: [], requests: { POST: count, GET: 0 } })
  })
})
