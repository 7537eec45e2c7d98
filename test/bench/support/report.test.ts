// @vitest-environment node
/** What is written of the results, and that what is published is made of them. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createDocument, createReadmeTable, replaceTable } from '../../../bench/support/report.ts'
import { loadResults } from '../../../bench/support/results.ts'
import type { SavedResult } from '../../../bench/support/results.ts'

const PAGE: SavedResult = {
  name: 'page',
  title: 'The page',
  command: 'npm run bench:page',
  measuredOn: '2026-01-01, 2 cores',
  rounds: 5,
  tables: [
    {
      title: 'A burst of 100,000 events',
      columns: [
        'contender',
        'rounds',
        'delivered',
        'speed, EventSource + ref = 1',
        'renders',
        'over 50 ms in long tasks, ms',
      ],
      rows: [
        ['EventSource + ref', 2, 100_000, 1, 100_000, 10_500],
        ['ours', 5, 100_000, 50.12, 9, 0],
        ['floor: read', 5, null, 400, null, 0],
      ],
    },
    {
      title: '50,000 events a second, for 5 seconds',
      columns: ['contender', 'delivered', 'heap, MB'],
      rows: [['ours', 250_000, 0.76]],
    },
  ],
  targets: [
    { what: 'speed', atLeast: 12, measured: 50.12 },
    { what: 'p95 frame, ms', atMost: 30, measured: 34.56 },
  ],
}

describe('createReadmeTable', () => {
  it('has a line for each contender, and none for floors', () => {
    expect(createReadmeTable([PAGE]).split('\n').slice(2)).toEqual([
      '| EventSource + ref | 100,000 | 1 | 100,000 | 10,500 | – | – |',
      '| ours | 100,000 | 50.1 | 9 | 0 | 250,000 | 0.76 |',
    ])
  })

  it('says what has to be run when a table is not there', () => {
    expect(() => createReadmeTable([{ ...PAGE, tables: [PAGE.tables[0]!] }])).toThrow(
      'npm run bench:page',
    )
  })

  it('has no number of a column that older results do not have', () => {
    const [burst, paced] = PAGE.tables
    const older = { ...burst!, columns: ['contender', 'rounds', 'delivered', 'speed', 'renders'] }
    expect(createReadmeTable([{ ...PAGE, tables: [older, paced!] }])).toContain(
      '| ours | 100,000 | – | 9 | – | 250,000 | 0.76 |',
    )
  })
})

describe('createDocument', () => {
  it('says how many targets are reached, and which are missed by how much', () => {
    const text = createDocument([PAGE])
    expect(text).toContain('**1 of 2 targets are reached.** Missed:')
    expect(text).toContain('- The page: p95 frame, ms: 34.6, should be at most 30\n')
    expect(text).toContain('## The page\n')
    expect(text).toContain(
      '2026-01-01, 2 cores; up to 5 rounds, in which the contenders take turns;',
    )
  })

  it('has nothing of missed targets when there are none', () => {
    const text = createDocument([{ ...PAGE, targets: [] }])
    expect(text).toContain('**0 of 0 targets are reached.**\n')
    expect(text).not.toContain('Missed')
  })
})

describe('replaceTable', () => {
  const README =
    'a\n<!-- Made by `npm run bench:report`: do not edit. -->\nold\n<!-- End of what is made. -->\nb\n'

  it('replaces what is between the marks, as often as one likes', () => {
    const once = replaceTable(README, 'new')
    expect(once).toBe(README.replace('old', 'new'))
    expect(replaceTable(once, 'new')).toBe(once)
  })

  it('refuses a text without them', () => {
    expect(() => replaceTable('a', 'new')).toThrow('bench:report')
  })
})

describe('what is published', () => {
  const results = loadResults()

  it('is made of bench/results: docs/benchmarks.md', () => {
    expect(readFileSync('docs/benchmarks.md', 'utf8')).toBe(createDocument(results))
  })

  it('is made of bench/results: the table of README.md', () => {
    const readme = readFileSync('README.md', 'utf8')
    expect(readme).toBe(replaceTable(readme, createReadmeTable(results)))
  })
})
