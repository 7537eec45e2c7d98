import { describe, expect, it } from 'vitest'
import { nextTick, shallowReactive } from 'vue'
import { watchQueue } from '../../../bench/growth/queue-watch.ts'

/** A queue that shows messages with these numbers, one flush after the other. */
async function watchShown(flushes: number[][], dropped = 0) {
  const queue = shallowReactive({
    messages: [] as { key: number; data: unknown }[],
    size: 0,
    dropped,
  })
  const watched = watchQueue(() => queue)
  for (const numbers of flushes) {
    queue.messages = numbers.map((n) => ({ key: n, data: { n } }))
    queue.size = numbers.length
    await nextTick()
  }
  return watched
}

describe('watchQueue', () => {
  it('takes a queue for whole whose messages follow each other', async () => {
    const watched = await watchShown(
      [
        [1, 2],
        [2, 3, 4],
      ],
      1,
    )
    expect(() => watched.check(4)).not.toThrow()
  })

  it.each([
    ['has a hole', [[1, 3]], 0],
    [
      'shows the same again',
      [
        [1, 2],
        [1, 2],
      ],
      0,
    ],
    [
      'does not show the end',
      [
        [1, 2],
        [1, 2, 3],
      ],
      1,
    ],
    [
      'does not tell what it dropped',
      [
        [1, 2],
        [3, 4],
      ],
      0,
    ],
  ])('throws when it %s', async (_, flushes, dropped) => {
    const watched = await watchShown(flushes, dropped)
    expect(() => watched.check(4)).toThrow(/shown/)
  })
})
