import { describe, expect, it } from 'vitest'
import { chromiumTargets, nodeTargets, ratioTable } from '../../../bench/parsers/tables.ts'
import type { Case } from '../../../bench/parsers/measure.ts'

const at = (workload: string, chunking: string, ours: number[]): Case => ({
  workload,
  chunking,
  times: { 'eventsource-parser': [2, 4, 6], ours, 'fetch-event-source': [20, 40, 60] },
})

describe('ratioTable', () => {
  it('shows what the base does, and how many times as fast the others are', () => {
    const { columns, rows } = ratioTable([at('chat', '64K', [1, 2, 3])], 'eventsource-parser', {
      title: 'Parsers',
    })
    const names = ['stream', 'chunks', 'eventsource-parser MB/s', 'ours', 'fetch-event-source']
    expect(columns).toEqual(names)
    // 4 ms for a MiB.
    expect(rows).toEqual([['chat', '64K', 262.144, 2, 0.1]])
  })

  it('has no number for who takes no part', () => {
    const { times, ...rest } = at('multi20', '1K', [1, 1, 1])
    const cases = [at('chat', '1K', [1, 1, 1]), { ...rest, times: { ...times, more: [1, 2, 3] } }]
    const { rows } = ratioTable(cases, 'eventsource-parser', { title: 'Parsers' })
    expect(rows.map((row) => row.at(-1))).toEqual([null, 2])
  })
})

describe('nodeTargets', () => {
  it('takes the worst of the chunkings that it is about', () => {
    const cases = [
      at('chat', '64K', [2, 4, 6]),
      at('chat', '16K', [4, 8, 12]),
      at('chat', '1K', [20, 40, 60]),
    ]
    expect(nodeTargets(cases, [])).toEqual([
      {
        what: 'Node: ours / eventsource-parser, chat in 64K and 16K',
        atLeast: 1.5,
        measured: 0.5,
      },
    ])
  })

  it('asks for less where a streaming decoder is better', () => {
    expect(nodeTargets([at('cjk', '64K', [1, 1, 1])], [])[0]!.atLeast).toBe(0.6)
  })
})

describe('chromiumTargets', () => {
  it('leaves out what was not measured', () => {
    const targets = chromiumTargets([at('token', '7 B', [1, 1, 1])], [])
    expect(targets.map(({ what, atLeast }) => [what, atLeast])).toEqual([
      ['Chromium: ours / eventsource-parser, token in 7 B', 3.5],
    ])
  })

  it('compares with each of the others', () => {
    const targets = chromiumTargets([at('cjk', '1 event', [1, 2, 3])], [])
    expect(targets.map(({ what, measured }) => [what, measured])).toEqual([
      ['Chromium: ours / eventsource-parser, cjk in 1 event', 2],
      ['Chromium: ours / fetch-event-source, cjk in 1 event', 20],
    ])
  })
})
