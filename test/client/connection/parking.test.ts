// @vitest-environment node
/** When a connection that nobody reads is given up: the rule alone. */
import { describe, expect, it } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { createParking } from '../../../src/client/connection/parking.ts'
import type { DeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { Parking } from '../../../src/client/connection/parking.ts'

const A = Symbol('a')
const B = Symbol('b')

interface TestParking extends FakeEnvironment {
  gate: DeliveryGate
  parking: Parking
  /** How often the connection was to be given up. */
  parked(): number
}

function create(): TestParking {
  const fake = createFakeEnvironment()
  let count = 0
  const gate = createDeliveryGate(fake.environment, () => parking.update())
  const parking = createParking(fake.environment, gate, () => {
    parking.isParked = true
    count++
  })
  return Object.assign(fake, { gate, parking, parked: () => count })
}

describe('createParking', () => {
  it.each(['user', A] as const)(
    'gives up after 30 s in which something held: %s',
    async (reason) => {
      const { gate, advance, parked, delays } = create()
      expect(delays()).toEqual([])
      gate.hold(reason)
      expect(delays()).toEqual([30_000])
      await advance(29_999)
      expect(parked()).toBe(0)
      await advance(1)
      expect(parked()).toBe(1)
      await advance(600_000)
      expect(parked()).toBe(1)
    },
  )

  it('counts without a break, whatever holds', async () => {
    const { gate, advance, parked, delays } = create()
    gate.hold(A)
    await advance(20_000)
    gate.hold(B)
    gate.release(A)
    await advance(9999)
    expect(parked()).toBe(0)
    expect(delays()).toHaveLength(1)
    await advance(1)
    expect(parked()).toBe(1)
  })

  it('counts anew after a break', async () => {
    const { gate, advance, parked, live } = create()
    gate.hold(A)
    await advance(29_999)
    gate.release(A)
    expect(live()).toEqual([])
    gate.hold(A)
    await advance(29_999)
    expect(parked()).toBe(0)
    await advance(1)
    expect(parked()).toBe(1)
  })

  it('gives up no more once nothing holds, and may again later', async () => {
    const { gate, parking, advance, parked } = create()
    for (let count = 1; count <= 2; count++) {
      gate.hold(A)
      await advance(30_000)
      expect(parking.isParked).toBe(true)
      gate.hold(B)
      gate.release(A)
      expect(parking.isParked).toBe(true)
      gate.release(B)
      expect(parking.isParked).toBe(false)
      expect(parked()).toBe(count)
    }
  })

  it('asks again 30 s after a connection that could not be given up changed', async () => {
    const { gate, parking, advance, parked } = create()
    gate.hold(A)
    await advance(30_000)
    parking.update()
    await advance(29_999)
    expect(parked()).toBe(1)
    await advance(1)
    expect(parked()).toBe(2)
  })

  it('counts no breaks between slices of work: the page takes messages', async () => {
    const { gate, advance, work, delays, parked } = create()
    gate.begin()
    gate.pass(() => work(12))
    expect(gate.isHeld()).toBe(true)
    expect(delays()).toEqual([])
    await advance(600_000)
    expect(parked()).toBe(0)
    // What holds at the same time counts.
    gate.hold(A)
    expect(delays()).toEqual([30_000])
  })

  it('says that the user holds, or else that messages are not taken', () => {
    const { gate, parking } = create()
    gate.hold(A)
    expect(parking.reason).toBe('overflow')
    gate.hold('user')
    expect(parking.reason).toBe('user')
    gate.release('user')
    expect(parking.reason).toBe('overflow')
  })

  it('leaves nothing behind with stop(), and starts anew with the next update', async () => {
    const { gate, parking, advance, parked, live } = create()
    gate.hold(A)
    await advance(20_000)
    parking.isParked = true
    parking.stop()
    expect(live()).toEqual([])
    expect(parking.isParked).toBe(false)
    parking.update()
    await advance(29_999)
    expect(parked()).toBe(0)
    await advance(1)
    expect(parked()).toBe(1)
  })
})
