/**
 * Polling, for every path of the fault server: a path writes its stream as ever, and each poll takes what has been
 * written since the last one. Statuses, silences and cuts stay what they are: what was written before an end or a cut is
 * answered, and the poll after it finds the connection broken.
 */
import { EventEmitter } from 'node:events'
import { createEventStreamParser } from '../../src/protocol/parse-event-stream.ts'
import type { ServerResponse } from 'node:http'

/** `poll=` in a query: how the answers look. */
export type PollFormat = 'json' | 'ndjson' | 'stream'

const CONTENT_TYPES: Record<PollFormat, string> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson',
  stream: 'text/event-stream',
}
const EVENT_STREAM = /^text\/event-stream *(;|$)/i
/** What is written in one go belongs together. */
const QUIET_MS = 5
/** A poll that nothing is said to is held for so long. */
const HOLD_MS = 300
/** Who has not asked for so long counts as gone. Who asks later all the same goes on. */
const GONE_MS = 100
/** So much may wait for the next poll, in bytes. */
const MAX_WAITING = 64 * 1024

export interface PolledStream {
  /** What the path writes to. */
  readonly response: ServerResponse
  /** A poll of this client, to be answered now or later. */
  answer(poll: ServerResponse): void
}

/** What one client that polls has been told, and will be. */
export function createPolledStream(format: PollFormat): PolledStream {
  const response = new EventEmitter()
  const ownHeaders: Record<string, string> = {}
  const read = createReader()
  /** Binary: a character for each byte. */
  let written = ''
  let isStream = false
  let isFirst = true
  let isOver = false
  let isCut = false
  let poll: ServerResponse | undefined
  /** Until the poll has been held long enough, or until the client counts as gone. */
  let timer: ReturnType<typeof setTimeout> | undefined
  let soon: ReturnType<typeof setTimeout> | undefined

  function answer(next: ServerResponse): void {
    poll = next
    clearTimeout(timer)
    next.once('close', () => {
      if (poll === next) poll = undefined
      // It went before it was told all: the client has left.
      if (!next.writableFinished || !isStream) finish()
    })
    if (isOver) flush()
    // A browser may ask again by itself when a kept connection breaks.
    else if (stream.destroyed && !isStream) next.destroy()
    else if (written) flushSoon()
    else if (isStream) timer = setTimeout(flush, HOLD_MS)
  }

  function flushSoon(): void {
    soon ??= setTimeout(flush, QUIET_MS)
  }

  function flush(): void {
    clearTimeout(soon)
    soon = undefined
    if (!poll) return
    const text = takeBlocks()
    // The end and a cut are told when there is nothing else to tell, but no stream starts with its end.
    if (isOver && !text && (isCut || !isFirst)) return void poll.destroy()
    const answered = poll
    poll = undefined
    const headers = { ...ownHeaders, 'Content-Type': CONTENT_TYPES[format] }
    answered.writeHead(200, isFirst ? headers : { 'Content-Type': headers['Content-Type'] })
    isFirst = false
    answered.end(format === 'stream' ? text : read(text, format))
    clearTimeout(timer)
    timer = setTimeout(finish, GONE_MS)
    response.emit('drain')
  }

  /** Whole blocks only: what is not complete waits for the rest of it. */
  function takeBlocks(): Buffer | '' {
    const end = Math.max(written.lastIndexOf('\n\n') + 2, written.lastIndexOf('\n\r\n') + 3)
    const text = end > 2 ? written.slice(0, end) : ''
    written = written.slice(text.length)
    return text && Buffer.from(text, 'latin1')
  }

  function finish(): void {
    clearTimeout(timer)
    clearTimeout(soon)
    if (stream.destroyed) return
    stream.destroyed = true
    response.emit('close')
  }

  function stop(wasCut: boolean): void {
    isOver = true
    isCut = wasCut
    flush()
    setImmediate(finish)
  }

  const stream = Object.assign(response, {
    destroyed: false,
    setHeader: (name: string, value: string) => void (ownHeaders[name] = value),
    writeHead(status: number, headers?: Record<string, string>) {
      Object.assign(ownHeaders, headers)
      // The answer has another length.
      if (status === 200) delete ownHeaders['Content-Length']
      isStream = status === 200 && EVENT_STREAM.test(`${ownHeaders['Content-Type']}`)
      if (!isStream) poll?.writeHead(status, ownHeaders)
      return stream
    },
    flushHeaders() {
      if (isStream) flushSoon()
      else poll?.flushHeaders()
    },
    write(chunk: string | Buffer, done?: () => void) {
      if (!isStream) return !poll || poll.write(chunk, done)
      written += Buffer.from(chunk as string).toString('latin1')
      if (written.length < MAX_WAITING) flushSoon()
      else flush()
      if (done) setImmediate(done)
      return written.length < MAX_WAITING
    },
    end(chunk?: string) {
      if (!isStream) return poll?.end(chunk)
      if (chunk) stream.write(chunk)
      stop(false)
    },
    destroy() {
      if (!isStream) poll?.destroy()
      else stop(true)
    },
  })
  Object.defineProperty(stream, 'socket', { get: () => poll?.socket })
  return { response: stream as unknown as ServerResponse, answer }
}

/** Makes messages of an event stream's text, and an answer of these. */
function createReader(): (text: Uint8Array | '', format: PollFormat) => string {
  let messages: Record<string, unknown>[] = []
  const parser = createEventStreamParser({
    onLastEventId: (id) => void messages.push({ id }),
    onMessage({ type, data }, hasOwnId) {
      if (!hasOwnId) messages.push({})
      Object.assign(messages.at(-1)!, type === 'message' ? {} : { type }, { data: asJson(data) })
    },
  })
  return (text, format) => {
    if (text) parser.feed(text)
    const lines = messages.map((message) => JSON.stringify(message))
    messages = []
    return format === 'json' ? `[${lines.join()}]` : lines.map((line) => `${line}\n`).join('')
  }
}

/** Objects go as what they are, and texts as texts. */
function asJson(data: string): unknown {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? value : data
  } catch {
    return data
  }
}
