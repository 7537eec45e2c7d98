/**
 * A real HTTP server that tells an ordered log, goes on after `Last-Event-ID`, and breaks off every answer in one way
 * or another. When the whole log has arrived it tells its end once more, and then that there is no more (204).
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { composeAnswer, composeFarewell } from './chaos-answer.ts'
import { randomAt } from './chaos-log.ts'
import { createRequestNotes } from './chaos-notes.ts'
import { CUTS, planRequest } from './chaos-plan.ts'
import { splitBytes } from './chaos-wire.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChaosAnswer } from './chaos-answer.ts'
import type { ChaosLog } from './chaos-log.ts'
import type { Notes, ServedRequest } from './chaos-notes.ts'
import type { RequestPlan } from './chaos-plan.ts'

const CUT_NAMES = [...CUTS, 'left'] as const
type CutName = (typeof CUT_NAMES)[number]

export interface ChaosServerOptions {
  readonly seed: number
  /** The next request is answered with 404, which ends the run. */
  readonly maxRequests: number
  /** How many answers may ask for a real wait. */
  readonly maxWaits: number
  /** An event that is left out although it is noted down as served: a server that loses it. */
  readonly omit?: number | undefined
}

export interface ChaosServer {
  readonly url: string
  /** Every request so far. */
  readonly requests: Notes<ServedRequest>
  /** How many answers were broken off or refused in each way; `left`: the client went first. */
  readonly cuts: Readonly<Record<CutName, number>>
  /** How often a real wait was asked for. */
  readonly waits: number
  /** What no request may do, in words that go on after "A request". */
  readonly offences: readonly string[]
  /** How many answers are not over. */
  readonly open: number
  close(): Promise<void>
}

/** The response header with the number of the request: it joins the server's notes to the client's. */
export const REQUEST_HEADER = 'X-Request'
const HTML = '<!doctype html><title>Sign in</title>\n\nid: page\ndata: no event\n\n'
const LONG_AGO_MS = 60_000
const REAL_WAIT_MS = 1000
/** Timers may be early by a little. */
const TOLERANCE_MS = 20

export async function startChaosServer(
  log: ChaosLog,
  { seed, maxRequests, maxWaits, omit }: ChaosServerOptions,
): Promise<ChaosServer> {
  const requests = createRequestNotes(maxRequests)
  const cuts = Object.fromEntries(CUT_NAMES.map((cut) => [cut, 0])) as Record<CutName, number>
  const offences: string[] = []
  let open = 0
  let waits = 0
  /** No request may come before this, by `Retry-After`. */
  let notBefore = 0
  /** Events before this one have been sent. */
  let sent = 0
  let saidFarewell = false

  const server = createServer((request, response) => {
    open++
    response.once('close', () => open--)
    answer(request, response).catch((error: unknown) => {
      offences.push(`made the server fail: ${error}`)
      response.destroy()
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (performance.now() < notBefore - TOLERANCE_MS) offences.push('came before Retry-After')
    notBefore = 0
    const cursor = log.positionOf(lastEventIdOf(request))
    if (cursor === undefined) {
      offences.push('came with an id that no event has')
      return void response.writeHead(404).end()
    }
    const number = requests.length
    const plan = planRequest(seed, number)
    const isLast = cursor === log.length - 1
    const compose = isLast ? composeFarewell : composeAnswer
    const composed = compose(log, plan, { seed, number, cursor, sent, omit })
    if (!requests.add(composed.served)) {
      offences.push(`came more than ${maxRequests} times`)
      return void response.writeHead(404).end()
    }
    if (isLast && saidFarewell) return void response.writeHead(204).end()
    saidFarewell ||= isLast
    response.setHeader(REQUEST_HEADER, number)
    if (composed.body) await stream(number, plan, composed, response)
    else refuse(plan, composed, response)
  }

  function refuse(plan: RequestPlan, { cut }: ChaosAnswer, response: ServerResponse): void {
    cuts[cut]++
    if (cut === 'no-head') return void response.socket?.resetAndDestroy()
    if (cut === 'html') return void response.setHeader('Content-Type', 'text/html').end(HTML)
    response.setHeader('Retry-After', retryAfter(plan))
    response.writeHead(Number(cut), { 'Content-Type': 'text/plain' }).end('Not now.')
  }

  /** As seconds or as a date, which has no smaller unit either. */
  function retryAfter({ realWait, asDate }: RequestPlan): string {
    const isReal = realWait && waits < maxWaits
    const now = Date.now()
    const date = new Date(now + (isReal ? REAL_WAIT_MS : -LONG_AGO_MS)).toUTCString()
    if (isReal) {
      waits++
      notBefore = performance.now() + (asDate ? Date.parse(date) - now : REAL_WAIT_MS)
    }
    if (asDate) return date
    return isReal ? String(REAL_WAIT_MS / 1000) : '0'
  }

  async function stream(
    number: number,
    plan: RequestPlan,
    { body, cut, ending, sent: sentThen }: ChaosAnswer,
    response: ServerResponse,
  ): Promise<void> {
    const { socket } = response
    if (plan.untilClose) response.useChunkedEncodingByDefault = false
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.flushHeaders()
    const closed = once(response, 'close')
    for (const part of splitBytes(body!, plan.writes, randomAt(seed ^ 0x165667b1, number))) {
      if (response.destroyed) break
      const written = new Promise((resolve) => response.write(part, resolve))
      // Either way in a later turn, so that the client gets the parts one by one.
      await (plan.flushes ? Promise.race([written, closed]) : setImmediate())
    }
    if (response.destroyed) return void cuts.left++
    sent = sentThen
    cuts[cut]++
    if (ending === 'end') response.end()
    else if (ending === 'fin') socket?.end()
    else if (ending === 'rst') socket?.resetAndDestroy()
  }

  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ...{ requests, cuts, offences },
    get waits() {
      return waits
    },
    get open() {
      return open
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Headers are bytes, one to a character; ids are UTF-8. */
function lastEventIdOf({ headers }: IncomingMessage): string {
  return Buffer.from(`${headers['last-event-id'] ?? ''}`, 'latin1').toString()
}
