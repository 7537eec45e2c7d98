/** The API as a connect-style handler: what Vite's dev server and the stand-alone server both mount. */
import { RequestError, getRequestListener } from '@hono/node-server'
import { createApp } from './app.ts'
import { RequestProblem, problemResponse, toProblem } from './problem.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from './settings.ts'

export interface Handler {
  /** Answers what is below `/api`, and leaves the rest to `next`. */
  (request: IncomingMessage, response: ServerResponse, next: () => void): void
  close(): Promise<void>
}

const API_PATH = /^\/api([/?]|$)/

export function createHandler(settings: Settings): Handler {
  const app = createApp(settings)
  const listener = getRequestListener(app.routes.fetch, {
    // Vite and its plugins live in the same process: leave their Request and Response alone.
    overrideGlobalObjects: false,
    errorHandler: (error) =>
      problemResponse(
        error instanceof RequestError
          ? new RequestProblem(400, 'The address or the host of the request is not valid')
          : toProblem(error),
      ),
  })
  const handle = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (API_PATH.test(request.url ?? '')) void listener(request, response)
    else next()
  }
  return Object.assign(handle, { close: app.close })
}
