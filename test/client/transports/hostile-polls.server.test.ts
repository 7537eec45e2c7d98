/** Hostile and odd servers that are polled: ids, replays and answers mean what they mean in a stream. */
import { describe, expect, it } from 'vitest'
import { useServerRuns } from '../../support/server-runs.ts'
import { pollingOptions } from '../behaviour-transports.ts'
import { ANSWER_ROWS } from '../hostile-answers.ts'
import { ID_ROWS } from '../hostile-ids.ts'
import { observe } from '../hostile-rows.ts'
import type { HostileRow } from '../hostile-rows.ts'

const runs = useServerRuns()

const ROWS = [...ID_ROWS, ...ANSWER_ROWS]
  // Polling repeats its requests, and knows no clean end.
  .filter(({ options, sees: { errors } }) => !options?.method && !errors?.includes('truncated'))

describe.each(['json', 'ndjson', 'stream'] as const)('polls as %s', (format) => {
  const asPolled = (row: HostileRow): HostileRow => {
    return { ...row, options: { ...row.options, ...pollingOptions(format) } }
  }

  it.each(ROWS)('$name', async (row) => {
    const { run, seen, expected } = await observe(runs, asPolled(row))
    expect(seen).toEqual(expected)
    if (row.error) expect(run.client.error).toMatchObject(row.error)
  })
})
