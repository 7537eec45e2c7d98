/** The client: a stream without Vue. */
import { pageConnections } from './sharing/app-connections.ts'
import { createStreamClient } from './stream-client.ts'
import type { EventStreamClientOptions, UrlSource } from './options.ts'
import type { EventStreamClient } from './types.ts'

/**
 * Streams from a URL without Vue. Connects at once unless `immediate: false`, and lives until `close()`. The result
 * is live: its properties say what the stream is at this moment.
 *
 * Never throws for what the server or the network do: see `status`, `error` and `onError`.
 *
 * @param url Relative or absolute; or an (async) function of the attempt; or null for none yet.
 * @example
 * const client = createEventStreamClient('/api/chat/stream', {
 *   on: { 'new-message': (payload) => console.log(payload) },
 *   onStatus: (status) => console.log(status),
 * })
 * client.close()
 */
export function createEventStreamClient<Events extends object = Record<string, unknown>>(
  url: UrlSource | null,
  options: EventStreamClientOptions<Events> = {},
): EventStreamClient<Events> {
  const { connections = pageConnections } = options
  return createStreamClient(url, options, connections.of(options as EventStreamClientOptions<any>))
}
