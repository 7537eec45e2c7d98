/**
 * The NDJSON parser: bytes in, messages out, whatever the chunks.
 * @see https://github.com/ndjson/ndjson-spec
 * @see https://jsonlines.org
 */
import { DEFAULT_EVENT_TYPE, DEFAULT_MAX_MESSAGE_SIZE_CHARS } from './constants.ts'
import { EventStreamError } from './errors.ts'
import { createUtf8Decoder } from './text-decoder.ts'
import type {
  EncodableEvent,
  EventStreamParser,
  EventStreamParserCallbacks,
  NdjsonParserOptions,
} from './types.ts'

const LINE_FEED = 0x0a
const SPACE = 0x20
const BYTE_ORDER_MARK = 0xfeff
/** White space of JSON, and nothing else. */
const BLANK = /^[ \t\r]*$/
/** Chunks in which no line ends wait as bytes up to here: a text that is added up costs up to 60 bytes for each piece. */
const WAITING_BYTES = 1024

const wholeLine = (data: string): EncodableEvent => ({ data })

/**
 * Creates a parser for one stream of JSON texts, one in each line. Pure: no I/O, no timers, and it never throws by itself.
 *
 * Lines end with LF or CRLF, and the last one also with the stream: so JSON Lines have it, and servers that only put an LF
 * between two lines. Whether a line is JSON shows where its data is decoded, unless `toMessage` reads it before. Blank lines are
 * no messages.
 *
 * @example
 * const parser = createNdjsonParser({ onMessage: ({ data }) => console.log(JSON.parse(data)) })
 * parser.feed(new TextEncoder().encode('{"text":"hello"}\n{"text":"you"}'))
 * parser.end()
 */
export function createNdjsonParser(
  { onMessage, onComment, onLastEventId, onError }: EventStreamParserCallbacks,
  options: NdjsonParserOptions = {},
): EventStreamParser {
  const { maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE_CHARS, toMessage = wholeLine } = options
  const decoder = createUtf8Decoder()
  let lastEventId = options.lastEventId ?? ''
  let atStart = true
  let failed = false
  /** Lines are being read. Not any more after an error, or a reset in a callback: in the middle of them. */
  let isReading = false
  // A line that has begun: first its text, then what of it waits as bytes.
  let isLineBegun = false
  let begunLine = ''
  const waiting = new Uint8Array(WAITING_BYTES)
  let waitingLength = 0
  let isAfterBlank = true

  function feed(bytes: Uint8Array): void {
    if (failed || !bytes.length) return
    isLineBegun = bytes[bytes.length - 1] !== LINE_FEED
    const length = waitingLength + bytes.length
    // As text it has at most so many characters.
    const fits = length <= WAITING_BYTES && begunLine.length + length <= maxMessageSize
    if (fits && !bytes.includes(LINE_FEED)) {
      waiting.set(bytes, waitingLength)
      waitingLength = length
      return
    }
    isReading = true
    readText(decodeWaiting() + decoder.decode(bytes))
    isReading = false
  }

  function decodeWaiting(): string {
    if (!waitingLength) return ''
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
    let lineEnd: number
    while ((lineEnd = text.indexOf('\n', start)) >= 0) {
      const line = begunLine + text.slice(start, lineEnd)
      begunLine = ''
      readLine(line)
      if (!isReading) return
      start = lineEnd + 1
    }
    begunLine += text.slice(start)
    if (begunLine.length > maxMessageSize) fail()
  }

  function readLine(line: string): void {
    if (line.length > maxMessageSize) return fail()
    if (line.endsWith('\r')) line = line.slice(0, -1)
    if (!(line.charCodeAt(0) > SPACE) && BLANK.test(line)) return readBlank()
    isAfterBlank = false
    let event: EncodableEvent
    try {
      event = toMessage(line)
    } catch (cause) {
      onError?.(new EventStreamError('decode', 'A line cannot be read.', { raw: line, cause }))
      return
    }
    const { type, data, id } = event
    if (id !== undefined) {
      lastEventId = id
      onLastEventId?.(id)
    }
    if (data === undefined || !isReading) return
    onMessage?.({ type: type || DEFAULT_EVENT_TYPE, data, lastEventId }, id !== undefined)
  }

  /** Servers send blank lines as heartbeats. The first one after a line may belong to it: some end lines with two LF. */
  function readBlank(): void {
    if (isAfterBlank) onComment?.('')
    isAfterBlank = true
  }

  function fail(): void {
    forgetLine()
    failed = true
    onError?.(
      new EventStreamError('message-too-large', `Message over maxMessageSize (${maxMessageSize}).`),
    )
  }

  function forgetLine(): void {
    begunLine = ''
    waitingLength = 0
    decoder.reset()
    isReading = isLineBegun = failed = false
    atStart = isAfterBlank = true
  }

  function end(): void {
    if (isLineBegun && !isReading) feed(new Uint8Array([LINE_FEED]))
    forgetLine()
  }

  function reset(): void {
    forgetLine()
    lastEventId = ''
  }

  return { feed, end, reset }
}
