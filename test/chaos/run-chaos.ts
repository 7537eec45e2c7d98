/** One chaos run: a client against the chaos server until the whole log has arrived, and what became of it. */
import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { createEventStreamClient } from '../../src/client/index.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createChaosLog } from './chaos-log.ts'
import { NONE, createJournal } from './chaos-notes.ts'
import { REQUEST_HEADER, startChaosServer } from './chaos-server.ts'
import { findProblems } from './find-problems.ts'
import { judgeChaos } from './judge-chaos.ts'
import type { EventStreamClientOptions } from '../../src/client/index.ts'
import type { ChaosLog } from './chaos-log.ts'
import type { JournalEntry, Notes } from './chaos-notes.ts'
import type { ChaosServer } from './chaos-server.ts'
import type { ChaosVerdict } from './judge-chaos.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly events: number
  /** How many answers may ask for a real wait of about a second. @default 0 */
  readonly maxWaits?: number
  /** Options over the run's own: to see that the run notices. */
  readonly client?: Pick<EventStreamClientOptions, 'dedupe' | 'fetch'>
  /** An event that the server loses: to see that the run notices. */
  readonly omit?: number
}

export interface ChaosFigures {
  readonly seed: number
  readonly events: number
  readonly ownIds: number
  readonly verdict: ChaosVerdict
  readonly requests: number
  /** How many streams began with events that the client had. */
  readonly replays: number
  readonly cuts: ChaosServer['cuts']
  readonly waits: number
  /** What the client reported, by code. */
  readonly errors: Readonly<Record<string, number>>
  /** As the client counted them. */
  readonly received: number
  readonly duplicates: number
  /** Bytes after a collection, at the start and at each quarter; empty where the collector cannot be called. */
  readonly heap: readonly number[]
  readonly milliseconds: number
  /** What should not have happened, in words. */
  readonly oddities: readonly string[]
}

export interface ChaosReport extends ChaosFigures {
  /** All that is wrong, in words; empty: nothing. */
  readonly problems: readonly string[]
}

/** Waits so short that a run is fast, and a silence that is over soon. */
const CLIENT_OPTIONS = {
  decode: 'text',
  connectTimeout: 5000,
  silenceTimeout: 75,
  reconnect: { initialDelay: 1, minDelay: 1, maxDelay: 20 },
} satisfies EventStreamClientOptions

const QUARTERS = 4
/** Far more than a run takes: a client that goes over it will not come to an end. */
const timeLimit = (events: number): number => 20_000 + 20 * events
const maxRequests = (events: number): number => events + 1000
const maxNotes = (events: number): number => 5 * events + 1000
/** How long a socket may take to be gone after its end. */
const CLOSING_TURNS = 100
const CLOSING_TURN_MS = 20

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, events, maxWaits = 0, omit } = options
  const log = createChaosLog(seed, events)
  const journal = createJournal(maxNotes(events))
  const server = await startChaosServer(log, {
    ...{ seed, maxWaits, omit },
    maxRequests: maxRequests(events),
  })
  try {
    const seen = await follow(log, journal, server.url, options)
    for (let turn = 0; server.open > 0 && turn < CLOSING_TURNS; turn++) await wait(CLOSING_TURN_MS)
    const oddities = [
      ...seen.oddities,
      ...server.offences.map((offence) => `A request ${offence}.`),
    ]
    if (server.open > 0) oddities.push(`${server.open} connections were left open.`)
    const { requests, cuts, waits } = server
    const figures: ChaosFigures = {
      ...{ seed, events, ownIds: log.ownIds, cuts, waits, requests: requests.length },
      replays: Array.from(requests).filter(({ cursor, from }) => from <= cursor).length,
      verdict: judgeChaos(log, requests, journal),
      ...seen,
      oddities,
    }
    return { ...figures, problems: findProblems(figures) }
  } finally {
    await server.close()
  }
}

type Seen = Pick<
  ChaosFigures,
  'errors' | 'received' | 'duplicates' | 'heap' | 'milliseconds' | 'oddities'
>

/** The client's side: until the stream has ended, or the time is up. */
async function follow(
  log: ChaosLog,
  journal: Notes<JournalEntry>,
  url: string,
  options: ChaosOptions,
): Promise<Seen> {
  const oddities: string[] = []
  const errors: Record<string, number> = {}
  const heap = [measureHeap()]
  await heap[0]
  const start = performance.now()

  const note = (entry: JournalEntry): void => {
    if (!journal.add(entry)) client.close()
  }
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const client = createEventStreamClient(url, {
    ...CLIENT_OPTIONS,
    ...options.client,
    environment: {
      random: createSeededRandom(log.seed).next,
      warn: (text) => oddities.push(text),
      reportError: (error) => oddities.push(`Reported: ${error}`),
    },
    onMessage(message) {
      const index = log.identify(message)
      if (index === undefined) return note({ kind: 'wrong' })
      note({ kind: 'message', index })
      if (index + 1 >= (log.length * heap.length) / QUARTERS) heap.push(measureHeap())
    },
    onOpen: ({ first, headers }) =>
      note({ kind: 'open', request: Number(headers.get(REQUEST_HEADER)), first }),
    onGap: ({ reason, lastEventId }) =>
      note({ kind: 'gap', reason, cursor: log.positionOf(lastEventId) ?? NONE - 1 }),
    onError({ code, cause }) {
      errors[code] = (errors[code] ?? 0) + 1
      // An end by the book has no cause but itself.
      note({ kind: code === 'network' && cause === undefined ? 'end' : 'cut' })
    },
    onClose: () => end(),
  })
  const timer = setTimeout(end, timeLimit(log.length))
  await ended
  clearTimeout(timer)
  const milliseconds = performance.now() - start
  const { status, reason, error, received, duplicates } = client
  client.close()
  if (status !== 'closed' || reason !== 'no-content') {
    const seconds = Math.round(milliseconds / 1000)
    oddities.push(`The stream was ${status} (${reason}, ${error}) after ${seconds} s.`)
  }
  const bytes = (await Promise.all(heap)).filter((value) => value !== undefined)
  return { oddities, errors, received, duplicates, milliseconds, heap: bytes }
}

/** What is left after a collection, buffers included; undefined without `--expose-gc`. */
async function measureHeap(): Promise<number | undefined> {
  for (let round = 0; round < 2; round++) {
    await setImmediate()
    globalThis.gc?.()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return globalThis.gc && heapUsed + arrayBuffers
}
