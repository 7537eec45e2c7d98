// @vitest-environment node
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  formatResult,
  formatTable,
  formatTargets,
  isReached,
} from '../../../bench/support/results.ts'
import type { BenchResult } from '../../../bench/support/results.ts'

const RESULT: BenchResult = {
  name: 'tried',
  title: 'Tried',
  command: 'npm run bench:tried',
  rounds: 5,
  tables: [{ title: 'One', note: 'As it was.', columns: ['who', 'ratio'], rows: [['ours', 2]] }],
  targets: [{ what: 'ours', atLeast: 1.5, measured: 2 }],
}

describe('isReached', () => {
  it.each([
    [{ atLeast: 2, measured: 2 }, true],
    [{ atLeast: 2, measured: 1.99 }, false],
    [{ atMost: 2, measured: 2 }, true],
    [{ atMost: 2, measured: 2.01 }, false],
    [{ atMost: 2, measured: -1 }, true],
    [{ atLeast: 2, measured: NaN }, false],
    [{ atMost: 2, measured: NaN }, false],
  ])('says of %j: %s', (target, expected) => {
    expect(isReached({ what: '', ...target })).toBe(expected)
  })
})

describe('formatTable', () => {
  it('has three digits of a number, and all of those before the point', () => {
    const rows = [['a', 0.123456, 1.5, 1234567.8, null]]
    expect(formatTable({ columns: ['n', '1', '2', '3', '4'], rows })).toBe(
      ['| n | 1 | 2 | 3 | 4 |', '| --- | --: | --: | --: | --: |'].join('\n') +
        '\n| a | 0.123 | 1.5 | 1,234,568 | – |',
    )
  })
})

describe('formatTargets', () => {
  it('says what is missed', () => {
    const text = formatTargets([
      { what: 'more', atLeast: 2, measured: 3 },
      { what: 'less', atMost: 2, measured: 3 },
    ])
    expect(text).toContain('| more | ≥ 2 | 3 | reached |')
    expect(text).toContain('| less | ≤ 2 | 3 | **missed** |')
  })
})

describe('formatResult', () => {
  it('has tables, notes and targets under their titles', () => {
    expect(formatResult({ ...RESULT, measuredOn: 'today' })).toBe(
      [
        '## Tried',
        '`npm run bench:tried`: today; up to 5 rounds, in which the contenders take turns; medians of those a contender took part in where a table says nothing else.',
        '### One',
        'As it was.',
        '| who | ratio |\n| --- | --: |\n| ours | 2 |',
        '### Targets',
        '| what | target | measured |  |\n| --- | --: | --: | --: |\n| ours | ≥ 1.5 | 2 | reached |',
      ].join('\n\n'),
    )
  })

  it('says nothing of targets where there are none', () => {
    expect(formatResult({ ...RESULT, targets: [], measuredOn: 'today' })).not.toContain('Targets')
  })
})

describe('saveResult', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'results-'))
    vi.spyOn(process, 'cwd').mockReturnValue(folder)
    vi.spyOn(console, 'log').mockImplementation(() => {})
    vi.resetModules()
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('writes what loadResults reads, and prints it', async () => {
    const { loadResults, saveResult } = await import('../../../bench/support/results.ts')
    saveResult(RESULT, 'Chromium 1')
    const [saved, ...others] = loadResults()
    expect(others).toEqual([])
    expect(saved).toEqual({ ...RESULT, measuredOn: expect.any(String) })
    expect(saved!.measuredOn).toMatch(/^\d{4}-\d\d-\d\d, Node [\d.]+, Chromium 1, \d+ cores$/)
    expect(console.log).toHaveBeenCalledWith(expect.stringContaining('## Tried'))
  })
})
