/**
 * Recipes of the README as an app runs them, against a server: in a scope, with the plugin, in Node. A test file makes
 * VueUse's `isClient` true: without a window it would open nothing.
 */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { createApp, effectScope } from 'vue'
import { createEventStreams } from 'vue-event-stream'
import { until } from '../support/client-run.ts'
import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventStreamsOptions } from 'vue-event-stream'
import type { EffectScope } from 'vue'

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Record<string, string | undefined>
}

export interface RecipeRuns {
  /** `http://127.0.0.1:<port>`. */
  url(): string
  /** Those of the test, in order. */
  readonly requests: SeenRequest[]
  /** Runs it in a scope of an app with the plugin. Relative URLs go to the server, and waits are short. */
  run<T>(recipe: () => T, options?: EventStreamsOptions): { result: T; scope: EffectScope }
  /** Breaks all answers off in the middle of an event, as a lost connection does. */
  cut(): Promise<void>
  /** How many answers are not over. */
  open(): number
}

/** One server for the tests of a file. After each test its scopes end, and the server has to see that. */
export function useRecipeServer(listener: RequestListener): RecipeRuns {
  const requests: SeenRequest[] = []
  const answers = new Set<ServerResponse>()
  const scopes: EffectScope[] = []
  let server: Server
  let url: string

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://server.test')
      const headers = request.headers as SeenRequest['headers']
      requests.push({ method: request.method!, path: pathname, query: searchParams, headers })
      answers.add(response)
      response.on('close', () => answers.delete(response))
      listener(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    for (const scope of scopes.splice(0)) scope.stop()
    await until(() => answers.size === 0)
    expect(answers.size).toBe(0)
    requests.splice(0)
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  return {
    url: () => url,
    requests,
    run(recipe, options = {}) {
      const environment = { random: () => 0, ...options.environment }
      const reconnect = { initialDelay: 5, minDelay: 1 }
      const defaults: EventStreamsOptions = { baseURL: url, reconnect, flush: 'sync' }
      const app = createApp({})
      app.use(createEventStreams({ ...defaults, ...options, environment }))
      const scope = effectScope(true)
      scopes.push(scope)
      return { result: app.runWithContext(() => scope.run(recipe))!, scope }
    },
    async cut() {
      for (const response of [...answers]) {
        await new Promise((resolve) => response.write('id: cut\ndata: {"half', resolve))
        response.destroy()
      }
    },
    open: () => answers.size,
  }
}

/** The head that every one of these servers sends, and what it adds. */
export function sendHead(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', ...headers })
  response.flushHeaders()
}
