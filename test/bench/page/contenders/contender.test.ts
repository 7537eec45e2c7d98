import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { BenchEvent } from '../../../../bench/page/events.ts'

type Contender = typeof import('../../../../bench/page/contenders/contender.ts')

let contender: Contender
beforeEach(async () => {
  // What was delivered is the page's: another page, another module.
  vi.resetModules()
  contender = await import('../../../../bench/page/contenders/contender.ts')
})

const deliverAll = (...indexes: number[]): void =>
  indexes.forEach((index) => contender.deliver({ index } as BenchEvent))

describe('what is delivered', () => {
  it.each([
    ['is in its place when each follows the one before', [0, 1, 2, 3, 4], 0],
    ['is misplaced once when one is lost', [0, 2, 3, 4], 1],
    ['is misplaced once when several are lost at once', [0, 4], 1],
    ['is misplaced when the first ones are lost', [2, 3, 4], 1],
    ['is misplaced when one comes twice', [0, 1, 1, 2, 3, 4], 1],
    ['is misplaced when two have changed places', [0, 2, 1, 3, 4], 3],
  ])('%s', (_, indexes, misplaced) => {
    contender.expectEvents(4, false)
    deliverAll(...indexes)
    expect(contender.delivery).toEqual({ delivered: indexes.length, misplaced, hasLast: true })
  })

  it.each([
    ['is in its place when all are equal up to the last one', [0, 0, 0, 1], 0],
    ['is misplaced when one comes after the last one', [0, 0, 1, 0], 1],
  ])('%s', (_, indexes, misplaced) => {
    contender.expectEvents(1, true)
    deliverAll(...indexes)
    expect(contender.delivery).toEqual({ delivered: 4, misplaced, hasLast: true })
  })

  it('has no last one before it came', () => {
    contender.expectEvents(4, false)
    deliverAll(0, 1)
    expect(contender.delivery.hasLast).toBe(false)
  })
})
