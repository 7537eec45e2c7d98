/**
 * Reads a log as `tail -F` does, as far as it is asked to: who does not ask leaves the rest in the file, which is all the
 * buffer that there is. The id of a line is the place where the next one begins.
 */
import { nameOf } from './log-chain.ts'
import { toLogText } from './log-text.ts'
import type { LogEvents } from '../shared/contract.ts'
import type { LogChain, LogPlace } from './log-chain.ts'
import type { StreamEvent } from './event-log.ts'

export interface LogReader {
  /** The next events, 1000 lines at most; none when there is nothing new now. One call at a time. */
  read(): Promise<StreamEvent[]>
  close(): Promise<void>
}

export const FIRST_LINES = 200
/** A longer line is cut, and what is left of it is never in memory. */
export const MAX_LINE_BYTES = 8 * 1024

const MAX_EVENTS = 1000
const CHUNK_BYTES = 64 * 1024
const LINE_FEED = 0x0a

/** @param lastEventId Where to go on; null for the last 200 lines. */
export function createLogReader(chain: LogChain, lastEventId: string | null): LogReader {
  const buffer = Buffer.alloc(CHUNK_BYTES)
  let place: LogPlace | undefined
  let name: string | undefined
  /** Where the next line begins, and how far it was looked at. */
  let lineStart = 0
  let position = 0
  /** The beginning of a line that is longer than a chunk. */
  let head: Buffer | undefined
  let lastId = lastEventId ?? ''
  let isStarted = false
  let isClosed = false

  function goTo(next: LogPlace | undefined): void {
    place = next
    name = undefined
    lineStart = position = next?.offset ?? 0
    head = undefined
  }

  const gap = (because: LogEvents['gap']['because']): StreamEvent => ({
    type: 'gap',
    data: { lastEventId: lastId, because } satisfies LogEvents['gap'],
  })

  async function start(): Promise<StreamEvent[]> {
    const found = lastEventId === null ? undefined : await chain.find(lastEventId)
    goTo(found ?? (await chain.findLast(FIRST_LINES)))
    // Where there is no file yet there will be one: its lines are told from the first on.
    isStarted = place !== undefined
    if (lastEventId === null || found) return []
    const event = gap('unknown-id')
    lastEventId = null
    return [event]
  }

  function toEvent(bytes: Buffer, more: number, end: number): StreamEvent {
    const data: LogEvents['line'] = { text: toLogText(bytes, more > 0) }
    if (more > 0) data.more = more
    lastId = `${name}-${end}`
    return { id: lastId, type: 'line', data }
  }

  /** The rest of the line, which ends before this place in the file. */
  function endLine(rest: Buffer, end: number): StreamEvent {
    const length = end - lineStart
    const bytes = head ?? rest.subarray(0, MAX_LINE_BYTES)
    head = undefined
    lineStart = position = end + 1
    return toEvent(bytes, length - bytes.length, lineStart)
  }

  /** Lines that have ended, of this file. None: it has no more of them now. */
  async function readLines({ handle }: LogPlace): Promise<StreamEvent[]> {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position)
      const chunk = buffer.subarray(0, bytesRead)
      if (chunk.includes(LINE_FEED)) {
        name ??= await nameOf(handle, true)
        return splitLines(chunk, position)
      }
      if (bytesRead < CHUNK_BYTES) return []
      head ??= Buffer.from(chunk.subarray(0, MAX_LINE_BYTES))
      position += bytesRead
    }
  }

  function splitLines(chunk: Buffer, from: number): StreamEvent[] {
    const events: StreamEvent[] = []
    let at = 0
    while (events.length < MAX_EVENTS) {
      const end = chunk.indexOf(LINE_FEED, at)
      if (end < 0) break
      events.push(endLine(chunk.subarray(at, end), from + end))
      at = end + 1
    }
    return events
  }

  /** The last line of a file that nobody writes to any more, also without its end. */
  async function readRest({ handle }: LogPlace): Promise<StreamEvent[]> {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position)
    const length = position + bytesRead - lineStart
    if (length === 0) return []
    name ??= await nameOf(handle, true)
    const bytes = head ?? buffer.subarray(0, Math.min(bytesRead, MAX_LINE_BYTES))
    head = undefined
    lineStart = position += bytesRead
    return [toEvent(bytes, length - bytes.length, lineStart)]
  }

  /** Whether what was read is not there any more: the file was emptied, and perhaps written anew. */
  async function isTruncated({ handle }: LogPlace): Promise<boolean> {
    const { size } = await handle.stat()
    return size < position || (name !== undefined && (await nameOf(handle, true)) !== name)
  }

  /** Goes on in the file that came after this one, if there is one. */
  async function readNext(old: LogPlace): Promise<StreamEvent[]> {
    const { isKnown, place: newer } = await chain.next(old.key)
    if (!newer) return []
    try {
      // What was written to the old one before there was a new one.
      const lines = await readLines(old)
      if (lines.length > 0) {
        await newer.handle.close()
        return lines
      }
      const rest = await readRest(old)
      goTo(newer)
      await old.handle.close()
      const file = (await nameOf(newer.handle, false)) ?? ''
      const data = { file } satisfies LogEvents['rotated']
      return [...rest, isKnown ? { type: 'rotated', data } : gap('deleted')]
    } catch (error) {
      if (place !== newer) await newer.handle.close()
      throw error
    }
  }

  return {
    async read() {
      if (isClosed) return []
      if (!isStarted) {
        const events = await start()
        if (events.length > 0 || !place) return events
      }
      if (!place) return []
      if (await isTruncated(place)) {
        const event = gap('truncated')
        goTo({ ...place, offset: 0 })
        return [event]
      }
      const lines = await readLines(place)
      return lines.length > 0 ? lines : readNext(place)
    },
    async close() {
      isClosed = true
      await place?.handle.close()
      place = undefined
    },
  }
}
