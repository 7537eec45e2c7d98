/** Puts the playground's API into Vite's dev server. */
import { getRequestListener } from '@hono/node-server'
import type { Plugin } from 'vite'

export function playgroundServer(): Plugin {
  return {
    name: 'playground-server',
    apply: 'serve',
    async configureServer(vite) {
      const { createApp } = await vite.ssrLoadModule('/server/app.ts')
      const api = getRequestListener(createApp().fetch)
      vite.middlewares.use((request, response, next) => {
        if (request.url?.startsWith('/api/')) void api(request, response)
        else next()
      })
    },
  }
}
