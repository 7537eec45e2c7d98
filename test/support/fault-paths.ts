/** The paths of the fault server: each is one way to behave. */
import { HOSTILE_PATHS } from './fault-paths-hostile.ts'
import { LIMIT_PATHS } from './fault-paths-limits.ts'
import { LINE_PATHS } from './fault-paths-lines.ts'
import { respondWithScript } from './fault-script.ts'
import { cutAfter, event, indexes, lastIndex, number, startStream } from './fault-stream.ts'
import { TRICKLED_TEXT, TRICKY_NAMES } from './tricky-texts.ts'
import type { Responder } from './fault-stream.ts'

export { TRICKLED_TEXT, TRICKY_NAMES } from './tricky-texts.ts'

export const FAULT_PATHS: Readonly<Record<string, Responder>> = {
  ...HOSTILE_PATHS,
  ...LIMIT_PATHS,
  ...LINE_PATHS,
  '/script': respondWithScript,

  /** `count=3&type=&size=0`: the next so many events, each with `size` more characters, then stays open. */
  '/events'(exchange) {
    const { query, response } = exchange
    const type = query.get('type') ?? ''
    const text = 'x'.repeat(number(exchange, 'size', 0))
    startStream(response)
    for (const index of indexes(exchange, number(exchange, 'count', 3))) {
      response.write(event(index, { type, ...(text && { text }) }))
    }
  },

  /** `count=1000`: all events in one write, then stays open. */
  '/burst'(exchange) {
    const { response } = exchange
    startStream(response)
    const events = indexes(exchange, number(exchange, 'count', 1000)).map((index) => event(index))
    response.write(events.join(''))
  },

  /** `count=1`: ends cleanly after so many events. */
  '/end'(exchange) {
    const { response } = exchange
    startStream(response)
    for (const index of indexes(exchange, number(exchange, 'count', 1)))
      response.write(event(index))
    response.end()
  },

  /** `after=2`: breaks off in the middle of the event after these. */
  '/cut'(exchange) {
    startStream(exchange.response)
    const events = indexes(exchange, number(exchange, 'after', 2)).map((index) => event(index))
    cutAfter(exchange.response, `${events.join('')}data: {"index"`)
  },

  /** `code=503&retryAfter=&body=`: answers with a status. */
  '/status'(exchange) {
    const { query, response } = exchange
    const retryAfter = query.get('retryAfter')
    if (retryAfter !== null) response.setHeader('Retry-After', retryAfter)
    response.setHeader('Content-Type', 'text/plain')
    response.writeHead(number(exchange, 'code', 503)).end(query.get('body') ?? '')
  },

  /** 204: do not come back. */
  '/no-content': ({ response }) => void response.writeHead(204).end(),

  /** 200, but a page. */
  '/wrong-type'({ response }) {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><h1>Welcome</h1>')
  },

  /** The head, and then nothing. */
  '/silent': ({ response }) => startStream(response),

  /** Not even a head. */
  '/no-head'() {},

  /** `ms=50&count=1`: the head comes late. */
  '/slow-head'(exchange) {
    const respond = (): void => void FAULT_PATHS['/events']!(exchange)
    const timer = setTimeout(respond, number(exchange, 'ms', 50))
    exchange.response.once('close', () => clearTimeout(timer))
  },

  /** One event, a byte at a time, with CR LF, then stays open. */
  '/trickle'({ response }) {
    startStream(response)
    const bytes = Buffer.from(event(1, { text: TRICKLED_TEXT }).replaceAll('\n', '\r\n'))
    const writeFrom = (offset: number): void => {
      if (offset === bytes.length || response.destroyed) return
      response.write(bytes.subarray(offset, offset + 1), () => writeFrom(offset + 1))
    }
    writeFrom(0)
  },

  /** Tells what it got as one event `{ method, headers, body }`, and ends. */
  '/echo'({ method, headers, body, response }) {
    startStream(response)
    response.end(`event: echo\ndata: ${JSON.stringify({ method, headers, body })}\n\n`)
  },

  /** `to=/events&code=307`: is elsewhere. */
  '/redirect'(exchange) {
    const { query, response } = exchange
    const code = number(exchange, 'code', 307)
    response.writeHead(code, { Location: query.get('to') ?? '/events' }).end()
  },

  /**
   * `until=20&every=5&replay=0`: breaks off after each `every` events, and sends the last `replay` ones again when
   * asked to go on. At `until` it stays open. For tests that every event arrives exactly once.
   */
  '/resume'(exchange) {
    const { response } = exchange
    const until = number(exchange, 'until', 20)
    const start = lastIndex(exchange)
    const end = Math.min(start + number(exchange, 'every', 5), until)
    const events: string[] = []
    const replayed = Math.max(0, start - number(exchange, 'replay', 0))
    for (let index = replayed + 1; index <= end; index++) events.push(event(index))
    startStream(response)
    if (end < until) cutAfter(response, events.join(''))
    else response.write(events.join(''))
  },

  /** One event of each tricky name, then stays open. */
  '/names'({ response }) {
    startStream(response)
    TRICKY_NAMES.forEach((type, index) => response.write(event(index + 1, { type })))
  },

  /** `ms=200`: sets the reconnection time, sends an event and ends. */
  '/retry'(exchange) {
    const { query, response } = exchange
    startStream(response)
    response.end(`retry: ${query.get('ms') ?? 200}\n\n${event(lastIndex(exchange) + 1)}`)
  },

  /** `every=20&count=Infinity`: a comment each so many milliseconds, so many times. */
  '/heartbeats'(exchange) {
    const { response } = exchange
    let left = number(exchange, 'count', Infinity)
    startStream(response)
    const beat = setInterval(
      () => {
        if (left-- > 0) response.write(': heartbeat\n\n')
      },
      number(exchange, 'every', 20),
    )
    response.once('close', () => clearInterval(beat))
  },

  /** A line that never ends, as fast as it is read. */
  '/endless-line'({ response }) {
    startStream(response)
    const more = 'x'.repeat(16 * 1024)
    const write = (): void => {
      while (!response.destroyed && response.write(more));
    }
    response.on('drain', write).write('data: ')
    write()
  },
}
