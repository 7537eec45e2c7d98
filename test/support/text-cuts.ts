/** Asks for a text again and again, cut somewhere else each time, and looks at what has become of it. */
import { expect } from 'vitest'
import { effectScope } from 'vue'
import { useTextStream } from '../../src/vue/use-text-stream.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createTextFetch, startTextServer } from './text-server.ts'
import { createPieces } from './text-shapes.ts'
import type { TextStreamResult } from '../../src/vue/use-text-stream.ts'
import type { Cut, TextSource } from './text-server.ts'
import type { Frame, TextShape } from './text-shapes.ts'

/** So many at the same time. */
const LANES = 12
const EVERY_BYTE = 4096
const POSITIONS = 500
/** Long enough for the cut at every byte; and one that is many times as long. */
const SHORT = 4200
const LONG = 12_000

export interface CutAnswer {
  readonly frames: readonly Frame[]
  readonly positions: readonly number[]
  /** Whether a real server sends it. */
  readonly isReal: boolean
}

/** An answer to be cut at every byte of its first 4 KB, and a longer one that a real server cuts at 500 positions. */
export function createCutAnswers(shape: TextShape): CutAnswer[] {
  const random = createSeededRandom(7)
  const long = framesOf(shape, LONG)
  return [
    {
      frames: framesOf(shape, SHORT),
      isReal: false,
      positions: Array.from({ length: EVERY_BYTE + 1 }, (_, position) => position),
    },
    {
      frames: long,
      isReal: true,
      positions: Array.from({ length: POSITIONS }, () => random.below(bytesOf(long) + 1)),
    },
  ]
}

/** As few pieces as make so many bytes. */
function framesOf(shape: TextShape, bytes: number): Frame[] {
  for (let count = 10; ; count += 10) {
    const frames = shape.frames(createPieces(count, 3))
    if (bytesOf(frames) >= bytes) return frames
  }
}

const bytesOf = (frames: readonly Frame[]): number =>
  frames.reduce((total, { bytes }) => total + Buffer.byteLength(bytes), 0)

export const textOf = (frames: readonly Frame[]): string => frames.map(({ text }) => text).join('')

/** What of an answer has arrived with so many bytes: the text, and whether it is all. */
export function arrivedBy(
  frames: readonly Frame[],
  position: number,
): { text: string; count: number; isComplete: boolean } {
  let end = 0
  let text = ''
  let isComplete = false
  let count = 0
  for (const frame of frames) {
    end += Buffer.byteLength(frame.bytes)
    if (end > position) break
    count++
    text += frame.text
    isComplete ||= frame.isLast
  }
  return { text, count, isComplete }
}

/** Sends for each position in turn, and hands over what came of it. */
export async function cutAtEach(
  shape: TextShape,
  { frames, positions, isReal }: CutAnswer,
  toCut: (position: number) => Cut,
  check: (result: TextStreamResult, position: number, shown: string) => void,
): Promise<void> {
  const server = isReal ? await startTextServer(shape, frames) : createTextFetch(shape, frames)
  const scope = effectScope(true)
  const queue = [...positions]
  try {
    await Promise.all(
      Array.from({ length: LANES }, (_, lane) =>
        scope.run(() => runLane(shape, server, `${lane}`, queue, toCut, check)),
      ),
    )
  } finally {
    scope.stop()
    await server.close()
  }
}

async function runLane(
  shape: TextShape,
  { url, fetch }: TextSource,
  lane: string,
  queue: number[],
  toCut: (position: number) => Cut,
  check: (result: TextStreamResult, position: number, shown: string) => void,
): Promise<void> {
  const options = shape.createOptions()
  const { text, send } = useTextStream('/answer', {
    ...options,
    baseURL: url,
    ...(fetch && { fetch }),
    headers: { 'X-Lane': lane },
    flush: 'sync',
    reconnect: options.resume && { initialDelay: 1, minDelay: 1, maxDelay: 1 },
    onError: ({ code }) => expect(['network', 'truncated']).toContain(code),
  })
  for (let position = queue.pop(); position !== undefined; position = queue.pop()) {
    const result = await send(toCut(position))
    check(result, position, text.value)
  }
}
