// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { createMessageLog } from '../../../src/client/sharing/message-log.ts'
import type { MessageLog } from '../../../src/client/sharing/message-log.ts'

const MAX_ITEMS = 1000
const MAX_CHARS = 2 ** 20

/** A log with so many items, which are their own numbers. */
function logOf(count: number, chars = 1, keptFrom?: number): MessageLog<number> {
  const log = createMessageLog<number>()
  for (let number = 0; number < count; number++) log.add(number, chars, keptFrom)
  return log
}

describe('createMessageLog', () => {
  it('starts empty, at 0', () => {
    const log = createMessageLog()
    expect([log.first(), log.end(), log.isFull()]).toEqual([0, 0, false])
  })

  it('numbers what comes', () => {
    const log = logOf(3)
    expect([log.first(), log.end()]).toEqual([0, 3])
    expect([log.at(0), log.at(2)]).toEqual([0, 2])
  })

  it.each([
    [999, 0, false],
    [1000, 0, true],
    [1001, 1, true],
    [1999, 999, true],
    [2000, 1000, true],
    [2001, 1001, true],
    [12_345, 11_345, true],
  ])('of %i items has those from %i on, full: %s', (count, first, isFull) => {
    const log = logOf(count)
    expect([log.first(), log.end(), log.isFull()]).toEqual([first, count, isFull])
    for (let number = first; number < count; number++) expect(log.at(number)).toBe(number)
  })

  it('has a mebi of characters at most', () => {
    const log = logOf(4, MAX_CHARS / 4)
    expect([log.first(), log.isFull()]).toEqual([0, true])
    log.add(4, 1)
    expect([log.first(), log.isFull()]).toEqual([1, false])
    log.add(5, MAX_CHARS / 4)
    expect([log.first(), log.isFull()]).toEqual([2, false])
  })

  it('gives up as many as one long item needs', () => {
    const log = logOf(10, 10)
    log.add(10, MAX_CHARS - 25)
    expect([log.first(), log.end(), log.isFull()]).toEqual([8, 11, false])
  })

  it('keeps the newest, however long it is', () => {
    const log = logOf(3)
    log.add(3, 2 * MAX_CHARS)
    expect([log.first(), log.end(), log.at(3), log.isFull()]).toEqual([3, 4, 3, true])
    log.add(4, 1)
    expect([log.first(), log.end(), log.isFull()]).toEqual([4, 5, false])
  })

  it('keeps what somebody still has to take, over its bounds', () => {
    const log = logOf(1500, 1, 300)
    expect([log.first(), log.end(), log.at(300)]).toEqual([300, 1500, 300])
    expect(log.isFull()).toBe(true)
  })

  it('gives up later what it has kept, all at once', () => {
    const log = logOf(3500, 1, 200)
    expect(log.first()).toBe(200)
    log.add(3500, 1, 3400)
    expect([log.first(), log.end()]).toEqual([2501, 3501])
    for (const number of [2501, 3000, 3500]) expect(log.at(number)).toBe(number)
  })

  it('keeps nothing for who is ahead of it', () => {
    const log = logOf(MAX_ITEMS)
    log.add(1000, 1, 5000)
    expect(log.first()).toBe(1)
  })

  it('tells what it gives up, the oldest first', () => {
    const givenUp: number[] = []
    const log = createMessageLog<number>((item) => givenUp.push(item))
    for (let item = 0; item < 1003; item++) log.add(item, 1)
    expect(givenUp).toEqual([0, 1, 2])
  })

  it('holds nothing that it has given up', () => {
    const log = createMessageLog<object>()
    const taken: number[] = []
    for (let number = 0; number < 1500; number++) log.add({ number }, 1)
    for (let number = log.first(); number < log.end(); number++) {
      taken.push((log.at(number) as { number: number }).number)
    }
    expect(taken).toHaveLength(MAX_ITEMS)
    expect(() => log.at(499)).toThrow(TypeError)
  })

  it('takes as long for the last item as for the first', () => {
    const log = logOf(200_000)
    expect([log.first(), log.at(199_000)]).toEqual([199_000, 199_000])
  })
})
