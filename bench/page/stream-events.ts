/** Writes events to a response: as fast as they are read, or at a pace that does not drift. */
import type { ServerResponse } from 'node:http'
import type { EncodedEvents } from './events.ts'

export interface Pace {
  /** Events per second; all at once without. */
  rate?: number
  /** The response ends with the last event; else it stays open, as streams do. */
  isEnding?: boolean
}

const PIECE_BYTES = 64 * 1024
const TICK_MS = 5

/** How many events are due after so many milliseconds: late ticks make up for what they missed. */
export function countDue(elapsedMs: number, rate: number, count: number): number {
  return Math.min(count, Math.floor((elapsedMs * rate) / 1000))
}

export function streamEvents(
  response: ServerResponse,
  { bytes, ends }: EncodedEvents,
  { rate, isEnding }: Pace,
): void {
  const startedAt = performance.now()
  let written = 0
  let due = rate ? 0 : bytes.length
  let isBlocked = false

  function write(): void {
    while (!isBlocked && written < due) {
      const piece = bytes.subarray(written, Math.min(written + PIECE_BYTES, due))
      written += piece.length
      isBlocked = !response.write(piece)
    }
    if (written < bytes.length) return
    clearInterval(timer)
    if (isEnding) response.end()
  }

  function tick(): void {
    const count = countDue(performance.now() - startedAt, rate!, ends.length)
    if (count > 0) due = ends[count - 1]!
    write()
  }

  response.on('drain', () => {
    isBlocked = false
    write()
  })
  response.on('close', () => clearInterval(timer))
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  response.flushHeaders()
  const timer = rate ? setInterval(tick, TICK_MS) : undefined
  if (!rate) write()
}
