// @vitest-environment node
/** What is told of a connection while the next one is asked for. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { createOverlap } from '../../../src/client/transports/overlap.ts'
import { createTestAttempt } from './test-attempt.ts'

function create(max: number) {
  const test = createTestAttempt()
  const late: number[] = []
  const overlap = createOverlap(test.attempt, max, () => late.push(test.attempt.environment.now()))
  const told: number[] = []
  const tell = (...numbers: number[]): void => {
    for (const number of numbers) {
      overlap.pass(() => told.push(number))
      overlap.count()
    }
  }
  return Object.assign(test, { overlap, told, tell, late })
}

describe('createOverlap', () => {
  it('tells all while nothing is asked for', () => {
    const { overlap, told, tell } = create(2)
    tell(1, 2, 3, 4)
    expect(told).toEqual([1, 2, 3, 4])
    expect(overlap.whenReady()).toBeUndefined()
  })

  it.each([
    [2, [1, 2, 3, 4]],
    [0, [1, 2]],
  ])('tells %i messages meanwhile, and keeps the others', (max, expected) => {
    const { overlap, told, tell } = create(max)
    tell(1, 2)
    overlap.begin()
    tell(3, 4, 5)
    expect(told).toEqual(expected)
    expect(overlap.whenReady()).toBeDefined()
  })

  it('tells them in their order when there is no next connection, as something that has come', () => {
    const { overlap, told, tell, heard } = create(1)
    overlap.begin()
    tell(1, 2, 3)
    overlap.end(true)
    expect(told).toEqual([1, 2, 3])
    expect(heard()).toEqual([['receive']])
    expect(overlap.whenReady()).toBeUndefined()
    overlap.begin()
    tell(4, 5)
    overlap.end(false)
    tell(6)
    expect(told).toEqual([1, 2, 3, 4, 6])
    expect(heard()).toEqual([])
  })

  it('wakes who waits to read, as soon as messages are wanted', async () => {
    const { overlap, hold, release } = create(0)
    let isReady = false
    overlap.begin()
    void overlap.whenReady()!.then(() => (isReady = true))
    await settle()
    expect(isReady).toBe(false)
    hold()
    overlap.end(false)
    await settle()
    expect(isReady).toBe(false)
    expect(overlap.whenReady()).toBeDefined()
    await release()
    expect(isReady).toBe(true)
  })

  it('says so, once, when the old connection is left unread for 5 seconds', async () => {
    const { overlap, tell, late, advance, live } = create(1)
    overlap.begin()
    tell(1)
    await advance(4999)
    expect(late).toEqual([])
    await advance(60_000)
    expect(late).toHaveLength(1)
    overlap.end(true)
    overlap.begin()
    tell(2)
    overlap.end(true)
    expect(live()).toEqual([])
  })
})
