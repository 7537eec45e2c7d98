/** A stream that is handed over, on a real server: tokens that die, and a server that drains, under load. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { startRun, until } from '../../support/client-run.ts'
import { range } from '../../support/shared-streams.ts'
import type { AddressInfo } from 'node:net'
import type { Server, ServerResponse } from 'node:http'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { ClientRun } from '../../support/client-run.ts'

/** 2,000 events a second. */
const TICK_MS = 5
const EVENTS_PER_TICK = 10
const TOKEN_MS = 200
const DRAIN_MS = 100

interface Habits {
  /** Ends each stream when its token dies. */
  tokenMs?: number
  /** Says after so many milliseconds that it drains, and ends that stream. */
  drainsAfter?: number
  /** How long the second request waits for its answer. */
  delay?: number
}

let server: Server
let habits: Habits
/** The number of the last event, as its id. */
let last = 0
let isOver = false
const streams = new Set<ServerResponse>()
let open = 0
let asked: { token: string; lastEventId: number }[] = []
const runs: ClientRun[] = []

function write(response: ServerResponse, from: number): void {
  response.write(
    range(from, last)
      .map((id) => `id: ${id}\ndata: ${id}\n\n`)
      .join(''),
  )
}

async function answer(response: ServerResponse, nth: number, from: number): Promise<void> {
  const { tokenMs, drainsAfter, delay = 0 } = habits
  const timers: NodeJS.Timeout[] = []
  const after = (ms: number, run: () => void): void => void timers.push(setTimeout(run, ms))
  const end = (): void => void response.end()
  open++
  response.on('close', () => {
    open--
    streams.delete(response)
    for (const timer of timers) clearTimeout(timer)
  })
  if (nth === 1 && delay) await new Promise<void>((resolve) => after(delay, resolve))
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  write(response, from + 1)
  streams.add(response)
  if (nth === 0 && tokenMs) after(tokenMs, end)
  if (nth === 0 && drainsAfter) {
    after(drainsAfter, () => {
      response.write('event: draining\ndata: "soon"\n\n')
      after(DRAIN_MS, end)
    })
  }
}

beforeAll(async () => {
  server = createServer(({ headers }, response) => {
    const lastEventId = Number(headers['last-event-id'] ?? '0')
    const nth = asked.push({ token: `${headers.authorization}`, lastEventId }) - 1
    void answer(response, nth, lastEventId)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const tick = setInterval(() => {
    if (isOver) return
    const from = last + 1
    last += EVENTS_PER_TICK
    for (const response of streams) write(response, from)
  }, TICK_MS)
  server.on('close', () => clearInterval(tick))
})
afterEach(async () => {
  for (const { client } of runs) client.close()
  await until(() => open === 0)
  // oxlint-disable-next-line vitest/no-standalone-expect -- of every test
  expect(runs.splice(0).flatMap(({ reported }) => reported)).toEqual([])
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

function connect(given: Habits, options: EventStreamClientOptions): ClientRun {
  habits = given
  asked = []
  last = 0
  isOver = false
  let token = 0
  const { port } = server.address() as AddressInfo
  const run = startRun(
    `http://127.0.0.1:${port}/events`,
    { headers: () => ({ Authorization: `${++token}` }), ...options },
    createEventStreamClient,
  )
  runs.push(run)
  return run
}

describe('a stream of 2,000 events a second that is handed over', () => {
  const byTime = {
    before: ({ openedAt }: { openedAt: number }) =>
      asked.length > 1 ? undefined : openedAt + TOKEN_MS,
    lead: 100,
  }
  const byEvent = { on: 'draining' }

  it.each<[string, Habits, EventStreamClientOptions]>([
    ['before its token dies', { tokenMs: TOKEN_MS }, { renew: byTime }],
    ['without dedupe', { tokenMs: TOKEN_MS }, { renew: byTime, dedupe: false }],
    ['by a server that drains', { drainsAfter: 150 }, { renew: byEvent }],
    ['to a slow one', { drainsAfter: 150, delay: 1000 }, { renew: byEvent }],
    [
      'to a slow one, without dedupe',
      { drainsAfter: 150, delay: 500 },
      { renew: byEvent, dedupe: false },
    ],
  ])('loses nothing and gets nothing twice: %s', async (_, given, options) => {
    const run = connect(given, options)
    await until(() => asked.length > 1 && open === 1 && streams.size === 1, 10_000)
    const handedOverAt = last
    await until(() => last > handedOverAt + 500, 10_000)
    isOver = true
    await until(() => run.client.lastEventId === `${last}`, 10_000)
    const numbers = run.data().filter((data) => typeof data === 'number')
    expect(numbers).toEqual(range(numbers[0]!, last))
    expect(run.statuses).toEqual(['connecting', 'open'])
    expect(run.opens).toHaveLength(1)
    expect(run.errors).toEqual([])
    expect(run.gaps).toEqual([])
    expect(asked.map(({ token }) => token)).toEqual(['1', '2'])
    expect(asked[1]!.lastEventId).toBeGreaterThan(0)
  })
})
