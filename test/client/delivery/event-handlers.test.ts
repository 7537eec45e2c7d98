// @vitest-environment node
/** Who is called for a key. */
import { describe, expect, it, vi } from 'vitest'
import { createEventHandlers } from '../../../src/client/delivery/event-handlers.ts'
import type { AnyFunction, EventHandlers } from '../../../src/client/delivery/event-handlers.ts'

const run = (handlers: EventHandlers, key: string | symbol, ...args: unknown[]): void =>
  handlers.run(key, (handler: AnyFunction) => handler(...args))

describe('createEventHandlers', () => {
  it('runs the handlers of a key in the order in which they were added', () => {
    const handlers = createEventHandlers()
    const order: number[] = []
    for (const number of [1, 2, 3]) handlers.add('a', () => order.push(number))
    handlers.add('b', () => order.push(4))
    run(handlers, 'a')
    expect(order).toEqual([1, 2, 3])
  })

  it('tells symbols and strings apart', () => {
    const handlers = createEventHandlers()
    const ofSymbol = vi.fn<AnyFunction>()
    handlers.add(Symbol.for('a'), ofSymbol)
    run(handlers, 'a')
    run(handlers, 'Symbol(a)')
    expect(ofSymbol).not.toHaveBeenCalled()
    run(handlers, Symbol.for('a'))
    expect(ofSymbol).toHaveBeenCalledOnce()
  })

  it.each(['__proto__', 'constructor', 'toString', ''])('takes %j for an ordinary key', (key) => {
    const handlers = createEventHandlers()
    expect(() => run(handlers, key)).not.toThrow()
    const handler = vi.fn<AnyFunction>()
    handlers.add(key, handler)
    run(handlers, key, 1, 2)
    expect(handler).toHaveBeenCalledExactlyOnceWith(1, 2)
  })

  it('keeps the same function twice when it is added twice', () => {
    const handlers = createEventHandlers()
    const handler = vi.fn<AnyFunction>()
    const removeFirst = handlers.add('a', handler)
    handlers.add('a', handler)
    run(handlers, 'a')
    expect(handler).toHaveBeenCalledTimes(2)
    removeFirst()
    removeFirst()
    run(handlers, 'a')
    expect(handler).toHaveBeenCalledTimes(3)
  })

  it('runs a handler once, gone before it is called', () => {
    const handlers = createEventHandlers()
    const handler = vi.fn<AnyFunction>(() => run(handlers, 'a'))
    handlers.add('a', handler, true)
    run(handlers, 'a')
    run(handlers, 'a')
    expect(handler).toHaveBeenCalledOnce()
  })

  it('gives what a handler returns, also that of one that runs once', () => {
    const handlers = createEventHandlers()
    const results: unknown[] = []
    handlers.add('a', () => 1)
    handlers.add('a', () => 2, true)
    handlers.run('a', (handler) => results.push(handler()))
    expect(results).toEqual([1, 2])
  })

  it('runs neither those that another one takes away nor those that it adds', () => {
    const handlers = createEventHandlers()
    const order: string[] = []
    handlers.add('a', () => {
      order.push('first')
      remove()
      handlers.add('a', () => order.push('added'), true)
    })
    const remove = handlers.add('a', () => order.push('taken'))
    run(handlers, 'a')
    expect(order).toEqual(['first'])
    run(handlers, 'a')
    expect(order).toEqual(['first', 'first', 'added'])
  })

  it('keeps a new handler when an old one of the same key is taken away again', () => {
    const handlers = createEventHandlers()
    const handler = vi.fn<AnyFunction>()
    const removeOld = handlers.add('a', () => {})
    removeOld()
    handlers.add('a', handler)
    removeOld()
    run(handlers, 'a')
    expect(handler).toHaveBeenCalledOnce()
  })
})
