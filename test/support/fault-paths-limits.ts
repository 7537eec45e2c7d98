/** The paths of the fault server that send too much: bodies without an end, also in a few kilobytes of gzip. */
import { pipeline } from 'node:stream/promises'
import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import { event, lastIndex, number, startStream } from './fault-stream.ts'
import type { Exchange, Responder } from './fault-stream.ts'

const MEBIBYTE = 1024 * 1024
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])

/** What a body is made of: its start, and what comes after it again and again. */
const BODIES: Readonly<Record<string, [start: string, repeated: string]>> = {
  /** One line that never ends. */
  line: ['id: large\ndata: ', 'x'],
  /** One message of lines without end. */
  lines: ['id: large\n', 'data:x\n'],
  /** Messages without end. */
  messages: ['', 'data: {"text":"small"}\n\n'],
  /** A comment that never ends. */
  comment: [':', 'x'],
  /** An id that never ends. */
  id: ['id: ', 'x'],
}

export const LIMIT_PATHS: Readonly<Record<string, Responder>> = {
  /**
   * `of=line&mib=1024&gzip=0&code=200&times=1`: a body of `BODIES`, so many MiB of it, compressed so many times, or as
   * the body of an error; before it comes the event 1 if the client has none. It is what the first `times` requests
   * get; later ones get the next event, in a stream that stays open.
   */
  async '/too-much'(exchange) {
    const { nth, response } = exchange
    const code = number(exchange, 'code', 200)
    const start = lastIndex(exchange) === 0 && code === 200 ? event(1) : ''
    if (nth >= number(exchange, 'times', 1)) {
      startStream(response)
      response.write(event(lastIndex(exchange) + 1))
      return
    }
    startBody(exchange, code)
    await writeBody(exchange, start)
  },

  /** `count=1000000`: one message of so many lines, which are the numbers from 0; then stays open. */
  '/lines'(exchange) {
    const { response } = exchange
    startStream(response)
    const lines = Array.from({ length: number(exchange, 'count', 1e6) }, (_, n) => `data: ${n}\n`)
    response.write(`id: 1\n${lines.join('')}\n`)
  },
}

function startBody(exchange: Exchange, code: number): void {
  const { query, response } = exchange
  const codings = Array<string>(number(exchange, 'gzip', 0))
    .fill('gzip')
    .join(', ')
  if (codings) response.setHeader('Content-Encoding', codings)
  if (code === 200) return startStream(response)
  response.setHeader('Content-Type', query.get('type') ?? 'text/plain')
  response.writeHead(code).flushHeaders()
}

async function writeBody(exchange: Exchange, first: string): Promise<void> {
  const { query, response } = exchange
  const [start, repeated] = BODIES[query.get('of') ?? 'line']!
  const times = number(exchange, 'gzip', 0)
  const head = Buffer.from(first + start)
  const part = Buffer.from(repeated.repeat(MEBIBYTE / repeated.length))
  const count = number(exchange, 'mib', 1024)
  const pieces =
    times === 0 ? series(head, part, count) : series(gzipHead(head), deflated(part), count)
  if (times === 2) response.write(gzipSync(Buffer.concat([...pieces])))
  // As fast as it is taken, until the client has gone.
  else await pipeline(pieces, response, { end: false }).catch(() => {})
}

function* series(head: Buffer, part: Buffer, count: number): Generator<Buffer> {
  yield head
  for (let index = 0; index < count; index++) yield part
}

function gzipHead(bytes: Buffer): Buffer {
  return Buffer.concat([GZIP_HEADER, deflated(bytes)])
}

/** A piece that others can come after. */
function deflated(bytes: Buffer): Buffer {
  return deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH })
}
