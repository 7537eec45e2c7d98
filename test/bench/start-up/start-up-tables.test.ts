import { describe, expect, it } from 'vitest'
import { importedAtOnce } from '../../../bench/start-up/start-up-server.ts'
import {
  createTable,
  createTargets,
  keyOf,
  timeRatio,
} from '../../../bench/start-up/start-up-tables.ts'
import type { StartUpResult } from '../../../bench/start-up/start-app.ts'

const times = (...painted: number[]): StartUpResult[] =>
  painted.map((paintedMs) => ({ paintedMs, inDocumentMs: paintedMs / 2 }))

const samples = new Map([
  [keyOf('native', false), times(100, 200, 100)],
  [keyOf('native', true), times(50, 50, 50)],
  [keyOf('ours', false), times(110, 210, 130)],
  [keyOf('ours', true), times(60, 60, 60)],
])

describe('start-up tables', () => {
  it('compare times of the same round with those of EventSource', () => {
    expect(timeRatio(samples, 'ours', false, 'paintedMs')).toBeCloseTo(1.1)
    expect(timeRatio(samples, 'native', true, 'inDocumentMs')).toBe(1)
    expect(timeRatio(samples, 'vueuse', true, 'paintedMs')).toBeNaN()
  })

  it('have a row for each app that took part', () => {
    const { columns, rows } = createTable(samples, { ours: 100_000, native: 64_000 })
    expect(rows.map(([name]) => name)).toEqual(['vue-event-stream', 'EventSource + ref'])
    for (const row of rows) expect(row).toHaveLength(columns.length)
    expect(rows[1]!.slice(1)).toEqual([1, 1, 1, 1, 64])
  })

  it('have a target for each cache that was measured', () => {
    expect(createTargets(samples)).toMatchObject([
      { atMost: 1.15, measured: expect.closeTo(1.1) },
      { atMost: 1.15, measured: expect.closeTo(1.2) },
    ])
    expect(createTargets(new Map())).toEqual([])
  })
})

describe('importedAtOnce', () => {
  it('finds what the entry imports, and not what it asks for on demand', () => {
    const entry = 'import{a as b}from"./assets/one-1.js";import "x";import(`./assets/later-2.js`)'
    expect(importedAtOnce({ '/page.js': entry })).toEqual(['/assets/one-1.js'])
  })
})
