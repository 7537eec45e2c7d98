/** Every transport as the behaviour suite takes it: how a client uses it, and what it can do. Runs in Node and in browsers. */
import { createEventStreamClient } from '../../src/client/event-stream-client.ts'
import { ndjson } from '../../src/client/formats/ndjson.ts'
import { eventSourceTransport } from '../../src/client/transports/event-source-transport.ts'
import { pollingTransport } from '../../src/client/transports/polling-transport.ts'
import type { Environment } from '../../src/client/environment.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { PollFormat } from '../support/fault-polls.ts'
import type { BehaviourOptions } from './behaviour-runs.ts'

export type TestedTransport = Pick<BehaviourOptions, 'start' | 'can'>

const EVERYTHING = {
  ...{ statuses: true, headers: true, methods: true, single: true, ends: true },
  ...{ silence: true, comments: true, bareIds: true, retry: true },
}

export const FETCH: TestedTransport = { start: createEventStreamClient, can: EVERYTHING }

/** @param EventSource Where the platform has none. */
export function eventSource(EventSource?: unknown): TestedTransport {
  // By the standard a page is not told of any of this.
  const none = { statuses: false, ends: false, comments: false, bareIds: false, retry: false }
  const platform: Environment['platform'] = (name) =>
    (name === 'EventSource' && EventSource) || globalThis[name]
  return {
    start: (url, options) =>
      createEventStreamClient(url, {
        ...options,
        // The suite's other types have handlers, or are named by an option: these are heard without.
        transport: eventSourceTransport({ types: ['tick', '*'] }),
        environment: { ...options.environment, platform },
      }),
    // Nor can it send any: GET, with the browser's headers.
    can: { ...EVERYTHING, ...none, headers: false, methods: false },
  }
}

/** Streams of NDJSON, whose ids are in their lines. */
export function lines(): TestedTransport {
  const fetchLines: Environment['fetch'] = (url, init) => fetch(`${url}&lines`, init)
  const format = ndjson({ id: 'id', type: 'type', data: 'data' })
  return {
    start: (url, options) =>
      createEventStreamClient(url, { ...options, format, fetch: fetchLines }),
    // A line is a message, and has no place for `retry:`.
    can: { ...EVERYTHING, bareIds: false, retry: false },
  }
}

export function polling(format: PollFormat): TestedTransport {
  return {
    start: (url, options) =>
      createEventStreamClient(url, { ...options, ...pollingOptions(format) }),
    can: {
      ...EVERYTHING,
      // It repeats its request all the time, so it takes other methods than GET only where that is allowed.
      single: false,
      // Every answer ends, and none says that there will be no other one.
      ends: false,
      // Between two answers there is nothing but silence; how long one answer takes is limited by `connectTimeout`.
      silence: false,
      // JSON has no place for them.
      comments: format === 'stream',
      // It does not make the wait after a loss longer, but that for the next poll.
      retry: false,
    },
  }
}

/** What makes a client poll the fault server. */
export function pollingOptions(format: PollFormat): EventStreamClientOptions {
  return { transport: pollingTransport({ interval: 5 }), fetch: asPolls(format) }
}

/** Tells the server which polls are those of one connection, as others have sessions for. */
function asPolls(format: PollFormat): Environment['fetch'] {
  const connections = new WeakMap<AbortSignal, string>()
  return (url, init) => {
    const connection = connections.get(init.signal!) ?? crypto.randomUUID()
    connections.set(init.signal!, connection)
    return fetch(`${url}&poll=${format}&connection=${connection}`, init)
  }
}
