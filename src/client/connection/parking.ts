/** Gives a connection up that is not read for long: its server should not have to keep what it cannot send. */
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { Cancel, Environment } from '../environment.ts'
import type { EventStreamReason } from '../types.ts'

const MAX_HOLD_MS = 30_000

export interface Parking {
  /** The connection is given up until nothing holds any more. */
  isParked: boolean
  /** What the status says of it. */
  readonly reason: EventStreamReason
  /** The gate, or the connection, has changed. */
  update(): void
  stop(): void
}

/** @param onPark Nothing has been read for 30 s. */
export function createParking(
  { after }: Environment,
  gate: DeliveryGate,
  onPark: () => void,
): Parking {
  let cancel: Cancel | undefined

  function stop(isParked = false): void {
    cancel?.()
    cancel = undefined
    parking.isParked = isParked
  }

  function onTime(): void {
    cancel = undefined
    onPark()
  }

  const parking: Parking = {
    isParked: false,
    get reason() {
      return gate.isHeld('user') ? 'user' : 'overflow'
    },
    update() {
      if (gate.isStuck()) cancel ??= after(MAX_HOLD_MS, onTime)
      // What waits may still be passing, slice by slice.
      else stop(parking.isParked && gate.isHeld())
    },
    stop: () => stop(),
  }
  return parking
}
