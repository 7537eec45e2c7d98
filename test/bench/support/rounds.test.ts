import { describe, expect, it } from 'vitest'
import { logLogSlope, median, speedRatio, takeTurns } from '../../../bench/support/rounds.ts'

const NAMES = ['a', 'b', 'c', 'd']

/** The names in the order of their turns, a text for each round. */
async function orders(rounds: number, seed: number): Promise<string[]> {
  const turns: string[] = []
  const contenders = Object.fromEntries(NAMES.map((name) => [name, () => void turns.push(name)]))
  await takeTurns({ rounds, seed, contenders })
  return Array.from({ length: rounds }, (_, round) =>
    turns.slice(round * NAMES.length, (round + 1) * NAMES.length).join(''),
  )
}

describe('takeTurns', () => {
  it('gives everybody one turn in each round', async () => {
    for (const order of await orders(20, 1)) {
      expect(order).toHaveLength(NAMES.length)
      expect(new Set(order)).toEqual(new Set(NAMES))
    }
  })

  it('has another order in each round, the same for the same seed', async () => {
    const first = await orders(20, 1)
    expect(new Set(first).size).toBeGreaterThan(5)
    expect(await orders(20, 1)).toEqual(first)
    expect(await orders(20, 2)).not.toEqual(first)
  })

  it('gives the samples in the order of the rounds', async () => {
    let count = 0
    const contenders = { a: async () => count++, b: () => 'same' }
    const samples = await takeTurns<number | string>({ rounds: 3, seed: 1, contenders })
    expect(samples.get('a')).toEqual([0, 1, 2])
    expect(samples.get('b')).toEqual(['same', 'same', 'same'])
  })

  it('never has two turns at a time', async () => {
    let isBusy = false
    const turn = async (): Promise<void> => {
      expect(isBusy).toBe(false)
      isBusy = true
      await new Promise(setImmediate)
      isBusy = false
    }
    await takeTurns({ rounds: 5, seed: 1, contenders: { a: turn, b: turn } })
  })

  it('passes over who takes no part in a round', async () => {
    const heard: string[] = []
    const samples = await takeTurns({
      rounds: 3,
      seed: 1,
      contenders: { slow: () => 1, quick: () => 2 },
      takesPart: (name, round) => name === 'quick' || round === 0,
      onSample: (name, round, sample) => heard.push(`${round} ${name} ${sample}`),
    })
    expect(samples.get('slow')).toEqual([1])
    expect(samples.get('quick')).toEqual([2, 2, 2])
    expect(heard).toHaveLength(4)
    expect(new Set(heard)).toEqual(new Set(['0 quick 2', '0 slow 1', '1 quick 2', '2 quick 2']))
  })
})

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[10, 9, 1, 2], 5.5],
    [[7], 7],
    [[], NaN],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('leaves the values in their order', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('speedRatio', () => {
  it('is over 1 for who takes less time than the base', () => {
    expect(speedRatio([1, 1, 1], [2, 2, 2])).toBe(2)
  })

  it('compares times of the same round', () => {
    // The machine got slower and slower, for both.
    expect(speedRatio([1, 10, 100], [3, 30, 300])).toBe(3)
  })

  it('takes the rounds that both have', () => {
    expect(speedRatio([1], [3, 1, 1])).toBe(3)
  })
})

describe('logLogSlope', () => {
  it.each([0, 0.5, 1, 2])('is %d for a cost that grows with this exponent', (exponent) => {
    const points = [1, 10, 100].map((size) => [size, 5 * size ** exponent] as const)
    expect(logLogSlope(points)).toBeCloseTo(exponent)
  })

  it('takes the line that fits best', () => {
    const points = [1, 10, 100].map((size) => [size, size] as const)
    const [first, , last] = points
    expect(logLogSlope([first!, [10, 20], last!])).toBeCloseTo(1)
  })
})
