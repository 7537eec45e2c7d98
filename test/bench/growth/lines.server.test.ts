/** Every line of growth in little: what it says of the cost is not looked at, but each throws when a message is lost. */
import { describe, expect, it } from 'vitest'
import { openPage } from '../../../bench/growth/page-globals.ts'

openPage()
// Vue is loaded when the page is there.
const { lines } = await import('../../../bench/growth/lines/index.ts')
const { runLine } = await import('../../../bench/growth/run-growth.ts')
const inProcess = lines.filter(({ name }) => name !== 'tabs')

describe.each(inProcess.map((line) => [line.name, line] as const))('the line %s', (_, line) => {
  it('delivers everything once and in order, and has a row for each size', async () => {
    const { table, target, slope } = await runLine(line, { rounds: 1, isQuick: true })
    expect(table.rows).toHaveLength(line.quick.length)
    expect(table.rows.flat().filter((cell) => typeof cell === 'number')).not.toContain(NaN)
    expect(Number.isFinite(slope)).toBe(true)
    expect(target.atMost).toBe(1.1)
  })

  it('grows by 10 and by 100', () => {
    const [base] = line.trials
    const factors = line.trials.map(({ size }) => size / base!.size)
    expect(factors).toEqual(expect.arrayContaining([1, 10, 100]))
  })
})

describe('the lines', () => {
  it('have names of their own', () => {
    expect(new Set(lines.map(({ name }) => name)).size).toBe(lines.length)
  })
})
