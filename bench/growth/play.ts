/** Plays events to a page, frame by frame, and says what that cost. */
import { setImmediate } from 'node:timers'
import type { Trial } from './growth-line.ts'
import type { GrowthConnection, GrowthPage } from './growth-page.ts'

/** So many frames without anything new, and nothing will come any more. */
const MAX_IDLE_FRAMES = 200

/** The platform's turn: everything that follows from what was done is done then. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => resolve())
  })
}

/** Shows frames until it is true: no time passes in them, so that nothing is late that takes its time. */
export async function framesUntil(page: GrowthPage, isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isTrue();) {
    if (Date.now() > end) throw new Error('The page does not get there.')
    page.frame(0)
    await turn()
  }
}

export type Frame = (connections: readonly GrowthConnection[]) => void

/** One write of all chunks of a frame to each connection. */
export function writes(chunks: readonly Uint8Array[], perFrame = 1): Frame[] {
  const frames: Frame[] = []
  for (let start = 0; start < chunks.length; start += perFrame) {
    const own = chunks.slice(start, start + perFrame)
    frames.push((connections) => {
      for (const connection of connections) for (const chunk of own) connection.write(chunk)
    })
  }
  return frames
}

/** What is to arrive. */
export interface Arrival {
  /** How much of it has. */
  arrived(): number
  readonly expected: number
  /** With which of it the stream is warmed up. */
  readonly trial?: Pick<Trial, 'count' | 'warmUp'>
}

/**
 * Plays the frames, and more of them until everything has arrived: long deliveries take several.
 * @returns Microseconds of the processor after the warm-up: of all threads, so that what is collected counts as well.
 */
export async function play(
  page: GrowthPage,
  frames: readonly Frame[],
  { arrived, expected, trial }: Arrival,
  connections: readonly GrowthConnection[] = page.connections,
): Promise<number> {
  const warmUp = trial ? trial.warmUp / (trial.warmUp + trial.count) : 0
  const counted = Math.floor(frames.length * warmUp)
  let before = process.cpuUsage()
  for (const [index, frame] of frames.entries()) {
    if (index === counted) before = process.cpuUsage()
    frame(connections)
    await turn()
    page.frame()
  }
  await turn()
  for (let idle = 0, last = -1; arrived() < expected; idle++) {
    if (arrived() > last) idle = 0
    last = arrived()
    if (idle > MAX_IDLE_FRAMES) throw new Error(`Only ${last} of ${expected} have arrived.`)
    page.frame()
    await turn()
  }
  // What came last is shown.
  page.frame()
  await turn()
  const { user, system } = process.cpuUsage(before)
  // Nothing may come twice either.
  if (arrived() !== expected) throw new Error(`${arrived()} have arrived, not ${expected}.`)
  return user + system
}

/** So that nobody pays for what others have left. */
export function collectGarbage(): void {
  globalThis.gc?.()
}
