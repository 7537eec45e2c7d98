/** How a row of the tables of odd servers is written, run, and judged. */
import { QUICK, until } from '../support/client-run.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { EventStreamGapReason } from '../../src/client/types.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'
import type { Run, ServerRuns } from '../support/server-runs.ts'

/** What the app, and the server, must have seen when it is over, or when the stream is quiet. */
export interface Sights {
  /** Every payload, in order. */
  data: unknown[]
  duplicates: number
  gaps: EventStreamGapReason[]
  /** The codes of all errors but `network`, which every cut is. */
  errors: string[]
  status: string
  /** What each request said of the last event id: one item for each request. */
  asked: (string | undefined)[]
}

export interface HostileRow {
  /** A fact about the client. */
  name: string
  /** Where the server is that behaves so. */
  path: string
  options?: EventStreamClientOptions
  sees: Partial<Sights> & Pick<Sights, 'data' | 'asked'>
  /** What the error of the stream, as it is then, must have. */
  error?: Partial<EventStreamError>
}

/** A stream that has ended after so many attempts in a row that came to nothing. */
export const EXHAUSTED = { status: 'failed exhausted', errors: ['attempts-exhausted'] }

/** Ends the stream after so many failed attempts in a row: whoever gets there has backed off. */
export function giveUpAfter(maxAttempts: number): EventStreamClientOptions {
  return { reconnect: { ...QUICK, maxAttempts } }
}

/** Runs a row until the app has seen enough, or for some seconds: what it has seen, and should have. */
export async function observe(
  { connect }: ServerRuns,
  row: HostileRow,
): Promise<{ run: Run; seen: Sights; expected: Sights }> {
  const expected: Sights = { duplicates: 0, gaps: [], errors: [], status: 'open', ...row.sees }
  const run = connect(row.path, row.options)
  const isEnough = (): boolean => {
    const { data, asked, status } = sights(run)
    return (
      data.length >= expected.data.length &&
      asked.length >= expected.asked.length &&
      status === expected.status
    )
  }
  await until(isEnough).catch(() => {}) // what is missing shows in what was seen
  return { run, seen: sights(run), expected }
}

function sights({ client, gaps, errors, data, requests }: Run): Sights {
  const { status, reason, duplicates } = client
  return {
    data: data(),
    duplicates,
    gaps: gaps.map((gap) => gap.reason),
    errors: errors.map(({ code }) => code).filter((code) => code !== 'network'),
    status: reason ? `${status} ${reason}` : status,
    asked: requests().map(({ headers }) => headers['last-event-id']),
  }
}
