// @vitest-environment node
/** Messages that are held, and which of them come after an event. */
import { describe, expect, it } from 'vitest'
import {
  createHeldMessages,
  MAX_HELD_MESSAGES,
} from '../../../src/client/delivery/held-messages.ts'
import type { HeldMessages } from '../../../src/client/delivery/held-messages.ts'

/** `1` has an id of its own, `1i` has inherited it. */
function holding(...ids: string[]): HeldMessages {
  const held = createHeldMessages()
  held.begin('start')
  for (const id of ids) {
    held.add({ type: 'a', data: id, lastEventId: id.replace('i', '') }, !id.endsWith('i'))
  }
  return held
}

const dataOf = (held: HeldMessages): unknown[] => held.all().map(({ data }) => data)

describe('createHeldMessages', () => {
  it.each([
    { ids: [], id: '1', count: undefined },
    { ids: ['1', '2', '3'], id: '2', count: 2 },
    { ids: ['1', '2', '3'], id: '4', count: undefined },
    { ids: ['1', '2', '2', '2i', '3'], id: '2', count: 3 },
    { ids: ['1', '2i', '2i'], id: '2', count: 1 },
    { ids: ['1', '2'], id: 'start', count: 0 },
    { ids: ['starti', '2'], id: 'start', count: 0 },
    { ids: ['1', '2'], id: 'cursor', count: 2 },
  ])('knows how many of $ids are not after $id: $count', ({ ids, id, count }) => {
    expect(holding(...ids).countUpTo(id, 'cursor')).toBe(count)
  })

  it('keeps the newest, and says when some had to go', () => {
    const held = createHeldMessages()
    held.begin('0')
    for (let id = 1; id <= MAX_HELD_MESSAGES; id++) {
      held.add({ type: 'a', data: id, lastEventId: `${id}` }, true)
    }
    expect([held.isFull(), held.isOverrun(), held.countUpTo('0', '')]).toEqual([true, false, 0])
    held.add({ type: 'a', data: 'last', lastEventId: 'last' }, true)
    expect([held.isFull(), held.isOverrun()]).toEqual([false, true])
    expect(dataOf(held)).toHaveLength(MAX_HELD_MESSAGES * 0.9 + 1)
    expect([dataOf(held)[0], dataOf(held).at(-1)]).toEqual([MAX_HELD_MESSAGES / 10 + 1, 'last'])
    // What it came after has gone.
    expect(held.countUpTo('0', '')).toBeUndefined()
  })

  it('does not miss what had to go before the next load', () => {
    const held = holding(...Array.from({ length: MAX_HELD_MESSAGES + 1 }, (_, index) => `${index}`))
    held.begin('later')
    expect([held.isOverrun(), held.countUpTo('later', '')]).toEqual([false, undefined])
  })

  it('drops the oldest, or all', () => {
    const held = holding('1', '2', '3')
    held.drop(0)
    held.drop(2)
    expect(dataOf(held)).toEqual(['3'])
    held.drop()
    expect(dataOf(held)).toEqual([])
    held.begin('later')
    expect(held.countUpTo('later', '')).toBe(0)
  })
})
