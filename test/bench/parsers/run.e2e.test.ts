import { expect, it } from 'vitest'
import { measureParsersInChromium } from '../../../bench/parsers/run.ts'

it('measures the parsers in pages of Chromium', async () => {
  const options = { rounds: 1, sampleMs: 0, bytes: 4 * 1024, only: 'cr' }
  const { result, browser } = await measureParsersInChromium(options)
  expect(browser).toMatch(/^Chromium \d+$/)
  expect(result.tables[0]!.rows).toHaveLength(2 * 5)
  expect(result.tables[1]!.rows).toHaveLength(2 * 2)
})
