/** Handlers may take their time, but not with any number of messages: at 1024 reading stops until some are done. */
import { warn } from '../diagnostics.ts'
import type { Environment } from '../environment.ts'
import type { DeliveryGate } from './delivery-gate.ts'

const MAX_UNSETTLED = 1024

export interface UnsettledLimit {
  /** A message has set work going. */
  add(work: readonly PromiseLike<unknown>[]): Promise<void>
  /** There is another stream: what is left of the one before does not hold it. */
  reset(): void
}

export function createUnsettledLimit(
  gate: DeliveryGate,
  environment: Environment,
  release: (reason: symbol) => void,
): UnsettledLimit {
  let reason = Symbol()
  let count = 0

  return {
    async add(work) {
      const current = reason
      if (++count === MAX_UNSETTLED) {
        warn(environment, 'unsettled-handlers', `${MAX_UNSETTLED} messages`)
        gate.hold(reason)
      }
      await Promise.allSettled(work)
      if (current === reason && count-- === MAX_UNSETTLED) release(reason)
    },
    reset() {
      const before = reason
      reason = Symbol()
      count = 0
      release(before)
    },
  }
}
