/** The paths of the fault server that no honest server has. What a few lines can say is written with `script()`. */
import { once } from 'node:events'
import { block } from './fault-script.ts'
import { event, lastIndex, number, startStream } from './fault-stream.ts'
import type { ServerResponse } from 'node:http'
import type { Exchange, Responder } from './fault-stream.ts'

const KIBIBYTE = 'x'.repeat(1024)

export const HOSTILE_PATHS: Readonly<Record<string, Responder>> = {
  /**
   * `first=3&replay=3&until=4`: events up to `first`, and the end; whoever comes again gets the last `replay` of them
   * and those up to `until`, in a stream that stays open.
   */
  '/replay'(exchange) {
    const { nth, response } = exchange
    const first = number(exchange, 'first', 3)
    const start = nth === 0 ? 0 : first - number(exchange, 'replay', first)
    const end = nth === 0 ? first : number(exchange, 'until', first + 1)
    startStream(response)
    response.write(events(start + 1, end))
    if (nth === 0) response.end()
  },

  /** `batch=500&until=3000`: a batch for each connection, then the end; at `until` it stays open. */
  '/batches'(exchange) {
    const { response } = exchange
    const until = number(exchange, 'until', 3000)
    const start = lastIndex(exchange)
    const end = Math.min(start + number(exchange, 'batch', 500), until)
    startStream(response)
    response.write(events(start + 1, end))
    if (end < until) response.end()
  },

  /** `count=10000`: as many events, each of a type of its own. */
  '/many-names'(exchange) {
    const { response } = exchange
    startStream(response)
    const count = number(exchange, 'count', 10_000)
    for (let index = 1; index <= count; index++) {
      response.write(event(index, { type: `type-${index}` }))
    }
  },

  /** `size=102400`: a message under an id of as many characters, and the end; then another one. */
  '/long-id'(exchange) {
    const { nth, response } = exchange
    startStream(response)
    if (nth > 0) response.write(block('short', 2))
    else response.end(block('i'.repeat(number(exchange, 'size', 102_400)), 1))
  },

  /** Events as fast as they are taken, for ever, or until the client has gone. */
  async '/firehose'({ response }) {
    startStream(response)
    let index = 0
    while (!response.destroyed) {
      const from = index + 1
      index += 100
      if (!response.write(events(from, index))) await drained(response)
      await nextTurn() // others want to be served, too
    }
  },

  /** As `/firehose`, but it never looks whether anybody takes them: bounded by `limit=64` MiB. */
  async '/blind-firehose'(exchange) {
    const { response } = exchange
    startStream(response)
    let left = number(exchange, 'limit', 64) * 1024
    while (!response.destroyed && left-- > 0) {
      response.write(`id: ${left}\ndata: "${KIBIBYTE}"\n\n`)
      if (left % 64 === 0) await nextTurn()
    }
    if (!response.destroyed) await once(response, 'close')
  },

  /** `code=404&type=text/plain`: an error with a body that never ends, as fast as it is taken. */
  async '/endless-error'(exchange) {
    const { query, response } = exchange
    response.setHeader('Content-Type', query.get('type') ?? 'text/plain')
    response.writeHead(number(exchange, 'code', 404))
    while (!response.destroyed) {
      if (!response.write(KIBIBYTE.repeat(10))) await drained(response)
      await nextTurn()
    }
  },

  /** `left=Infinity&to=/end`: a redirect to itself, so many times, then what `to` does. Each hop is a request. */
  '/hops'(exchange) {
    const { query, response } = exchange
    const left = number(exchange, 'left', Infinity)
    const next = new URLSearchParams(query)
    next.set('left', String(left - 1))
    const isThere = left <= 1
    const path = isThere ? (query.get('to') ?? '/end') : '/hops'
    redirect(response, `${path}?${next.toString()}`)
  },

  /** Two paths that send each other the client. */
  '/there': ({ query, response }) => redirect(response, `/back?${query.toString()}`),
  '/back': ({ query, response }) => redirect(response, `/there?${query.toString()}`),

  /** A redirect that does not say where. */
  '/nowhere': ({ response }) => void response.writeHead(302).end(),

  /** Breaks the connection before there is a head. */
  '/hang-up': ({ response }) => void response.destroy(),

  /** Something that is not HTTP. */
  '/no-http': ({ response }) => void response.socket!.end('SSH-2.0-OpenSSH_9.6\r\n'),

  /** A head that stops in the middle. */
  '/half-head': ({ response }) =>
    void response.socket!.end('HTTP/1.1 200 OK\r\nContent-Type: text/event-'),

  /** A head that is larger than clients take. */
  '/huge-head'({ response }) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Long': 'x'.repeat(1 << 20) })
    response.end()
  },

  /** A new id each time, and the end: progress without end. */
  '/one-by-one': respondWithOne,

  /** A 401 and `/one-by-one` in turns: whoever asks once more after a 401 always gets on. */
  '/stale-token'(exchange) {
    if (exchange.nth % 2 === 0) exchange.response.writeHead(401).end()
    else respondWithOne(exchange)
  },
}

function respondWithOne({ nth, response }: Exchange): void {
  startStream(response)
  response.end(`retry: 0\n${event(nth + 1)}`)
}

/** Events with the indexes from `first` to `last`. */
function events(first: number, last: number): string {
  let text = ''
  for (let index = first; index <= last; index++) text += event(index)
  return text
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { Location: location }).end()
}

/** Room for more, or nobody there any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
