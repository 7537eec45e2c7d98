// @vitest-environment node
/** The bounded queue, against a model that is too simple to be wrong. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createMessageQueue,
  DEFAULT_QUEUE_CAPACITY,
} from '../../../src/client/delivery/message-queue.ts'
import type { MessageQueue, QueueOverflow } from '../../../src/client/delivery/message-queue.ts'

type Step = { do: 'push'; times: number } | { do: 'take'; count: number } | { do: 'clear' }

/** Moves every item at every push: slow, and right. */
function createModel(capacity: number, overflow: QueueOverflow): MessageQueue<number> {
  let items: number[] = []
  let dropped = 0
  return {
    isFull: () => items.length >= capacity,
    push(item) {
      if (items.length < capacity) return void items.push(item)
      dropped++
      if (overflow === 'drop-oldest') items = [...items.slice(1), item]
    },
    take: (count) => items.splice(0, count),
    clear() {
      items = []
      dropped = 0
    },
    toArray: () => [...items],
    dropped: () => dropped,
  }
}

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ do: fc.constant('push' as const), times: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ do: fc.constant('clear' as const) }),
)

function push(queue: MessageQueue<number>, count: number, first = 0): void {
  for (let index = 0; index < count; index++) queue.push(first + index)
}

/** Gives what was taken. */
function apply(current: Step, queue: MessageQueue<number>, next: number): number[] | undefined {
  if (current.do === 'take') return queue.take(current.count)
  if (current.do === 'push') push(queue, current.times, next)
  else queue.clear()
  return undefined
}

describe('createMessageQueue', () => {
  it('does what the model does, whatever is done to it', () => {
    const overflow = fc.constantFrom<QueueOverflow[]>('drop-oldest', 'drop-newest')
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        overflow,
        fc.array(step),
        (capacity, how, steps) => {
          const queue = createMessageQueue<number>({ capacity, overflow: how })
          const model = createModel(capacity, how)
          let next = 0
          for (const current of steps) {
            expect(apply(current, queue, next)).toEqual(apply(current, model, next))
            if (current.do === 'push') next += current.times
            expect(queue.toArray()).toEqual(model.toArray())
            expect(queue.dropped()).toBe(model.dropped())
            expect(queue.isFull()).toBe(model.isFull())
          }
        },
      ),
    )
  })

  it('keeps 500 and drops the oldest, unless told otherwise', () => {
    const queue = createMessageQueue<number>()
    push(queue, DEFAULT_QUEUE_CAPACITY + 3)
    expect(queue.toArray()).toHaveLength(500)
    expect(queue.toArray()[0]).toBe(3)
    expect(queue.dropped()).toBe(3)
  })

  it.each([0, -5])('keeps at least one: capacity %i', (capacity) => {
    const queue = createMessageQueue<number>({ capacity })
    push(queue, 3)
    expect(queue.toArray()).toEqual([2])
    expect(queue.dropped()).toBe(2)
  })

  describe('isFull', () => {
    it.each(['drop-oldest', 'drop-newest', 'pause'] as const)(
      'says that the next message will not fit: %s',
      (overflow) => {
        const queue = createMessageQueue<number>({ capacity: 2, overflow })
        const seen = [queue.isFull()]
        for (const number of [1, 2]) {
          queue.push(number)
          seen.push(queue.isFull())
        }
        queue.take(0)
        seen.push(queue.isFull())
        queue.take(1)
        seen.push(queue.isFull())
        expect(seen).toEqual([false, false, true, true, false])
      },
    )

    it('says so of a queue of one from its first message on, and never of an infinite one', () => {
      const small = createMessageQueue<number>({ capacity: 0, overflow: 'pause' })
      const endless = createMessageQueue<number>({ capacity: Infinity, overflow: 'pause' })
      expect(small.isFull()).toBe(false)
      push(small, 1)
      push(endless, 5000)
      expect([small.isFull(), endless.isFull()]).toEqual([true, false])
    })

    it('is over with clear()', () => {
      const queue = createMessageQueue<number>({ capacity: 1 })
      push(queue, 3)
      queue.clear()
      expect(queue.isFull()).toBe(false)
    })
  })

  it('that pauses drops nothing as long as nobody pushes into a full one', () => {
    const queue = createMessageQueue<number>({ capacity: 3, overflow: 'pause' })
    const taken: number[] = []
    for (let next = 0; next < 100;) {
      while (!queue.isFull()) queue.push(next++)
      taken.push(...queue.take(2))
    }
    taken.push(...queue.take(Infinity))
    expect(taken).toEqual(Array.from({ length: taken.length }, (_, index) => index))
    expect(queue.dropped()).toBe(0)
  })

  it('that pauses stays bounded and counts when somebody pushes all the same', () => {
    const queue = createMessageQueue<number>({ capacity: 3, overflow: 'pause' })
    push(queue, 5)
    expect([queue.toArray(), queue.dropped()]).toEqual([[2, 3, 4], 2])
  })

  it('keeps everything with an infinite capacity', () => {
    const queue = createMessageQueue<number>({ capacity: Infinity })
    push(queue, 5000)
    expect(queue.toArray()).toHaveLength(5000)
    expect(queue.dropped()).toBe(0)
  })

  it('gives copies: changing them changes nothing', () => {
    const queue = createMessageQueue<number>()
    push(queue, 2)
    queue.toArray().length = 0
    expect(queue.toArray()).toEqual([0, 1])
  })

  it('holds at most twice its capacity', () => {
    const lengths = resultsOf('push', () => push(createMessageQueue<number>({ capacity: 50 }), 500))
    expect(Math.max(...lengths)).toBe(100)
  })

  it('cuts off what is dropped once for each capacity, not with each push', () => {
    const cuts = resultsOf('slice', () => push(createMessageQueue<number>({ capacity: 50 }), 500))
    expect(cuts.length).toBeGreaterThan(0)
    expect(cuts.length).toBeLessThanOrEqual(10)
  })
})

/** What all calls of an array method return meanwhile. By hand: a spy of vitest calls these methods itself. */
function resultsOf(name: 'push' | 'slice', run: () => void): number[] {
  const results: number[] = []
  const original = Array.prototype[name] as (...args: unknown[]) => number
  const replace = (value: unknown): unknown =>
    // oxlint-disable-next-line no-extend-native -- put back below
    Object.defineProperty(Array.prototype, name, { value, writable: true, configurable: true })
  replace(function (this: unknown[], ...args: unknown[]) {
    const result = original.apply(this, args)
    results[results.length] = result
    return result
  })
  try {
    run()
  } finally {
    replace(original)
  }
  return results
}
