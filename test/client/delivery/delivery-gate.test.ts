// @vitest-environment node
/** What passes the gate, and when. */
import { describe, expect, it, vi } from 'vitest'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import type { DeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'

const A = Symbol('a')
const B = Symbol('b')

interface TestGate extends FakeEnvironment {
  readonly gate: DeliveryGate
  /** What `onChange` told: `user held`, `A free`, … */
  readonly changes: string[]
  /** The numbers of the steps that have run. */
  readonly order: number[]
  /** Passes steps that take so long each. */
  pass(ms: number, ...numbers: number[]): void
}

function startGate(onChange: (test: TestGate) => void = () => {}): TestGate {
  const fake = createFakeEnvironment()
  const changes: string[] = []
  const order: number[] = []
  const gate = createDeliveryGate(fake.environment, (reason) => {
    const name = reason === 'user' ? reason : (reason.description ?? 'slice')
    changes.push(`${name} ${gate.isHeld(reason) ? 'held' : 'free'}`)
    onChange(test)
  })
  const test: TestGate = Object.assign(fake, {
    ...{ gate, changes, order },
    pass(ms: number, ...numbers: number[]) {
      for (const number of numbers) {
        gate.pass(() => {
          order.push(number)
          fake.work(ms)
        })
      }
    },
  })
  return test
}

describe('createDeliveryGate', () => {
  it('lets everything pass at once while nothing holds', () => {
    const { gate } = startGate()
    const step = vi.fn<AnyFunction>()
    gate.begin()
    gate.pass(step)
    expect(step).toHaveBeenCalledOnce()
    expect(gate.whenOpen()).toBe(undefined)
  })

  it('calls a step with what is given with it, now and later', () => {
    const { gate } = startGate()
    const step = vi.fn<(id: string, count: number) => void>()
    gate.begin()
    gate.pass(step, 'a', 1)
    gate.hold(A)
    gate.pass(step, 'b', 2)
    expect(step.mock.calls).toEqual([['a', 1]])
    gate.release(A)
    expect(step.mock.calls).toEqual([
      ['a', 1],
      ['b', 2],
    ])
  })

  it('keeps what comes while a reason holds, and lets it pass in order after the last one', () => {
    const { gate } = startGate()
    const order: number[] = []
    gate.hold('user')
    gate.hold(A)
    for (const number of [1, 2, 3]) gate.pass(() => order.push(number))
    gate.release('user')
    expect(order).toEqual([])
    gate.release(B)
    expect(order).toEqual([])
    gate.release(A)
    expect(order).toEqual([1, 2, 3])
  })

  it('says which reason holds, or whether any does', () => {
    const { gate } = startGate()
    gate.hold(A)
    gate.hold(A)
    expect([gate.isHeld(), gate.isHeld(A), gate.isHeld('user')]).toEqual([true, true, false])
    gate.release(A)
    expect(gate.isHeld()).toBe(false)
  })

  it('is empty when nothing waits: what runs does not wait any more', () => {
    const { gate } = startGate()
    const seen: boolean[] = []
    const look = (): void => void seen.push(gate.isEmpty())
    expect(gate.isEmpty()).toBe(true)
    gate.hold(A)
    expect(gate.isEmpty()).toBe(true)
    for (let count = 0; count < 3; count++) gate.pass(look)
    expect(gate.isEmpty()).toBe(false)
    gate.release(A)
    expect(seen).toEqual([false, false, true])
    expect(gate.isEmpty()).toBe(true)
    gate.hold(A)
    gate.pass(look)
    gate.clear()
    expect(gate.isEmpty()).toBe(true)
  })

  it('stops in the middle when a step holds it', () => {
    const { gate } = startGate()
    const order: number[] = []
    gate.hold(A)
    for (const number of [1, 2, 3]) {
      gate.pass(() => {
        order.push(number)
        gate.hold(B)
      })
    }
    gate.release(A)
    expect(order).toEqual([1])
    gate.release(B)
    expect(order).toEqual([1, 2])
  })

  it('goes on after a step that throws', () => {
    const { gate } = startGate()
    const order: number[] = []
    expect(() =>
      gate.pass(() => {
        throw new Error('no')
      }),
    ).toThrow('no')
    gate.pass(() => order.push(1))
    expect(order).toEqual([1])
  })

  it('runs no step inside another one', () => {
    const { gate } = startGate()
    const order: string[] = []
    gate.pass(() => {
      order.push('start')
      gate.pass(() => order.push('inner'))
      gate.hold(A)
      gate.release(A)
      order.push('end')
    })
    expect(order).toEqual(['start', 'end', 'inner'])
  })

  it('tells one that waits once all has passed', async () => {
    const { gate } = startGate()
    const order: string[] = []
    gate.hold(A)
    void gate.whenOpen()!.then(() => order.push('open'))
    gate.pass(() => order.push('step'))
    await settle()
    expect(order).toEqual([])
    gate.release(A)
    await settle()
    expect(order).toEqual(['step', 'open'])
  })

  it('lets one wait on when a step holds it again', async () => {
    const { gate } = startGate()
    const open = vi.fn<AnyFunction>()
    gate.hold(A)
    void gate.whenOpen()!.then(open)
    gate.pass(() => gate.hold(B))
    gate.release(A)
    await settle()
    expect(open).not.toHaveBeenCalled()
    gate.release(B)
    await settle()
    expect(open).toHaveBeenCalledOnce()
  })

  it('drops what waits with clear(), wakes the one that waits, and holds on', async () => {
    const { gate } = startGate()
    const step = vi.fn<AnyFunction>()
    const open = vi.fn<AnyFunction>()
    gate.hold(A)
    gate.pass(step)
    void gate.whenOpen()!.then(open)
    gate.clear()
    await settle()
    expect(open).toHaveBeenCalledOnce()
    expect(gate.isHeld(A)).toBe(true)
    gate.release(A)
    expect(step).not.toHaveBeenCalled()
  })

  it('drops the rest when a step clears it', () => {
    const { gate } = startGate()
    const step = vi.fn<AnyFunction>()
    gate.hold(A)
    gate.pass(() => gate.clear())
    gate.pass(step)
    gate.release(A)
    expect(step).not.toHaveBeenCalled()
  })

  it('takes what waited out before the steps that come later, also after one that throws', () => {
    const { gate, order, pass } = startGate()
    gate.hold(A)
    pass(0, 1)
    gate.pass(() => {
      throw new Error('no')
    })
    pass(0, 2)
    expect(() => gate.release(A)).toThrow('no')
    expect(order).toEqual([1])
    pass(0, 3)
    expect(order).toEqual([1, 2, 3])
  })

  it('lets what a step passes on wait behind what waits already', () => {
    const { gate, order, pass } = startGate()
    gate.hold(A)
    gate.pass(() => pass(0, 3))
    pass(0, 1, 2)
    gate.release(A)
    expect(order).toEqual([1, 2, 3])
  })

  it('lets 200,000 steps pass that have waited, in a time that grows with their number', () => {
    const { gate, order, pass } = startGate()
    const numbers = Array.from({ length: 200_000 }, (_, index) => index)
    gate.hold(A)
    for (const number of numbers) pass(0, number)
    const startedAt = performance.now()
    gate.release(A)
    expect(order).toEqual(numbers)
    // One by one out of an array it was minutes.
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  describe('onChange', () => {
    it('tells of each reason once when it holds, and once when it does not any more', () => {
      const { gate, changes } = startGate()
      gate.hold('user')
      gate.hold('user')
      gate.hold(A)
      gate.release(B)
      gate.release('user')
      gate.release('user')
      gate.release(A)
      expect(changes).toEqual(['user held', 'a held', 'user free', 'a free'])
    })

    it('tells that a reason is gone when all that may pass has passed', () => {
      const passed: number[] = []
      const { gate, order, pass } = startGate((test) => passed.push(test.order.length))
      gate.hold(A)
      pass(0, 1, 2)
      gate.release(A)
      expect(order).toEqual([1, 2])
      expect(passed).toEqual([0, 2])
    })

    it('tells of a reason that holds before anybody waits for it: it may let go at once', () => {
      const { gate, order, pass, changes } = startGate((test) => test.gate.release(A))
      gate.hold(A)
      pass(0, 1)
      expect(order).toEqual([1])
      expect([gate.isHeld(), changes]).toEqual([false, ['a held', 'a free']])
    })

    it('tells of a break as of any other reason', async () => {
      const { gate, changes, pass, turn } = startGate()
      gate.begin()
      pass(12, 1)
      expect(changes).toEqual(['slice held'])
      expect(gate.isHeld()).toBe(true)
      await turn()
      expect(changes).toEqual(['slice held', 'slice free'])
      expect(gate.isHeld()).toBe(false)
    })
  })

  describe('slices', () => {
    it('lets steps take 12 ms, and the others wait for the next turn', async () => {
      const { gate, order, pass, turn, live } = startGate()
      gate.begin()
      pass(4, 1, 2, 3, 4, 5, 6, 7)
      expect(order).toEqual([1, 2, 3])
      expect(live()).toEqual(['turn'])
      await turn()
      expect(order).toEqual([1, 2, 3, 4, 5, 6])
      await turn()
      expect(order).toEqual([1, 2, 3, 4, 5, 6, 7])
      expect(live()).toEqual([])
    })

    it('are not stuck: only another reason is', async () => {
      const { gate, pass, turn } = startGate()
      expect(gate.isStuck()).toBe(false)
      gate.begin()
      pass(12, 1)
      expect([gate.isHeld(), gate.isStuck()]).toEqual([true, false])
      gate.hold(A)
      expect(gate.isStuck()).toBe(true)
      await turn()
      expect([gate.isHeld(), gate.isStuck()]).toEqual([true, true])
      gate.release(A)
      expect([gate.isHeld(), gate.isStuck()]).toEqual([false, false])
    })

    it('takes no break for steps that take less, however many there are', () => {
      const { gate, order, pass, live } = startGate()
      gate.begin()
      pass(0, ...Array.from({ length: 10_000 }, (_, index) => index))
      pass(11, 10_000)
      expect(order).toHaveLength(10_001)
      expect(live()).toEqual([])
    })

    it('takes one break after a step that takes long', async () => {
      const { gate, order, pass, turn, live } = startGate()
      gate.begin()
      pass(5000, 1, 2)
      expect(order).toEqual([1])
      await turn()
      expect([order, live()]).toEqual([[1, 2], ['turn']])
      await turn()
      expect(live()).toEqual([])
    })

    it('counts what comes within 1 ms as the same task', async () => {
      const { gate, order, pass, turn, work } = startGate()
      for (const number of [1, 2, 3, 4]) {
        gate.begin()
        pass(4, number)
        work(1)
      }
      expect(order).toEqual([1, 2, 3])
      await turn()
      expect(order).toEqual([1, 2, 3, 4])
    })

    it('counts what comes later as another task', () => {
      const { gate, order, pass, work, live } = startGate()
      for (const number of [1, 2, 3, 4, 5, 6]) {
        gate.begin()
        pass(11, number)
        work(2)
      }
      expect(order).toEqual([1, 2, 3, 4, 5, 6])
      expect(live()).toEqual([])
    })

    it('does not count the time between tasks, nor that before the first step of one', () => {
      const { gate, pass, work, live } = startGate()
      gate.begin()
      pass(1, 1)
      work(60_000)
      gate.begin()
      pass(11, 2)
      expect(live()).toEqual([])
    })

    it('counts the time between the steps of a task: it is spent on them', () => {
      const { gate, order, pass, work } = startGate()
      gate.begin()
      pass(1, 1)
      work(11)
      pass(0, 2, 3)
      expect(order).toEqual([1, 2])
    })

    it('begins anew with its turn, also when that comes at once', async () => {
      const { gate, order, pass, turn } = startGate()
      gate.begin()
      pass(12, 1)
      pass(11, 2)
      pass(1, 3)
      pass(0, 4)
      await turn()
      expect(order).toEqual([1, 2, 3])
      await turn()
      expect(order).toEqual([1, 2, 3, 4])
    })

    it('begins anew when what waited for another reason is let go', () => {
      const { gate, order, pass, work } = startGate()
      gate.begin()
      pass(11, 1)
      gate.hold(A)
      pass(11, 2)
      work(5000)
      gate.release(A)
      expect(order).toEqual([1, 2])
      expect(gate.isHeld()).toBe(false)
    })

    it('goes on with its task when it is held and let go within it', () => {
      const { gate, order, pass } = startGate()
      gate.begin()
      pass(6, 1)
      gate.hold(A)
      pass(6, 2, 3)
      gate.release(A)
      expect(order).toEqual([1, 2])
      expect(gate.isHeld()).toBe(true)
    })

    it('asks for one turn at a time', () => {
      const { gate, pass, live } = startGate()
      gate.begin()
      pass(12, 1, 2, 3)
      gate.hold(A)
      gate.release(A)
      gate.begin()
      pass(12, 4)
      expect(live()).toEqual(['turn'])
    })

    it('lets a transport wait, and read on when all has passed', async () => {
      const { gate, order, pass, turn } = startGate()
      const open = vi.fn<AnyFunction>()
      gate.begin()
      pass(12, 1, 2)
      void gate.whenOpen()!.then(open)
      await turn()
      expect(order).toEqual([1, 2])
      expect(open).not.toHaveBeenCalled()
      await turn()
      expect(open).toHaveBeenCalledOnce()
    })

    it('stays held after its turn by a reason that came within the break', async () => {
      const { gate, order, pass, turn } = startGate()
      gate.begin()
      pass(12, 1, 2)
      gate.hold('user')
      await turn()
      expect([order, gate.isHeld('user')]).toEqual([[1], true])
      gate.release('user')
      expect(order).toEqual([1, 2])
    })

    it('waits for its turn when the other reason goes before that', async () => {
      const { gate, order, pass, turn } = startGate()
      gate.begin()
      pass(12, 1, 2)
      gate.hold('user')
      gate.release('user')
      expect(order).toEqual([1])
      await turn()
      expect(order).toEqual([1, 2])
    })

    it('takes a break also when the step that took long has held the gate', async () => {
      const { gate, order, pass, turn, live, work } = startGate()
      gate.begin()
      gate.pass(() => {
        gate.hold(A)
        work(12)
      })
      pass(0, 1)
      expect(live()).toEqual(['turn'])
      gate.release(A)
      expect(order).toEqual([])
      await turn()
      expect(order).toEqual([1])
    })

    it('is right again when the clock was set back between two tasks', () => {
      const { gate, order, pass, work, live } = startGate()
      gate.begin()
      pass(11, 1)
      work(-3_600_000)
      gate.begin()
      pass(11, 2)
      expect(live()).toEqual([])
      pass(1, 3)
      expect([order, live()]).toEqual([[1, 2, 3], ['turn']])
    })

    it('begins anew when the clock is set back by less than a slice', () => {
      const { gate, pass, work, live } = startGate()
      gate.begin()
      pass(11, 1)
      work(-5)
      gate.begin()
      pass(11, 2)
      expect(live()).toEqual([])
    })

    it('is right again when the clock is set back within a step', () => {
      const { gate, order, pass, work, live } = startGate()
      gate.begin()
      pass(-3_600_000, 1)
      work(1)
      gate.begin()
      pass(6, 2, 3, 4)
      expect([order, live()]).toEqual([[1, 2, 3], ['turn']])
    })

    it('takes a break more when the clock is set forward', async () => {
      const { gate, order, pass, turn, work, live } = startGate()
      gate.begin()
      work(3_600_000)
      pass(1, 1, 2)
      expect(order).toEqual([1])
      await turn()
      expect([order, live()]).toEqual([[1, 2], []])
    })
  })

  describe('hurry()', () => {
    it('lets another slice pass at once, and takes the turn back', async () => {
      const { gate, order, pass, turn, live } = startGate()
      gate.begin()
      pass(4, 1, 2, 3, 4, 5, 6, 7, 8)
      expect(gate.hurry()).toBe(true)
      expect(order).toEqual([1, 2, 3, 4, 5, 6])
      expect(live()).toEqual(['turn'])
      await turn()
      expect(order).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(live()).toEqual([])
    })

    it('does nothing while another reason holds', () => {
      const { gate, order, pass, live } = startGate()
      gate.begin()
      pass(12, 1, 2)
      gate.hold(A)
      expect(gate.hurry()).toBe(false)
      expect([order, live()]).toEqual([[1], ['turn']])
    })

    it('does nothing when nothing holds', () => {
      const { gate, changes } = startGate()
      expect(gate.hurry()).toBe(false)
      gate.hold(A)
      expect(gate.hurry()).toBe(false)
      expect(changes).toEqual(['a held'])
    })
  })

  describe('clear() in a break', () => {
    it('takes the turn back, and lets go of nothing else', async () => {
      const { gate, order, pass, turn, live } = startGate()
      gate.begin()
      pass(12, 1, 2)
      gate.hold(A)
      gate.clear()
      expect(live()).toEqual([])
      expect([gate.isHeld(), gate.isHeld(A)]).toEqual([true, true])
      gate.release(A)
      await turn()
      expect([order, gate.isHeld()]).toEqual([[1], false])
    })

    it('wakes the one that waits', async () => {
      const { gate, pass } = startGate()
      const open = vi.fn<AnyFunction>()
      gate.begin()
      pass(12, 1)
      void gate.whenOpen()!.then(open)
      gate.clear()
      await settle()
      expect(open).toHaveBeenCalledOnce()
    })

    it('begins a new slice with what comes next, within 1 ms, too', () => {
      const { gate, order, pass, live } = startGate()
      gate.begin()
      pass(12, 1)
      gate.clear()
      gate.begin()
      pass(11, 2)
      expect([order, live()]).toEqual([[1, 2], []])
      pass(1, 3)
      expect(live()).toEqual(['turn'])
    })

    it('is no break when it comes from the step that took long: there is nothing to wait for', () => {
      const { gate, order, pass, work, live } = startGate()
      gate.begin()
      gate.pass(() => {
        work(5000)
        gate.clear()
      })
      expect([gate.isHeld(), live()]).toEqual([false, []])
      gate.begin()
      pass(1, 1)
      expect(order).toEqual([1])
    })

    it('lets what a step passes on after it pass in its turn', () => {
      const { gate, order, pass } = startGate()
      gate.hold(A)
      gate.pass(() => {
        gate.clear()
        pass(0, 2)
      })
      pass(0, 1)
      gate.release(A)
      expect(order).toEqual([2])
      pass(0, 3)
      expect(order).toEqual([2, 3])
    })
  })

  describe('a step that gives a promise', () => {
    /** A step that gives a promise so many times, and then is done. */
    function createStep(times: number) {
      const calls: string[] = []
      const finish: (() => void)[] = []
      function step(name: string): Promise<void> | undefined {
        calls.push(name)
        return calls.length > times ? undefined : new Promise((resolve) => finish.push(resolve))
      }
      return { calls, finish, step }
    }

    it('runs once more when that is fulfilled, with the same details, before all others', async () => {
      const { gate, order, pass } = startGate()
      const { calls, finish, step } = createStep(1)
      gate.begin()
      gate.pass(step, 'a')
      pass(0, 1, 2)
      expect([calls, order, gate.isEmpty(), gate.isHeld(), gate.isStuck()]).toEqual([
        ...[['a'], [], false, true, false],
      ])
      finish[0]!()
      await settle()
      expect([calls, order, gate.isEmpty(), gate.isHeld()]).toEqual([
        ...[['a', 'a'], [1, 2], true, false],
      ])
    })

    it('does so among those that have waited', async () => {
      const { gate, order, pass } = startGate()
      const { calls, finish, step } = createStep(2)
      gate.hold(A)
      pass(0, 1)
      gate.pass(step, 'a')
      pass(0, 2)
      gate.release(A)
      expect([calls, order]).toEqual([['a'], [1]])
      finish[0]!()
      await settle()
      expect([calls, order]).toEqual([['a', 'a'], [1]])
      finish[1]!()
      await settle()
      expect([calls, order]).toEqual([
        ['a', 'a', 'a'],
        [1, 2],
      ])
    })

    it('waits for what holds otherwise, too', async () => {
      const { gate, order, pass } = startGate()
      const { calls, finish, step } = createStep(1)
      gate.begin()
      gate.pass(step, 'a')
      pass(0, 1)
      gate.hold(A)
      finish[0]!()
      await settle()
      expect([calls, order]).toEqual([['a'], []])
      gate.release(A)
      expect([calls, order]).toEqual([['a', 'a'], [1]])
    })

    it('may be asked too early, and says so once more', async () => {
      const { gate, order, pass } = startGate()
      const { calls, finish, step } = createStep(2)
      gate.begin()
      gate.pass(step, 'a')
      pass(0, 1)
      expect(gate.hurry()).toBe(true)
      expect([calls, order, gate.isHeld()]).toEqual([['a', 'a'], [], true])
      finish[1]!()
      await settle()
      expect([calls, order]).toEqual([['a', 'a', 'a'], [1]])
    })

    it('is dropped with the others, and holds nothing after that', async () => {
      const { gate, order, pass } = startGate()
      const { calls, finish, step } = createStep(1)
      gate.begin()
      gate.pass(step, 'a')
      pass(0, 1)
      gate.clear()
      expect([gate.isHeld(), gate.isEmpty()]).toEqual([false, true])
      pass(0, 2)
      finish[0]!()
      await settle()
      expect([calls, order]).toEqual([['a'], [2]])
    })
  })
})
