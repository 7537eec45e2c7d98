// @vitest-environment node
/** What passes the gate, and when. */
import { describe, expect, it, vi } from 'vitest'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { settle } from '../../support/settle.ts'
import type { AnyFunction } from '../../../src/client/delivery/event-handlers.ts'

const A = Symbol('a')
const B = Symbol('b')

describe('createDeliveryGate', () => {
  it('lets everything pass at once while nothing holds', () => {
    const gate = createDeliveryGate()
    const step = vi.fn<AnyFunction>()
    gate.pass(step)
    expect(step).toHaveBeenCalledOnce()
    expect(gate.whenOpen()).toBe(undefined)
  })

  it('keeps what comes while a reason holds, and lets it pass in order after the last one', () => {
    const gate = createDeliveryGate()
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
    const gate = createDeliveryGate()
    gate.hold(A)
    gate.hold(A)
    expect([gate.isHeld(), gate.isHeld(A), gate.isHeld('user')]).toEqual([true, true, false])
    gate.release(A)
    expect(gate.isHeld()).toBe(false)
  })

  it('stops in the middle when a step holds it', () => {
    const gate = createDeliveryGate()
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
    const gate = createDeliveryGate()
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
    const gate = createDeliveryGate()
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
    const gate = createDeliveryGate()
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
    const gate = createDeliveryGate()
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
    const gate = createDeliveryGate()
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
    const gate = createDeliveryGate()
    const step = vi.fn<AnyFunction>()
    gate.hold(A)
    gate.pass(() => gate.clear())
    gate.pass(step)
    gate.release(A)
    expect(step).not.toHaveBeenCalled()
  })
})
