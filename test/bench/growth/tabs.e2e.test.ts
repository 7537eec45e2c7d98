import { describe, expect, it } from 'vitest'
import { createTabsLine } from '../../../bench/growth/lines/tabs.ts'
import { runLine } from '../../../bench/growth/run-growth.ts'

describe('the line of tabs', () => {
  it('delivers everything to all of them over one connection each time', async () => {
    const { table } = await runLine(createTabsLine(), { rounds: 1, isQuick: true })
    expect(table.rows.map(([tabs]) => tabs)).toEqual(['1', '3'])
  })
})
