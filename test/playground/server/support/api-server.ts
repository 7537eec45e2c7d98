/** The playground's handler on a real server and a free port, closed when the test has finished. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { createHandler } from '../../../../playground/server/handler.ts'
import { readSettings } from '../../../../playground/server/settings.ts'
import { tempFolder } from './temp-folder.ts'
import type { AddressInfo } from 'node:net'

export interface ApiServer {
  readonly url: string
  readonly dataDir: string
  close(): Promise<void>
}

/** The same variables as the real server; the newsroom is off unless the test turns it on. */
export async function startApi(env: Record<string, string> = {}): Promise<ApiServer> {
  const dataDir = env.DATA_DIR ?? tempFolder()
  const handler = createHandler(readSettings({ NEWS_INTERVAL_MS: '0', ...env }, dataDir))
  const server = createServer((request, response) =>
    handler(request, response, () => response.writeHead(418).end()),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    await handler.close()
    server.closeAllConnections()
    await closed
  }
  const closeOnce = (): Promise<void> => (closing ??= close())
  onTestFinished(closeOnce)
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, dataDir, close: closeOnce }
}

export function postJson(url: string, body: unknown): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
}
