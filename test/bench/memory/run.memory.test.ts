// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { measureMemory } from '../../../bench/memory/run.ts'
import type { BenchResult } from '../../../bench/support/results.ts'

const run = (only?: string): Promise<BenchResult> =>
  measureMemory({ rounds: 1, events: 10_000, keptEvents: 100, only })

describe('the benchmark of memory', { timeout: 60_000 }, () => {
  it('has numbers for each reader and all that is kept', async () => {
    const { tables, targets } = await run()
    const [table] = tables
    expect(table!.rows.map(([reader, kept]) => `${reader}: ${kept}`)).toEqual(
      ['ours', 'eventsource-parser', 'fetch-event-source', 'our client'].flatMap((reader) =>
        ['nothing', 'texts', 'objects'].map((kept) => `${reader}: ${kept}`),
      ),
    )
    for (const row of table!.rows)
      for (const cell of row.slice(2)) expect(Number.isFinite(cell)).toBe(true)
    expect(targets).toHaveLength(3)
  })

  it('measures only who it is asked for, and the base', async () => {
    const { tables, targets } = await run('client')
    const readers = tables[0]!.rows.map(([reader]) => reader)
    expect(new Set(readers)).toEqual(new Set(['eventsource-parser', 'our client']))
    expect(targets).toHaveLength(2)
  })
})
