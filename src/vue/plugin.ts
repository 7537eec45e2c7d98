/** The plugin: an app's defaults, and the end of its streams with it. */
import { shallowReactive, shallowRef } from 'vue'
import { createAppConnections } from '../client/sharing/app-connections.ts'
import { defaultEnvironment } from '../client/environment.ts'
import { EVENT_STREAMS_KEY } from './injection-keys.ts'
import type { Plugin } from 'vue'
import type { AppStream } from './injection-keys.ts'
import type { EventStreamsOptions } from './options.ts'

/**
 * Creates the plugin. Every option is a default that a single stream can replace; see `mergeOptions` for `headers`
 * and `reconnect`. What handlers and callbacks throw goes to the app's `config.errorHandler` when there is no `onError`. The
 * app's unmount closes every stream that was made with it, also those outside of components.
 *
 * @example
 * app.use(createEventStreams({
 *   baseURL: '/api',
 *   headers: async () => ({ Authorization: `Bearer ${await token()}` }),
 * }))
 */
export function createEventStreams(options: EventStreamsOptions = {}): Plugin<[]> {
  return {
    install(app) {
      function reportError(error: unknown): void {
        const { errorHandler = defaultEnvironment.reportError } = app.config
        try {
          errorHandler(error, null, 'event stream handler')
        } catch (cause) {
          defaultEnvironment.reportError(cause)
        }
      }
      const environment = { reportError, ...options.environment }
      const streams = shallowReactive(new Set<AppStream>())
      const connectionCount = shallowRef(0)
      const connections = createAppConnections(() => (connectionCount.value = connections.count()))
      app.provide(EVENT_STREAMS_KEY, {
        options: { ...options, environment },
        streams,
        connections,
        connectionCount,
      })
      app.onUnmount(() => {
        for (const stream of streams) stream.close('unmount')
        connections.dispose()
      })
    },
  }
}
