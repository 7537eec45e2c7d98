/** Puts the playground's API into Vite's dev server. Changes of the server's code apply to the next request. */
import { join } from 'node:path'
import { readSettings } from './settings.ts'
import type { Plugin, ViteDevServer } from 'vite'
import type * as HandlerModule from './handler.ts'
import type { Handler } from './handler.ts'

const HANDLER_PATH = '/server/handler.ts'

export function playgroundServer(): Plugin {
  let close = async (): Promise<void> => {}
  return {
    name: 'playground-server',
    apply: 'serve',
    configureServer(vite) {
      if (vite.config.mode !== 'playground') return
      const settings = readSettings(process.env, join(vite.config.root, 'data'))
      const load = createLoader(vite, (module) => module.createHandler(settings))
      close = load.close
      vite.httpServer?.once('close', close)
      vite.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith('/api')) return next()
        load.handler().then((handler) => handler(request, response, next), next)
      })
    },
    buildEnd: () => close(),
  }
}

interface Loader {
  handler(): Promise<Handler>
  close(): Promise<void>
}

/**
 * Made at the first request and not before: when Vite restarts, the next server is set up while the last one still
 * has the data open.
 */
function createLoader(
  vite: ViteDevServer,
  create: (module: typeof HandlerModule) => Handler,
): Loader {
  let current: { module: typeof HandlerModule; handler: Handler } | undefined
  let loading: Promise<Handler> | undefined
  let isClosed = false

  async function load(): Promise<Handler> {
    const module = (await vite.ssrLoadModule(HANDLER_PATH)) as typeof HandlerModule
    if (isClosed) throw new Error('The server is closed.')
    if (current?.module.createHandler !== module.createHandler) {
      await current?.handler.close()
      current = { module, handler: create(module) }
    }
    return current.handler
  }

  return {
    handler() {
      loading ??= load().finally(() => {
        loading = undefined
      })
      return loading
    },
    async close() {
      isClosed = true
      await current?.handler.close()
    },
  }
}
