/** A client that notes down what it tells the app. Runs in Node and in browsers. */
import { vi } from 'vitest'
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { EventStreamClient, GapDetails, Message, OpenDetails } from '../../src/client/types.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'

/** Short waits, so that reconnecting takes no time worth mentioning. */
export const QUICK = { initialDelay: 5, maxDelay: 20, minDelay: 1 }

export interface ClientRun {
  readonly client: EventStreamClient
  readonly messages: Message[]
  readonly errors: EventStreamError[]
  readonly gaps: GapDetails[]
  readonly opens: OpenDetails[]
  /** `open`, or `reconnecting network` where there is a reason; what is told again is noted once. */
  readonly statuses: string[]
  /** What nobody handled: a test that expects some takes them out. */
  readonly reported: unknown[]
  readonly warnings: string[]
  /** The payloads in the order in which they were delivered. */
  data(): unknown[]
}

/** Starts a client. An option that listens to the same takes the place of a list. */
export function startRun(
  url: string,
  options: EventStreamClientOptions,
  start: (
    url: string,
    options: EventStreamClientOptions,
  ) => EventStreamClient = createEventStreamClient,
): ClientRun {
  const messages: Message[] = []
  const errors: EventStreamError[] = []
  const gaps: GapDetails[] = []
  const opens: OpenDetails[] = []
  const statuses: string[] = []
  const reported: unknown[] = []
  const warnings: string[] = []
  const client = start(url, {
    reconnect: QUICK,
    onMessage: (message) => messages.push(message),
    onError: (error) => errors.push(error),
    onGap: (details) => gaps.push(details),
    onOpen: (details) => opens.push(details),
    onStatus(status, reason) {
      const text = reason ? `${status} ${reason}` : status
      if (statuses.at(-1) !== text) statuses.push(text)
    },
    ...options,
    environment: {
      reportError: (error) => void reported.push(error),
      warn: (text) => void warnings.push(text),
      ...options.environment,
    },
  })
  return {
    ...{ client, messages, errors, gaps, opens, statuses, reported, warnings },
    data: () => messages.map(({ data }) => data),
  }
}

/** Waits for a condition, as long as a slow machine may need. */
export function until(
  condition: () => boolean | Promise<boolean>,
  timeout = 4000,
): Promise<unknown> {
  return vi.waitUntil(condition, { interval: 5, timeout })
}
