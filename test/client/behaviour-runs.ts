/** What the behaviour suite works with: what a transport can do, and clients that use it. */
import { startRun, until } from '../support/client-run.ts'
import { requestsOf, tagged } from '../support/tagged-log.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { ClientRun } from '../support/client-run.ts'
import type { TaggedRequest } from '../support/tagged-log.ts'

/** What a transport can do. */
export interface Capabilities {
  /** It sees the status and the type of an answer that is no stream. */
  statuses: boolean
  /** It sends headers of the app's. */
  headers: boolean
  /** It sends other methods than GET, with bodies. */
  methods: boolean
  /** It sees comments: they are signs of life. */
  comments: boolean
  /** It sees blocks that carry nothing but an id, and tells a message's own id from one that it inherits. */
  ownIds: boolean
  /** It sees `retry:`. */
  retry: boolean
}

export interface BehaviourOptions {
  /** Where the fault server is; asked for within tests. */
  serverUrl: () => string
  /** Creates a client that uses the transport. */
  start: (url: string, options: EventStreamClientOptions) => EventStreamClient
  can: Capabilities
}

export interface BehaviourRun extends ClientRun {
  /** The URL of another path for the same client. */
  url(path: string): string
  /** What the server says of this client's requests. */
  requests(): Promise<TaggedRequest[]>
  /** The ids that its requests went on from, in header or query. */
  asked(): Promise<(string | undefined)[]>
  /** Waits until the server has cleaned up after so many requests; exactly once after each of them. */
  hasLeft(count: number): Promise<unknown>
  /** Waits until the server has as many requests. */
  hasAsked(count: number): Promise<unknown>
}

/**
 * Chromium keeps a connection for 5 s that was left while nothing was being read, in the hope to use it again (measured:
 * 5.00 s after an abort in the middle of a burst, in 4 of 100).
 */
const MAX_LEAVING_MS = 9000

export type Connect = (path: string, options?: EventStreamClientOptions) => BehaviourRun

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

/** The numbers of the server's numbered events. */
export function indexes({ messages }: ClientRun): number[] {
  return messages.map(({ data }) => (data as { index: number }).index)
}

/** Starts a client on a path of the server. */
export function startBehaviourRun(
  { serverUrl, start }: BehaviourOptions,
  path: string,
  options: EventStreamClientOptions = {},
): BehaviourRun {
  const tag = crypto.randomUUID()
  const url = (other: string): string => tagged(serverUrl() + other, tag)
  const requests = (): Promise<TaggedRequest[]> => requestsOf(serverUrl(), tag)
  return {
    ...startRun(url(path), options, start),
    ...{ url, requests },
    asked: async () =>
      (await requests()).map(({ headers, query }) => headers['last-event-id'] ?? query.lastEventId),
    hasLeft: (count) =>
      until(async () => {
        const cleanups = (await requests()).map((request) => request.cleanups)
        if (cleanups.some((times) => times > 1)) throw new Error('The server cleaned up twice')
        return cleanups.filter((times) => times === 1).length >= count
      }, MAX_LEAVING_MS),
    hasAsked: (count) => until(async () => (await requests()).length >= count),
  }
}
