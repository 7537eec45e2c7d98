// @vitest-environment node
/** When what is to be shown is shown. */
import { describe, expect, it, vi } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createFlushScheduler } from '../../../src/client/delivery/flush-scheduler.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'

describe('createFlushScheduler', () => {
  it('runs each task once with the next frame, in the order of the first request', async () => {
    const { environment, frame, live } = createFakeEnvironment()
    const scheduler = createFlushScheduler(environment)
    const order: string[] = []
    const a = (): void => void order.push('a')
    const b = (): void => void order.push('b')
    for (const task of [a, b, a]) scheduler.request(task)
    expect(order).toEqual([])
    expect(live()).toEqual(['frame'])
    await frame()
    expect(order).toEqual(['a', 'b'])
    expect(live()).toEqual([])
  })

  it('runs what a task asks for with the frame after it', async () => {
    const { environment, frame } = createFakeEnvironment()
    const scheduler = createFlushScheduler(environment, 'frame')
    const task = vi.fn<AnyFunction>(() => scheduler.request(task))
    scheduler.request(task)
    await frame()
    expect(task).toHaveBeenCalledOnce()
    await frame()
    expect(task).toHaveBeenCalledTimes(2)
    scheduler.cancel()
  })

  it('runs a task at once with sync, and keeps nothing', () => {
    const { environment, live } = createFakeEnvironment()
    const scheduler = createFlushScheduler(environment, 'sync')
    const task = vi.fn<AnyFunction>()
    scheduler.request(task)
    scheduler.request(task)
    expect(task).toHaveBeenCalledTimes(2)
    expect(live()).toEqual([])
    expect(() => scheduler.cancel()).not.toThrow()
  })

  it('runs tasks at most every so many milliseconds with a number', async () => {
    const { environment, advance, delays } = createFakeEnvironment()
    const scheduler = createFlushScheduler(environment, 200)
    const task = vi.fn<AnyFunction>()
    scheduler.request(task)
    await advance(100)
    scheduler.request(task)
    expect(delays()).toEqual([200])
    await advance(99)
    expect(task).not.toHaveBeenCalled()
    await advance(1)
    expect(task).toHaveBeenCalledOnce()
    scheduler.request(task)
    await advance(200)
    expect(task).toHaveBeenCalledTimes(2)
  })

  it.each(['frame', 200] as const)('runs and keeps nothing after cancel(): %s', async (mode) => {
    const { environment, advance, frame, live } = createFakeEnvironment()
    const scheduler = createFlushScheduler(environment, mode)
    const task = vi.fn<AnyFunction>()
    scheduler.request(task)
    scheduler.cancel()
    expect(live()).toEqual([])
    await advance(1000)
    await frame()
    expect(task).not.toHaveBeenCalled()
  })
})
