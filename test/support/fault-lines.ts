/**
 * NDJSON, for every path of the fault server: a path writes its event stream as ever, and each block goes as a line
 * `{"id":"1","type":"tick","data":…}`. A comment goes as blank lines; data that is no JSON is the whole line; and what is cut in the
 * middle of a block is cut in the middle of its line.
 */
import { ServerResponse } from 'node:http'
import { createEventStreamParser } from '../../src/protocol/parse-event-stream.ts'

const EVENT_STREAM = /^text\/event-stream *(;|$)/i

/** From now on what is written to it goes as lines, where it is an event stream. */
export function writeAsLines(response: ServerResponse): void {
  const write = response.write.bind(response) as (
    chunk: string | Uint8Array,
    done?: () => void,
  ) => boolean
  const writeHead = response.writeHead.bind(response)
  const end = response.end.bind(response)
  const destroy = (): void => void ServerResponse.prototype.destroy.call(response)
  let isStream = false
  let lines = ''
  /** The last block is unfinished. */
  let isBegun = false
  let ownId: string | undefined
  const parser = createEventStreamParser({
    onComment: () => void (lines += '\n\n'),
    onLastEventId: (id) => void (ownId = id),
    onMessage({ type, data }, hasOwnId) {
      lines += `${toLine(type, data, hasOwnId ? ownId : undefined)}\n`
    },
  })

  /** What these bytes complete. */
  function translate(chunk: string | Uint8Array): string {
    const bytes = Buffer.from(chunk as string)
    parser.feed(bytes)
    isBegun = !/\n\r?\n$/.test(bytes.toString('latin1'))
    const text = lines
    lines = ''
    return text
  }

  function trickle(text: string): void {
    const bytes = Buffer.from(text)
    const writeFrom = (offset: number): void => {
      const byte = bytes.subarray(offset, offset + 1)
      if (byte.length > 0) write(byte, () => setImmediate(writeFrom, offset + 1))
    }
    writeFrom(0)
  }

  Object.assign(response, {
    writeHead(status: number, headers: Record<string, string> = {}) {
      isStream = status === 200 && EVENT_STREAM.test(headers['Content-Type'] ?? '')
      const type = isStream && { 'Content-Type': 'application/x-ndjson' }
      return writeHead(status, { ...headers, ...type })
    },
    write(chunk: string | Uint8Array, done?: () => void) {
      if (!isStream) return write(chunk, done)
      const text = translate(chunk)
      if (chunk.length === 1) trickle(text)
      else if (text) return write(text, done)
      if (done) setImmediate(done)
      return true
    },
    destroy() {
      if (isStream && isBegun) write('{"id":"cut","da', destroy)
      else destroy()
    },
    end: (chunk: string | Uint8Array = '') => end(isStream ? translate(chunk) : chunk),
  })
}

function toLine(type: string, data: string, id: string | undefined): string {
  try {
    const value: unknown = data === '' ? undefined : JSON.parse(data)
    return JSON.stringify({ id, type, data: value })
  } catch {
    return data
  }
}
