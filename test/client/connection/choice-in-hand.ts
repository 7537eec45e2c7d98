/** The choice of a transport without a connection: a test says what happens to the attempts. */
import { expect, vi } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { createTransportChoice } from '../../../src/client/connection/transport-choice.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import type { DeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import type { EventStreamErrorCode, EventStreamErrorDetails } from '../../../src/protocol/errors.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { FallbackOptions } from '../../../src/client/options.ts'
import type { Transport } from '../../../src/client/transports/transport.ts'
import type { TransportChoice } from '../../../src/client/connection/transport-choice.ts'

export const FIRST: Transport = { name: 'first', connect: async () => {} }
const OTHER: Transport = { name: 'other', connect: async () => {} }
/** What the policy asks to wait. */
export const WAIT = 700
export const MUTE_AFTER = 15_000
export const RETRY_AFTER = 300_000

/** How an attempt, or the connection that came of it, is lost. */
export interface Loss extends EventStreamErrorDetails {
  code: EventStreamErrorCode
  /** The stream was open. */
  wasOpen?: boolean
  isFlowing?: boolean
}

/** No answer at all: the server may be down. */
export const REFUSED: Loss = { code: 'network', attempt: 1 }
/** The server was there, and nothing came of it. */
export const BROKEN: Loss = { code: 'network', attempt: 1, wasOpen: true }
/** Nothing is wrong with the way: the server was restarted. */
export const WELL: Loss = { code: 'network', attempt: 0, wasOpen: true, isFlowing: true }
export const UNANSWERED: Loss = { code: 'connect-timeout', attempt: 1, url: '/asked' }
/** Silence after what came with the head, which was new. */
export const STUCK: Loss = { code: 'silence', attempt: 0, wasOpen: true }

export interface TestChoice extends FakeEnvironment {
  choice: TransportChoice
  gate: DeliveryGate
  /** The name of the transport of the next attempt. */
  next(): string
  /** Attempts are made, and lost in this way; gives when to go on after the last one. */
  lose(loss: Loss, times?: number): number | EventStreamError
  /** An attempt ends the stream, if the choice lets it: gives what came of it, and the error. */
  end(loss: Loss): [next: number | EventStreamError, error: EventStreamError]
  onMute: ReturnType<typeof vi.fn<(muteMs: number) => void>>
  onTryFirst: ReturnType<typeof vi.fn<() => void>>
  /** A stream opens with the transport in use. */
  open(): void
}

export function createTestChoice(fallback: Partial<FallbackOptions> | false = {}): TestChoice {
  const fake = createFakeEnvironment()
  const gate = createDeliveryGate(fake.environment, () => {})
  const options = fallback ? { fallback: { transport: OTHER, ...fallback } } : {}
  const choice = createTransportChoice(options, fake.environment, gate)
  const onMute = vi.fn<(muteMs: number) => void>()
  const onTryFirst = vi.fn<() => void>()
  return Object.assign(fake, {
    ...{ choice, gate, onMute, onTryFirst },
    next: () => (choice.choose() ?? FIRST).name,
    lose(loss: Loss, times = 1) {
      let next: number | EventStreamError = 0
      for (let count = 0; count < times; count++) {
        choice.choose()
        if (loss.isFlowing) choice.heard(true)
        if (loss === STUCK || loss === WELL) choice.progressed()
        next = choice.failed(failure(loss), attemptOf(loss), () => WAIT)
        choice.stop()
      }
      return next
    },
    end(loss: Loss): [number | EventStreamError, EventStreamError] {
      choice.choose()
      const error = failure({ fatal: true, ...loss })
      return [choice.failed(error, attemptOf(loss), () => (error.fatal ? error : WAIT)), error]
    },
    open() {
      choice.choose()
      choice.opened(onMute, onTryFirst)
    },
  })
}

export function attemptOf({ wasOpen, isFlowing = false }: Loss): {
  headers: Headers | undefined
  isFlowing: boolean
} {
  return { headers: wasOpen ? new Headers() : undefined, isFlowing }
}

export function failure({
  code,
  wasOpen: _open,
  isFlowing: _flows,
  ...details
}: Loss): EventStreamError {
  return new EventStreamError(code, 'x', details)
}

/** Goes over to the fallback in the quickest way, because the way of the first transport is bad. */
export function createOnFallback(fallback?: Partial<FallbackOptions>): TestChoice {
  const test = createTestChoice(fallback)
  test.lose(UNANSWERED)
  expect(test.next()).toBe('other')
  return test
}
