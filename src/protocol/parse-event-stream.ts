/**
 * The event stream parser: bytes in, messages out, whatever the chunks.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
import { DEFAULT_EVENT_TYPE, DEFAULT_MAX_MESSAGE_SIZE_CHARS } from './constants.ts'
import { EventStreamError } from './errors.ts'
import { createUtf8Decoder } from './text-decoder.ts'
import type {
  EventStreamParser,
  EventStreamParserCallbacks,
  EventStreamParserOptions,
} from './types.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const COLON = 0x3a
const BYTE_ORDER_MARK = 0xfeff
const ASCII_DIGITS = /^\d+$/
/**
 * What begins a line and fits here waits for its end as bytes; else it is decoded. (Measured in Chromium: tiny chunks are 3 to 10
 * times as fast as where each is decoded; to find where the last line of large ones begins costs as bytes twice what to read it costs.)
 */
const WAITING_BYTES = 1024
/** After so much of the stream, at the end of a chunk, the data lines so far are copied (4 to 256 Ki: equally fast). */
const COPY_AFTER_CHARS = 64 * 1024

/**
 * Creates a parser for one event stream. Pure: no I/O, no timers, and it never throws by itself.
 *
 * Small chunks wait as bytes until a line ends, which is always a character boundary: one `decode()` per chunk or per line,
 * whichever is rarer. What a large chunk leaves unfinished waits as text.
 *
 * @example
 * const parser = createEventStreamParser({ onMessage: ({ type, data }) => console.log(type, data) })
 * parser.feed(new TextEncoder().encode('event: greeting\ndata: hello\n\n'))
 */
export function createEventStreamParser(
  { onMessage, onComment, onRetry, onLastEventId, onError }: EventStreamParserCallbacks,
  {
    maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE_CHARS,
    lastEventId = '',
  }: EventStreamParserOptions = {},
): EventStreamParser {
  const decoder = createUtf8Decoder()
  let atStart = true
  /** The last chunk ended with CR: an LF that comes next belongs to it. */
  let afterCarriageReturn = false
  let failed = false
  /** Lines are being read. Not any more after an error, or a reset in a callback: in the middle of them. */
  let isReading = false
  // A line that has begun: first its text, then what of it waits as bytes.
  let begunLine = ''
  const waiting = new Uint8Array(WAITING_BYTES)
  let waitingLength = 0

  // The block that is unfinished at the end of a chunk. Undefined: the field has not come.
  let blockData: string | undefined
  let blockType: string | undefined
  let blockId: string | undefined
  /**
   * What comes before `blockData`. Engines keep a text that was added up as its pieces, up to 60 bytes for each, and with a
   * piece all that it was cut from (measured: 512 MB for 16 Mi empty lines). This is a copy: a byte or two a character.
   */
  let copiedData = ''
  let readSinceCopy = 0

  function feed(bytes: Uint8Array): void {
    if (failed || !bytes.length) return
    const start = afterCarriageReturn && bytes[0] === LINE_FEED ? 1 : 0
    afterCarriageReturn = bytes[bytes.length - 1] === CARRIAGE_RETURN
    const fits = waitingLength + bytes.length < WAITING_BYTES
    const end = fits ? endOfLastLine(bytes, start) : bytes.length
    const text = end > start ? decode(part(bytes, start, end), fits) : ''
    if (end < bytes.length) wait(part(bytes, end, bytes.length))
    isReading = true
    if (text) readText(text)
    // As text it has as many characters as count.
    if (begunLine.length + waitingLength > maxMessageSize) readText(decodeWaiting())
    isReading = false
    if (begunLine.length > maxMessageSize) fail()
    readSinceCopy += text.length
    if (readSinceCopy > COPY_AFTER_CHARS) copyData()
  }

  function decode(bytes: Uint8Array, fits: boolean): string {
    if (!waitingLength) return decoder.decode(bytes)
    if (!fits) return decodeWaiting() + decoder.decode(bytes)
    wait(bytes)
    return decodeWaiting()
  }

  function wait(bytes: Uint8Array): void {
    waiting.set(bytes, waitingLength)
    waitingLength += bytes.length
  }

  function decodeWaiting(): string {
    const bytes = waiting.subarray(0, waitingLength)
    waitingLength = 0
    return decoder.decode(bytes)
  }

  function readText(text: string): void {
    let start = 0
    if (atStart && text) {
      atStart = false
      if (text.charCodeAt(0) === BYTE_ORDER_MARK) start = 1
    }
    const carriageReturn = indexOrEnd(text, '\r', start)
    if (begunLine) {
      const lineFeed = indexOrEnd(text, '\n', start)
      const end = Math.min(lineFeed, carriageReturn)
      begunLine += text.slice(start, end)
      if (end === text.length) return
      const line = begunLine + '\n'
      begunLine = ''
      readLines(line, 0, line.length)
      if (!isReading) return
      start = end + (lineFeed === carriageReturn + 1 ? 2 : 1)
    }
    readLines(text, start, carriageReturn)
  }

  /**
   * Keeps the block in variables of its own, and leaves it where the next chunk finds it. (Measured in Chromium: variables that
   * outlive a call cost 7 ns for each text that is put there, a sixth of a message with an id and a type.)
   *
   * @param carriageReturn Where the first one is, or the end. Both line ends are looked up once and kept until passed, so that mixed
   *   ones stay linear.
   */
  function readLines(text: string, start: number, carriageReturn: number): void {
    let data = blockData
    let type = blockType
    let id = blockId
    forgetBlock()
    let lineFeed = -1
    while (start < text.length) {
      const first = text.charCodeAt(start)
      if (first === LINE_FEED || first === CARRIAGE_RETURN) {
        dispatch(data, type, id)
        if (!isReading) return
        data = type = id = undefined
        start += first === CARRIAGE_RETURN && text.charCodeAt(start + 1) === LINE_FEED ? 2 : 1
        continue
      }
      if (lineFeed < start) lineFeed = indexOrEnd(text, '\n', start)
      if (carriageReturn < start) carriageReturn = indexOrEnd(text, '\r', start)
      const end = lineFeed < carriageReturn ? lineFeed : carriageReturn
      if (end === text.length) {
        begunLine = text.slice(start)
        break
      }
      if (end - start > maxMessageSize) return fail()
      let value: number
      if (isData(text, start) && (value = valueStart(text, start + 4, end)) >= 0) {
        const line = text.slice(value, end)
        if (data === undefined) data = line
        else if (copiedData.length + data.length + line.length >= maxMessageSize) return fail()
        else data = data + '\n' + line
      } else if (isEvent(text, start) && (value = valueStart(text, start + 5, end)) >= 0) {
        type = text.slice(value, end)
      } else if (isId(text, start) && (value = valueStart(text, start + 2, end)) >= 0) {
        const candidate = text.slice(value, end)
        if (candidate.indexOf('\0') < 0) id = candidate
      } else {
        if (first === COLON) {
          onComment?.(text.slice(valueStart(text, start, end), end))
        } else if (text.startsWith('retry', start)) {
          const digits = text.slice(valueStart(text, start + 'retry'.length, end), end)
          if (ASCII_DIGITS.test(digits)) onRetry?.(+digits)
        }
        if (!isReading) return
      }
      start = end + (lineFeed === carriageReturn + 1 ? 2 : 1)
    }
    blockData = data
    blockType = type
    blockId = id
  }

  /** A blank line has come. The id counts even when there is no data to dispatch. */
  function dispatch(
    data: string | undefined,
    type: string | undefined,
    id: string | undefined,
  ): void {
    if (id !== undefined) {
      lastEventId = id
      onLastEventId?.(id)
      if (!isReading) return
    }
    if (data === undefined) return
    if (copiedData) {
      data = copiedData + data
      copiedData = ''
    }
    onMessage?.({ type: type || DEFAULT_EVENT_TYPE, data, lastEventId }, id !== undefined)
  }

  /** Taking a part of a text makes it one piece. */
  function copyData(): void {
    readSinceCopy = 0
    if (!blockData) return
    copiedData += ` ${blockData}`.slice(1)
    blockData = ''
  }

  function forgetBlock(): void {
    blockData = blockType = blockId = undefined
  }

  function fail(): void {
    endStream()
    failed = true
    onError?.(
      new EventStreamError('message-too-large', `Message over maxMessageSize (${maxMessageSize}).`),
    )
  }

  function endStream(): void {
    forgetBlock()
    copiedData = begunLine = ''
    waitingLength = 0
    decoder.reset()
    isReading = false
    atStart = true
    afterCarriageReturn = failed = false
  }

  function reset(): void {
    endStream()
    lastEventId = ''
  }

  return { feed, end: endStream, reset }
}

/** Where the last complete line ends, its line end included; `start` when none is complete. */
function endOfLastLine(bytes: Uint8Array, start: number): number {
  let end = bytes.length
  while (end > start && bytes[end - 1] !== LINE_FEED && bytes[end - 1] !== CARRIAGE_RETURN) end--
  return end
}

/** No view where it would be of everything. */
function part(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return end - start === bytes.length ? bytes : bytes.subarray(start, end)
}

function indexOrEnd(text: string, lineEnd: string, from: number): number {
  const index = text.indexOf(lineEnd, from)
  return index < 0 ? text.length : index
}

// Character by character. (Measured in Chromium: `startsWith` is a call, with which a message takes a tenth longer.)

function isData(text: string, start: number): boolean {
  return (
    text.charCodeAt(start) === 0x64 &&
    text.charCodeAt(start + 1) === 0x61 &&
    text.charCodeAt(start + 2) === 0x74 &&
    text.charCodeAt(start + 3) === 0x61
  )
}

function isEvent(text: string, start: number): boolean {
  return (
    text.charCodeAt(start) === 0x65 &&
    text.charCodeAt(start + 1) === 0x76 &&
    text.charCodeAt(start + 2) === 0x65 &&
    text.charCodeAt(start + 3) === 0x6e &&
    text.charCodeAt(start + 4) === 0x74
  )
}

function isId(text: string, start: number): boolean {
  return text.charCodeAt(start) === 0x69 && text.charCodeAt(start + 1) === 0x64
}

/** Where the value of the field starts whose name ends here, or -1 when the name goes on. */
function valueStart(text: string, afterName: number, end: number): number {
  if (afterName === end) return end
  return text.charCodeAt(afterName) === COLON ? afterSpace(text, afterName + 1) : -1
}

function afterSpace(text: string, index: number): number {
  return text.charCodeAt(index) === SPACE ? index + 1 : index
}
