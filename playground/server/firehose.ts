/**
 * Thousands of events a second, made for each stream at the rate it asks for, in one batch per tick. What a client has not
 * taken when the next batch is due is skipped and counted: an old price is of no use to anybody, and nothing piles up.
 */
import { Hono } from 'hono'
import { FIREHOSE_RATES } from '../shared/contract.ts'
import { createPriceWalk } from './price-walk.ts'
import { RequestProblem } from './problem.ts'
import type { FirehoseEvents, ServerClock } from '../shared/contract.ts'
import type { AppEnv } from './app-env.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Settings } from './settings.ts'
import type { SseStream } from './sse-response.ts'

const TICK_MS = 10
/** A server that stood still does not make up for it in one go. */
const MAX_BATCH_MS = 100
const PACE_MS = 500
/** Who changes the rate comes back before the old connection is known to be gone. */
const RETRY_AFTER_S = 2
const MIN_RATE = Math.min(...FIREHOSE_RATES)
const MAX_RATE = Math.max(...FIREHOSE_RATES)

export function createFirehoseRoutes(settings: Settings, streams: OpenStreams): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .get('/stream', (c) => {
      const rate = readRate(c.req.query('rate'))
      if (streams.count('firehose') >= settings.maxFirehoses) {
        throw tooMany(settings.maxFirehoses)
      }
      return streams.open(c, 'firehose', (stream) => stream.onClose(pour(stream, rate)))
    })
    .get('/clock', (c) =>
      c.json({ time: nowExactly() } satisfies ServerClock, 200, { 'Cache-Control': 'no-store' }),
    )
}

/** Returns what stops it. */
function pour(stream: SseStream, rate: number): () => void {
  const walk = createPriceWalk()
  let lastAt = performance.now()
  let toldAt = lastAt
  let due = 0
  let sent = 0
  let skipped = 0

  function tick(): void {
    const now = performance.now()
    due += (now - lastAt) * (rate / 1000)
    lastAt = now
    const count = Math.floor(due)
    due -= count
    const size = stream.isTaken ? Math.min(count, Math.ceil((rate * MAX_BATCH_MS) / 1000)) : 0
    sent += size
    skipped += count - size
    walk.skip(count - size)
    if (!stream.isTaken) return
    const time = nowExactly()
    const batch = Array.from({ length: size }, () => ({ type: 'price', data: walk.next(time) }))
    if (now - toldAt < PACE_MS) return stream.sendAll(batch)
    toldAt = now
    const data: FirehoseEvents['pace'] = { rate, sent, skipped }
    stream.sendAll([...batch, { type: 'pace', data }])
  }

  const timer = setInterval(tick, TICK_MS)
  return () => clearInterval(timer)
}

/** Epoch milliseconds, with a fraction. */
function nowExactly(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 100) / 100
}

function readRate(text = String(MIN_RATE)): number {
  const rate = Number(text)
  if (/^\d+$/.test(text) && rate >= MIN_RATE && rate <= MAX_RATE) return rate
  throw new RequestProblem(400, `"rate" must be a whole number from ${MIN_RATE} to ${MAX_RATE}`)
}

function tooMany(limit: number): RequestProblem {
  return new RequestProblem(
    503,
    'Too many firehoses',
    `This server runs ${limit} at a time. Try again later.`,
    { 'Retry-After': String(RETRY_AFTER_S) },
  )
}
