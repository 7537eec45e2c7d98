/** Asks a real server for a text again and again, cut somewhere else each time, and looks at what has become of it. */
import { effectScope } from 'vue'
import { useTextStream } from '../../src/vue/use-text-stream.ts'
import { createSeededRandom } from './seeded-random.ts'
import { startTextServer } from './text-server.ts'
import { createPieces } from './text-shapes.ts'
import type { Cut, TextServer } from './text-server.ts'
import type { Frame, TextShape } from './text-shapes.ts'

/** So many at the same time. */
const LANES = 24
/** The bytes at whose each place, or at every fifth, an answer is cut: all of them take minutes (`npm run test:text`). */
const FIRST_BYTES = 4096
const STEP = Number(process.env.CUT_EVERY ?? 5)
const POSITIONS = 500
/** Long enough for the cut at every byte; and one that is many times as long. */
const SHORT = FIRST_BYTES
const LONG = 12_000

export interface CutAnswer {
  readonly frames: readonly Frame[]
  readonly positions: readonly number[]
}

/** An answer to be cut all over its first 4 KB, and a longer one to be cut at 500 seeded positions. */
export function createCutAnswers(shape: TextShape): [allOver: CutAnswer, seeded: CutAnswer] {
  const random = createSeededRandom(7)
  const long = framesOf(shape, LONG)
  return [
    {
      frames: framesOf(shape, SHORT),
      positions: Array.from({ length: FIRST_BYTES / STEP + 1 }, (_, index) => index * STEP),
    },
    {
      frames: long,
      positions: Array.from({ length: POSITIONS }, () => random.below(bytesOf(long) + 1)),
    },
  ]
}

/** As few pieces as make so many bytes. */
function framesOf(shape: TextShape, bytes: number): Frame[] {
  for (let count = 1; ; count++) {
    const frames = shape.frames(createPieces(count, 3))
    if (bytesOf(frames) >= bytes) return frames
  }
}

export const bytesOf = (frames: readonly Frame[]): number =>
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

/** What should become of one `send()`. */
export interface Expected {
  /** Shown, and what `send()` resolves with. */
  readonly text: string
  /** Complete if there is none. */
  readonly error: string | undefined
  /** The bytes of the first chunk, as it is read. */
  readonly firstChunk?: number
}

export interface Found {
  /** Of the cuts that were made. */
  readonly count: number
  /** Those that came to something else. */
  readonly mismatches: unknown[]
  /** That the server had. */
  readonly requests: TextServer['count']
}

/** Sends for each position in turn, and compares what has become of it. */
export async function cutAtEach(
  shape: TextShape,
  { frames, positions }: CutAnswer,
  toCut: (position: number) => Cut,
  expect: (given: { readonly position: number }) => Expected,
): Promise<Found> {
  const server = await startTextServer(shape, frames)
  const scope = effectScope(true)
  const queue = [...positions]
  const mismatches: unknown[] = []
  let count = 0

  function judge(position: number, actual: Expected): void {
    const expected = { firstChunk: actual.firstChunk, ...expect({ position }) }
    count++
    // A test's own way to compare would take half of the time.
    const names = Object.keys(expected) as (keyof Expected)[]
    if (names.some((name) => actual[name] !== expected[name])) {
      mismatches.push({ position, actual, expected })
    }
  }

  const lanes = Array.from({ length: LANES }, (_, lane) =>
    scope.run(() => runLane(shape, server, `${lane}`, queue, toCut, judge)),
  )
  try {
    await Promise.all(lanes)
  } finally {
    scope.stop()
    await server.close()
  }
  return { count, mismatches: mismatches.slice(0, 5), requests: server.count }
}

async function runLane(
  shape: TextShape,
  server: TextServer,
  lane: string,
  queue: number[],
  toCut: (position: number) => Cut,
  judge: (position: number, actual: Expected) => void,
): Promise<void> {
  const options = shape.createOptions()
  let firstChunk: number | undefined
  const { text, send } = useTextStream('/answer', {
    ...options,
    baseURL: server.url,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      firstChunk = undefined
      listen(response.body!, (bytes) => {
        if (firstChunk === undefined) server.goOn(lane)
        firstChunk ??= bytes
      })
      return response
    },
    headers: { 'X-Lane': lane },
    reconnect: options.resume && { initialDelay: 1, minDelay: 1, maxDelay: 1 },
    // A line that is cut off has no data.
    onError() {},
    environment: { warn() {} },
  })
  for (let position = queue.pop(); position !== undefined; position = queue.pop()) {
    const { text: given, isComplete, error } = await send(toCut(position))
    const isShown = text.value === given
    judge(position, {
      text: isShown ? given : `${given} is shown as ${text.value}`,
      error: isComplete ? undefined : String(error?.code),
      firstChunk,
    })
  }
}

/** Hears how many bytes are read at once, by whoever reads them. */
function listen(body: ReadableStream<Uint8Array>, onRead: (bytes: number) => void): void {
  const getReader = body.getReader.bind(body) as () => ReadableStreamDefaultReader<Uint8Array>
  body.getReader = (() => {
    const reader = getReader()
    const read = reader.read.bind(reader)
    reader.read = async () => {
      const result = await read()
      if (result.value) onRead(result.value.length)
      return result
    }
    return reader
  }) as typeof body.getReader
}
