// @vitest-environment node
/** Who is called for a message. */
import { describe, expect, it, vi } from 'vitest'
import { createEventHandlers } from '../../../src/client/delivery/event-handlers.ts'
import type { EventHandlers } from '../../../src/client/delivery/event-handlers.ts'
import type { AnyFunction } from '../../../src/client/delivery/handler-list.ts'

const run = (handlers: EventHandlers, type: string, ...args: unknown[]): void =>
  handlers.ofType(type)?.run((handler) => handler(...args))

describe('createEventHandlers', () => {
  it('tells types apart', () => {
    const handlers = createEventHandlers()
    const [a, b] = [vi.fn<AnyFunction>(), vi.fn<AnyFunction>()]
    handlers.add('a', a)
    handlers.add('b', b)
    run(handlers, 'a', 1, 2)
    expect(a).toHaveBeenCalledExactlyOnceWith(1, 2)
    expect(b).not.toHaveBeenCalled()
  })

  it.each(['__proto__', 'constructor', 'toString', '*', ''])(
    'takes %j for an ordinary type',
    (type) => {
      const handlers = createEventHandlers()
      expect(handlers.ofType(type)).toBe(undefined)
      const handler = vi.fn<AnyFunction>()
      const others = vi.fn<AnyFunction>()
      handlers.add(type, handler)
      handlers.taps.add(others)
      handlers.ofAll.add(others)
      run(handlers, type)
      expect(handler).toHaveBeenCalledOnce()
      expect(others).not.toHaveBeenCalled()
    },
  )

  it('keeps nothing of a type that nobody wants any more', () => {
    const handlers = createEventHandlers()
    const remove = handlers.add('a', () => {})
    handlers.add('a', () => {}, true)
    run(handlers, 'a')
    expect(handlers.ofType('a')).not.toBe(undefined)
    remove()
    expect(handlers.ofType('a')).toBe(undefined)
  })

  it('keeps a new handler when an old one of the same type is taken away again', () => {
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
