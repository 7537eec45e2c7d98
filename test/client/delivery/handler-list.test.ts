// @vitest-environment node
/** Who of a list is called, and when. */
import { describe, expect, it, vi } from 'vitest'
import { createHandlerList } from '../../../src/client/delivery/handler-list.ts'
import type { AnyFunction, HandlerList } from '../../../src/client/delivery/handler-list.ts'

const run = (list: HandlerList, ...args: unknown[]): void => list.run((handler) => handler(...args))

describe('createHandlerList', () => {
  it('runs the handlers in the order in which they were added', () => {
    const list = createHandlerList()
    const order: number[] = []
    for (const number of [1, 2, 3]) list.add(() => order.push(number))
    run(list)
    expect(order).toEqual([1, 2, 3])
  })

  it('keeps the same function twice when it is added twice', () => {
    const list = createHandlerList()
    const handler = vi.fn<AnyFunction>()
    const removeFirst = list.add(handler)
    list.add(handler)
    run(list)
    expect(handler).toHaveBeenCalledTimes(2)
    removeFirst()
    removeFirst()
    run(list)
    expect(handler).toHaveBeenCalledTimes(3)
  })

  it('runs a handler once, gone before it is called', () => {
    const list = createHandlerList()
    const handler = vi.fn<AnyFunction>(() => run(list))
    list.add(handler, true)
    run(list, 1, 2)
    run(list)
    expect(handler).toHaveBeenCalledExactlyOnceWith(1, 2)
  })

  it('gives what a handler returns, also that of one that runs once', () => {
    const list = createHandlerList()
    const results: unknown[] = []
    list.add(() => 1)
    list.add(() => 2, true)
    list.run((handler) => results.push(handler()))
    expect(results).toEqual([1, 2])
  })

  it('runs neither those that another one takes away nor those that it adds', () => {
    const list = createHandlerList()
    const order: string[] = []
    list.add(() => {
      order.push('first')
      remove()
      list.add(() => order.push('added'), true)
    })
    const remove = list.add(() => order.push('taken'))
    run(list)
    expect(order).toEqual(['first'])
    run(list)
    expect(order).toEqual(['first', 'first', 'added'])
  })

  it('runs all the others when one takes itself away', () => {
    const list = createHandlerList()
    const order: number[] = []
    const remove = list.add(() => {
      order.push(1)
      remove()
    })
    for (const number of [2, 3]) list.add(() => order.push(number))
    run(list)
    run(list)
    expect(order).toEqual([1, 2, 3, 2, 3])
  })

  it('runs each of many once, in order, when all are gone before they are called', () => {
    const list = createHandlerList()
    const order: number[] = []
    for (let number = 0; number < 10_000; number++) list.add(() => order.push(number), true)
    run(list)
    run(list)
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, number) => number))
  })

  it('runs what a handler has added in a run within this one, and not in this one', () => {
    const list = createHandlerList()
    const order: string[] = []
    list.add(() => {
      order.push('outer')
      list.add(() => order.push('added'))
      run(list)
    }, true)
    list.add(() => order.push('last'))
    run(list)
    expect(order).toEqual(['outer', 'last', 'added', 'last'])
  })

  it('tells each time that the last one is gone, whatever takes it away', () => {
    const onEmpty = vi.fn<() => void>()
    const list = createHandlerList(onEmpty)
    const [removeFirst, removeSecond] = [list.add(() => {}), list.add(() => {})]
    removeFirst()
    removeFirst()
    expect(onEmpty).not.toHaveBeenCalled()
    removeSecond()
    removeSecond()
    expect(onEmpty).toHaveBeenCalledOnce()
    list.add(() => {}, true)
    run(list)
    expect(onEmpty).toHaveBeenCalledTimes(2)
  })
})
