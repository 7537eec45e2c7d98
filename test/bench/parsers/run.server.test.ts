import { describe, expect, it } from 'vitest'
import { measureParsersInNode } from '../../../bench/parsers/run.ts'

describe('the benchmark of parsers in Node', () => {
  it('has a number for each parser, stream and chunking', async () => {
    const result = await measureParsersInNode({ rounds: 1, sampleMs: 0, bytes: 16 * 1024 })
    const [parsers, plumbing] = result.tables
    expect(parsers!.rows).toHaveLength(7 * 5)
    expect(plumbing!.rows).toHaveLength(2 * 2)
    expect(parsers!.columns).toContain('undici')
    for (const row of [...parsers!.rows, ...plumbing!.rows])
      for (const cell of row.slice(2)) if (cell !== null) expect(cell).toBeGreaterThan(0)
    expect(result.targets).toHaveLength(9)
  })

  const measureOnly = (only: string): ReturnType<typeof measureParsersInNode> =>
    measureParsersInNode({ rounds: 1, sampleMs: 0, bytes: 1024, only })

  it('measures only the streams that it is asked for', async () => {
    const result = await measureOnly('cr')
    const streams = result.tables[0]!.rows.map(([stream]) => stream)
    expect(new Set(streams)).toEqual(new Set(['cr', 'crlf']))
  })

  it('measures only the parsers that it is asked for, and always ours and the base', async () => {
    const { columns, rows } = (await measureOnly('fetch')).tables[0]!
    const names = ['stream', 'chunks', 'eventsource-parser MB/s', 'ours', 'fetch-event-source']
    expect(columns).toEqual(names)
    expect(rows).toHaveLength(7 * 5)
  })
})
