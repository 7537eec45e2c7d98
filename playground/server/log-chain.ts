/**
 * The files of a log, and places in them. A file is known by its first line, wherever it is moved to: an id stays true when
 * the log is rotated, and is not taken for one of the file that has come into its place.
 */
import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

const LINE_FEED = 0x0a
const FIRST_LINE_BYTES = 256
const CHUNK_BYTES = 64 * 1024
/** How far back the last lines are looked for. */
const MAX_LOOK_BACK_BYTES = 1024 * 1024
const ID = /^([0-9a-f]{12})-(0|[1-9]\d{0,14})$/

/** A file that is being read: it stays the same one when it is renamed. */
export interface LogPlace {
  readonly handle: FileHandle
  /** Device and inode. */
  readonly key: string
  /** Where the next line begins. */
  readonly offset: number
}

export interface LogChain {
  /** The file that came after this one; undefined when it is the newest. `isKnown` is false when its place was lost. */
  next(key: string): Promise<{ isKnown: boolean; place: LogPlace | undefined }>
  /** Where an id points to; undefined when there is no such place. */
  find(id: string): Promise<LogPlace | undefined>
  /** Where the last lines begin; undefined when there is no file. */
  findLast(lines: number): Promise<LogPlace | undefined>
  /** What comes after a place, in all files. */
  count(place: LogPlace): Promise<{ lines: number; bytes: number }>
}

export function createLogChain(path: string, keptFiles: number): LogChain {
  const paths = [path, ...Array.from({ length: keptFiles }, (_, index) => `${path}.${index + 1}`)]

  async function next(key: string): Promise<{ isKnown: boolean; place: LogPlace | undefined }> {
    const all = await Promise.all(paths.map((each) => keyOf(each)))
    const own = all.indexOf(key)
    const isKnown = own >= 0
    // A file that is not there any more was older than all that are.
    let index = (isKnown ? own : all.length) - 1
    while (index >= 0 && all[index] === undefined) index--
    if (index < 0) return { isKnown, place: undefined }
    const place = await openPlace(paths[index]!)
    if (!place || place.key === all[index]) return { isKnown, place }
    // Renamed in between: the names have to be looked at again.
    await place.handle.close()
    return next(key)
  }

  async function find(id: string): Promise<LogPlace | undefined> {
    const match = ID.exec(id)
    if (!match) return undefined
    const offset = Number(match[2])
    for (const [index, each] of paths.entries()) {
      const place = await openPlace(each)
      if (!place) continue
      const isOld = index > 0
      if ((await nameOf(place.handle, isOld)) === match[1]) {
        if (await isLineStart(place.handle, offset, isOld)) return { ...place, offset }
      }
      await place.handle.close()
    }
    return undefined
  }

  async function findLast(lines: number): Promise<LogPlace | undefined> {
    let oldest: LogPlace | undefined
    let missing = lines
    for (const each of paths) {
      const place = await openPlace(each)
      if (!place) continue
      await oldest?.handle.close()
      const found = await findLastLines(place.handle, missing)
      oldest = { ...place, offset: found.offset }
      missing -= found.lines
      if (missing <= 0 || found.offset > 0) break
    }
    return oldest
  }

  async function count(place: LogPlace): Promise<{ lines: number; bytes: number }> {
    let { lines, bytes } = await countLines(place.handle, place.offset)
    let current: LogPlace | undefined = place
    while (current) {
      const { isKnown, place: newer }: Awaited<ReturnType<typeof next>> = await next(current.key)
      if (current !== place) await current.handle.close()
      if (!isKnown) {
        await newer?.handle.close()
        break
      }
      if (newer) {
        const more = await countLines(newer.handle, 0)
        lines += more.lines
        bytes += more.bytes
      }
      current = newer
    }
    return { lines, bytes }
  }

  return { next, find, findLast, count }
}

/** The file's name in ids; undefined while its first line is being written. @param isOld Nobody writes to it any more. */
export async function nameOf(handle: FileHandle, isOld: boolean): Promise<string | undefined> {
  const buffer = Buffer.alloc(FIRST_LINE_BYTES)
  const { bytesRead } = await handle.read(buffer, 0, FIRST_LINE_BYTES, 0)
  const end = buffer.subarray(0, bytesRead).indexOf(LINE_FEED) + 1
  if (end === 0 && bytesRead < FIRST_LINE_BYTES && !isOld) return undefined
  const first = buffer.subarray(0, end || bytesRead)
  return createHash('sha256').update(first).digest('hex').slice(0, 12)
}

async function openPlace(path: string): Promise<LogPlace | undefined> {
  try {
    const handle = await open(path, 'r')
    const { dev, ino } = await handle.stat({ bigint: true })
    return { handle, key: `${dev}:${ino}`, offset: 0 }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function keyOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** Anything else is an id that we have not given: of a file that was written anew, say. */
async function isLineStart(handle: FileHandle, offset: number, isOld: boolean): Promise<boolean> {
  const { size } = await handle.stat()
  if (offset === 0 || (isOld && offset === size)) return true
  if (offset > size) return false
  const before = Buffer.alloc(1)
  await handle.read(before, 0, 1, offset - 1)
  return before[0] === LINE_FEED
}

/** From the end backwards. The line that is being written does not count. */
async function findLastLines(
  handle: FileHandle,
  count: number,
): Promise<{ offset: number; lines: number }> {
  const { size } = await handle.stat()
  const buffer = Buffer.alloc(CHUNK_BYTES)
  let lines = -1
  let offset = size
  for (let end = size; end > 0 && size - end < MAX_LOOK_BACK_BYTES;) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const { bytesRead } = await handle.read(buffer, 0, end - start, start)
    const chunk = buffer.subarray(0, bytesRead)
    for (let at = chunk.lastIndexOf(LINE_FEED); at >= 0;) {
      lines++
      offset = start + at + 1
      if (lines === count) return { offset, lines }
      at = at > 0 ? chunk.lastIndexOf(LINE_FEED, at - 1) : -1
    }
    end = start
    // The first line has none before it.
    if (start === 0) return { offset: 0, lines: lines + 1 }
  }
  return { offset, lines: Math.max(0, lines) }
}

async function countLines(
  handle: FileHandle,
  offset: number,
): Promise<{ lines: number; bytes: number }> {
  const buffer = Buffer.alloc(CHUNK_BYTES)
  let lines = 0
  let bytes = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, offset + bytes)
    if (bytesRead === 0) return { lines, bytes }
    bytes += bytesRead
    const chunk = buffer.subarray(0, bytesRead)
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines++
  }
}
