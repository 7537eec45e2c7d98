/** Attempts without a connection: what they tell is noted down, and their transport is in the hand of a test. */
import { expect } from 'vitest'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { createAttempts } from '../../../src/client/connection/attempt.ts'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { INITIAL_STATE } from '../../../src/client/stream-client.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import { fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import type { Attempt } from '../../../src/client/connection/attempt.ts'
import type { ConnectionState } from '../../../src/client/connection/connection-types.ts'
import type { DeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import type { ConnectionOptions, UrlSource } from '../../../src/client/options.ts'
import type { FakeEnvironment } from '../../support/fake-environment.ts'
import type { Transport, TransportAttempt } from '../../../src/client/transports/transport.ts'

const URL_OF_PAGE = 'https://page.test/events?token=secret#hash'
export const ASKING = { accept: 'text/event-stream', types: /event-stream/ }

export interface TestAttempts extends FakeEnvironment {
  state: ConnectionState
  gate: DeliveryGate
  /** Each wants to hear of event types. */
  wanted: ((type: string) => void)[]
  /** What was told, and forgets it. */
  heard(): unknown[][]
  /** Starts one; with a transport in the test's hand unless said otherwise. */
  start(transport?: 'fetch' | Transport['connect'], wasOpen?: boolean): Promise<Attempt>
  /** The last one. */
  attempt: Attempt
  /** The transport's side of the attempt. */
  side: TransportAttempt
  /** The transport has nothing more. */
  end(): Promise<void>
  /** The transport has lost it. */
  lose(cause: unknown): Promise<void>
  /** The cursor is not known before it resolves. */
  known: Promise<void>
  delay(): number
}

export function createTestAttempts(
  options: ConnectionOptions & { getEventId?: unknown } = {},
  source: UrlSource = URL_OF_PAGE,
): TestAttempts {
  const fake = createFakeEnvironment()
  const heard: unknown[][] = []
  const wanted: ((type: string) => void)[] = []
  const state: ConnectionState = { ...INITIAL_STATE }
  const note =
    (name: string) =>
    (...details: unknown[]): void =>
      void heard.push([name, ...details])
  const gate = createDeliveryGate(fake.environment, () => {})
  const { environment } = fake
  const unused = (): never => expect.unreachable('this is the connection’s')
  const attempts = createAttempts(
    source,
    options,
    environment,
    state,
    gate,
    {
      activity: note('watchdog activity'),
      heartbeat: note('heartbeat'),
      ...{ start: unused, pause: unused, stop: unused, lost: unused, doubt: unused },
    },
    {
      whenKnown: () => test.known,
      onRequest: note('request'),
      onMethod: note('method'),
      onHead: note('head'),
      onActivity: note('activity'),
      onRead: note('read'),
      onProgress: note('progress'),
      onArrival: note('arrival'),
      onMessage(...details) {
        note('message')(...details)
        return details[0].data !== 'known'
      },
      onCursor: note('cursor'),
      onRetry: note('retry'),
      onAskedAgain: note('asked again'),
      onError: note('error'),
      onWantedType: (callback) => void wanted.push(callback),
      onOverflow: note('overflow'),
      call: unused,
      hear(signal, ...details) {
        note(signal)(...details)
        if (signal === 'noContent') test.attempt.controller.abort()
      },
    },
  )
  const test: TestAttempts = Object.assign(fake, {
    ...{ state, gate, wanted, delay: attempts.delay },
    heard: () => heard.splice(0),
    ...{ attempt: undefined as never, side: undefined as never },
    known: Promise.resolve(),
    end: settle,
    lose: settle,
    async start(transport?: 'fetch' | Transport['connect'], wasOpen = false) {
      const inHand: Transport = {
        name: 'hand',
        connect(side) {
          if (typeof transport === 'function') return transport(side)
          test.side = side
          return new Promise((resolve, reject) => {
            test.end = () => {
              resolve()
              return settle()
            }
            test.lose = (cause) => {
              reject(cause)
              return settle()
            }
          })
        },
      }
      test.attempt = attempts.start(transport === 'fetch' ? fetchTransport : inHand, wasOpen)
      await settle()
      return test.attempt
    },
  })
  return test
}

/** The error of an attempt that is lost. */
export function lossOf(test: TestAttempts): EventStreamError {
  const [signal, error] = test.heard().at(-1)!
  expect(signal).toBe('lost')
  expect(error).toBeInstanceOf(EventStreamError)
  return error as EventStreamError
}

/** What was told, without details. */
export const names = (heard: unknown[][]): unknown[] => heard.map(([name]) => name)
