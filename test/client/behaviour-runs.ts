/** What the behaviour suite works with: what a transport can do, and clients that use it. */
import { QUICK, startRun, until } from '../support/client-run.ts'
import { MAX_REQUESTS, mostWithin, WINDOW_MS } from '../support/request-budget.ts'
import { logOf, tagged } from '../support/tagged-log.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { ClientRun } from '../support/client-run.ts'
import type { TaggedLog, TaggedRequest } from '../support/tagged-log.ts'

/** What a transport can do. */
export interface Capabilities {
  /** It sees the status and the type of an answer that is no stream. */
  statuses: boolean
  /** It sends headers of the app's. */
  headers: boolean
  /** It sends other methods than GET, with bodies. */
  methods: boolean
  /** It makes one request for each connection. */
  single: boolean
  /** It tells the clean end of a stream from a loss. */
  ends: boolean
  /** It has one answer that goes on, so that silence on it is a sign. */
  silence: boolean
  /** It sees comments: they are signs of life. */
  comments: boolean
  /** It sees blocks that carry nothing but an id. */
  bareIds: boolean
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
  /** What the server says of this client's requests; the polls of one connection count as one. */
  requests(): Promise<TaggedRequest[]>
  /** Each poll for itself. */
  everyRequest(): Promise<Pick<TaggedRequest, 'headers' | 'at'>[]>
  /** Whether the server got no more requests in any 2 s than a client may send, preflights and all. */
  isWithinBudget(): Promise<boolean>
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

/** More than usual only where the app itself allows shorter waits. */
function budgetOf(options: EventStreamClientOptions): number {
  const { reconnect } = { reconnect: QUICK, ...options }
  const { minDelay = 100 } = typeof reconnect === 'object' ? reconnect : {}
  return Math.max(MAX_REQUESTS, WINDOW_MS / minDelay)
}

/** Starts a client on a path of the server. */
export function startBehaviourRun(
  { serverUrl, start }: BehaviourOptions,
  path: string,
  options: EventStreamClientOptions = {},
): BehaviourRun {
  const tag = crypto.randomUUID()
  const url = (other: string): string => tagged(serverUrl() + other, tag)
  const log = (): Promise<TaggedLog> => logOf(serverUrl(), tag)
  const requests = async (): Promise<TaggedRequest[]> => (await log()).requests
  return {
    ...startRun(url(path), options, start),
    ...{ url, requests },
    async everyRequest() {
      const { requests: asked, polls } = await log()
      return [...asked, ...polls].sort((a, b) => a.at - b.at) // oxlint-disable-line unicorn/no-array-sort
    },
    async isWithinBudget() {
      const { requests: asked, polls, preflights } = await log()
      return mostWithin([...asked, ...polls, ...preflights]) <= budgetOf(options)
    },
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
